"""A classifier fitted on resampled rows, and judged inside on rows that never were."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags, check_consistent_length, get_tags
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from tabkit._core import InputError
from tabkit._core._constraints import SHARE
from tabkit._core._random import draw_seed
from tabkit._core._sklearn import check_parameters, find_undivided
from tabkit._core._wording import say_value
from tabkit.model_selection._early_stopping import split_for_early_stopping
from tabkit.model_selection._row_roles import RowRoles, choose_roles, fit_with_roles
from tabkit.model_selection._training_rows import TrainingRows
from tabkit.preprocessing._features import check_features
from tabkit.preprocessing._labels import learn_classes
from tabkit.resampling._resampled_rows import append_later, resample, seed_sampler
from tabkit.resampling._resampler import Resampler

# With fewer rows, early_stopping="auto" of scikit-learn's gradient boosting means that it does not.
_MANY_ROWS = 10_000


def _estimator_has(method: str) -> Any:
    def check(model: ResampledClassifier) -> bool:
        return hasattr(getattr(model, "estimator_", model.estimator), method)

    return check


class ResampledClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """A classifier fitted on resampled rows, and judged inside on rows that never were.

    Resampling alone hands the classifier copies and mixtures of rows; where it then sets rows aside
    itself, to stop early or to calibrate, they are not new to it. So rows are set aside before: where
    the classifier, or a part of it, asks for ``times``, a share of the rows (stratified, whole groups,
    or the last in time) is left as it is, the others are resampled, and ``times`` of 0 for the
    resampled and 1 for the other rows make the classifier's own split fall between them. A classifier
    that does not ask for ``times`` is fitted on all rows resampled.

    Of a `sklearn.pipeline.Pipeline`, the transformers are fitted on the rows as they are, and what they
    make of them is resampled for its last step.

    Its probabilities are those of the resampled shares, far too high for a rare class: put it inside a
    calibrated classifier, never the other way round.

    Parameters
    ----------
    estimator : estimator
        Classifier.
    sampler : sampler, default=None
        `Resampler` or any of imbalanced-learn's; None is ``Resampler()``. It gets the seed where it has
        none.
    validation_fraction : float, default=0.2
        Share of the rows that are set aside for an estimator that asks for ``times``. Whatever share it
        asks for itself, it gets these.
    random_state : int, RandomState or None, default=None
        Seed of the sampler and of the split; None draws a new one for each fit.

    Attributes
    ----------
    estimator_ : estimator
        Fitted.
    sampler_ : sampler
        Fitted.
    validation_rows_ : ndarray of int of shape (n_validation_rows,)
        Rows of X that were set aside; empty where none were.
    classes_ : ndarray of shape (n_classes,)
    n_features_in_ : int
        Columns seen in ``fit``.
    feature_names_in_ : ndarray of str
        Their names, where all are text.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from tabkit.boosting import LightGBMClassifier
    >>> X, y = make_classification(400, weights=[0.9], random_state=0)
    >>> model = ResampledClassifier(LightGBMClassifier(n_estimators=20), random_state=0).fit(X, y)
    >>> len(model.validation_rows_), model.predict_proba(X).shape
    (80, (400, 2))
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
        sampler: Any = None,
        *,
        validation_fraction: float = 0.2,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.sampler = sampler
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
        """Resample and fit.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,)
            Labels.
        sample_weight : array-like of shape (n_rows,), default=None
            Rows made up get the mean weight of their class; a row without weight is left out.
        groups : array-like of shape (n_rows,), default=None
            No group has rows among those set aside and among the others.
        times : array-like of shape (n_rows,), default=None
            The rows set aside are the last in time.

        Returns
        -------
        self : estimator

        Raises
        ------
        InputError
            If a parameter cannot be used, y has one class only, or the sampler leaves no row of a class.
        """
        check_parameters(self, self._parameter_constraints)
        X = check_features(self, X, y, reset=True, accept_sparse=["csr", "csc"])
        codes, self.classes_ = learn_classes(y)
        check_consistent_length(X, codes)
        roles = RowRoles.check(len(codes), sample_weight, groups, times)
        rows = TrainingRows(X, self.classes_[codes], roles)
        seed = draw_seed(self.random_state)
        self.sampler_ = seed_sampler(Resampler() if self.sampler is None else self.sampler, seed)
        estimator = clone(self.estimator)
        if _has_transformers(estimator):
            prepare, (name, model) = estimator[:-1], estimator.steps[-1]
            prepared = _fit_transform(prepare, rows)
            fitted = self._fit_resampled(model, TrainingRows(prepared, rows.y, roles), seed)
            estimator.steps = [*prepare.steps, (name, fitted)]
            self.estimator_ = estimator
        else:
            self.estimator_ = self._fit_resampled(estimator, rows, seed)
        return self

    @available_if(_estimator_has("predict"))
    def predict(self, X: Any) -> NDArray[Any]:
        """Label of each row.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_columns)

        Returns
        -------
        labels : ndarray of shape (n_rows,)
        """
        return self._ask("predict", X)

    @available_if(_estimator_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probability of each class, as among the resampled rows.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_columns)

        Returns
        -------
        proba : ndarray of shape (n_rows, n_classes)
        """
        return self._ask("predict_proba", X)

    @available_if(_estimator_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Score of each class, or of the second of two.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_columns)

        Returns
        -------
        scores : ndarray of shape (n_rows,) or (n_rows, n_classes)
        """
        return self._ask("decision_function", X)

    def _ask(self, method: str, X: Any) -> NDArray[Any]:
        check_is_fitted(self)
        return getattr(self.estimator_, method)(
            check_features(self, X, reset=False, accept_sparse=["csr", "csc"])
        )

    def _fit_resampled(self, model: Any, rows: TrainingRows, seed: int) -> Any:
        """Fit a model on resampled rows and, where it divides rows by time, on others that are not."""
        weight = rows.roles.sample_weight
        # A row without weight must not become the parent of rows that have some.
        train = np.arange(len(rows.y)) if weight is None else np.flatnonzero(weight)
        self.validation_rows_ = np.empty(0, dtype=np.int64)
        divides = _divides_by_time(model)
        if divides:
            split = split_for_early_stopping(
                rows.y,
                fraction=self.validation_fraction,
                is_classification=True,
                weight=weight,
                groups=rows.roles.groups,
                times=rows.roles.times,
                seed=seed,
            )
            if split is not None:
                train, self.validation_rows_ = split
        resampled = resample(self.sampler_, rows.take(train))
        lost = np.setdiff1d(self.classes_, resampled.y)
        if len(lost):
            raise InputError(
                f"y: class {say_value(lost[0])} has no row left after resampling: "
                "pass another sampler, or rows of it that have weight"
            )
        if not divides:
            _warn_of_splits(model, len(resampled.y))
            return fit_with_roles(model, resampled.X, resampled.y, resampled.roles)
        together = append_later(resampled, rows.take(self.validation_rows_))
        return fit_with_roles(model, together.X, together.y, together.roles)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        for name in ("sparse", "allow_nan", "categorical", "string"):
            setattr(tags.input_tags, name, getattr(inner.input_tags, name))
        if inner.classifier_tags is not None:
            tags.classifier_tags = inner.classifier_tags
        return tags


