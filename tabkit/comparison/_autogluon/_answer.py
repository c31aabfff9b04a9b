"""What comes of AutoGluon on one outer fold: predictions, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tabkit._core import TabkitError

if TYPE_CHECKING:
    import numpy as np

AutoGluonStatus = Literal["failed", "too slow", "too little time", "interrupted"]


@dataclass(frozen=True)
class AutoGluonFold:
    """What AutoGluon predicted for the test rows of one outer fold, and at what cost.

    Attributes
    ----------
    prediction : ndarray of shape (n_test,)
        Labels, or float values for regression.
    proba : ndarray of shape (n_test, n_classes), or None
        In the order of the task's classes, 0 for a class that AutoGluon did not learn;
        the rows sum to 1. None for regression.
    fit_seconds, predict_seconds : float
        Wall time of AutoGluon's ``fit``, and of predicting the test rows; without the start
        of the process.
    model_bytes : int
        Size of AutoGluon's folder.
    details : dict of str to str
        "seconds given", "version", "preset", "other than the preset", "processors", "metric",
        "models fitted", "best model", "validation" (how it validated inside, and where that is
        weaker than ours) and "not fitted" (families of the preset that are missing, and why).
    """

    prediction: np.ndarray
    proba: np.ndarray | None
    fit_seconds: float
    predict_seconds: float
    model_bytes: int
    details: dict[str, str]


@dataclass(frozen=True)
class AutoGluonFailure:
    """What its process answers when it has no predictions: arguments of `AutoGluonError`."""

    message: str
    status: AutoGluonStatus


class AutoGluonError(TabkitError):
    """AutoGluon has no predictions for the fold; the message is one sentence for the reader.

    Attributes
    ----------
    status : {"failed", "too slow", "too little time", "interrupted"}
    log : str
        The last lines that its process wrote, or empty.
    """

    def __init__(self, message: str, status: AutoGluonStatus, log: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.log = log

    def __reduce__(self) -> tuple[type, tuple[str, AutoGluonStatus, str]]:
        return type(self), (str(self), self.status, self.log)
