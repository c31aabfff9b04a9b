"""Columns made of several others: combinations, crosses, frequencies and aggregates, and their screen."""
