"""Intervals of values with measured coverage, whatever the model."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.utils import Tags, get_tags
from sklearn.utils.validation import check_is_fitted

from tabkit._core import InputError
from tabkit._core._constraints import SHARE
from tabkit._core._random import derive_seed, draw_seed
from tabkit._core._sklearn import check_parameters, make_options
from tabkit.calibration._conformal_quantile import (
    check_level,
    conformal_quantile,
    conformal_rank,
    warn_if_too_few,
)
from tabkit.calibration._input import check_values
from tabkit.calibration._set_aside import set_rows_aside
from tabkit.model_selection._inner_folds import draw_inner_folds
from tabkit.model_selection._learner import Learner
from tabkit.model_selection._out_of_fold import predict_out_of_fold
from tabkit.model_selection._row_roles import RowRoles, fit_with_roles, take_rows
from tabkit.model_selection._training_rows import TrainingRows
from tabkit.preprocessing._features import check_features

# Cells of the matrix of predictions by calibration rows that are held at a time.
_MAX_CELLS = 4_000_000


class ConformalRegressor(RegressorMixin, MetaEstimatorMixin, BaseEstimator):
    """A regressor with intervals that hold the value as often as they say, on rows like those it has seen.

    What the intervals are measured by are rows that the models were not fitted on: drawn at random, whole
    groups, or the last in time. The promise is an average over rows, not one for every kind of row; it needs
    rows to come that could be exchanged with the calibration rows, and is weaker where time moves on.

    Parameters
    ----------
    estimator : estimator
        Regressor. For "quantile" its ``predict`` returns several columns, the lowest quantile first.
    confidence_level : float, default=0.9
        Share of the rows whose value is to lie in its interval.
    method : {"split", "cv_plus", "quantile"}, default="split"
        - "split": rows are set aside, and the interval is the prediction plus and minus a quantile of
          their absolute errors: equally wide for all rows.
        - "cv_plus": the errors of all rows are measured by folds, and the fold models vote. Uses all rows
          to fit and to measure, at the cost of the folds and slower predictions. The proven coverage is
          ``2 * confidence_level - 1``; measured it is close to the level. Forward in time only rows after
          the first block are measured, and only by earlier models.
        - "quantile": as "split" for a model of quantiles, whose interval is widened or narrowed by one
          number: narrow where the model is sure.
    validation_fraction : float, default=0.2
        Share of the rows set aside by "split" and "quantile"; the model is not fitted on them.
    cv : int, cross-validator or iterable of (train, test), default=5
        Folds of "cv_plus".
    random_state : int, RandomState or None, default=None
        Seed of the split; None draws a new one for each fit.

    Attributes
    ----------
    estimator_ : estimator
        What ``predict`` asks: fitted on the rows that are left, or on all of them for "cv_plus".
    scores_ : ndarray of shape (n_calibration_rows,)
        Absolute errors of the calibration rows; for "quantile" how far outside of the model's interval they
        are, negative inside.
    fold_estimators_ : list of estimator
        Of "cv_plus"; else empty.
    calibration_rows_ : ndarray of int of shape (n_calibration_rows,)
        Positions of the rows in ``fit``.
    n_features_in_ : int
        Columns seen in ``fit``.

    References
    ----------
    Lei, J. et al.: Distribution-Free Predictive Inference for Regression. JASA 113 (2018). Barber, R. F. et
    al.: Predictive inference with the jackknife+. Annals of Statistics 49 (2021). Romano, Y., Patterson, E.,
    Candès, E.: Conformalized Quantile Regression. NeurIPS (2019).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = ConformalRegressor(Ridge(), confidence_level=0.8, random_state=0).fit(X[:350], y[:350])
    >>> low, high = model.predict_interval(X[350:]).T
    >>> bool(0.7 < ((low <= y[350:]) & (y[350:] <= high)).mean() < 0.9)
    True
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": True,
        "groups": True,
        "times": True,
    }
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "method": [make_options("split", "cv_plus", "quantile")],
        "validation_fraction": [SHARE],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        confidence_level: float = 0.9,
        method: str = "split",
        validation_fraction: float = 0.2,
        cv: Any = 5,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.confidence_level = confidence_level
        self.method = method
        self.validation_fraction = validation_fraction
        self.cv = cv
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
        """Fit the regressor and measure its errors on rows that it was not fitted on.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
        y : array-like of shape (n_rows,)
            Values.
        sample_weight : array-like of shape (n_rows,), default=None
            For the regressor as far as it takes them. Errors count alike, but for rows without weight,
            which are not measured.
        groups : array-like of shape (n_rows,), default=None
            No group is torn apart.
        times : array-like of shape (n_rows,), default=None
            Rows are measured with models that were fitted on earlier ones.

        Returns
        -------
        self : object
        """
        check_parameters(self, self._parameter_constraints)
        check_level(self.confidence_level)
        seed = draw_seed(self.random_state)
        X = check_features(self, X, reset=True, accept_sparse=["csr"])
        values = check_values(X, y)
        roles = RowRoles.check(len(values), sample_weight, groups, times)
        if self.method == "cv_plus":
            self._fit_folds(X, values, roles, seed)
        else:
            self._fit_aside(X, values, roles, seed)
        warn_if_too_few(len(self.scores_), self.confidence_level, "its intervals are infinite", stacklevel=2)
        return self

    def _fit_aside(self, X: Any, values: np.ndarray, roles: RowRoles, seed: int) -> None:
        train, self.calibration_rows_ = set_rows_aside(
            values,
            roles,
            fraction=self.validation_fraction,
            is_classification=False,
            seed=derive_seed(seed, "conformal"),
        )
        self.fold_estimators_: list[Any] = []
        model = clone(self.estimator)
        self.estimator_ = fit_with_roles(model, take_rows(X, train), values[train], roles.take(train))
        predicted = self._predict(self.estimator_, take_rows(X, self.calibration_rows_))
        measured = values[self.calibration_rows_]
        if self.method == "quantile":
            self.scores_ = np.maximum(predicted[:, 0] - measured, measured - predicted[:, -1])
        else:
            self.scores_ = np.abs(measured - predicted)

    def _fit_folds(self, X: Any, values: np.ndarray, roles: RowRoles, seed: int) -> None:
        rows = TrainingRows(X, values, roles)
        pairs = draw_inner_folds(self.cv, rows, seed=derive_seed(seed, "folds"), owner=type(self).__name__)
        learner = Learner(self.estimator, self._predict)
        (folds,) = predict_out_of_fold([learner], rows, pairs, keeps_models=True)
        self.fold_estimators_ = [fold.model for fold in folds]
        self.calibration_rows_ = np.concatenate([fold.rows for fold in folds])
        self._fold_of_score = np.repeat(np.arange(len(folds)), [len(fold.rows) for fold in folds])
        predicted = np.concatenate([fold.predictions for fold in folds])
        self.scores_ = np.abs(values[self.calibration_rows_] - predicted)
        self.estimator_ = fit_with_roles(clone(self.estimator), X, values, roles)

    def _predict(self, model: Any, X: Any) -> np.ndarray:
        """One prediction for each row, or columns of quantiles."""
        predicted = np.asarray(model.predict(X), dtype=np.float64)
        if self.method == "quantile":
            if predicted.ndim != 2 or predicted.shape[1] < 2:
                raise InputError(
                    f"method='quantile': {type(model).__name__} predicts one value for a row, and a low "
                    "and a high quantile are needed: use method='split', or a model of several quantiles"
                )
            return np.sort(predicted, axis=1)
        if predicted.ndim == 2 and predicted.shape[1] > 1:
            raise InputError(
                f"method={self.method!r}: {type(model).__name__} predicts {predicted.shape[1]} values for a "
                "row: pass method='quantile' where they are quantiles"
            )
        return predicted.ravel()

    def predict(self, X: Any) -> np.ndarray:
        """Value of each row, without an interval.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)

        Returns
        -------
        values : ndarray of shape (n_rows,)
            For "quantile" the middle column, or the mean of the two in the middle.
        """
        check_is_fitted(self)
        predicted = self._predict(
            self.estimator_, check_features(self, X, reset=False, accept_sparse=["csr"])
        )
        return predicted if predicted.ndim == 1 else np.median(predicted, axis=1)

    def predict_interval(self, X: Any, *, confidence_level: float | None = None) -> np.ndarray:
        """The interval that holds the value of each row with the confidence.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
        confidence_level : float or None, default=None
            None takes the one of the estimator; no refit is needed for another.

        Returns
        -------
        interval : ndarray of shape (n_rows, 2)
            Low and high; -inf and inf, with a warning, where the calibration rows are too few for the level.
            For "quantile" both are the middle where the two would cross.
        """
        check_is_fitted(self)
        level = self.confidence_level if confidence_level is None else confidence_level
        check_level(level)
        X = check_features(self, X, reset=False, accept_sparse=["csr"])
        warn_if_too_few(len(self.scores_), level, "the intervals are infinite", stacklevel=2)
        if self.method == "cv_plus":
            return self._vote(X, level)
        margin = conformal_quantile(self.scores_, level)
        predicted = self._predict(self.estimator_, X)
        if predicted.ndim == 1:
            return np.column_stack([predicted - margin, predicted + margin])
        low, high = predicted[:, 0] - margin, predicted[:, -1] + margin
        middle = (low + high) / 2 if np.isfinite(margin) else low
        return np.column_stack([np.where(low > high, middle, low), np.where(low > high, middle, high)])

    def _vote(self, X: Any, level: float) -> np.ndarray:
        """CV+: quantiles, over calibration rows, of the prediction of the model that did not see the row."""
        predicted = np.column_stack([self._predict(model, X) for model in self.fold_estimators_])
        n_rows, n_scores = len(predicted), len(self.scores_)
        rank = conformal_rank(n_scores, level)
        interval = np.tile([-np.inf, np.inf], (n_rows, 1))
        if rank is None:
            return interval
        step = max(1, _MAX_CELLS // n_scores)
        for start in range(0, n_rows, step):
            part = slice(start, start + step)
            votes = predicted[part][:, self._fold_of_score]
            low, high = n_scores - rank, rank - 1
            interval[part, 0] = np.partition(votes - self.scores_, low, axis=1)[:, low]
            interval[part, 1] = np.partition(votes + self.scores_, high, axis=1)[:, high]
        return interval

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.estimator).input_tags
        return tags
