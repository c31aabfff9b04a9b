"""Any network for classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import ClassifierMixin

from tabkit.neural_network._constraints import OF_CLASSES, OF_TRAINING
from tabkit.neural_network._estimator import TrainedNetwork
from tabkit.neural_network._targets import ClassTarget, Target
from tabkit.preprocessing._labels import learn_classes


@dataclass(eq=False, repr=False, kw_only=True)
class NetworkClassifier(ClassifierMixin, TrainedNetwork):
    """A template for classes, whose open step is the architecture.

    Parameters
    ----------
    label_smoothing : float, default=None
        Share of each label that is spread over all classes. Raise it where labels are noisy; 0 where
        probabilities near 0 and 1 matter.
    focal_gamma : float, default=None
        Of the focal loss: how little rows count that are right already. 0 is cross-entropy.
    focal_alpha : float, "balanced" or sequence of float, default=None
        Of the focal loss: weight of the positive one of two classes, whose label says so (1, "yes"); or one
        weight per class, in the order of ``classes_``.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes in training; probabilities are shifted by them.
    balanced_sampling : bool, default=False
        Whether rows are drawn so that all classes come equally often; shifts probabilities too.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted; the order of the probability columns.
    """

    _constraints: ClassVar[dict[str, Any]] = OF_TRAINING | OF_CLASSES | {"balanced_sampling": ["boolean"]}

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

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train on rows of a stream: each batch of them once, at a constant learning rate.

        Calls go on with the moments of the optimiser, except after unpickling: a pickle has none.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)
            The first call learns scales and categories from its rows.
        y : array-like of shape (n_rows,)
        classes : array-like of shape (n_classes,), default=None
            All labels that will come; needed in the first call where that does not have them all.
        sample_weight : array-like of shape (n_rows,), default=None

        Returns
        -------
        self : estimator

        Raises
        ------
        InputError
            If the data or a parameter cannot be used, or a label is none of the classes.
        """
        return self._partial_fit(X, y, sample_weight, labels=classes)

    def _learn_target(self, y: Any, weight: np.ndarray | None, known: Target | None) -> ClassTarget:
        if not isinstance(known, ClassTarget):
            _, self.classes_ = learn_classes(y)
        return ClassTarget(self.classes_, self.class_weight, self.balanced_sampling)
