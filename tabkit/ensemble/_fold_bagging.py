"""One model for each fold, and their mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import MetaEstimatorMixin, is_classifier, is_regressor
from sklearn.utils import Tags, get_tags
from sklearn.utils.validation import check_is_fitted

from tabkit._core import InputError
from tabkit._core._constraints import N_JOBS
from tabkit._core._random import draw_seed
from tabkit._core._sklearn import check_parameters, make_options
from tabkit._core._weights import find_counting
from tabkit.ensemble._averaged import Averaged, AveragedClassifier, AveragedRegressor
from tabkit.ensemble._check_rows import check_rows
from tabkit.ensemble._members import Member, find_method, predict_members
from tabkit.ensemble._out_of_fold import join_folds
from tabkit.model_selection._inner_folds import draw_inner_folds
from tabkit.model_selection._out_of_fold import fit_on_all, predict_out_of_fold
from tabkit.preprocessing._features import adopt_columns, check_features


class FoldBagging(MetaEstimatorMixin, Averaged):
    """Fits an estimator on each fold and averages what they predict."""

    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": True,
        "groups": True,
        "times": True,
    }

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "refit": ["boolean", make_options("auto")],
        "n_jobs": N_JOBS,
        "random_state": ["random_state"],
    }
    classes_: np.ndarray

    def __init__(
        self,
        estimator: Any,
        *,
        cv: Any = 5,
        refit: bool | str = "auto",
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.cv = cv
        self.refit = refit
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        groups: Any = None,
        times: Any = None,
    ) -> Self:
        """Fit a model on each fold.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), default=None
            For the models, as far as they take them.
        groups : array-like of shape (n_rows,), default=None
            No group is on both sides of a fold, nor of a split inside a model that takes groups.
        times : array-like of shape (n_rows,), default=None
            The folds go forward in time.

        Returns
        -------
        self : estimator

        Raises
        ------
        InputError
            If the data or a parameter cannot be used.
        """
        check_parameters(self, self._parameter_constraints)
        member = self._member()
        seed = draw_seed(self.random_state)
        rows = check_rows(self, X, y, sample_weight=sample_weight, groups=groups, times=times)
        folds = draw_inner_folds(self.cv, rows, seed=seed, owner=type(self).__name__)
        learner = member.as_learner(rows.classes)
        held_out = predict_out_of_fold([learner], rows, folds, n_jobs=self.n_jobs, keeps_models=True)
        out_of_fold = join_folds([member], held_out, rows)
        self.oof_rows_ = out_of_fold.rows
        self.oof_prediction_ = self._form(out_of_fold.predictions[0])
        if isinstance(rows.classes, np.ndarray):
            self.classes_ = rows.classes
        n_counting = len(find_counting(rows.roles.sample_weight, len(rows.y)))
        refit = len(self.oof_rows_) < n_counting if self.refit == "auto" else self.refit
        self.estimators_ = fit_on_all([learner], rows) if refit else [fold.model for fold in held_out[0]]
        return self

    @classmethod
    def from_fitted(cls, models: Sequence[Any], *, oof_rows: ArrayLike, oof_prediction: ArrayLike) -> Self:
        """The mean of models that were fitted on folds already.

        Parameters
        ----------
        models : sequence of estimator
            Fitted on the same columns, one for each fold. `fit` would fit clones of the first.
        oof_rows : array-like of int of shape (n_predicted,)
            Positions of the training rows that have an out-of-fold prediction, increasing.
        oof_prediction : array-like of shape (n_predicted,) or (n_predicted, n_classes)
            Of those rows, by the model that was not fitted on them. Probabilities have a column for each
            label that any of the models knows, sorted.

        Returns
        -------
        ensemble : estimator
            Fitted.

        Raises
        ------
        InputError
            If there is no model, the models differ in columns, or the shapes do not fit.
        """
        if not len(models):
            raise InputError("models: at least one is needed")
        ensemble = cls(models[0], cv=max(2, len(models)))
        for model in models:
            cls(model)._member()
            check_is_fitted(model)
        adopt_columns(ensemble, models)
        ensemble.oof_rows_ = np.asarray(oof_rows)
        if ensemble.oof_rows_.dtype.kind not in "iu" or np.any(np.diff(ensemble.oof_rows_, prepend=-1) <= 0):
            raise InputError("oof_rows: expected positions of rows, whole numbers from 0 that increase")
        ensemble.oof_prediction_ = np.asarray(oof_prediction, dtype=np.float64)
        if not np.isfinite(ensemble.oof_prediction_).all():
            raise InputError("oof_prediction: not all are finite")
        expected: tuple[int, ...] = (len(ensemble.oof_rows_),)
        if is_classifier(ensemble):
            ensemble.classes_ = np.unique(np.concatenate([model.classes_ for model in models]))
            expected += (len(ensemble.classes_),)
        if ensemble.oof_prediction_.shape != expected:
            raise InputError(
                f"oof_prediction: expected the shape {expected}, got {ensemble.oof_prediction_.shape}"
            )
        ensemble.estimators_ = list(models)
        return ensemble

    def _average(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        table = check_features(self, X, reset=False, accept_sparse=["csr"])
        member = Member(type(self.estimator).__name__, self.estimator, self._method)
        classes = getattr(self, "classes_", None)
        members = [replace(member, estimator=model) for model in self.estimators_]
        return np.asarray(sum(predict_members(members, table, classes))) / len(members)

    def _member(self) -> Member:
        kind, is_right = ("classifier", is_classifier) if is_classifier(self) else ("regressor", is_regressor)
        if isinstance(self.estimator, type) or not hasattr(self.estimator, "fit"):
            raise InputError(f"estimator={self.estimator!r}: expected an estimator")
        if not is_right(self.estimator):
            raise InputError(f"estimator={type(self.estimator).__name__}: expected a {kind}")
        name = type(self.estimator).__name__
        return Member(name, self.estimator, find_method(name, self.estimator, [self._method]))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        if hasattr(self.estimator, "__sklearn_tags__") and not isinstance(self.estimator, type):
            tags.input_tags = get_tags(self.estimator).input_tags
        return tags


class FoldBaggingClassifier(AveragedClassifier, FoldBagging):
    """One classifier for each fold, their probabilities averaged, and honest ones for the training rows.

    Each model is fitted on the training rows of a fold and predicts the rows left out, which
    had no part in it: an estimator that stops early does so on a split of its own. The folds are those of
    `tabkit.model_selection.RoleAwareKFold`: stratified, by whole groups, or forward in time.

    Parameters
    ----------
    estimator : estimator
        Classifier with ``predict_proba``.
    cv : int, cross-validator or iterable, default=5
        A number asks for `RoleAwareKFold`.
    refit : bool or {"auto"}, default="auto"
        Whether a model fitted on all rows predicts in place of those of the folds. "auto" does so
        where the folds do not test every row: forward in time, no model of a fold knows the latest rows.
    n_jobs : int, default=None
        Processes that fit; the model is the same for any number.
    random_state : int, RandomState or None, default=None
        Seed of the folds, None draws a new one for each fit; the estimator keeps its own.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels in the order of the probability columns.
    estimators_ : list of estimator
        Those that predict: one for each fold, or the one refitted.
    oof_rows_ : ndarray of int of shape (n_predicted,)
        Positions of the training rows that have an out-of-fold prediction, increasing.
    oof_prediction_ : ndarray of shape (n_predicted, n_classes)
        Their probabilities, by models that were not fitted on them.
    n_features_in_ : int
        Columns seen in ``fit``.

    References
    ----------
    Parmanto, B., Munro, P. W., Doyle, H. R.: Improving committee diagnosis with resampling techniques.
    NIPS (1995), where this is a cross-validation committee.

    Erickson, N. et al.: AutoGluon-Tabular: robust and accurate AutoML for structured data (2020), where
    it is k-fold bagging.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.metrics import roc_auc_score
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from tabkit.ensemble import FoldBaggingClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = FoldBaggingClassifier(DecisionTreeClassifier(max_depth=4, random_state=0), random_state=0)
    >>> model = model.fit(X, y)
    >>> bool(roc_auc_score(y[model.oof_rows_], model.oof_prediction_[:, 1]) > 0.9)
    True
    """


class FoldBaggingRegressor(AveragedRegressor, FoldBagging):
    """One regressor for each fold, their predictions averaged, and honest ones for the training rows.

    As `FoldBaggingClassifier`, of values.

    Parameters
    ----------
    estimator : estimator
        Regressor.
    cv : int, cross-validator or iterable, default=5
        A number asks for `RoleAwareKFold`.
    refit : bool or {"auto"}, default="auto"
        Whether a model fitted on all rows predicts in place of those of the folds. "auto" does so
        where the folds do not test every row: forward in time, no model of a fold knows the latest rows.
    n_jobs : int, default=None
        Processes that fit; the model is the same for any number.
    random_state : int, RandomState or None, default=None
        Seed of the folds, None draws a new one for each fit; the estimator keeps its own.

    Attributes
    ----------
    estimators_ : list of estimator
        Those that predict: one for each fold, or the one refitted.
    oof_rows_ : ndarray of int of shape (n_predicted,)
        Positions of the training rows that have an out-of-fold prediction, increasing.
    oof_prediction_ : ndarray of shape (n_predicted,)
        Their predictions, by models that were not fitted on them.
    n_features_in_ : int
        Columns seen in ``fit``.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from tabkit.ensemble import FoldBaggingRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = FoldBaggingRegressor(Ridge(), cv=10, random_state=0).fit(X, y)
    >>> len(model.estimators_), model.oof_prediction_.shape
    (10, (442,))
    """
