"""Ensembles whose weights are chosen greedily on out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Bunch
from sklearn.utils.validation import check_is_fitted

from tabkit._core import InputError
from tabkit._core._constraints import COUNT, N_JOBS
from tabkit._core._random import draw_seed
from tabkit._core._sklearn import check_parameters
from tabkit._core._wording import say_values
from tabkit.ensemble._averaged import Averaged, AveragedClassifier, AveragedRegressor
from tabkit.ensemble._check_rows import check_rows
from tabkit.ensemble._greedy_weights import greedy_weights
from tabkit.ensemble._members import Member, predict_members
from tabkit.ensemble._named_estimators import NamedEstimators
from tabkit.ensemble._out_of_fold import predict_members_out_of_fold
from tabkit.model_selection._inner_folds import draw_inner_folds
from tabkit.model_selection._out_of_fold import fit_on_all
from tabkit.preprocessing._features import adopt_columns, check_features


class GreedyEnsemble(NamedEstimators, Averaged):
    """Out-of-fold predictions, weights from them, and a fit of those that have a weight."""

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_rounds": [COUNT],
        "n_jobs": N_JOBS,
        "random_state": ["random_state"],
    }
    classes_: np.ndarray

    def __init__(
        self,
        estimators: list[tuple[str, Any]],
        *,
        metric: Any = None,
        n_rounds: int = 50,
        cv: Any = 5,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimators = estimators
        self.metric = metric
        self.n_rounds = n_rounds
        self.cv = cv
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
        """Choose the weights, and fit the estimators that have one.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), default=None
            For the estimators, as far as they take them, and for the metric, see `greedy_weights`.
        groups : array-like of shape (n_rows,), default=None
            No group is on both sides of a fold, nor of a split inside an estimator that takes groups.
        times : array-like of shape (n_rows,), default=None
            The folds go forward in time; the earliest rows have no part in the choice.

        Returns
        -------
        self : estimator

        Raises
        ------
        InputError
            If the data, a parameter or an estimator cannot be used.
        """
        check_parameters(self, self._parameter_constraints)
        members = self._members([self._method])
        seed = draw_seed(self.random_state)
        rows = check_rows(self, X, y, sample_weight=sample_weight, groups=groups, times=times)
        folds = draw_inner_folds(self.cv, rows, seed=seed, owner=type(self).__name__)
        out_of_fold = predict_members_out_of_fold(members, rows, folds, self.n_jobs)
        tested = rows.take(out_of_fold.rows)
        if isinstance(rows.classes, np.ndarray):
            self.classes_ = rows.classes
        chosen = self._choose_weights(
            members,
            np.stack(out_of_fold.predictions),
            tested.y,
            sample_weight=tested.roles.sample_weight,
            groups=tested.roles.groups,
        )
        self.oof_rows_ = out_of_fold.rows
        learners = [member.as_learner(rows.classes) for member in chosen]
        return self._keep(chosen, fit_on_all(learners, rows, self.n_jobs))

    @classmethod
    def from_predictions(
        cls,
        fitted: list[tuple[str, Any]],
        oof_predictions: Mapping[str, ArrayLike],
        y: ArrayLike,
        *,
        metric: Any = None,
        n_rounds: int = 50,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """An ensemble of estimators that are fitted already; only the weights are chosen.

        Parameters
        ----------
        fitted : list of (str, estimator)
            Fitted on the same columns. `fit` of the ensemble would fit clones of them anew.
        oof_predictions : mapping of str to array-like of shape (n_rows,) or (n_rows, n_classes)
            Of each by name, for rows that it was not fitted on, the same rows for all. Probabilities have a
            column for each label that any of the estimators knows, sorted.
        y : array-like of shape (n_rows,)
            Values or labels of these rows.
        metric : Metric, str, function or scorer, default=None
            As of the ensemble.
        n_rounds : int, default=50
            As of the ensemble.
        sample_weight, groups : array-like of shape (n_rows,), default=None
            For the metric, see `greedy_weights`.

        Returns
        -------
        ensemble : estimator
            Fitted. Its ``oof_rows_`` count the rows of the predictions.

        Raises
        ------
        InputError
            If predictions are missing, of another shape or not finite, or the estimators differ in columns.
        """
        ensemble = cls(list(fitted), metric=metric, n_rounds=n_rounds)
        check_parameters(ensemble, cls._parameter_constraints)
        members = ensemble._members([cls._method])
        parts = [member.estimator for member in members]
        for member in members:
            with member.as_learner(None).named_in_errors():
                check_is_fitted(member.estimator)
        adopt_columns(ensemble, parts)
        if cls._method == "predict_proba":
            ensemble.classes_ = np.unique(np.concatenate([part.classes_ for part in parts]))
        lacking = [member.name for member in members if member.name not in oof_predictions]
        if lacking:
            raise InputError(f"oof_predictions: there are none of {say_values(lacking)}")
        given = [
            np.atleast_1d(np.asarray(oof_predictions[member.name], dtype=np.float64)) for member in members
        ]
        n_rows = len(given[0])
        n_columns = len(ensemble.classes_) if cls._method == "predict_proba" else 1
        for member, predictions in zip(members, given, strict=True):
            if predictions.size != n_rows * n_columns or len(predictions) != n_rows:
                raise InputError(
                    f"oof_predictions of {member.name!r}: expected the shape ({n_rows}, {n_columns}), "
                    f"got {predictions.shape}"
                )
            if n_columns > 1 and not np.allclose(predictions.sum(axis=1), 1.0, atol=1e-3):
                raise InputError(f"oof_predictions of {member.name!r}: the probabilities of a row sum to 1")
        stacked = np.stack([predictions.reshape(n_rows, n_columns) for predictions in given])
        chosen = ensemble._choose_weights(members, stacked, y, sample_weight=sample_weight, groups=groups)
        ensemble.oof_rows_ = np.arange(n_rows)
        return ensemble._keep(chosen, [member.estimator for member in chosen])

    def _choose_weights(
        self, members: list[Member], stacked: np.ndarray, y: Any, *, sample_weight: Any, groups: Any
    ) -> list[Member]:
        """Weights from predictions of shape (n_members, n_rows, n_columns); the members that have one."""
        classes = list(self.classes_) if self._method == "predict_proba" else None
        chosen = greedy_weights(
            stacked[:, :, 0] if classes is None else stacked,
            y,
            self.metric,
            n_rounds=self.n_rounds,
            classes=classes,
            sample_weight=sample_weight,
            groups=groups,
        )
        weight_of = dict(zip((member.name for member in members), chosen, strict=True))
        self.weights_ = np.array([weight_of.get(name, 0.0) for name, _ in self.estimators])
        self.oof_predictions_ = Bunch(
            **{member.name: p for member, p in zip(members, map(self._form, stacked), strict=True)}
        )
        return [member for member in members if weight_of[member.name] > 0]

    def _keep(self, members: list[Member], fitted: list[Any]) -> Self:
        self.estimators_ = fitted
        names = [member.name for member in members]
        self.named_estimators_ = Bunch(**dict(zip(names, fitted, strict=True)))
        return self

    def _average(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        table = check_features(self, X, reset=False, accept_sparse=["csr"])
        members = [Member(name, fitted, self._method) for name, fitted in self.named_estimators_.items()]
        predictions = predict_members(members, table, getattr(self, "classes_", None))
        weights = self.weights_[self.weights_ > 0]
        parts = [weight * predicted for weight, predicted in zip(weights, predictions, strict=True)]
        return np.asarray(np.sum(parts, axis=0))


class GreedyEnsembleClassifier(AveragedClassifier, GreedyEnsemble):
    """Weighted mean of the probabilities of classifiers, the weights by ensemble selection.

    Out-of-fold predictions of all estimators are made once, and weights found on them by adding one
    estimator after the other, see `greedy_weights`. Those that end with a weight are fitted on all rows.

    Parameters
    ----------
    estimators : list of (str, estimator)
        Classifiers with ``predict_proba``, by name; "drop" in place of one leaves it out.
    metric : Metric, str, function or scorer, default=None
        What the weights are chosen for, see `tabkit.metrics.as_metric`; None is log loss. Of two classes the
        one whose label says so is positive (1, True, "yes"); with other labels a metric that hangs on it,
        such as F1, is a scorer that was given ``pos_label``.
    n_rounds : int, default=50
        Estimators in the ensemble at most, repetitions counted: weights are multiples of 1/50 or more.
    cv : int, cross-validator or iterable, default=5
        A number asks for `tabkit.model_selection.RoleAwareKFold`.
    n_jobs : int, default=None
        Processes that fit; the model is the same for any number.
    random_state : int, RandomState or None, default=None
        Seed of the folds, None draws a new one for each fit; the estimators keep their own.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels in the order of the probability columns.
    weights_ : ndarray of shape (n_estimators,)
        In the order of ``estimators``; they sum to 1.
    estimators_ : list of estimator
        Those that have a weight, fitted on all rows.
    named_estimators_ : Bunch
        The same by name.
    oof_rows_ : ndarray of int of shape (n_predicted,)
        Positions of the training rows that have out-of-fold predictions, increasing.
    oof_predictions_ : Bunch of ndarray of shape (n_predicted, n_classes)
        Out-of-fold probabilities of each estimator by name, also of those without a weight.
    n_features_in_ : int
        Columns seen in ``fit``.

    References
    ----------
    Caruana, R., Niculescu-Mizil, A., Crew, G., Ksikes, A.: Ensemble selection from libraries of models.
    ICML (2004).

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from tabkit.ensemble import GreedyEnsembleClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> members = [("bayes", GaussianNB()), ("forest", RandomForestClassifier(20, random_state=0))]
    >>> model = GreedyEnsembleClassifier(members, random_state=0).fit(X, y)
    >>> model.predict_proba(X[:3]).shape
    (3, 2)
    """


class GreedyEnsembleRegressor(AveragedRegressor, GreedyEnsemble):
    """Weighted mean of the predictions of regressors, the weights by ensemble selection.

    As `GreedyEnsembleClassifier`, of values.

    Parameters
    ----------
    estimators : list of (str, estimator)
        Regressors by name; "drop" in place of one leaves it out.
    metric : Metric, str, function or scorer, default=None
        What the weights are chosen for, see `tabkit.metrics.as_metric`; None is the root mean squared error.
    n_rounds : int, default=50
        Estimators in the ensemble at most, repetitions counted: weights are multiples of 1/50 or more.
    cv : int, cross-validator or iterable, default=5
        A number asks for `tabkit.model_selection.RoleAwareKFold`.
    n_jobs : int, default=None
        Processes that fit; the model is the same for any number.
    random_state : int, RandomState or None, default=None
        Seed of the folds, None draws a new one for each fit; the estimators keep their own.

    Attributes
    ----------
    weights_ : ndarray of shape (n_estimators,)
        In the order of ``estimators``; they sum to 1.
    estimators_ : list of estimator
        Those that have a weight, fitted on all rows.
    named_estimators_ : Bunch
        The same by name.
    oof_rows_ : ndarray of int of shape (n_predicted,)
        Positions of the training rows that have out-of-fold predictions, increasing.
    oof_predictions_ : Bunch of ndarray of shape (n_predicted,)
        Out-of-fold predictions of each estimator by name, also of those without a weight.
    n_features_in_ : int
        Columns seen in ``fit``.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from tabkit.ensemble import GreedyEnsembleRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> members = [("ridge", Ridge(0.1)), ("neighbours", KNeighborsRegressor(20))]
    >>> model = GreedyEnsembleRegressor(members, random_state=0).fit(X, y)
    >>> float(model.weights_.sum())
    1.0
    """
