"""Rows of the leaderboard that words and figures treat as what they are."""

from __future__ import annotations

# Ignores the columns: what every model has to beat.
BASELINE = "dummy"
AUTOGLUON = "autogluon"
# What anyone would try first: what a complicated model has to be worth.
SIMPLE = "linear"
