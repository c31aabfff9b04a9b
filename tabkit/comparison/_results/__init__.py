"""The figures of a run: ranks, intervals and tests."""
