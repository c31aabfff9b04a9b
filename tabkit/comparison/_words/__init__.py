"""The answer in sentences."""
