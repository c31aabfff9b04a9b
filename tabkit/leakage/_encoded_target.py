"""The target as the fast model learns it, and the score of its predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tabkit.data import Task

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# With more classes the rest are one: a leak that tells classes apart tells these apart too.
_MAX_CLASSES = 5


@dataclass(frozen=True)
class EncodedTarget:
    """The target as the fast model learns it.

    Attributes
    ----------
    values : ndarray of shape (n_rows,)
        Codes of the classes as int, or the numbers of a regression.
    n_classes : int
        0 for a regression.
    scale : float
        Variance of the numbers.
    """

    values: np.ndarray
    n_classes: int
    scale: float = 1.0

    @property
    def label(self) -> str:
        """Name of the score."""
        return "ROC AUC" if self.n_classes else "R²"

    @property
    def chance(self) -> float:
        """Score of a model that knows nothing."""
        return 0.5 if self.n_classes else 0.0

    @property
    def numbers(self) -> np.ndarray:
        """A column of numbers per class, 1 where it is the class; or the numbers themselves."""
        import numpy as np

        if not self.n_classes:
            return self.values.reshape(-1, 1)
        if self.n_classes == 2:
            return self.values.reshape(-1, 1).astype(np.float64)
        return np.eye(self.n_classes)[self.values]

    def score(self, rows: np.ndarray, predicted: np.ndarray) -> float:
        """Judge predictions.

        Parameters
        ----------
        rows : ndarray of int of shape (n_test,)
        predicted : ndarray of shape (n_test,) or (n_test, n_classes)
            Of the positive class, of every class, or values.

        Returns
        -------
        score : float
            ROC AUC, that of each class against the rest weighted by its share; or 1 less the mean squared
            error by the variance of the whole target. NaN where the rows have one class.
        """
        truth = self.values[rows]
        if not self.n_classes:
            return float(1.0 - ((truth - predicted) ** 2).mean() / self.scale)
        if self.n_classes == 2:
            return rank_auc(truth == 1, predicted)
        counts = [(truth == code).sum() for code in range(self.n_classes)]
        pairs = [
            (rank_auc(truth == code, predicted[:, code]), count)
            for code, count in enumerate(counts)
            if 0 < count < len(truth)
        ]
        return float(sum(auc * n for auc, n in pairs) / sum(n for _, n in pairs)) if pairs else float("nan")


def encode_target(task: Task, target: pd.Series) -> EncodedTarget:
    """Encode the target of a task.

    Parameters
    ----------
    task : Task
    target : Series of shape (n_rows,)

    Returns
    -------
    encoded_target : EncodedTarget
    """
    import numpy as np

    from tabkit.evaluation import encode_labels

    if not task.is_classification:
        values = target.to_numpy(dtype=np.float64)
        return EncodedTarget(values, 0, float(values.var()) or 1.0)
    codes = encode_labels(task, target)
    if len(task.classes) > _MAX_CLASSES + 1:
        counts = np.bincount(codes, minlength=len(task.classes))
        place = np.full(len(task.classes), _MAX_CLASSES)
        place[np.argsort(-counts, kind="stable")[:_MAX_CLASSES]] = np.arange(_MAX_CLASSES)
        return EncodedTarget(place[codes], _MAX_CLASSES + 1)
    return EncodedTarget(codes, len(task.classes))


def rank_auc(is_positive: np.ndarray, predicted: np.ndarray) -> float:
    """Area under the ROC curve by ranks; NaN where there is one class.

    Examples
    --------
    >>> import numpy as np
    >>> rank_auc(np.array([False, True, True]), np.array([0.1, 0.1, 0.9]))
    0.75
    """
    from scipy.stats import rankdata

    n_positive = int(is_positive.sum())
    n_negative = len(is_positive) - n_positive
    if not n_positive or not n_negative:
        return float("nan")
    ranks = rankdata(predicted)[is_positive].sum()
    return float((ranks - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))
