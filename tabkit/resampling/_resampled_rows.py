"""Rows after resampling, with their weights, and the rows beside them that were left alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from sklearn.base import clone

from tabkit._core import InputError
from tabkit.model_selection._row_roles import RowRoles
from tabkit.model_selection._training_rows import TrainingRows
from tabkit.resampling._concatenate import concatenate_rows


def resample(sampler: Any, rows: TrainingRows) -> TrainingRows:
    """Resample rows with any sampler of imbalanced-learn's kind.

    Parameters
    ----------
    sampler : sampler
        Fitted in place.
    rows : TrainingRows

    Returns
    -------
    resampled : TrainingRows
        With weights where there were some: its own for a row that stays, the mean of its class for one
        made up. Groups and times are gone, which a row made up has none of.
    """
    X, y = sampler.fit_resample(rows.X, rows.y)
    y = np.asarray(y)
    weight = rows.roles.sample_weight
    if weight is not None:
        origins = find_origins(sampler, len(rows.y), len(y))
        means = pd.Series(weight).groupby(rows.y).mean()
        weight = np.where(origins >= 0, weight[origins], means[y].to_numpy())
    return TrainingRows(X, y, RowRoles(sample_weight=weight))


def append_later(resampled: TrainingRows, others: TrainingRows) -> TrainingRows:
    """Put rows that were left alone after resampled ones, and at a later time.

    A split by time has no other place to fall than between them.
    """
    weight = resampled.roles.sample_weight
    if weight is not None:
        assert others.roles.sample_weight is not None
        weight = np.concatenate([weight, others.roles.sample_weight])
    return TrainingRows(
        concatenate_rows(resampled.X, others.X),
        np.concatenate([resampled.y, others.y]),
        RowRoles(sample_weight=weight, times=np.repeat([0, 1], [len(resampled.y), len(others.y)])),
    )


def find_origins(sampler: Any, n_rows: int, n_rows_new: int) -> np.ndarray:
    """The row that each resampled row is, -1 for one made up.

    Parameters
    ----------
    sampler : sampler
        Fitted; `Resampler` and most of imbalanced-learn's say it, and what those that make rows up
        return starts with the rows that there were.
    n_rows, n_rows_new : int

    Returns
    -------
    origins : ndarray of int of shape (n_rows_new,)
    """
    for name in ("original_rows_", "sample_indices_"):
        if hasattr(sampler, name):
            return np.asarray(getattr(sampler, name))
    positions = np.arange(n_rows_new)
    for name in ("enn_", "tomek_"):  # SMOTEENN and SMOTETomek leave rows out after making some up
        if hasattr(sampler, name):
            positions = np.asarray(getattr(sampler, name).sample_indices_)
            break
    else:
        if not isinstance(sampler, BaseOverSampler):
            return np.full(n_rows_new, -1)
    return np.where(positions < n_rows, positions, -1)


def seed_sampler(sampler: Any, seed: int) -> Any:
    """A copy of a sampler, with the seed wherever it leaves its randomness open."""
    if not hasattr(sampler, "fit_resample"):
        raise InputError(f"sampler={sampler!r:.80}: expected one with fit_resample, such as Resampler()")
    copy = clone(sampler)
    is_open = {
        name: seed
        for name, value in copy.get_params(deep=True).items()
        if value is None and name.rpartition("__")[2] == "random_state"
    }
    return copy.set_params(**is_open)
