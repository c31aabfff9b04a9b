"""The network for classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor

from tabkit.neural_network._estimator import TabularMLP
from tabkit.neural_network._scoring import score_log_loss, score_with
from tabkit.neural_network._training._rows import TensorRows
from tabkit.preprocessing._labels import encode_labels


@dataclass(eq=False, repr=False)
class TabularMLPClassifier(ClassifierMixin, TabularMLP):
    """TODO."""

    label_smoothing: float | None = None
    focal_gamma: float | None = None
    focal_alpha: float | str | Sequence[float] | None = None
    class_weight: Mapping[Any, float] | str | None = None
    balanced_sampling: bool = False

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of the classes.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)

        Returns
        -------
        proba : ndarray of shape (n_rows, n_classes)
            float64, columns in the order of ``classes_``; rows sum to 1.
        """
        proba = self._predict_rows(X)
        return proba / proba.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> np.ndarray:
        """Most probable labels.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)

        Returns
        -------
        labels : ndarray of shape (n_rows,)
        """
        proba = self.predict_proba(X)
        return self.classes_[proba.argmax(axis=1)]

    @property
    def _n_classes(self) -> int:
        return len(self.classes_)

    @property
    def _n_columns(self) -> int:
        return len(self.classes_)

    def _encode_target(self, y: Any) -> Tensor:
        codes, self.classes_ = encode_labels(y)
        return torch.from_numpy(codes.astype(np.int64))

    def _stratify(self, target: Tensor | None) -> np.ndarray:
        assert target is not None
        return target.numpy()

    def _count(self, training: TensorRows) -> np.ndarray:
        """Rows of each class, or the sum of their weights."""
        assert training.target is not None
        weight = None if training.weight is None else training.weight.numpy()
        return np.bincount(training.target.numpy(), weights=weight, minlength=self._n_classes)

    def _describe_loss(self, training: TensorRows) -> dict[str, Any]:
        settings, counts = self.settings_, self._count(training)
        by_class = self._weigh_classes(training)
        return {
            "loss": settings.loss or "cross_entropy",
            "is_classification": True,
            "n_classes": self._n_classes,
            "class_weights": None if by_class is None else by_class.tolist(),
            "class_counts": np.maximum(counts, 1e-12).tolist(),
            "label_smoothing": settings.label_smoothing,
            "focal_gamma": settings.focal_gamma,
            "focal_alpha": settings.focal_alpha,
        }

    def _weigh_classes(self, rows: TensorRows) -> np.ndarray | None:
        if self.class_weight is None:
            return None
        assert rows.target is not None
        labels = self.classes_[rows.target.numpy()]
        return compute_class_weight(self.class_weight, classes=self.classes_, y=labels)

    def _make_validation(self, validation: TensorRows) -> Any:
        assert validation.target is not None
        codes = validation.target.numpy()
        weight = None if validation.weight is None else validation.weight.numpy()
        if self.scoring is None:
            by_class = self._weigh_classes(validation)
            if by_class is not None:
                weight = by_class[codes] * (1.0 if weight is None else weight)
            return score_log_loss(codes, weight)
        return score_with(self.scoring, self.classes_[codes], weight, self.classes_)

    def _draw_chances(self, training: TensorRows) -> Tensor | None:
        if not self.balanced_sampling:
            return None
        assert training.target is not None
        chances = 1.0 / torch.bincount(training.target, minlength=self._n_classes).clamp(min=1).float()
        return chances[training.target]
