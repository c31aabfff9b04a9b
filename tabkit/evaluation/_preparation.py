"""The preparation of a fold, done once and shared by the candidates that want it the same way."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabkit.evaluation._fingerprint import fingerprint_estimator
from tabkit.evaluation._metadata import take_metadata

if TYPE_CHECKING:
    import numpy as np

    from tabkit.data import Table

# What is larger is prepared anew: reading it back would hardly be faster, and disks fill up.
_MOST_BYTES = 500_000_000
_SHARE_OF_FREE_DISK = 0.05


@dataclass(frozen=True)
class Preparation:
    """What a preprocessor made of the rows of a fold.

    Attributes
    ----------
    step : transformer
        Fitted on the training rows.
    train, test : ndarray or DataFrame
        The training rows as `fit_transform` gave them, and the test rows as `transform` did.
    fit_seconds, transform_seconds : float
        Wall time, when it was done.
    messages : tuple of (category, str)
        Its warnings.
    is_shared : bool
        Whether it was read, and not done just now.
    """

    step: Any
    train: Any
    test: Any
    fit_seconds: float
    transform_seconds: float
    messages: tuple[tuple[type[Warning], str], ...] = ()
    is_shared: bool = False


def is_preparable(estimator: Any) -> bool:
    """Whether an estimator is a plain Pipeline that begins with tabkit's own preprocessor."""
    from sklearn.pipeline import Pipeline

    from tabkit.preprocessing import TablePipeline, TablePreprocessor

    return (
        type(estimator) in (Pipeline, TablePipeline)
        and len(estimator.steps) > 1
        and type(estimator.steps[0][1]) is TablePreprocessor
        and estimator.memory is None
        and estimator.transform_input is None
    )


def prepare_fold(step: Any, table: Table, train: np.ndarray, test: np.ndarray, folder: Path) -> Preparation:
    """Fit a preprocessor on the training rows of a fold, or read what an equal one has made of them.

    Parameters
    ----------
    step : TablePreprocessor
        Unfitted; fitted unless an equal one has been.
    table : Table
    train, test : ndarray of int
    folder : Path
        Of this run, for what is shared.

    Returns
    -------
    preparation : Preparation
    """
    digest = hashlib.sha256(train.tobytes() + b"|" + test.tobytes()).hexdigest()[:16]
    path = folder / f"{digest}-{fingerprint_estimator(step)}.pickle"
    try:
        preparation: Preparation = pickle.loads(path.read_bytes())
    except OSError:
        preparation = _prepare(step, table, train, test)
        _share(preparation, path)
        return preparation
    for category, message in preparation.messages:
        warnings.warn(message, category, stacklevel=2)
    return preparation


def _prepare(step: Any, table: Table, train: np.ndarray, test: np.ndarray) -> Preparation:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
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


def _share(preparation: Preparation, path: Path) -> None:
    """Write it for the next candidate, unless it is large for the disk."""
    try:
        path.parent.mkdir(exist_ok=True)  # and not its parent: the run may have ended and removed that
    except OSError:
        return
    n_bytes = sum(_count_bytes(rows) for rows in (preparation.train, preparation.test))
    if n_bytes > min(_MOST_BYTES, _SHARE_OF_FREE_DISK * shutil.disk_usage(path.parent).free):
        return
    temporary = path.with_suffix(f".{os.getpid()}")
    shared = Preparation(**{**vars(preparation), "is_shared": True})
    try:
        temporary.write_bytes(pickle.dumps(shared, protocol=pickle.HIGHEST_PROTOCOL))
        os.replace(temporary, path)
    except OSError:  # a full disk: the next candidate prepares the rows itself
        temporary.unlink(missing_ok=True)


def _count_bytes(rows: Any) -> int:
    return int(rows.nbytes if hasattr(rows, "nbytes") else rows.memory_usage(deep=False).sum())
