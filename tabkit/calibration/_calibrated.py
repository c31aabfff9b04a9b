"""A classifier whose probabilities are calibrated on rows that its models were not fitted on."""

from __future__ import annotations

import warnings
from functools import partial
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import Tags, get_tags
from sklearn.utils.validation import check_is_fitted

from tabkit._core._random import derive_seed, draw_seed
from tabkit._core._sklearn import check_parameters, make_interval, make_options
from tabkit.calibration._calibrators import METHODS, calibrate, fit_calibrators
from tabkit.calibration._choice import CalibrationRows, choose_method, find_skipped, measure_methods
from tabkit.calibration._input import check_labels
from tabkit.calibration._log_odds import predict_log_odds
from tabkit.model_selection import TooFewRowsError
from tabkit.model_selection._inner_folds import draw_inner_folds
from tabkit.model_selection._learner import Learner
from tabkit.model_selection._out_of_fold import average_by_row, predict_out_of_fold, with_every_class
from tabkit.model_selection._row_roles import RowRoles, fit_with_roles
from tabkit.model_selection._training_rows import TrainingRows
from tabkit.preprocessing._features import check_features
from tabkit.preprocessing._labels import align_columns


class CalibratedClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """A classifier with calibrated probabilities, by whichever method is best on held-out rows.

    Copies of the classifier are fitted on the training rows of a few folds and predict the rows left out;
    calibrators are fitted on these predictions, and the classifier on all rows. Folds follow groups and times
    where they arrive: forward in time only the rows after the first block calibrate. A model that
    resamples (`imblearn.pipeline.Pipeline`) is so calibrated on rows that were never resampled.

    Parameters
    ----------
    estimator : estimator
        Classifier with ``predict_proba`` or ``decision_function``.
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
        Number of folds of `tabkit.model_selection.RoleAwareKFold`, or folds of your own.
    min_rows : int, default=50
        A method is skipped with fewer rows to calibrate on, or fewer than 10 of the rarest class.
    min_isotonic_rows : int, default=1000
        The same for "isotonic", which overfits fewer.
    random_state : int, RandomState or None, default=None
        Seed of the folds; None draws a new one for each fit.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels in the order of the probability columns.
    estimator_ : estimator
        Fitted on all rows.
    method_ : str
        The method that is used.
    calibrators_ : tuple
        One, or one for each of several classes; empty for "none".
    scores_ : dict of str to list
        For "auto" what each method scored on rows that it was not fitted on, as columns of a frame.
    skipped_ : dict of str to str
        Methods that were not tried, and why.
    n_calibration_rows_ : int
        Rows that the calibrators were fitted on.
    n_features_in_ : int
        Columns seen in ``fit``.

    References
    ----------
    Platt, J.: Probabilistic Outputs for Support Vector Machines (1999). Zadrozny, B., Elkan, C.:
    Transforming Classifier Scores into Accurate Multiclass Probability Estimates. KDD (2002). Guo, C. et al.:
    On Calibration of Modern Neural Networks. ICML (2017). Kull, M., Silva Filho, T., Flach, P.: Beta
    calibration. AISTATS (2017).

    See Also
    --------
    sklearn.calibration.CalibratedClassifierCV : One method, and no splits forward in time.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X, y = make_classification(1000, n_informative=2, n_redundant=8, random_state=0)
    >>> model = CalibratedClassifier(GaussianNB(), random_state=0).fit(X, y)
    >>> model.method_, model.predict_proba(X[:3]).shape
    ('beta', (3, 2))
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": True,
        "groups": True,
        "times": True,
    }
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "method": [make_options("auto", *METHODS)],
        "loss": [make_options("log_loss", "brier")],
        "random_state": ["random_state"],
        "min_rows": [make_interval(Integral, 2, None, closed="left")],
        "min_isotonic_rows": [make_interval(Integral, 2, None, closed="left")],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        method: str = "auto",
        loss: str = "log_loss",
        cv: Any = 5,
        min_rows: int = 50,
        min_isotonic_rows: int = 1000,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.method = method
        self.loss = loss
        self.cv = cv
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
    ) -> Self:
        """Fit the classifier and its calibrators.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
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

        Returns
        -------
        self : object
        """
        check_parameters(self, self._parameter_constraints)
        seed = draw_seed(self.random_state)
        X = check_features(self, X, reset=True, accept_sparse=["csr"])
        labels, self.classes_ = check_labels(X, y)
        roles = RowRoles.check(len(labels), sample_weight, groups, times)
        self.method_, self.calibrators_, self.n_calibration_rows_ = "none", (), 0
        self.scores_: dict[str, list] = {}
        self.skipped_: dict[str, str] = {}
        if self.method != "none":
            try:
                self._calibrate(self._predict_out_of_fold(X, labels, roles, seed), seed)
            except TooFewRowsError as error:
                warnings.warn(f"not calibrated: {error}", stacklevel=2)
        self.estimator_ = fit_with_roles(clone(self.estimator), X, labels, roles)
        return self

    def _predict_out_of_fold(self, X: Any, labels: np.ndarray, roles: RowRoles, seed: int) -> CalibrationRows:
        """Rows with predictions of models that were not fitted on them."""
        known = TrainingRows(X, labels, roles, self.classes_)
        folds = draw_inner_folds(self.cv, known, seed=derive_seed(seed, "folds"), owner=type(self).__name__)
        learner = Learner(self.estimator, partial(predict_log_odds, classes=self.classes_))
        (held_out,) = predict_out_of_fold([learner], known, with_every_class(known, folds))
        rows, means = average_by_row(held_out)
        codes = np.searchsorted(self.classes_, labels[rows])
        return CalibrationRows(means, codes, roles.take(rows), len(self.classes_))

    def _calibrate(self, rows: CalibrationRows, seed: int) -> None:
        """Fit the calibrators of the method that was asked for, or of the best."""
        asked = METHODS if self.method == "auto" else (self.method,)
        floors = {"min_rows": self.min_rows, "min_isotonic_rows": self.min_isotonic_rows}
        self.skipped_ = find_skipped(rows, asked, **floors)
        usable = [method for method in asked if method not in self.skipped_]
        if set(usable) <= {"none"}:
            raise TooFewRowsError(next(iter(self.skipped_.values())))
        if self.method == "auto":
            seed = derive_seed(seed, "calibrators")
            self.scores_ = measure_methods(rows, usable, n_splits=5, seed=seed)
            self.method_ = choose_method(self.scores_, self.loss)
        else:
            self.method_ = self.method
        self.calibrators_ = fit_calibrators(self.method_, rows.log_odds, rows.codes, rows.weight)
        self.n_calibration_rows_ = len(rows.codes) if self.calibrators_ else 0

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
        X = check_features(self, X, reset=False, accept_sparse=["csr"])
        if self.method_ == "none" and hasattr(self.estimator_, "predict_proba"):
            proba = np.asarray(self.estimator_.predict_proba(X), dtype=np.float64)
            return align_columns(proba, self.estimator_.classes_, self.classes_)
        return calibrate(self.calibrators_, predict_log_odds(self.estimator_, X, self.classes_))

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
