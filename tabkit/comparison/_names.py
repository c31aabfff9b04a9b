"""Rows of the leaderboard that words and figures treat as what they are."""

from __future__ import annotations

# Ignores the columns: what every model has to beat.
BASELINE = "dummy"
AUTOGLUON = "autogluon"
