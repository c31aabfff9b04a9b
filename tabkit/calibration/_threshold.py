"""A threshold for class predictions, chosen on rows that the models were not fitted on."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import Tags, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from tabkit._core import InputError
from tabkit._core._constraints import COUNT
from tabkit._core._random import derive_seed, draw_seed
from tabkit._core._sklearn import check_parameters
from tabkit._core._wording import say_count, say_value, say_values
from tabkit.calibration._input import check_labels
from tabkit.calibration._objectives import Costs, MaxPrecision, MaxRecall, Outcomes, as_objective
from tabkit.model_selection import TooFewRowsError
from tabkit.model_selection._inner_folds import draw_inner_folds
from tabkit.model_selection._learner import Learner
from tabkit.model_selection._out_of_fold import average_by_row, predict_out_of_fold, with_every_class
from tabkit.model_selection._row_roles import RowRoles, fit_with_roles
from tabkit.model_selection._training_rows import TrainingRows
from tabkit.preprocessing._features import check_features

_MAX_THRESHOLDS = 1000


def _inner_has(name: str) -> Any:
    def check(self: Any) -> bool:
        return hasattr(getattr(self, "estimator_", self.estimator), name)

    return check


class TunedThresholdClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """A classifier of two classes whose threshold serves what the predictions are for.

    Copies of the classifier are fitted on the training rows of a few folds and predict the rows left out; the
    threshold is chosen on all these predictions together, and the classifier fitted on all rows. Folds
    follow groups and times where they arrive.

    Parameters
    ----------
    estimator : estimator
        Classifier with ``predict_proba`` or ``decision_function``.
    objective : str, MaxRecall, MaxPrecision or Costs, default="balanced_accuracy"
        The name of a scorer of labels ("balanced_accuracy", "f1"); the highest recall at a precision of at
        least so much, or the highest precision at a recall; or what each outcome costs.
    cv : int, cross-validator or iterable of (train, test), default=5
        Number of folds of `tabkit.model_selection.RoleAwareKFold`, or folds of your own.
    pos_label : label or None, default=None
        The positive class; None takes the one that sorts last.
    min_rows_of_class : int, default=10
        With fewer held-out rows of either class the threshold stays at 0.5, or 0 for a decision function.
    random_state : int, RandomState or None, default=None
        Seed of the folds; None draws a new one for each fit.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        Labels.
    estimator_ : estimator
        Fitted on all rows.
    threshold_ : float
        Rows with this probability or decision value, and above, are predicted positive. -inf and inf
        predict one class for all.
    is_met_ : bool
        Whether the objective was met on the held-out rows: a threshold that misses its minimum comes nearest
        to it.
    n_features_in_ : int
        Columns seen in ``fit``.

    See Also
    --------
    sklearn.model_selection.FixedThresholdClassifier : A threshold that you know.
    sklearn.model_selection.TunedThresholdClassifierCV : Averages scores over folds; no minimum, no costs.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from tabkit.calibration import MaxRecall
    >>> X, y = make_classification(1000, weights=[0.8], random_state=0)
    >>> precise = MaxRecall(min_precision=0.9)
    >>> model = TunedThresholdClassifier(LogisticRegression(), objective=precise, random_state=0)
    >>> model.fit(X, y).is_met_, 0.3 < model.threshold_ < 0.7
    (True, True)
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": True,
        "groups": True,
        "times": True,
    }

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "min_rows_of_class": [COUNT],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        objective: str | MaxRecall | MaxPrecision | Costs = "balanced_accuracy",
        cv: Any = 5,
        pos_label: Any = None,
        min_rows_of_class: int = 10,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.objective = objective
        self.cv = cv
        self.pos_label = pos_label
        self.min_rows_of_class = min_rows_of_class
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
        """Choose the threshold and fit the classifier.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
        y : array-like of shape (n_rows,)
            Labels of two classes.
        sample_weight : array-like of shape (n_rows,), default=None
            How much each row counts for the threshold, and for the classifier as far as it takes them.
        groups : array-like of shape (n_rows,), default=None
            No group is torn apart by a fold.
        times : array-like of shape (n_rows,), default=None
            Rows are predicted by models that were fitted on earlier ones.

        Returns
        -------
        self : object
        """
        check_parameters(self, self._parameter_constraints)
        seed = draw_seed(self.random_state)
        X = check_features(self, X, reset=True, accept_sparse=["csr"])
        labels, self.classes_ = check_labels(X, y)
        if len(self.classes_) > 2:
            kind = type_of_target(labels)
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        objective = as_objective(self.objective)
        positive = self._positive()
        roles = RowRoles.check(len(labels), sample_weight, groups, times)
        self.estimator_ = fit_with_roles(clone(self.estimator), X, labels, roles)
        self.threshold_ = 0.5 if hasattr(self.estimator_, "predict_proba") else 0.0
        self.is_met_ = False
        self._curve = {name: np.empty(0) for name in ("threshold", "precision", "recall")}
        try:
            scores, is_positive, weight = self._predict_out_of_fold(X, labels, roles, positive, seed)
        except TooFewRowsError as error:
            warnings.warn(f"the threshold stays at {self.threshold_}: {error}", stacklevel=2)
            return self
        thresholds, outcomes = count_outcomes(scores, is_positive, weight)
        choice = objective.choose(outcomes)
        self.threshold_, self.is_met_ = float(thresholds[choice.position]), not choice.problem
        self._curve = {
            "threshold": thresholds,
            "precision": outcomes.precision,
            "recall": outcomes.recall,
            **choice.curve,
        }
        if choice.problem:
            warnings.warn(
                f"{self.objective!r} is not met on held-out rows: {choice.problem}; took that threshold",
                stacklevel=2,
            )
        return self

    @property
    def curve_(self) -> pd.DataFrame:
        """The thresholds that were tried, rising, with precision, recall, and the score or cost of a row.

        Empty where there were too few rows.
        """
        check_is_fitted(self)
        return pd.DataFrame(self._curve)

    def _positive(self) -> int:
        if self.pos_label is None:
            return 1
        found = np.flatnonzero(self.classes_ == self.pos_label)
        if not len(found):
            raise InputError(
                f"pos_label={say_value(self.pos_label)}: expected one of {say_values(self.classes_)}"
            )
        return int(found[0])

    def _predict_out_of_fold(
        self, X: Any, labels: np.ndarray, roles: RowRoles, positive: int, seed: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Score, truth and weight of the rows that were predicted by models not fitted on them."""
        known = TrainingRows(X, labels, roles, self.classes_)
        folds = draw_inner_folds(self.cv, known, seed=derive_seed(seed, "folds"), owner=type(self).__name__)
        learner = Learner(self.estimator, partial(_score, positive=positive))
        (held_out,) = predict_out_of_fold([learner], known, with_every_class(known, folds))
        rows, means = average_by_row(held_out)
        is_positive = labels[rows] == self.classes_[positive]
        rarest = min(is_positive.sum(), (~is_positive).sum())
        if rarest < self.min_rows_of_class:
            raise TooFewRowsError(
                f"{say_count(rarest, 'held-out row')} of the rarer class, "
                f"and {self.min_rows_of_class} are needed"
            )
        weight = np.ones(len(labels)) if roles.sample_weight is None else roles.sample_weight
        return means, is_positive, weight[rows]

    def predict(self, X: Any) -> np.ndarray:
        """Label of each row, by the threshold.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)

        Returns
        -------
        labels : ndarray of shape (n_rows,)
        """
        check_is_fitted(self)
        X = check_features(self, X, reset=False, accept_sparse=["csr"])
        positive = self._positive()
        is_positive = _score(self.estimator_, X, positive) >= self.threshold_
        return self.classes_[np.where(is_positive, positive, 1 - positive)]

    @available_if(_inner_has("predict_proba"))
    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each class, as the classifier says it.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)

        Returns
        -------
        proba : ndarray of shape (n_rows, 2)
        """
        check_is_fitted(self)
        return self.estimator_.predict_proba(check_features(self, X, reset=False, accept_sparse=["csr"]))

    @available_if(_inner_has("decision_function"))
    def decision_function(self, X: Any) -> np.ndarray:
        """Decision value of the class that sorts last, as the classifier says it.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)

        Returns
        -------
        scores : ndarray of shape (n_rows,)
        """
        check_is_fitted(self)
        return self.estimator_.decision_function(check_features(self, X, reset=False, accept_sparse=["csr"]))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.estimator).input_tags
        tags.classifier_tags.multi_class = False
        return tags


