"""Neural networks for tables as scikit-learn estimators."""

__all__: list[str] = []
