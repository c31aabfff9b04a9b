"""Sets of classes with measured coverage, whatever the model."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import Tags, get_tags
from sklearn.utils.validation import check_is_fitted

from tabkit._core._constraints import SHARE
from tabkit._core._random import derive_seed, draw_seed
from tabkit._core._sklearn import check_parameters, make_options
from tabkit._core._wording import say_value
from tabkit.calibration._conformal_quantile import check_level, conformal_quantile, warn_if_too_few
from tabkit.calibration._input import check_labels
from tabkit.calibration._set_aside import set_rows_aside
from tabkit.model_selection._row_roles import RowRoles, fit_with_roles, take_rows
from tabkit.preprocessing._features import check_features
from tabkit.preprocessing._labels import align_columns


class ConformalClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """A classifier with sets of classes that hold the true one as often as they say.

    Rows are set aside from the fit (drawn by class, whole groups, or the last in time) and say how unlikely a
    true class may be. The promise is an average over rows like the ones set aside.

    Parameters
    ----------
    estimator : estimator
        Classifier with ``predict_proba``.
    confidence_level : float, default=0.9
        Share of the rows whose class is to be in its set.
    method : {"lac", "aps"}, default="lac"
        - "lac": the classes that are likely enough; the smallest sets, which may be empty.
        - "aps": the likeliest classes up to a sum of probabilities; larger sets that adapt better to
          how hard a row is. Without the random tie-break of the paper, and the likeliest class is always in:
          rather too large than too small, and the same at each call.
    per_class : bool, default=False
        Whether each class is measured for itself, so that the promise holds among the rows of each class, a
        rare one too. Needs the rows for it.
    validation_fraction : float, default=0.2
        Share of the rows set aside; the model is not fitted on them.
    random_state : int, RandomState or None, default=None
        Seed of the split; None draws a new one for each fit.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels in the order of the columns of sets.
    estimator_ : estimator
        Fitted on the rows that are left.
    scores_ : ndarray of shape (n_calibration_rows,)
        How strange the true class of each calibration row looks to the model, from 0 to 1.
    score_codes_ : ndarray of int of shape (n_calibration_rows,)
        Position of the true class of each.
    calibration_rows_ : ndarray of int of shape (n_calibration_rows,)
        Positions of the rows in ``fit``.
    n_features_in_ : int
        Columns seen in ``fit``.

    References
    ----------
    Sadinle, M., Lei, J., Wasserman, L.: Least Ambiguous Set-Valued Classifiers With Bounded Error Levels.
    JASA 114 (2019). Romano, Y., Sesia, M., Candès, E.: Classification with Valid and Adaptive Coverage.
    NeurIPS (2020).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> logistic = LogisticRegression(max_iter=500)
    >>> model = ConformalClassifier(logistic, confidence_level=0.95, random_state=0).fit(X, y)
    >>> model.predict_set(X[[0, 60]])
    array([[ True, False, False],
           [False,  True, False]])
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": True,
        "groups": True,
        "times": True,
    }
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "method": [make_options("lac", "aps")],
        "per_class": ["boolean"],
        "validation_fraction": [SHARE],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        confidence_level: float = 0.9,
        method: str = "lac",
        per_class: bool = False,
        validation_fraction: float = 0.2,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.confidence_level = confidence_level
        self.method = method
        self.per_class = per_class
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
        """Fit the classifier, and measure it on the rows set aside.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
        y : array-like of shape (n_rows,)
            Labels.
        sample_weight : array-like of shape (n_rows,), default=None
            For the classifier as far as it takes them. Rows set aside count alike, but for those without
            weight, which are not measured.
        groups : array-like of shape (n_rows,), default=None
            No group is torn apart.
        times : array-like of shape (n_rows,), default=None
            The rows set aside are the last in time.

        Returns
        -------
        self : object
        """
        check_parameters(self, self._parameter_constraints)
        check_level(self.confidence_level)
        seed = draw_seed(self.random_state)
        X = check_features(self, X, reset=True, accept_sparse=["csr"])
        labels, self.classes_ = check_labels(X, y)
        roles = RowRoles.check(len(labels), sample_weight, groups, times)
        train, self.calibration_rows_ = set_rows_aside(
            labels,
            roles,
            fraction=self.validation_fraction,
            is_classification=True,
            seed=derive_seed(seed, "conformal"),
        )
        model = clone(self.estimator)
        self.estimator_ = fit_with_roles(model, take_rows(X, train), labels[train], roles.take(train))
        self.score_codes_ = np.searchsorted(self.classes_, labels[self.calibration_rows_])
        strangeness = self._strangeness(self._proba(take_rows(X, self.calibration_rows_)))
        self.scores_ = strangeness[np.arange(len(strangeness)), self.score_codes_]
        self._warn(self.confidence_level)
        return self

    def _warn(self, level: float) -> None:
        if not self.per_class:
            warn_if_too_few(len(self.scores_), level, "every class is in every set", stacklevel=3)
            return
        for code, label in enumerate(self.classes_):
            n_scores = int((self.score_codes_ == code).sum())
            warn_if_too_few(n_scores, level, f"class {say_value(label)} is in every set", stacklevel=3)

    def _proba(self, X: Any) -> np.ndarray:
        proba = np.asarray(self.estimator_.predict_proba(X), dtype=np.float64)
        return align_columns(proba, self.estimator_.classes_, self.classes_)

    def _strangeness(self, proba: np.ndarray) -> np.ndarray:
        """How strange each class would be: what is missing from 1, or the sum from the likeliest to it."""
        if self.method == "lac":
            return 1.0 - proba
        order = np.argsort(-proba, axis=1, kind="stable")
        sums = np.cumsum(np.take_along_axis(proba, order, axis=1), axis=1)
        strangeness = np.empty_like(proba)
        np.put_along_axis(strangeness, order, np.minimum(sums, 1.0), axis=1)
        return strangeness

    def predict_set(self, X: Any, *, confidence_level: float | None = None) -> np.ndarray:
        """The classes that one of them is the true one with the confidence.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
        confidence_level : float or None, default=None
            None takes the one of the estimator; no refit is needed for another.

        Returns
        -------
        sets : ndarray of bool of shape (n_rows, n_classes)
            Full, with a warning, where the calibration rows are too few for the level.
        """
        check_is_fitted(self)
        level = self.confidence_level if confidence_level is None else confidence_level
        check_level(level)
        proba = self._proba(check_features(self, X, reset=False, accept_sparse=["csr"]))
        self._warn(level)
        n_classes = len(self.classes_)
        if self.per_class:
            scores = [self.scores_[self.score_codes_ == code] for code in range(n_classes)]
        else:
            scores = [self.scores_] * n_classes
        sets = self._strangeness(proba) <= [conformal_quantile(of_class, level) for of_class in scores]
        if self.method == "aps":
            sets[np.arange(len(sets)), proba.argmax(axis=1)] = True
        return sets

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each class, as the classifier says it.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)

        Returns
        -------
        proba : ndarray of shape (n_rows, n_classes)
        """
        check_is_fitted(self)
        return self._proba(check_features(self, X, reset=False, accept_sparse=["csr"]))

    def predict(self, X: Any) -> np.ndarray:
        """Label of the most probable class.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)

        Returns
        -------
        labels : ndarray of shape (n_rows,)
        """
        proba = self.predict_proba(X)
        return self.classes_[proba.argmax(axis=1)]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.estimator).input_tags
        return tags
