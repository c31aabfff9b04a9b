"""Fitted models as files that are safe to open."""

from tabkit.persistence._skops import load, save

__all__ = ["load", "save"]
