"""Probabilities beside what came true, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tabkit._core import InputError
from tabkit._core._weights import check_weight
from tabkit._core._wording import say_count, say_value, say_values

if TYPE_CHECKING:
    import numpy as np

# Further than float32 rounding from 1 is a mistake, such as scores passed as probabilities.
_TOLERANCE = 1e-3


@dataclass(frozen=True)
class JudgedProbabilities:
    """Rows with weight: their classes, and the probabilities that they were given.

    Attributes
    ----------
    codes : ndarray of int of shape (n_rows,)
        Position of each label in `labels`.
    proba : ndarray of shape (n_rows, n_classes)
    weight : ndarray of shape (n_rows,)
    labels : tuple
    """

    codes: np.ndarray
    proba: np.ndarray
    weight: np.ndarray
    labels: tuple[Any, ...]

    @classmethod
    def check(
        cls, y_true: Any, proba: Any, labels: Sequence[Any] | None, sample_weight: Any
    ) -> JudgedProbabilities:
        """Take what a user passed to a metric of probabilities.

        Parameters
        ----------
        y_true : array-like of shape (n_rows,)
        proba : array-like of shape (n_rows, n_classes) or (n_rows,)
        labels : sequence or None
        sample_weight : array-like of shape (n_rows,) or None

        Returns
        -------
        judged : JudgedProbabilities

        Raises
        ------
        InputError
            If they do not fit together.
        """
        import numpy as np
        import pandas as pd

        truth = pd.Series(np.asarray(y_true).ravel())
        p = np.asarray(proba, dtype=np.float64)
        if len(truth) == 0 or len(p) != len(truth):
            raise InputError(
                f"proba: {say_count(len(p), 'row')} for {say_count(len(truth), 'label')}: expected one row "
                "per label"
            )
        is_outside = not np.isfinite(p).all() or p.min() < 0 or p.max() > 1 + _TOLERANCE
        if is_outside or (p.ndim == 2 and p.shape[1] > 1 and abs(p.sum(axis=1) - 1).max() > _TOLERANCE):
            raise InputError(
                "proba: expected probabilities from 0 to 1, rows summing to 1, as predict_proba has them"
            )
        p = np.column_stack([1 - p.ravel(), p.ravel()]) if p.ndim == 1 or p.shape[1] == 1 else p
        known = tuple(np.unique(truth).tolist()) if labels is None else tuple(labels)
        if labels is None and p.shape[1] == 2 and set(known) in ({0}, {1}):
            known = (0, 1)
        if len(known) != p.shape[1]:
            raise InputError(
                f"proba: {say_count(p.shape[1], 'column')} for {say_count(len(known), 'label')}: pass "
                "labels=model.classes_, the classes in the order of the columns"
            )
        codes = pd.Index(known).get_indexer(truth)
        if (codes < 0).any():
            wrong = say_value(truth[codes < 0].iloc[0])
            raise InputError(f"y_true: label {wrong} is not among labels {say_values(known)}")
        weight = check_weight(sample_weight, len(truth))
        if weight is None:
            return cls(codes, p, np.ones(len(truth)), known)
        counts = weight > 0
        return cls(codes[counts], p[counts], weight[counts], known)

    @property
    def n_classes(self) -> int:
        """Number of columns."""
        return len(self.labels)

    def of_class(self, code: int) -> tuple[np.ndarray, np.ndarray]:
        """The probability of one class, and 1 where it came true."""
        return self.proba[:, code], (self.codes == code).astype(float)

    def of_classes(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Those of every class; with two classes of the positive one."""
        return [self.of_class(code) for code in (range(self.n_classes) if self.n_classes > 2 else [1])]

    def of_top_class(self) -> tuple[np.ndarray, np.ndarray]:
        """The highest probability of each row, and 1 where its class came true."""
        return self.proba.max(axis=1), (self.proba.argmax(axis=1) == self.codes).astype(float)
