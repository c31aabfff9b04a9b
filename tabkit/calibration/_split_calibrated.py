"""Calibration on rows that the classifier was not fitted on, chosen as the roles demand."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import Tags, get_tags
from sklearn.utils.validation import check_is_fitted

from tabkit._core import InputError
from tabkit._core._constraints import SHARE
from tabkit._core._random import draw_seed
from tabkit._core._sklearn import check_parameters
from tabkit.calibration._input import check_labels
from tabkit.calibration._likelihood import fit_logistic
from tabkit.calibration._set_aside import set_rows_aside
from tabkit.model_selection._row_roles import RowRoles, fit_with_roles, take_rows
from tabkit.preprocessing._features import check_features
from tabkit.preprocessing._labels import align_columns
from tabkit.preprocessing._refused_columns import reads_tables, refuse_dates


class SplitCalibratedClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """A classifier with a decision function, given probabilities on rows it was not fitted on.

    scikit-learn's ``CalibratedClassifierCV`` refuses splits that go forward in time. This one
    sets a share of its training rows aside (stratified, by whole groups, or the last block
    in time), fits on the others, fits a sigmoid per class on those, and then fits the
    classifier once more on all rows.

    Parameters
    ----------
    estimator : estimator
        Classifier with ``decision_function``.
    validation_fraction : float, default=0.2
        Share of the rows that the sigmoids are fitted on.
    random_state : int, RandomState or None, default=None
        Seed of the split; None draws a new one for each fit.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels in the order of the probability columns.
    estimator_ : estimator
        Fitted on all rows.
    sigmoids_ : ndarray of shape (n_classes or 1, 2)
        Slope and intercept of each sigmoid; one row for two classes.
    n_features_in_ : int
        Columns seen in ``fit``.

    References
    ----------
    Platt, J.: Probabilistic Outputs for Support Vector Machines (1999).

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.svm import LinearSVC
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = SplitCalibratedClassifier(LinearSVC(dual=False), random_state=0).fit(X, y)
    >>> model.predict_proba(X[:3]).shape
    (3, 2)
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": True,
        "groups": True,
        "times": True,
    }
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "validation_fraction": [SHARE],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        validation_fraction: float = 0.2,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        groups: ArrayLike | None = None,
        times: ArrayLike | None = None,
    ) -> Self:
        """Fit the classifier and its sigmoids.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
        y : array-like of shape (n_rows,)
            Labels.
        sample_weight : array-like of shape (n_rows,), default=None
            For the sigmoids, and for the classifier as far as it takes them. To the sigmoids whole weights
            are repetitions, and weights with a mean below 1 only say how rows compare.
        groups : array-like of shape (n_rows,), default=None
            No group has rows on both sides of the split.
        times : array-like of shape (n_rows,), default=None
            The rows that calibrate are the last in time.

        Returns
        -------
        self : object
        """
        check_parameters(self, self._parameter_constraints)
        seed = draw_seed(self.random_state)
        X = check_features(self, X, reset=True, accept_sparse=["csr"])
        if not reads_tables(self.estimator):
            refuse_dates(X, owner=type(self).__name__)
        labels, self.classes_ = check_labels(X, y)
        if not hasattr(self.estimator, "decision_function"):
            raise InputError(
                f"{type(self.estimator).__name__} has no decision_function: take CalibratedClassifier, which "
                "calibrates probabilities"
            )
        roles = RowRoles.check(len(labels), sample_weight, groups, times)
        train, validation = set_rows_aside(
            labels,
            roles,
            fraction=self.validation_fraction,
            is_classification=True,
            seed=seed,
        )
        first = fit_with_roles(clone(self.estimator), take_rows(X, train), labels[train], roles.take(train))
        scores = _align(first.decision_function(take_rows(X, validation)), first.classes_, self.classes_)
        weights = roles.take(validation).sample_weight
        validation_weights = np.ones(len(validation)) if weights is None else weights
        self.sigmoids_ = _fit_sigmoids(scores, labels[validation], self.classes_, validation_weights)
        self.estimator_ = fit_with_roles(clone(self.estimator), X, labels, roles)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)

        Returns
        -------
        proba : ndarray of shape (n_rows, n_classes)
            Rows sum to 1.
        """
        check_is_fitted(self)
        X = check_features(self, X, reset=False, accept_sparse=["csr"])
        scores = _align(self.estimator_.decision_function(X), self.estimator_.classes_, self.classes_)
        slopes, intercepts = self.sigmoids_.T
        proba = 1.0 / (1.0 + np.exp(-np.clip(scores * slopes + intercepts, -700.0, 700.0)))
        if len(self.classes_) == 2:
            return np.hstack([1.0 - proba, proba])
        return proba / proba.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> NDArray[Any]:
        """Label of the most probable class.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)

        Returns
        -------
        labels : ndarray of shape (n_rows,)
        """
        proba = self.predict_proba(X)
        labels: NDArray[Any] = self.classes_[proba.argmax(axis=1)]
        return labels

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.estimator).input_tags
        return tags


def _align(scores: NDArray[Any], seen: NDArray[Any], classes: NDArray[Any]) -> NDArray[np.float64]:
    """Scores as one column for two classes, else a column per class of all.

    A class that the classifier has not seen gets a score below all others.
    """
    if len(classes) == 2 and len(seen) == 2:
        return scores.reshape(-1, 1).astype(float)
    columns = np.column_stack([-scores, scores]) if scores.ndim == 1 else scores
    return align_columns(columns, seen, classes, missing=columns.min(axis=1, keepdims=True) - 1.0)


def _fit_sigmoids(
    scores: NDArray[Any], y: NDArray[Any], classes: NDArray[Any], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Slope and intercept per column of the scores."""
    positives = [classes[1]] if scores.shape[1] == 1 else list(classes)
    columns = zip(positives, scores.T, strict=True)
    fits = (
        fit_logistic(column.reshape(-1, 1), y == label, weights, nonnegative=False)
        for label, column in columns
    )
    return np.array([(slope, intercept) for (slope,), intercept in fits])
