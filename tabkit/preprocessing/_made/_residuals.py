"""What a small booster and a linear model of the columns as they are leave unexplained."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_limits

from tabkit._core._pairs import Pairs
from tabkit.preprocessing._made._columns import Columns

# What scikit-learn's booster takes of a column; rarer ones are as if missing.
_MOST_CATEGORIES = 60
_FARTHEST = 5.0


def out_of_fold_residuals(
    columns: Columns, targets: np.ndarray, weights: np.ndarray, folds: Pairs, seed: int
) -> np.ndarray:
    """Residuals of rows by models of other rows.

    The linear model, of what the booster leaves, is there because a small booster makes steps of a slope, and
    too low ones: what they leave is explained by sums of columns, and is no interaction.

    Parameters
    ----------
    columns : Columns
    targets : ndarray of shape (n_rows, n_targets)
    weights : ndarray of shape (n_rows,)
    folds : tuple of (train, test)
    seed : int

    Returns
    -------
    residuals : ndarray of shape (n_rows, n_targets)
    """
    # Equal weights say nothing, and take scikit-learn's booster ten times as long.
    given = None if np.ptp(weights) == 0 else weights
    residuals = targets - np.average(targets, axis=0, weights=weights)
    linear = _standardise(columns.numbers)
    codes = [_frequent(column) for column in columns.codes.T]
    features = np.column_stack([columns.numbers, *codes])
    is_category = np.arange(features.shape[1]) >= columns.numbers.shape[1]
    with threadpool_limits(1, user_api="openmp"):
        for train, test in folds:
            if not len(train):
                continue
            for target, values in enumerate(targets.T):
                booster = HistGradientBoostingRegressor(
                    max_iter=40,
                    max_leaf_nodes=8,
                    max_bins=64,
                    early_stopping=False,
                    categorical_features=is_category,
                    random_state=seed,
                )
                booster.fit(features[train], values[train], None if given is None else given[train])
                residuals[test, target] = values[test] - booster.predict(features[test])
    if not linear.shape[1]:
        return residuals
    used = [(train, test) for train, test in folds if len(train)]
    slopes = [Ridge().fit(linear[train], residuals[train], weights[train]) for train, _ in used]
    for slope, (_, test) in zip(slopes, used, strict=True):
        residuals[test] -= slope.predict(linear[test]).reshape(len(test), -1)
    return residuals


def rank_columns(columns: Columns, targets: np.ndarray, weights: np.ndarray, seed: int) -> np.ndarray:
    """How useful columns are in shallow trees drawn at random, numbers first, shape (n_columns,)."""
    features = np.column_stack([_standardise(columns.numbers), columns.codes])
    trees = ExtraTreesRegressor(
        n_estimators=40, max_depth=7, max_features=0.3, min_samples_leaf=5, random_state=seed
    )
    scaled = targets / np.maximum(targets.std(axis=0), 1e-12)
    return np.asarray(
        trees.fit(features, scaled if scaled.shape[1] > 1 else scaled[:, 0], weights).feature_importances_
    )


def _standardise(numbers: np.ndarray) -> np.ndarray:
    """Scaled by median and quartiles, cut at five of them, 0 where missing."""
    filled = np.where(np.isnan(numbers).all(axis=0), 0.0, numbers)
    if not filled.size:
        return filled
    low, middle, high = np.nanquantile(filled, (0.1, 0.5, 0.9), axis=0)
    spread = np.where(high > low, high - low, np.maximum(np.nanstd(filled, axis=0), 1e-12))
    return np.nan_to_num(((filled - middle) / spread).clip(-_FARTHEST, _FARTHEST))


def _frequent(codes: np.ndarray) -> np.ndarray:
    """Codes of the most frequent categories from 0, NaN for others."""
    found, places, counts = np.unique(codes, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    renamed = np.full(len(found), np.nan)
    renamed[order[:_MOST_CATEGORIES]] = np.arange(min(len(found), _MOST_CATEGORIES))
    return renamed[places]