def _has_transformers(estimator: Any) -> bool:
    """Whether it is a Pipeline that has something to fit before its last step, and no sampler."""
    if not isinstance(estimator, Pipeline) or len(estimator.steps) < 2:
        return False
    return not any(hasattr(step, "fit_resample") for _, step in estimator.steps)


def _fit_transform(prepare: Any, rows: TrainingRows) -> Any:
    wanted = choose_roles(prepare, rows.roles.present, is_whole=False)
    with config_context(enable_metadata_routing=bool(wanted)):
        return prepare.fit_transform(rows.X, rows.y, **{name: rows.roles.present[name] for name in wanted})


def _divides_by_time(model: Any) -> bool:
    """Whether a model, or a part of it, asks for times, and may set the last rows aside."""
    if getattr(model, "early_stopping", True) is False or getattr(model, "early_stopping_rounds", 1) is None:
        return False
    try:
        with config_context(enable_metadata_routing=True):
            return bool(get_routing_for_object(model).consumes("fit", {"times"}))
    except NotImplementedError:
        return False


def _warn_of_splits(model: Any, n_rows: int) -> None:
    """Say which parts of a model divide the rows that it is fitted on."""
    if getattr(model, "early_stopping", None) == "auto" and n_rows <= _MANY_ROWS:
        return
    try:
        with config_context(enable_metadata_routing=True):
            found = [(owner, parameter) for owner, parameter, _ in find_undivided(model, ["times"])]
    except NotImplementedError:
        return
    for owner, parameter in found:
        cure = "cv=RoleAwareKFold()" if parameter == "cv" else "early_stopping=False"
        warnings.warn(
            f"{owner} divides rows that were resampled: put ResampledClassifier inside it, or pass {cure}",
            UserWarning,
            stacklevel=4,
        )
