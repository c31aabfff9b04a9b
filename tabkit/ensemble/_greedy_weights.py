"""Forward selection of models with replacement, on predictions that are already there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tabkit._core import InputError
from tabkit._core._weights import check_weight
from tabkit._core._wording import say_count
from tabkit.data._positive_class import find_evident, say_what_to_write
from tabkit.ensemble._candidate_losses import CandidateLosses, Judged, choose_losses
from tabkit.metrics import Metric, as_metric
from tabkit.preprocessing._labels import find_labels

# Losses that differ by less, next to their size, are equal: sums in another order differ by as much.
_TOLERANCE = 1e-12


def greedy_weights(
    predictions: ArrayLike,
    y: ArrayLike,
    metric: Metric | str | Any = None,
    *,
    n_rounds: int = 50,
    classes: Sequence[Any] | None = None,
    sample_weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> np.ndarray:
    """Weights of candidates whose weighted mean scores best, by ensemble selection.

    The candidates are sorted by their own score, and as many of the best as make the best plain mean
    start the ensemble. Then the candidate whose addition helps most, or harms least, is added, again
    and again, the same one as often as it likes. The best ensemble on the way gives the weights. Of equal
    ones the smaller ensemble and the earlier candidate win.

    Parameters
    ----------
    predictions : array-like of shape (n_candidates, n_rows) or (n_candidates, n_rows, n_classes)
        Values, or probabilities of all classes; for rows that the candidates were not fitted on.
    y : array-like of shape (n_rows,)
        Values or labels.
    metric : Metric, str, function or scorer, default=None
        See `tabkit.metrics.as_metric`. None minimises log loss, or the root mean squared error. Of two
        classes the one whose label says so is positive (1, True, "yes"); with other labels a metric that
        hangs on it, such as F1, is a scorer that was given ``pos_label``.
    n_rounds : int, default=50
        Candidates in the ensemble at most, repetitions counted.
    classes : sequence of shape (n_classes,), default=None
        Labels in the order of the columns; None takes those of y, sorted.
    sample_weight : array-like of shape (n_rows,), default=None
        For log loss, Brier score, RMSE, R² and MAE. With another metric, a row of weight 0 is left out and
        the others count alike.
    groups : array-like of shape (n_rows,), default=None
        For a metric that needs them.

    Returns
    -------
    weights : ndarray of shape (n_candidates,)
        Not negative, with a sum of 1.

    Raises
    ------
    InputError
        If the shapes do not fit, a prediction is not finite, the metric is not defined, or it hangs on which
        class is positive and nothing says so.

    References
    ----------
    Caruana, R., Niculescu-Mizil, A., Crew, G., Ksikes, A.: Ensemble selection from libraries of models.
    ICML (2004).

    Examples
    --------
    >>> from tabkit.ensemble import greedy_weights
    >>> greedy_weights([[1.0, 2.0, 4.0], [3.0, 4.0, 4.0], [9.0, 0.0, 9.0]], [2.0, 3.0, 4.0])
    array([0.5, 0.5, 0. ])
    """
    if not isinstance(n_rounds, int | np.integer) or n_rounds < 1:
        raise InputError(f"n_rounds={n_rounds!r}: expected a whole number of at least 1")
    judged = _check(predictions, y, metric, classes, sample_weight, groups)
    losses = choose_losses(judged)
    counts = _select(losses, int(n_rounds))
    return counts / counts.sum()


def _select(losses: CandidateLosses, n_rounds: int) -> np.ndarray:
    """How often each candidate is in the best ensemble on the way."""
    path = _sorted_start(losses, n_rounds)
    losses.start(path)
    best, best_loss = list(path), losses.current()
    while len(path) < n_rounds:
        after = losses.after_each()
        chosen = _first_best(after)
        path.append(chosen)
        losses.add(chosen)
        if _is_less(after[chosen], best_loss):
            best, best_loss = list(path), after[chosen]
    return np.bincount(best, minlength=losses.n_candidates)


def _sorted_start(losses: CandidateLosses, n_rounds: int) -> list[int]:
    """The best candidates, as many as make the best plain mean."""
    losses.start([])
    alone = losses.after_each()
    if np.isinf(alone).all():
        raise InputError("the metric is not defined for any candidate on these rows")
    order, left = [], alone.copy()
    for _ in range(min(n_rounds, np.isfinite(alone).sum())):
        order.append(_first_best(left))
        left[order[-1]] = np.inf
    best_size, best_loss = 0, np.inf
    for size, candidate in enumerate(order, start=1):
        losses.add(candidate)
        if _is_less(loss := losses.current(), best_loss):
            best_size, best_loss = size, loss
    return order[:best_size]


def _first_best(losses: np.ndarray) -> int:
    """The first of those that are as good as the best."""
    best = losses.min()
    return int(np.argmax(losses <= best + _TOLERANCE * abs(best)))


def _is_less(loss: float, other: float) -> bool:
    return bool(loss < other - _TOLERANCE * abs(loss))


def _put_positive_last(
    predicted: np.ndarray, target: np.ndarray, labels: tuple[Any, ...], metric: str
) -> tuple[np.ndarray, np.ndarray, tuple[Any, ...]]:
    """Columns and codes as metrics have them: the negative class, then the positive one."""
    positive = find_evident(labels)
    if positive is None:
        asked = say_what_to_write(labels, f"metric {metric!r}", "pos_label")
        raise InputError(f"{asked} to sklearn.metrics.make_scorer, and that scorer as the metric")
    return (predicted, target, labels) if positive else (predicted[:, :, ::-1], 1 - target, labels[::-1])


def _check(predictions: Any, y: Any, metric: Any, classes: Any, sample_weight: Any, groups: Any) -> Judged:
    predicted = np.asarray(predictions, dtype=np.float64)
    target = np.asarray(y)
    if predicted.ndim not in (2, 3) or target.shape != predicted.shape[1:2] or not predicted.size:
        raise InputError(
            f"predictions: expected (n_candidates, {target.size}) or (n_candidates, {target.size}, "
            f"n_classes), as y has {say_count(target.size, 'row')}; got {predicted.shape}"
        )
    wrong = ~np.isfinite(predicted).reshape(len(predicted), -1).all(axis=1)
    if wrong.any():
        raise InputError(f"predictions: those of candidate {int(wrong.argmax())} are not all finite")
    labels: tuple[Any, ...] = ()
    kind = "regression"
    if predicted.ndim == 3:
        labels = tuple(np.unique(target) if classes is None else classes)
        if len(labels) != predicted.shape[2]:
            raise InputError(
                f"predictions have {say_count(predicted.shape[2], 'column')} for "
                f"{say_count(len(labels), 'class', 'classes')}: pass classes"
            )
        kind = "binary" if len(labels) == 2 else "multiclass"
        target = find_labels(target, np.asarray(labels))
    else:
        target = target.astype(np.float64)
    chosen = as_metric(metric or ("log_loss" if labels else "rmse"), kind)
    if kind not in chosen.task_kinds:
        raise InputError(
            f"metric {chosen.name!r} is for {' or '.join(chosen.task_kinds)}, and this is {kind}"
        )
    if chosen.needs_groups and groups is None:
        raise InputError(f"metric {chosen.name!r} needs groups")
    if kind == "binary" and chosen.needs_positive:
        predicted, target, labels = _put_positive_last(predicted, target, labels, chosen.name)
    return Judged(
        predicted,
        target,
        chosen,
        labels,
        check_weight(sample_weight, len(target)),
        None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1],
    )
