"""An estimator among others: how its predictions are made, and its name when it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Learner:
    """An estimator, and how its predictions are made.

    Attributes
    ----------
    estimator : estimator
        Unfitted; it is cloned.
    predict : callable
        Takes what is fitted and rows, and returns an ndarray of shape (n_rows, ...). It can be pickled.
    name : str, default=""
        For the message of whatever fails; none where there is only one.
    metadata : mapping of str to object
        What metadata routing has for its ``fit``, beside weights, groups and times.
    """

    estimator: Any
    predict: Callable[[Any, Any], np.ndarray]
    name: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @contextmanager
    def named_in_errors(self) -> Iterator[None]:
        """Say in the message of whatever fails which one it was; its type stays."""
        try:
            yield
        except Exception as error:
            where = f"estimator {self.name!r}"
            if not self.name:
                pass
            elif error.args and isinstance(error.args[0], str):
                error.args = (f"{where}: {error.args[0]}", *error.args[1:])
            else:
                error.add_note(where)
            raise