def count_outcomes(
    scores: np.ndarray, is_positive: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, Outcomes]:
    """Thresholds between scores, and what predictions by each of them come to.

    Parameters
    ----------
    scores : ndarray of shape (n_rows,)
    is_positive : ndarray of bool of shape (n_rows,)
    weight : ndarray of shape (n_rows,)

    Returns
    -------
    thresholds : ndarray of shape (n_thresholds,)
        Rising, from -inf to inf; of many, those at equal shares of either class.
    outcomes : Outcomes
    """
    distinct, of_row = np.unique(scores, return_inverse=True)
    middle = distinct[:-1] + np.diff(distinct) / 2
    # Between neighbours among floats there is no middle.
    middle = np.where(middle > distinct[:-1], middle, distinct[1:])
    thresholds = np.concatenate([[-np.inf], middle, [np.inf]])
    positive = np.bincount(of_row, weight * is_positive, minlength=len(distinct))
    negative = np.bincount(of_row, weight * ~is_positive, minlength=len(distinct))
    missed = np.concatenate([[0.0], np.cumsum(positive)])
    left = np.concatenate([[0.0], np.cumsum(negative)])
    predicted = len(scores) - np.concatenate([[0], np.cumsum(np.bincount(of_row))])
    if len(thresholds) > _MAX_THRESHOLDS:
        shares = np.linspace(0, 1, _MAX_THRESHOLDS // 2)
        kept = np.unique([np.searchsorted(below, shares * below[-1]) for below in (missed, left)])
        thresholds, missed, left, predicted = (
            values[kept] for values in (thresholds, missed, left, predicted)
        )
    return thresholds, Outcomes(
        true_positive=missed[-1] - missed,
        false_positive=left[-1] - left,
        false_negative=missed,
        true_negative=left,
        n_predicted=predicted,
    )


def _score(model: Any, X: Any, positive: int) -> np.ndarray:
    """Probability of the positive class, or its decision value."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(X), dtype=np.float64)[:, positive]
    scores = np.asarray(model.decision_function(X), dtype=np.float64).ravel()
    return scores if positive == 1 else -scores
