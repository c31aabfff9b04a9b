"""What is asked of which data."""
