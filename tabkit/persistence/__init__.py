"""Fitted models as files that are safe to open."""

from tabkit.persistence._skops import find_foreign_types, load, save

__all__ = ["find_foreign_types", "load", "save"]
