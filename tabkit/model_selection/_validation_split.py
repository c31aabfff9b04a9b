"""The split of an estimator's own training rows, for early stopping or calibration."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from tabkit._core import InputError
from tabkit._core._lengths import Length, read_length
from tabkit._core._random import draw_seed
from tabkit._core._times import Spans
from tabkit._core._wording import say_count
from tabkit.model_selection._roles import TooFewRowsError, cut_times, encode_groups

_N_DRAWS = 20


def split_for_validation(
    y: Any,
    *,
    fraction: float = 0.1,
    is_classification: bool,
    groups: Any = None,
    times: Any = None,
    random_state: int | np.random.RandomState | None = None,
    gap: Length = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Split training rows into rows to learn from and rows to validate on.

    - times: the last block in time; rows of equal time stay together.
    - groups: whole groups, drawn so that size and class shares come close.
    - both: rows of the last block, with no group on both sides; the rows that must be left
      out for it are in neither part.
    - neither: at random; for classification stratified. A class with one row stays in
      training, every other class is on both sides.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Labels or values.
    fraction : float, default=0.1
        Share of the rows to validate on, between 0 and 1.
    is_classification : bool
        Whether ``y`` holds labels.
    groups : array-like of shape (n_rows,), default=None
    times : array-like of shape (n_rows,), default=None
        Numbers or dates, none missing; intervals where labels take time to be known, see `RoleAwareKFold`.
    random_state : int, RandomState or None, default=None
        Seed; None draws a new one each time.
    gap : number, str or Timedelta, default=0
        With times: rows to learn from are older than the start of the last block by at least
        this much, and rows in between are in neither part. A number in the unit of numeric times,
        a ``Timedelta`` or text like ``"7D"`` for dates.

    Returns
    -------
    train_rows, validation_rows : ndarray
        Increasing row positions, at least one each.

    Raises
    ------
    TooFewRowsError
        If there are too few rows, groups or distinct times to split so; a subclass of `InputError`.
    InputError
        If the groups or times cannot be used.

    Examples
    --------
    >>> train, validation = split_for_validation([0, 1] * 10, fraction=0.2, is_classification=True)
    >>> len(train), len(validation)
    (16, 4)
    >>> split_for_validation([1.0, 2.0, 3.0], is_classification=False, times=[3, 1, 2])
    (array([1, 2]), array([0]))
    """
    if not isinstance(fraction, Real) or not 0.0 < fraction < 1.0:
        raise InputError(f"fraction={fraction!r}: expected a share of the rows, between 0 and 1")
    n_rows = len(y)
    if n_rows < 2:
        raise TooFewRowsError(
            f"{say_count(n_rows, 'row')} cannot be split for validation: at least 2 are needed"
        )
    rng = np.random.default_rng(draw_seed(random_state))
    codes = None if groups is None else encode_groups(groups, n_rows)
    labels = encode_groups(y, n_rows) if is_classification else None
    if times is not None:
        is_train, is_validation = _last_block(Spans.of(times, n_rows), codes, fraction, gap)
    else:
        if codes is not None:
            is_validation = _whole_groups(codes, labels, fraction, rng)
        elif labels is not None:
            is_validation = _stratified(labels, fraction, rng)
        else:
            is_validation = _at_random(n_rows, fraction, rng)
        is_train = ~is_validation
    return np.flatnonzero(is_train), np.flatnonzero(is_validation)


def _at_random(n_rows: int, fraction: float, rng: np.random.Generator) -> np.ndarray:
    is_validation = np.zeros(n_rows, dtype=bool)
    n_validation = min(max(1, round(fraction * n_rows)), n_rows - 1)
    is_validation[rng.permutation(n_rows)[:n_validation]] = True
    return is_validation


def _stratified(labels: np.ndarray, fraction: float, rng: np.random.Generator) -> np.ndarray:
    """Draw from each class its share: at least one row, and never all."""
    counts = np.bincount(labels)
    n_validation = np.minimum(np.maximum(1, np.rint(fraction * counts).astype(np.int64)), counts - 1)
    if not n_validation.any():
        raise TooFewRowsError("every class has a single row: none can be spared for validation")
    shuffled = rng.permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    position_in_class = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)
    is_validation = np.zeros(len(labels), dtype=bool)
    is_validation[by_class[position_in_class < np.repeat(n_validation, counts)]] = True
    return is_validation


def _whole_groups(
    codes: np.ndarray, labels: np.ndarray | None, fraction: float, rng: np.random.Generator
) -> np.ndarray:
    """Of several draws of groups, take the one whose class counts come closest to the share."""
    n_groups = int(codes.max()) + 1
    if n_groups < 2:
        raise TooFewRowsError("all rows are of one group: none can be set aside for validation")
    n_classes = 1 if labels is None else int(labels.max()) + 1
    cells = codes if labels is None else codes * n_classes + labels
    counts = np.bincount(cells, minlength=n_groups * n_classes).reshape(n_groups, n_classes)
    totals = counts.sum(axis=0)
    best, best_misfit = np.arange(0), np.inf
    for _ in range(_N_DRAWS):
        order = rng.permutation(n_groups)
        rows_so_far = np.cumsum(counts[order].sum(axis=1))[:-1]
        chosen = order[: 1 + int(np.argmin(np.abs(rows_so_far - fraction * len(codes))))]
        drawn = counts[chosen].sum(axis=0)
        misfit = ((drawn - fraction * totals) ** 2 / (fraction * totals)).sum()
        # A class that training would lose weighs more than any misfit of the shares.
        misfit += (drawn == totals).sum() * len(codes) / fraction
        if misfit < best_misfit:
            best, best_misfit = chosen, misfit
    return np.isin(codes, best)


def _last_block(
    spans: Spans, codes: np.ndarray | None, fraction: float, gap: Length
) -> tuple[np.ndarray, np.ndarray]:
    """Train on what is earlier than the last block; with groups, tear none apart."""
    values = spans.starts
    start = cut_times(values, [1.0 - fraction])[0]
    is_train, is_validation = values < start, values >= start
    if length := read_length("gap", gap, values):
        is_train &= values <= start - length
    is_train &= spans.clear_of(is_validation)
    if codes is not None:
        is_chosen = np.isin(codes, _cheapest_groups(codes, is_train, is_validation))
        is_train, is_validation = is_train & ~is_chosen, is_validation & is_chosen
    if not is_train.any():
        raise TooFewRowsError(
            "groups, times, gap or intervals leave no row to train on: give fewer roles, a smaller gap, "
            "shorter intervals or more rows"
        )
    return is_train, is_validation


def _cheapest_groups(codes: np.ndarray, is_early: np.ndarray, is_late: np.ndarray) -> np.ndarray:
    """Groups of the last block that cost the fewest earlier rows, until half of the block is kept.

    A group to validate on takes its earlier rows out of training. Where most groups last
    through all times, taking every group of the block would leave hardly anything to learn from.
    """
    n_late = np.bincount(codes[is_late], minlength=int(codes.max()) + 1)
    n_early = np.bincount(codes[is_early], minlength=int(codes.max()) + 1)
    present = np.flatnonzero(n_late)
    order = present[np.argsort(n_early[present], kind="stable")]
    kept_before = np.cumsum(n_late[order]) - n_late[order]
    return order[(n_early[order] == 0) | (kept_before < n_late.sum() / 2)]
