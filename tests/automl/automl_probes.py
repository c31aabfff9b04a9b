"""Candidates that fail, and one that never ends."""

from __future__ import annotations

import time
from typing import Any

from sklearn.dummy import DummyClassifier


class Fails(DummyClassifier):
    """Says why it cannot be fitted."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        raise ValueError("too many for me")


class Hangs(DummyClassifier):
    """Is never done."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        time.sleep(1000)
        return self
