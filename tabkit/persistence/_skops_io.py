"""skops, which is imported when a model is saved or loaded: it takes seconds."""

from __future__ import annotations

from tabkit._core._sklearn import list_without_torch

with list_without_torch():
    import skops.io as skops_io

__all__ = ["skops_io"]
