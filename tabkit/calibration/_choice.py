"""Which calibrator serves: the one that is best on rows that it was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.metrics import roc_auc_score

from tabkit._core._random import derive_seed
from tabkit._core._times import encode_times
from tabkit._core._wording import say_count
from tabkit.calibration._calibrators import METHODS, calibrate, fit_calibrators
from tabkit.model_selection._inner_folds import draw_inner_folds
from tabkit.model_selection._row_roles import RowRoles
from tabkit.model_selection._training_rows import TrainingRows

# Steps make ties: so much ROC AUC is no loss of ranking.
_AUC_TOLERANCE = 0.005
_MIN_ROWS_OF_CLASS = 10


@dataclass(frozen=True)
class CalibrationRows:
    """Rows with predictions of models that were not fitted on them.

    Attributes
    ----------
    log_odds : ndarray of shape (n_rows, n_classes), or (n_rows, 1) for two classes
    codes : ndarray of int of shape (n_rows,)
    roles : RowRoles
    n_classes : int
    """

    log_odds: np.ndarray
    codes: np.ndarray
    roles: RowRoles
    n_classes: int

    @property
    def weight(self) -> np.ndarray:
        """How much each row counts."""
        given = self.roles.sample_weight
        return np.ones(len(self.codes)) if given is None else given


def take_calibration_rows(rows: TrainingRows, positions: np.ndarray, log_odds: np.ndarray) -> CalibrationRows:
    """The rows that were predicted, with what was predicted.

    Parameters
    ----------
    rows : TrainingRows
        Of a classification.
    positions : ndarray of int of shape (n_tested,)
    log_odds : ndarray of shape (n_tested, n_classes), or (n_tested, 1) for two classes

    Returns
    -------
    calibration_rows : CalibrationRows
    """
    assert isinstance(rows.classes, np.ndarray)
    codes = np.searchsorted(rows.classes, rows.y[positions])
    return CalibrationRows(log_odds, codes, rows.roles.take(positions), len(rows.classes))


def find_skipped(
    rows: CalibrationRows, methods: Sequence[str], *, min_rows: int, min_isotonic_rows: int
) -> dict[str, str]:
    """Methods that there are too few rows for, and why.

    Parameters
    ----------
    rows : CalibrationRows
    methods : sequence of str
    min_rows, min_isotonic_rows : int

    Returns
    -------
    skipped : dict of str to str
    """
    n_rows = len(rows.codes)
    rarest = int(np.bincount(rows.codes, minlength=rows.n_classes).min())
    skipped: dict[str, str] = {}
    for method in methods:
        needed = min_isotonic_rows if method == "isotonic" else min_rows
        if method != "none" and n_rows < needed:
            skipped[method] = f"{say_count(n_rows, 'row')} to calibrate on, and {method} needs {needed}"
        elif method != "none" and rarest < _MIN_ROWS_OF_CLASS:
            skipped[method] = (
                f"{say_count(rarest, 'row')} of the rarest class to calibrate on, and "
                f"{_MIN_ROWS_OF_CLASS} are needed"
            )
    return skipped


def measure_methods(
    rows: CalibrationRows, methods: Sequence[str], *, n_splits: int, seed: int
) -> dict[str, list]:
    """Losses of each method on rows that its calibrators were not fitted on.

    Parameters
    ----------
    rows : CalibrationRows
    methods : sequence of str
    n_splits : int
        Folds, which follow groups and times.
    seed : int

    Returns
    -------
    scores : dict of str to list
        Columns "method", "log_loss", "brier", "roc_auc" (the mean over the folds: their calibrators differ,
        so that rows of several are not ranked together) and "n_rows".

    Raises
    ------
    TooFewRowsError
        If no folds can be made.
    """
    roles = rows.roles
    if roles.times is not None and len(np.unique(encode_times(roles.times, len(rows.codes)))) == 1:
        roles = replace(roles, times=None)  # they divide nothing
    divided = TrainingRows(rows.log_odds, rows.codes, roles, np.arange(rows.n_classes))
    pairs = draw_inner_folds(
        n_splits, divided, seed=derive_seed(seed, "folds"), owner="the choice of a method"
    )
    held_out = np.concatenate([test for _, test in pairs])
    codes, weight = rows.codes[held_out], rows.weight[held_out]
    scores: dict[str, list] = {"method": [], "log_loss": [], "brier": [], "roc_auc": [], "n_rows": []}
    for method in sorted(methods, key=METHODS.index):
        by_fold = [
            calibrate(
                fit_calibrators(method, rows.log_odds[train], rows.codes[train], rows.weight[train]),
                rows.log_odds[test],
            )
            for train, test in pairs
        ]
        areas = [
            _roc_auc(proba, rows.codes[test], rows.weight[test])
            for proba, (_, test) in zip(by_fold, pairs, strict=True)
        ]
        known = [area for area in areas if not np.isnan(area)]
        proba = np.concatenate(by_fold)
        scores["method"].append(method)
        scores["log_loss"].append(_log_loss(proba, codes, weight))
        scores["brier"].append(_brier(proba, codes, weight))
        scores["roc_auc"].append(float(np.mean(known)) if known else float("nan"))
        scores["n_rows"].append(len(codes))
    return scores


def choose_method(scores: dict[str, list], loss: str) -> str:
    """The method with the least loss, of those that rank as well as no calibration does.

    Parameters
    ----------
    scores : dict of str to list
        Of `measure_methods`, with "none" among them.
    loss : {"log_loss", "brier"}

    Returns
    -------
    method : str
    """
    ranking = dict(zip(scores["method"], scores["roc_auc"], strict=True))
    best, best_loss = "none", np.inf
    for method, value in zip(scores["method"], scores[loss], strict=True):
        # NaN, where a fold holds one class only, says nothing against a method.
        ranks_worse = ranking[method] < ranking["none"] - _AUC_TOLERANCE
        if value < best_loss and not ranks_worse:
            best, best_loss = method, value
    return best


def _log_loss(proba: np.ndarray, codes: np.ndarray, weight: np.ndarray) -> float:
    given = proba[np.arange(len(codes)), codes]
    return float(np.average(-np.log(np.clip(given, 1e-15, 1.0)), weights=weight))


def _brier(proba: np.ndarray, codes: np.ndarray, weight: np.ndarray) -> float:
    """Of the positive class of two, else summed over classes."""
    squared = ((proba - np.eye(proba.shape[1])[codes]) ** 2).sum(axis=1)
    return float(np.average(squared, weights=weight)) / (2 if proba.shape[1] == 2 else 1)


def _roc_auc(proba: np.ndarray, codes: np.ndarray, weight: np.ndarray) -> float:
    """Of the positive class of two, else the mean of one class against the rest."""
    positives = [1] if proba.shape[1] == 2 else range(proba.shape[1])
    areas = [
        roc_auc_score(codes == code, proba[:, code], sample_weight=weight)
        for code in positives
        if 0 < (codes == code).sum() < len(codes)
    ]
    return float(np.mean(areas)) if areas else float("nan")
