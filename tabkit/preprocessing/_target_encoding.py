"""Many-valued categories as the mean target of their rows, never of a row itself."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from tabkit.preprocessing._categories import CategoryIndex
from tabkit.preprocessing._columns import ReadTable
from tabkit.preprocessing._training_target import TrainingTarget


def shrunken_means(codes: np.ndarray, n_codes: int, targets: np.ndarray) -> np.ndarray:
    """Return the mean target of each code, drawn to the overall mean where rows are few.

    The empirical Bayes estimate ``w * mean(code) + (1 - w) * mean`` with
    ``w = n * b / (n * b + s)``, n the rows of the code, b and s the variances between and
    within codes as a one-way analysis of variance with random effects estimates them. Where
    codes differ no more than chance has it, b is 0 and all get the overall mean.

    Parameters
    ----------
    codes : ndarray of int of shape (n_rows,)
        From 0 to ``n_codes - 1``.
    n_codes : int
    targets : ndarray of shape (n_rows, n_targets)

    Returns
    -------
    means : ndarray of shape (n_codes, n_targets)
        The overall mean for a code without rows.

    References
    ----------
    D. Micci-Barreca, "A Preprocessing Scheme for High-Cardinality Categorical Attributes in
    Classification and Prediction Problems", SIGKDD Explorations 3 (2001); variances after
    S. Searle, G. Casella, C. McCulloch, "Variance Components" (1992), section 3.6.
    """
    n_rows = len(codes)
    overall = targets.mean(axis=0)
    centred = targets - overall
    counts = np.bincount(codes, minlength=n_codes).astype(np.float64)[:, np.newaxis]
    sums = np.column_stack([np.bincount(codes, weights=column, minlength=n_codes) for column in centred.T])
    deviations = sums / np.maximum(counts, 1.0)
    n_groups = np.count_nonzero(counts)
    if n_groups < 2 or n_groups == n_rows:
        return np.tile(overall, (n_codes, 1))
    squares_between = (sums * deviations).sum(axis=0)
    within = ((centred**2).sum(axis=0) - squares_between).clip(min=0.0) / (n_rows - n_groups)
    spread = n_rows - (counts**2).sum() / n_rows
    between = ((squares_between - (n_groups - 1) * within) / spread).clip(min=0.0)
    evidence = counts * between
    weights = np.divide(evidence, evidence + within, out=np.zeros_like(evidence), where=evidence > 0)
    return overall + weights * deviations


class TargetMeans:
    """One column as the mean target of its categories, cross-fitted on the training rows.

    A training row is encoded by the means over the inner folds that it is not in; other rows
    by the means over all training rows. Missing values are a category; an unseen category
    gets the overall mean.

    Parameters
    ----------
    column : hashable
        Label of the column.
    index : CategoryIndex
    marks_gaps : bool, default=False
        Whether what the training rows had nothing of comes out as NaN, to be
        filled by what the rest of the row leads to expect.
    """

    def __init__(self, column: Hashable, index: CategoryIndex, *, marks_gaps: bool = False) -> None:
        self.column = column
        self.index = index
        self.marks_gaps = marks_gaps

    def fit_transform(self, table: ReadTable, rows: TrainingTarget) -> np.ndarray:
        """Learn the means, and encode each training row by other rows only."""
        targets = rows.targets
        n_codes = len(self.index) + 2
        codes = self.index.encode(table[self.column]) % n_codes
        self.means_ = shrunken_means(codes, n_codes, targets.values)
        if self.marks_gaps:
            self.means_[np.bincount(codes, minlength=n_codes) == 0] = np.nan
        self.names = [f"{self.column}__target{name}" for name in targets.names]
        self.sources = [self.column] * len(self.names)
        encoded = np.tile(targets.values.mean(axis=0), (len(codes), 1))
        for train, test in rows.folds:
            if not len(train):
                continue  # the overall mean, as for a category that was never seen
            encoded[test] = shrunken_means(codes[train], n_codes, targets.values[train])[codes[test]]
        return encoded

    def transform(self, table: ReadTable) -> np.ndarray:
        """Encode the column, shape (n_rows, n_targets)."""
        return self.means_[self.index.encode(table[self.column])]
