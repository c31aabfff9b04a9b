"""Which columns to keep, decided inside the fold: a step of a Pipeline like any other."""

from tabkit.feature_selection._shadow_selector import ShadowSelector

__all__ = ["ShadowSelector"]
