"""A threshold for class predictions, chosen on rows that the models were not fitted on."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import Tags, get_tags
from sklearn.utils.metadata_routing import MetadataRouter
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from tabkit._core import InputError
from tabkit._core._constraints import COUNT, N_JOBS
from tabkit._core._random import derive_seed, draw_seed
from tabkit._core._sklearn import check_parameters, make_options
from tabkit._core._weights import find_counting
from tabkit._core._wording import say_count, say_values
from tabkit.calibration._input import check_two_classes
from tabkit.calibration._label_metric import LabelMetric, read_objective, refuses_weight
from tabkit.calibration._objectives import Choice, Costs, MaxPrecision, MaxRecall, describe_problem
from tabkit.calibration._outcomes import Outcomes, ScoredRows, count_outcomes
from tabkit.model_selection import TooFewRowsError
from tabkit.model_selection._inner_folds import draw_inner_folds, hand_to_splitter
from tabkit.model_selection._learner import Learner
from tabkit.model_selection._metadata_routing import make_router, route_params
from tabkit.model_selection._out_of_fold import average_by_row, predict_out_of_fold, with_every_class
from tabkit.model_selection._row_roles import RowRoles, find_asked, fit_with_roles, take_rows
from tabkit.model_selection._share_aside import ShareAside
from tabkit.model_selection._training_rows import TrainingRows
from tabkit.preprocessing._features import check_features

_Goal = str | Callable[..., Any] | MaxRecall | MaxPrecision | Costs
_OBJECTIVE = "balanced_accuracy"
_RESPONSES = ("predict_proba", "decision_function")
_SEVERAL_FOLDS = "When cv has several folds, refit cannot be False."


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
    objective : str, scorer, MaxRecall, MaxPrecision or Costs, default="balanced_accuracy"
        The name of a scorer of labels ("balanced_accuracy", "f1"), or one by `sklearn.metrics.make_scorer`;
        the highest recall at a precision of at least so much, or the highest precision at a recall; or what
        each outcome costs.
    scoring : str, scorer, MaxRecall, MaxPrecision or Costs, default=None
        scikit-learn's name for ``objective``, in whose place it is taken.
    response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
        What the threshold is compared with; "auto" takes the first of them that the classifier has.
    thresholds : int, array-like or None, default=None
        Thresholds to try: so many, evenly spaced between the lowest score and the highest, or these. None
        tries all that tell held-out rows apart, at most 1,000.
    cv : int, float, "prefit", cross-validator or iterable of (train, test), default=5
        Number of folds of `tabkit.model_selection.RoleAwareKFold`, 5 for None; or the share of rows to hold
        out once, which are whole groups and the last in time; or folds of your own. With "prefit" the
        classifier is fitted already, and all rows are held out: it must not have seen them.
    refit : bool, default=True
        Whether the classifier is fitted on all rows in the end. False keeps the one of a single fold, and is
        needed with ``cv="prefit"``.
    n_jobs : int or None, default=None
        Fits of folds at a time; None is one, -1 as many as there are processors.
    store_cv_results : bool, default=False
        Whether to keep ``cv_results_``.
    pos_label : label or None, default=None
        The positive class. None takes that of the scorer where it has one, or the class whose label says so:
        1 beside 0, True, "yes" or "positive" beside its opposite. Other labels are refused, but by objectives
        that do not hang on it, such as balanced accuracy.
    min_rows_of_class : int, default=10
        With fewer held-out rows of either class the threshold stays at 0.5, or 0 for a decision function.
    random_state : int, RandomState or None, default=None
        Seed of the folds; None draws a new one for each fit.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        Labels, sorted: the order of the columns of ``predict_proba``.
    pos_label_ : label
        The positive class, whose probability or decision value the threshold is compared with. Where
        nothing says which it is and the objective does not ask, the one that sorts last.
    estimator_ : estimator
        Fitted on all rows, but for ``refit=False``.
    threshold_ : float
        Rows with this probability or decision value, and above, are predicted positive. -inf and inf
        predict one class for all, which `fit` warns of.
    best_threshold_ : float
        The same, by scikit-learn's name.
    best_score_ : float or None
        Of the objective at the threshold, higher is better: the score, recall, precision, or cost of a row
        times -1. None where there were too few rows.
    is_met_ : bool
        Whether the objective was met on the held-out rows: a threshold that misses its minimum comes nearest
        to it.
    cv_results_ : dict of str to ndarray
        "thresholds" that were tried and "scores" at each; with ``store_cv_results=True``.
    n_features_in_ : int
        Columns seen in ``fit``.

    See Also
    --------
    sklearn.model_selection.FixedThresholdClassifier : A threshold that you know.
    sklearn.model_selection.TunedThresholdClassifierCV : Averages scores over folds; no minimum, no costs.

    Notes
    -----
    It takes what `sklearn.model_selection.TunedThresholdClassifierCV` takes, and passes its tests but for
    what follows from this:

    ============================ ======================================= ===============================
    ..                           here                                    there
    ============================ ======================================= ===============================
    scores of a threshold        on the held-out rows of all folds       averaged over folds
    thresholds tried             all that matter                         100, evenly spaced
    of equally good ones         the highest                             the lowest
    folds of a number            shuffled, by groups and times           in the order of the rows
    positive class               given, or by its label; else refused    the scorer's, or 1
    weights                      count for the threshold, unless a       only where a scorer requests
                                 scorer's request for them is False      them
    scorers of probabilities     refused                                 computed on labels
    few rows of a class          threshold stays where it was, with a    tuned all the same
                                 warning, see ``min_rows_of_class``
    constant predictions         one class for all                       refused
    ============================ ======================================= ===============================

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
        "response_method": [make_options("auto", *_RESPONSES)],
        "thresholds": [COUNT, "array-like", None],
        "refit": ["boolean"],
        "n_jobs": N_JOBS,
        "store_cv_results": ["boolean"],
        "min_rows_of_class": [COUNT],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        objective: _Goal = _OBJECTIVE,
        scoring: _Goal | None = None,
        response_method: str = "auto",
        thresholds: int | ArrayLike | None = None,
        cv: Any = 5,
        refit: bool = True,
        n_jobs: int | None = None,
        store_cv_results: bool = False,
        pos_label: Any = None,
        min_rows_of_class: int = 10,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.objective = objective
        self.scoring = scoring
        self.response_method = response_method
        self.thresholds = thresholds
        self.cv = cv
        self.refit = refit
        self.n_jobs = n_jobs
        self.store_cv_results = store_cv_results
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
        **params: Any,
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
        **params : dict
            What else the classifier, the splitter or the scorer requests, with metadata routing enabled.

        Returns
        -------
        self : object

        Raises
        ------
        InputError
            If the objective hangs on which class is the positive one and nothing says which it is, or a
            parameter cannot be used.
        """
        check_parameters(self, self._parameter_constraints)
        self._check_refit()
        seed = draw_seed(self.random_state)
        X = check_features(self, X, reset=True, accept_sparse=["csr"])
        labels, self.classes_ = check_two_classes(X, y)
        name, given = self._objective()
        objective, self._positive = read_objective(given, f"{name}={given!r}", self.classes_, self.pos_label)
        self.pos_label_ = self.classes_[self._positive]
        routed = route_params(self, params)
        roles = RowRoles.check(len(labels), sample_weight, groups, times)
        roles = roles.add_metadata(routed.estimator.fit, len(labels))
        cv = self._choose_folds(X, labels, roles, routed.splitter.split, seed)
        for forgotten in ("estimator_", "cv_results_"):
            self.__dict__.pop(forgotten, None)
        try:
            positions, scores = self._fit_models(X, labels, roles, cv, seed)
            is_positive = labels[positions] == self.classes_[self._positive]
            self._check_rows(is_positive)
        except TooFewRowsError as error:
            if not hasattr(self, "estimator_"):
                raise
            self._keep_threshold(error)
            return self
        of_scorer = routed.scorer.score | self._take_division(given, roles)
        known = roles.add_metadata(of_scorer, len(labels)).take(positions)
        weight = known.sample_weight if self._counts_weight(objective, given, known) else None
        rows = ScoredRows(scores, is_positive, weight, {**known.metadata, **known.options})
        outcomes = count_outcomes(rows, self.thresholds)
        choice = objective.choose(outcomes)
        self._take(outcomes, choice)
        problem = describe_problem(f"{name}={given!r}", outcomes, choice, self.classes_, self._positive)
        if problem:
            warnings.warn(problem, stacklevel=2)
        return self

    @property
    def best_threshold_(self) -> float:
        """The threshold, by scikit-learn's name."""
        return self.threshold_

    @property
    def curve_(self) -> pd.DataFrame:
        """The thresholds that were tried, rising, with precision, recall, and the score or cost of a row.

        Empty where there were too few rows.
        """
        check_is_fitted(self)
        return pd.DataFrame(self._curve)

    def _check_refit(self) -> None:
        if _is_prefit(self.cv):
            if self.refit:
                raise InputError("When cv='prefit', refit cannot be True.")
            try:
                check_is_fitted(self.estimator, "classes_")
            except NotFittedError as error:
                raise NotFittedError("When cv='prefit', `estimator` must be fitted.") from error
        elif not self.refit and (self.cv is None or (isinstance(self.cv, Integral) and int(self.cv) > 1)):
            raise InputError(_SEVERAL_FOLDS)

    def _objective(self) -> tuple[str, Any]:
        """The parameter that says what the threshold is for, and its value."""
        if self.scoring is None:
            return "objective", self.objective
        if not isinstance(self.objective, str) or self.objective != _OBJECTIVE:
            raise InputError(f"objective={self.objective!r} and scoring={self.scoring!r}: pass one of them")
        return "scoring", self.scoring

    def _choose_folds(
        self, X: Any, labels: np.ndarray, roles: RowRoles, requested: dict[str, Any], seed: int
    ) -> Any:
        if self.cv is None:
            return 5
        if isinstance(self.cv, Real) and not isinstance(self.cv, Integral) and 0 < float(self.cv) < 1:
            return ShareAside(float(self.cv), seed)
        return hand_to_splitter(self.cv, TrainingRows(X, labels, roles), requested)

    def _fit_models(
        self, X: Any, labels: np.ndarray, roles: RowRoles, cv: Any, seed: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Fit ``estimator_``; held-out rows and their scores."""
        if _is_prefit(cv):
            if not np.array_equal(self.estimator.classes_, self.classes_):
                raise InputError(f"y: the classifier is fitted to {say_values(self.estimator.classes_)}")
            self.estimator_ = self.estimator
            rows = find_counting(roles.sample_weight, len(labels))
            return rows, self._score(self.estimator_, take_rows(X, rows))
        if self.refit:
            self.estimator_ = fit_with_roles(clone(self.estimator), X, labels, roles)
        models, rows, scores = self._score_out_of_fold(X, labels, roles, cv, seed)
        if not self.refit:
            if len(models) > 1:
                raise InputError(_SEVERAL_FOLDS)
            self.estimator_ = models[0]
        return rows, scores

    def _score_out_of_fold(
        self, X: Any, labels: np.ndarray, roles: RowRoles, cv: Any, seed: int
    ) -> tuple[list[Any], np.ndarray, np.ndarray]:
        """Models of the folds, the rows that these tested, and their scores."""
        known = TrainingRows(X, labels, roles, self.classes_)
        folds = draw_inner_folds(cv, known, seed=derive_seed(seed, "folds"), owner=type(self).__name__)
        (held_out,) = predict_out_of_fold(
            [Learner(self.estimator, self._score)],
            known,
            with_every_class(known, folds),
            n_jobs=self.n_jobs,
            keeps_models=not self.refit,
        )
        rows, means = average_by_row(held_out)
        return [fold.model for fold in held_out], rows, means

    def _take_division(self, scorer: Any, roles: RowRoles) -> dict[str, Any]:
        """Groups and times, as far as a scorer asks for them."""
        if not hasattr(scorer, "get_metadata_routing"):
            return {}
        return {name: roles.division[name] for name in find_asked(scorer, roles.division, "score")}

    def _check_rows(self, is_positive: np.ndarray) -> None:
        rarest = min(is_positive.sum(), (~is_positive).sum())
        if rarest < self.min_rows_of_class:
            raise TooFewRowsError(
                f"{say_count(rarest, 'held-out row')} of the rarer class, "
                f"and {self.min_rows_of_class} are needed"
            )

    def _counts_weight(self, objective: Any, given: Any, roles: RowRoles) -> bool:
        """Whether weights count for the threshold."""
        if not isinstance(objective, LabelMetric):
            return True
        if not objective.takes_weight and roles.sample_weight is not None:
            warnings.warn(
                f"{given!r} takes no weights: the threshold is chosen without them",
                stacklevel=3,
            )
        return objective.takes_weight and not refuses_weight(given)

    def _keep_threshold(self, error: TooFewRowsError) -> None:
        is_proba = self._find_response(self.estimator_) == "predict_proba"
        self.threshold_ = 0.5 if is_proba else 0.0
        self.best_score_: float | None = None
        self.is_met_ = False
        self._curve = {name: np.empty(0) for name in ("threshold", "precision", "recall")}
        if self.store_cv_results:
            self.cv_results_ = {"thresholds": np.empty(0), "scores": np.empty(0)}
        warnings.warn(f"the threshold stays at {self.threshold_}: {error}", stacklevel=3)

    def _take(self, outcomes: Outcomes, choice: Choice) -> None:
        self.threshold_ = float(outcomes.thresholds[choice.position])
        self.best_score_ = float(choice.scores[choice.position])
        self.is_met_ = not choice.problem
        self._curve = {
            "threshold": outcomes.thresholds,
            "precision": outcomes.precision,
            "recall": outcomes.recall,
            **choice.curve,
        }
        if self.store_cv_results:
            self.cv_results_ = {"thresholds": outcomes.thresholds, "scores": choice.scores}

    def _find_response(self, model: Any) -> str:
        wanted = _RESPONSES if self.response_method == "auto" else (self.response_method,)
        for name in wanted:
            if hasattr(model, name):
                return name
        raise InputError(
            f"response_method={self.response_method!r}: {type(model).__name__} has no {' or '.join(wanted)}"
        )

    def _score(self, model: Any, X: Any) -> np.ndarray:
        """Probability of the positive class, or its decision value."""
        response = self._find_response(model)
        scores = np.asarray(getattr(model, response)(X), dtype=np.float64)
        if response == "predict_proba":
            return scores[:, self._positive]
        return scores.ravel() if self._positive == 1 else -scores.ravel()

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
        is_positive = self._score(self.estimator_, X) >= self.threshold_
        return self.classes_[np.where(is_positive, self._positive, 1 - self._positive)]

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

    @available_if(_inner_has("predict_log_proba"))
    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Logarithm of the probability of each class, as the classifier says it.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)

        Returns
        -------
        log_proba : ndarray of shape (n_rows, 2)
        """
        check_is_fitted(self)
        return self.estimator_.predict_log_proba(check_features(self, X, reset=False, accept_sparse=["csr"]))

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

    def get_metadata_routing(self) -> MetadataRouter:
        """Who requests which metadata: the classifier, the splitter and the scorer.

        Returns
        -------
        routing : MetadataRouter
        """
        return make_router(self, self.estimator, splitter=self.cv, scorer=self._objective()[1])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.estimator).input_tags
        tags.classifier_tags.multi_class = False
        return tags


def _is_prefit(cv: Any) -> bool:
    return isinstance(cv, str) and cv == "prefit"
