"""The preparation of a fold, done once and shared by the candidates that want it the same way."""

from __future__ import annotations

import hashlib
import time
import warnings
from typing import TYPE_CHECKING, Any

from tabkit._core._warnings import record_warnings
from tabkit.evaluation._fingerprint import fingerprint_estimator
from tabkit.evaluation._metadata import take_metadata
from tabkit.evaluation._preparations import Preparation, Preparations

if TYPE_CHECKING:
    import numpy as np

    from tabkit.data import Table


def is_preparable(estimator: Any) -> bool:
    """Whether an estimator is a plain Pipeline that begins with tabkit's own preprocessor."""
    from tabkit.model_selection._shared_steps import find_first_step
    from tabkit.preprocessing import TablePreprocessor

    return type(find_first_step(estimator)) is TablePreprocessor


def prepare_fold(
    step: Any, table: Table, train: np.ndarray, test: np.ndarray, preparations: Preparations
) -> Preparation:
    """Fit a preprocessor on the training rows of a fold, or take what an equal one has made of them.

    Parameters
    ----------
    step : TablePreprocessor
        Unfitted; fitted unless an equal one has been.
    table : Table
    train, test : ndarray of int
    preparations : Preparations
        Of this run.

    Returns
    -------
    preparation : Preparation
    """
    digest = hashlib.sha256(train.tobytes() + b"|" + test.tobytes()).hexdigest()[:16]
    key = f"{digest}-{fingerprint_estimator(step)}"
    preparation = preparations.find(key)
    if preparation is None:
        preparation = _prepare(step, table, train, test)
        preparations.keep(key, preparation)
        return preparation
    for category, message in preparation.messages:
        warnings.warn(message, category, stacklevel=2)
    return preparation


def _prepare(step: Any, table: Table, train: np.ndarray, test: np.ndarray) -> Preparation:
    with record_warnings() as caught:
        metadata = take_metadata(step, table, train, is_whole=False)
        started = time.perf_counter()
        prepared = step.fit_transform(table.frame.iloc[train], table.target.iloc[train], **metadata)
        fitted = time.perf_counter()
        tested = step.transform(table.frame.iloc[test])
        transformed = time.perf_counter()
    messages = tuple((entry.category, str(entry.message)) for entry in caught)
    for category, message in messages:
        warnings.warn(message, category, stacklevel=3)
    return Preparation(step, prepared, tested, fitted - started, transformed - fitted, messages)
