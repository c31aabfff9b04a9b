"""What the estimators of all three libraries share: a template whose one open step is to train."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, check_consistent_length
from sklearn.utils.validation import check_is_fitted

from tabkit._core import InputError
from tabkit._core._constraints import COUNT, N_JOBS, SHARE
from tabkit._core._processors import count_threads
from tabkit._core._random import draw_seed
from tabkit._core._sklearn import check_parameters
from tabkit._core._weights import check_weight
from tabkit.boosting._monotone import constrain_features
from tabkit.boosting._names import choose_value
from tabkit.boosting._native_model import NativeModel
from tabkit.boosting._refit import REFIT, plan_refit
from tabkit.boosting._training import Plan, Rows
from tabkit.model_selection._early_stopping import split_for_early_stopping
from tabkit.preprocessing._features import check_features, take_tables
from tabkit.preprocessing._frame_encoder import FrameEncoder

_MANY_ROWS = 1_000


@dataclass(eq=False, repr=False, kw_only=True)
class BoostingEstimator(BaseEstimator, ABC):
    """Encodes, sets validation rows aside, trains, and keeps the best number of rounds.

    A dataclass, as are those below it: each parameter is written once, with its default, and described
    once, in the class that has it.

    Parameters
    ----------
    monotone_constraints : mapping of column to {-1, 0, 1} or None, default=None
        Columns of numbers in which predictions never fall (1) or never rise (-1), all else
        equal; of a classifier, the probability of the positive class. Columns of an array go by
        position.
    extra_params : dict or None, default=None
        More parameters of the library, under its own names; features go by position.
    early_stopping_rounds : int or None, default=50
        Rounds without a better score on the validation rows after which training stops; the
        best round is kept. None trains all rounds on all rows.
    validation_fraction : float, default=0.1
        Share of the training rows set aside for early stopping: stratified by class, whole
        groups when ``groups`` arrive, the last rows when ``times`` do.
    refit : {"auto", "rounds"} or None, default="auto"
        What follows when the best number of rounds is known. "rounds" trains once more, on all rows, with as
        many more rounds as there are more rows; None keeps the model that was stopped; "auto" trains once
        more where there are at most 5,000 rows, each of which counts.
    strict : bool, default=False
        Whether text that is no number or date, in a column of such, is refused; by default it
        counts as missing, with an `UnreadableValuesWarning`.
    random_state : int, RandomState or None, default=None
        Seed of the validation split and of the library; None draws a new one for each fit.
    n_jobs : int or None, default=None
        Threads. None follows OMP_NUM_THREADS, else takes the processors this process may use, one for each
        20,000 values of the table at most; -1 takes the processors in any case.

    Attributes
    ----------
    best_iteration_ : int
        Number of rounds that predict.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where fitted on a frame with names that are text.
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": True,
        "groups": True,
        "times": True,
    }

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "monotone_constraints": [Mapping, None],
        "extra_params": [Mapping, None],
        "early_stopping_rounds": [COUNT, None],
        "validation_fraction": [SHARE],
        "refit": REFIT,
        "strict": ["boolean"],
        "random_state": ["random_state"],
        "n_jobs": N_JOBS,
    }

    # The names that the number of rounds and the depth go by, the one that prevails last; and how the library
    # likes the features, see FrameEncoder.
    _rounds_names: ClassVar[tuple[str, ...]]
    _depth_names: ClassVar[tuple[str, ...]]
    _by_column: ClassVar[bool]

    monotone_constraints: Mapping[Any, int] | None = None
    extra_params: dict[str, Any] | None = None
    early_stopping_rounds: int | None = 50
    validation_fraction: float = 0.1
    refit: str | None = "auto"
    strict: bool = False
    random_state: int | np.random.RandomState | None = None
    n_jobs: int | None = None

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        groups: Any = None,
        times: Any = None,
    ) -> Self:
        """Fit, stopping early on a split of these rows.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_features)
            Numbers, booleans, dates, categories and text, with missing values.
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), default=None
        groups : array-like of shape (n_rows,), default=None
            Rows of one group are not divided between training and validation.
        times : array-like of shape (n_rows,), default=None
            Numbers or dates, or intervals from when a row is known to when its label is: the validation
            rows are the last ones.

        Returns
        -------
        self : estimator

        Raises
        ------
        InputError
            If the data or a parameter cannot be used.
        """
        self._check_parameters()
        features = check_features(self, X, y, reset=True)
        if len(features) < 2:
            raise InputError("n_samples = 1: at least 2 rows are needed")
        target = self._encode_target(y)
        check_consistent_length(features, target, groups, times)
        weight = self._weigh(target, check_weight(sample_weight, len(features)))
        self._encoder = FrameEncoder(self.max_categories, by_column=self._by_column)
        rows = Rows(self._encoder.fit_transform(features, strict=self.strict), target, weight)
        plan = Plan(
            n_rounds=choose_value(self, self._rounds_names),
            early_stopping_rounds=self.early_stopping_rounds or 0,
            n_classes=self._n_classes,
            categorical=self._encoder.categorical,
            n_threads=count_threads(self.n_jobs, features.shape[0] * features.shape[1]),
            seed=draw_seed(self.random_state),
            monotone=self._constrain(features),
            extra_params=self.extra_params or {},
        )
        self._model = self._fit_rounds(rows, plan, groups, times)
        self.best_iteration_ = self._model.n_rounds
        return self

    @property
    def booster_(self) -> Any:
        """The library's own booster; its features are numbered, not named."""
        check_is_fitted(self)
        return self._model.booster

    @property
    def feature_importances_(self) -> np.ndarray:
        """Share of each feature in the total importance, shape (n_features,)."""
        check_is_fitted(self)
        importances = np.asarray(self._model.importances(), dtype=np.float64)
        return importances / (importances.sum() or 1.0)

    def _predict(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        features = self._encoder.transform(check_features(self, X, reset=False), strict=self.strict)
        # To wake threads for a few rows takes longer than to predict them.
        n_threads = 1 if len(features) < _MANY_ROWS else count_threads(self.n_jobs)
        return self._model.predict(features, n_threads)

    def _fit_rounds(self, rows: Rows, plan: Plan, groups: Any, times: Any) -> NativeModel:
        """Train, with early stopping where rows can be spared for it."""
        split = None
        if plan.early_stopping_rounds:
            split = split_for_early_stopping(
                rows.target,
                fraction=self.validation_fraction,
                is_classification=plan.n_classes > 0,
                weight=rows.weight,
                groups=groups,
                times=times,
                seed=plan.seed,
            )
        if split is None:
            return self._train(rows, None, plan)
        train, validation = split
        model = self._train(rows.take(train), rows.take(validation), plan)
        again = plan_refit(self.refit, rows, model.n_rounds, len(train))
        if again is None:
            return model
        extra_params = {**model.chosen_params, **plan.extra_params}
        return self._train(again[0], None, replace(plan, n_rounds=again[1], extra_params=extra_params))

    def _constrain(self, features: np.ndarray | pd.DataFrame) -> list[int]:
        labels = features.columns if isinstance(features, pd.DataFrame) else range(features.shape[1])
        return constrain_features(
            self.monotone_constraints, list(labels), self._encoder.categorical, self._n_classes
        )

    def _check_parameters(self) -> None:
        check_parameters(self, self._parameter_constraints)
        doubled = sorted(set(self.extra_params or {}) & set(self.get_params(deep=False)))
        if doubled:
            raise InputError(f"extra_params has {doubled}: set these as parameters of the estimator")
        for names in (self._rounds_names, self._depth_names):
            choose_value(self, names)

    def __sklearn_tags__(self) -> Tags:
        return take_tables(super().__sklearn_tags__())

    @property
    @abstractmethod
    def _n_classes(self) -> int:
        """Number of classes; 0 for regression."""

    @abstractmethod
    def _encode_target(self, y: Any) -> np.ndarray:
        """Codes of the classes, or values; learns what is needed to go back."""

    @abstractmethod
    def _weigh(self, target: np.ndarray, weight: np.ndarray | None) -> np.ndarray | None:
        """Weights of the rows with those of their classes."""

    @abstractmethod
    def _train(self, training: Rows, validation: Rows | None, plan: Plan) -> NativeModel:
        """Train with the library, early stopping on ``validation`` where it is given."""
