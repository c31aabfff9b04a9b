"""A classifier whose probabilities are calibrated on rows that its models were not fitted on."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import LeaveOneOut
from sklearn.svm import LinearSVC
from sklearn.utils import Tags, get_tags
from sklearn.utils.metadata_routing import MetadataRouter
from sklearn.utils.validation import check_is_fitted

from tabkit._core import InputError
from tabkit._core._constraints import N_JOBS
from tabkit._core._pairs import Pairs
from tabkit._core._random import derive_seed, draw_seed
from tabkit._core._sklearn import check_parameters, make_interval, make_options
from tabkit._core._wording import say_value
from tabkit.calibration._calibrated_model import CalibratedModel
from tabkit.calibration._calibrators import METHODS, fit_calibrators
from tabkit.calibration._choice import (
    CalibrationRows,
    choose_method,
    find_skipped,
    measure_methods,
    take_calibration_rows,
)
from tabkit.calibration._input import check_labels, check_rows
from tabkit.calibration._log_odds import predict_log_odds
from tabkit.model_selection import TooFewRowsError
from tabkit.model_selection._inner_folds import draw_inner_folds, hand_to_splitter
from tabkit.model_selection._learner import Learner
from tabkit.model_selection._metadata_routing import make_router, route_params
from tabkit.model_selection._out_of_fold import (
    HeldOut,
    average_by_row,
    predict_out_of_fold,
    with_every_class,
)
from tabkit.model_selection._row_roles import RowRoles, fit_with_roles
from tabkit.model_selection._training_rows import TrainingRows


class CalibratedClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """A classifier with calibrated probabilities, by whichever method is best on held-out rows.

    Copies of the classifier are fitted on the training rows of a few folds and predict the rows left out;
    calibrators are fitted on these predictions, and the classifier on all rows. Folds follow groups and times
    where they arrive: forward in time only the rows after the first block calibrate. A model that
    resamples (`imblearn.pipeline.Pipeline`) is so calibrated on rows that were never resampled.

    Parameters
    ----------
    estimator : estimator, default=None
        Classifier with ``predict_proba`` or ``decision_function``; None is `sklearn.svm.LinearSVC`. One that
        is fitted already goes in as `sklearn.frozen.FrozenEstimator`, with rows that it has not seen.
    method : {"auto", "none", "temperature", "sigmoid", "beta", "isotonic"}, default="auto"
        - "temperature": log-odds times one positive number. Cannot repair a wrong base rate.
        - "sigmoid": a slope and an intercept of the log-odds (Platt).
        - "beta": two slopes and an intercept, of log p and log(1 - p) (Kull et al.).
        - "isotonic": steps.
        - "none": probabilities as they are; those of a decision function are its logistic function.
        - "auto": the one with the least loss by cross-validation over the held-out predictions, "none"
          among them. One that loses ranking (0.005 of ROC AUC) is out.

        All but "temperature" map each of several classes for itself, and the results are made to sum to
        1. Slopes are never negative: no method turns the ranking of a class around.
    loss : {"log_loss", "brier"}, default="log_loss"
        What "auto" goes by. A Brier score forgives a probability of nearly 0 for what happens.
    cv : int, cross-validator or iterable of (train, test), default=5
        Number of folds of `tabkit.model_selection.RoleAwareKFold`, 5 for None; or folds of your own. Those
        that lack a class to train on are left out.
    n_jobs : int or None, default=None
        Fits of folds at a time; None is one, -1 as many as there are processors.
    ensemble : bool or {"auto"}, default=False
        - False: one classifier, fitted on all rows, with the calibrators of all held-out predictions.
        - True: the classifier of each fold, with calibrators of its own for what it says of the rows that
          it was not fitted on; probabilities are averaged. All have one method, which "auto" chooses on
          the held-out predictions of all.
        - "auto": scikit-learn's default, which is False for a FrozenEstimator and True for any other.
    min_rows : int, default=50
        A method is skipped with fewer rows to calibrate on, or fewer than 10 of the rarest class. The rows
        of all folds count together.
    min_isotonic_rows : int, default=1000
        The same for "isotonic", which overfits fewer.
    random_state : int, RandomState or None, default=None
        Seed of the folds; None draws a new one for each fit.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels in the order of the probability columns.
    calibrated_classifiers_ : list of CalibratedModel
        What predicts: one, or with ``ensemble`` one for each fold. Each has ``estimator``, ``calibrators``,
        ``method`` and ``predict_proba``.
    estimator_ : estimator
        Fitted on all rows; not there where the classifiers of folds are kept.
    method_ : str
        The method that is used.
    calibrators_ : tuple
        One, or one for each of several classes; empty for "none". Not there without ``estimator_``.
    scores_ : dict of str to list
        For "auto" what each method scored on rows that it was not fitted on, as columns of a frame.
    skipped_ : dict of str to str
        Methods that were not tried, and why.
    n_calibration_rows_ : int
        Rows that the calibrators were fitted on.
    n_features_in_ : int
        Columns seen in ``fit``, where X was a table.

    See Also
    --------
    sklearn.calibration.CalibratedClassifierCV : One method, and no splits forward in time.

    Notes
    -----
    It takes what `sklearn.calibration.CalibratedClassifierCV` takes, and passes its tests but for what
    follows from this:

    ============================ ======================================= ===============================
    ..                           here                                    there
    ============================ ======================================= ===============================
    ``method``                   "auto"                                  "sigmoid"
    ``ensemble``                 False                                   "auto"
    what is calibrated           log-odds of probabilities, else         decision values, else
                                 decision values                         probabilities as they are
    folds of a number            shuffled, by groups and times           in the order of the rows
    weights                      reach whatever takes them               with routing where requested
    few rows                     not calibrated, with a warning, see     calibrated all the same
                                 ``min_rows``
    training rows lack a class   that fold is left out                   its probability is 0 there
    a fold tests not all classes not calibrated, with a warning, for     calibrated all the same
                                 ``ensemble=True``
    isotonic steps               keep 1 / (n + 2) from 0 and 1           reach 0 and 1
    calibrators                  ``slope``, ``intercept``,               ``a_``, ``b_``, ``beta_``
                                 ``temperature``, of log-odds
    ============================ ======================================= ===============================

    References
    ----------
    Platt, J.: Probabilistic Outputs for Support Vector Machines (1999). Zadrozny, B., Elkan, C.:
    Transforming Classifier Scores into Accurate Multiclass Probability Estimates. KDD (2002). Guo, C. et al.:
    On Calibration of Modern Neural Networks. ICML (2017). Kull, M., Silva Filho, T., Flach, P.: Beta
    calibration. AISTATS (2017).

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X, y = make_classification(1000, n_informative=2, n_redundant=8, random_state=0)
    >>> model = CalibratedClassifier(GaussianNB(), random_state=0).fit(X, y)
    >>> model.method_, model.predict_proba(X[:3]).shape
    ('beta', (3, 2))
    >>> folds = CalibratedClassifier(GaussianNB(), ensemble=True, random_state=0).fit(X, y)
    >>> len(folds.calibrated_classifiers_)
    5
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": True,
        "groups": True,
        "times": True,
    }
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "method": [make_options("auto", *METHODS)],
        "loss": [make_options("log_loss", "brier")],
        "n_jobs": N_JOBS,
        "ensemble": ["boolean", make_options("auto")],
        "random_state": ["random_state"],
        "min_rows": [make_interval(Integral, 2, None, closed="left")],
        "min_isotonic_rows": [make_interval(Integral, 2, None, closed="left")],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        method: str = "auto",
        loss: str = "log_loss",
        cv: Any = 5,
        n_jobs: int | None = None,
        ensemble: bool | str = False,
        min_rows: int = 50,
        min_isotonic_rows: int = 1000,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.method = method
        self.loss = loss
        self.cv = cv
        self.n_jobs = n_jobs
        self.ensemble = ensemble
        self.min_rows = min_rows
        self.min_isotonic_rows = min_isotonic_rows
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
        """Fit the classifier and its calibrators.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Or rows of another kind that the classifier takes: texts, mappings, arrays of two dimensions and
            more.
        y : array-like of shape (n_rows,)
            Labels.
        sample_weight : array-like of shape (n_rows,), default=None
            For the calibrators, and for the classifier as far as it takes them. Rows without weight calibrate
            nothing. To a calibrator whole weights are repetitions, and weights with a mean below 1 only say
            how rows compare.
        groups : array-like of shape (n_rows,), default=None
            No group is torn apart by a fold.
        times : array-like of shape (n_rows,), default=None
            Rows calibrate with the predictions of models that were fitted on earlier ones.
        **params : dict
            What else the classifier or the splitter requests, with metadata routing enabled; without it
            they are for ``fit`` of the classifier. Divided like the rows where one has an entry for each.

        Returns
        -------
        self : object

        Raises
        ------
        InputError
            If the data, a parameter or the folds cannot be used.
        """
        check_parameters(self, self._parameter_constraints)
        seed = draw_seed(self.random_state)
        routed = route_params(self, params, unasked="estimator")
        X = check_rows(self, X, reset=True)
        labels, self.classes_ = check_labels(X, y)
        roles = RowRoles.check(len(labels), sample_weight, groups, times)
        rows = TrainingRows(X, labels, roles.add_metadata(routed.estimator.fit, len(labels)), self.classes_)
        self._check_folds(rows)
        for forgotten in ("estimator_", "calibrators_", "_fold_models"):
            self.__dict__.pop(forgotten, None)
        self.method_, self.n_calibration_rows_ = "none", 0
        self.scores_: dict[str, list] = {}
        self.skipped_: dict[str, str] = {}
        held_out: list[HeldOut] = []
        try:
            if self._is_ensemble or self.method != "none":
                cv = hand_to_splitter(5 if self.cv is None else self.cv, rows, routed.splitter.split)
                held_out = self._predict_out_of_fold(rows, cv, seed)
            if self.method != "none":
                self._choose_method(rows, held_out, seed)
        except TooFewRowsError as error:
            warnings.warn(f"not calibrated: {error}", stacklevel=2)
        self._fit_calibrated(rows, held_out)
        return self

    @property
    def calibrated_classifiers_(self) -> list[CalibratedModel]:
        """Each fitted classifier with its calibrators: one, or with ``ensemble`` one for each fold."""
        check_is_fitted(self)
        if not hasattr(self, "estimator_"):
            return list(self._fold_models)
        return [CalibratedModel(self.estimator_, self.calibrators_, self.classes_, self.method_)]

    @property
    def _classifier(self) -> Any:
        """The classifier, or the default."""
        return LinearSVC(random_state=0) if self.estimator is None else self.estimator

    @property
    def _is_ensemble(self) -> bool:
        if isinstance(self.ensemble, str):
            return not isinstance(self.estimator, FrozenEstimator)
        return self.ensemble

    def _check_folds(self, rows: TrainingRows) -> None:
        """Refuse numbers of folds that cannot be meant."""
        if isinstance(self.cv, str) and self.cv == "prefit":
            raise InputError(
                "cv='prefit': pass sklearn.frozen.FrozenEstimator(model) as estimator, with any cv"
            )
        n_rows = len(rows.y)
        # Of fewer rows none calibrates anyway, and a warning says so.
        if isinstance(self.cv, Integral) and int(self.cv) > n_rows >= self.min_rows:
            raise InputError(f"cv={self.cv!r}: more folds than rows, of which there are {n_rows}")
        if self._is_ensemble and isinstance(self.cv, LeaveOneOut):
            raise InputError(
                "LeaveOneOut cross-validation does not leave rows of every class in each fold, as "
                "ensemble=True needs: pass fewer folds as cv, or ensemble=False"
            )

    def _predict_out_of_fold(self, rows: TrainingRows, cv: Any, seed: int) -> list[HeldOut]:
        """By fold the predictions of rows by a model that was not fitted on them."""
        folds = draw_inner_folds(cv, rows, seed=derive_seed(seed, "folds"), owner=type(self).__name__)
        folds = with_every_class(rows, folds)
        if self._is_ensemble and not isinstance(self.cv, Integral | None):
            _check_rarest(rows, folds)
        learner = Learner(self._classifier, partial(predict_log_odds, classes=self.classes_))
        (held_out,) = predict_out_of_fold(
            [learner], rows, folds, n_jobs=self.n_jobs, keeps_models=self._is_ensemble
        )
        return held_out

    def _choose_method(self, rows: TrainingRows, held_out: Sequence[HeldOut], seed: int) -> None:
        """Settle on the method that was asked for, or on the best, where there are rows enough for it."""
        tested = take_calibration_rows(rows, *average_by_row(held_out))
        asked = METHODS if self.method == "auto" else (self.method,)
        floors = {"min_rows": self.min_rows, "min_isotonic_rows": self.min_isotonic_rows}
        self.skipped_ = find_skipped(tested, asked, **floors)
        usable = [method for method in asked if method not in self.skipped_]
        if set(usable) <= {"none"}:
            raise TooFewRowsError(next(iter(self.skipped_.values())))
        if self._is_ensemble:
            _check_every_class(rows, held_out)
        if self.method == "auto":
            seed = derive_seed(seed, "calibrators")
            self.scores_ = measure_methods(tested, usable, n_splits=5, seed=seed)
            self.method_ = choose_method(self.scores_, self.loss)
        else:
            self.method_ = self.method
        self.n_calibration_rows_ = 0 if self.method_ == "none" else len(tested.codes)

    def _fit_calibrated(self, rows: TrainingRows, held_out: Sequence[HeldOut]) -> None:
        """Fit the calibrators, and where the models of the folds are not kept one on all rows."""
        if self._is_ensemble and held_out:
            self._fold_models = [
                CalibratedModel(
                    fold.model,
                    self._fit_calibrators(take_calibration_rows(rows, fold.rows, fold.predictions)),
                    self.classes_,
                    self.method_,
                )
                for fold in held_out
            ]
            return
        self.calibrators_ = ()
        if self.method_ != "none":
            self.calibrators_ = self._fit_calibrators(take_calibration_rows(rows, *average_by_row(held_out)))
        self.estimator_ = fit_with_roles(clone(self._classifier), rows.X, rows.y, rows.roles)

    def _fit_calibrators(self, tested: CalibrationRows) -> tuple[Any, ...]:
        return fit_calibrators(self.method_, tested.log_odds, tested.codes, tested.weight)

    def predict_proba(self, X: Any) -> np.ndarray:
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
        X = check_rows(self, X, reset=False)
        return np.mean([model.predict_proba(X) for model in self.calibrated_classifiers_], axis=0)

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

    def get_metadata_routing(self) -> MetadataRouter:
        """Who requests which metadata: the classifier and the splitter.

        Returns
        -------
        routing : MetadataRouter
        """
        return make_router(self, self._classifier, splitter=self.cv)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self._classifier).input_tags
        return tags


def _check_rarest(rows: TrainingRows, folds: Pairs) -> None:
    """Refuse folds that are too many for each to test a row of the rarest class."""
    n_tested = np.bincount(np.concatenate([test for _, test in folds]))
    rarest = np.unique(rows.y, return_counts=True)[1].min()
    if n_tested.max() == 1 and len(folds) > rarest:
        raise InputError(
            f"Requesting {len(folds)}-fold cross-validation but provided less than {len(folds)} examples for "
            "at least one class, and ensemble=True needs rows of every class in each: pass fewer folds as "
            "cv, or ensemble=False"
        )


def _check_every_class(rows: TrainingRows, held_out: Sequence[HeldOut]) -> None:
    for number, fold in enumerate(held_out):
        if len(missing := np.setdiff1d(rows.y, rows.y[fold.rows])):
            raise TooFewRowsError(
                f"fold {number} tests no row of class {say_value(missing[0])}, and ensemble=True calibrates "
                "each fold by itself: pass other folds as cv, or ensemble=False"
            )
