"""Neural networks for tables."""

__all__: list[str] = []
