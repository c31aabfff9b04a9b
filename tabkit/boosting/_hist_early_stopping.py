"""scikit-learn's histogram gradient boosting is handed the rows to stop early on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from pandas.api import types
from sklearn.base import is_classifier
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted

from tabkit._core import InputError
from tabkit._core._constraints import COUNT
from tabkit._core._random import draw_seed
from tabkit._core._sklearn import check_parameters
from tabkit._core._weights import check_weight
from tabkit.boosting._names import choose_value
from tabkit.boosting._refit import REFIT, plan_refit
from tabkit.boosting._training import Rows
from tabkit.model_selection._early_stopping import split_for_early_stopping
from tabkit.preprocessing._features import check_features
from tabkit.preprocessing._labels import as_labels
from tabkit.preprocessing._refused_columns import refuse_dates
from tabkit.preprocessing._values import as_values, check_domain

# With more rows than this, scikit-learn's early_stopping="auto" means True.
_MANY_ROWS = 10_000


class RoleAwareEarlyStopping:
    """Stands before scikit-learn's estimator, hands it the rows to stop early on, and then all rows.

    Parameters
    ----------
    n_estimators : int or None, default=None
        The same as ``max_iter`` under the name that the other boosters have for it; None leaves it to
        ``max_iter``.
    refit : {"auto", "rounds"} or None, default=None
        What follows when rows set aside have told the best number of iterations. "rounds" fits once more, on
        all rows, with as many more iterations as there are more rows; None keeps the model that was stopped,
        with the iterations after its best one, as scikit-learn does; "auto" fits once more where there are
        at most 5,000 rows, and not with ``warm_start``.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Of a classifier: the labels, sorted.
    n_iter_ : int
        Number of iterations that predict: after a refit, those of the refit.
    do_early_stopping_ : bool
        Whether training was stopped early, before the refit if there was one.
    train_score_, validation_score_ : ndarray of shape (n_iterations + 1,)
        Scores before the first and after each iteration, of the fit that was stopped early: after a refit
        there are others than ``n_iter_``. Empty where nothing could stop it.
    n_features_in_ : int
        Number of features.
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": True,
        "groups": True,
        "times": True,
    }

    _own_constraints: ClassVar[dict[str, Any]] = {"n_estimators": [COUNT, None], "refit": REFIT}

    n_estimators: int | None
    refit: str | None
    # Of scikit-learn's estimator.
    _parameter_constraints: ClassVar[dict[str, Any]]
    max_iter: int
    warm_start: bool
    validation_score_: np.ndarray
    loss: str
    early_stopping: bool | str
    validation_fraction: float | None
    random_state: int | np.random.RandomState | None

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
            Numbers and categories, with missing values.
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
        check_parameters(self, self._parameter_constraints)
        if self.refit == "rounds" and self.warm_start:
            raise InputError("refit='rounds' starts anew, and warm_start goes on: set one of them")
        changed = ("random_state", "early_stopping", "max_iter")
        given = {name: getattr(self, name) for name in changed}
        self.max_iter = choose_value(self, ("max_iter", "n_estimators"))
        # Of None, scikit-learn would draw from NumPy's global generator.
        self.random_state = seed = draw_seed(self.random_state)
        try:
            return self._fit_apart(X, y, sample_weight, groups, times, seed)
        finally:
            vars(self).update(given)

    def _fit_apart(self, X: Any, y: Any, sample_weight: Any, groups: Any, times: Any, seed: int) -> Self:
        """Fit on rows apart from those to stop early on, then on all; changes what `fit` puts back."""
        X = check_features(self, X, y, reset=True)
        refuse_dates(X, owner=type(self).__name__)
        check_consistent_length(X, y, groups, times)
        rows = Rows(X, self._check_target(y), check_weight(sample_weight, len(X)))
        part = self.validation_fraction  # None stops on the training rows
        stops = self.early_stopping is True or (self.early_stopping == "auto" and len(X) > _MANY_ROWS)
        if not stops or part is None:
            return self._fit_native(rows)
        split = split_for_early_stopping(
            rows.target,
            fraction=part if part < 1 else part / len(X),
            is_classification=is_classifier(self),
            weight=rows.weight,
            groups=groups,
            times=times,
            seed=seed,
        )
        self.early_stopping = split is not None  # without rows to validate on, scikit-learn would draw some
        if split is None:
            return self._fit_native(rows)
        self._fit_native(rows.take(split[0]), rows.take(split[1]))
        best = max(1, int(np.argmax(self.validation_score_)))  # the first score is of no iterations
        refit = None if self.warm_start else self.refit
        again = plan_refit(refit, rows, best, len(split[0]))
        return self if again is None else self._fit_again(*again)

    def _fit_again(self, rows: Rows, n_iter: int) -> Self:
        """Fit on all rows, and keep what the fit before says of its early stopping."""
        told = {name: getattr(self, name) for name in ("train_score_", "validation_score_")}
        self.early_stopping, self.max_iter = False, n_iter
        self._fit_native(rows)
        vars(self).update(told, do_early_stopping_=True)
        return self

    def _check_target(self, y: Any) -> np.ndarray:
        if is_classifier(self):
            return as_labels(y)
        check_domain(y, self.loss)
        return column_or_1d(as_values(y), warn=True)

    def predict(self, X: Any) -> np.ndarray:
        """Predict labels or values.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_features)
            Columns of a frame are found by the names that they had in `fit`.

        Returns
        -------
        predicted : ndarray of shape (n_rows,)
        """
        return super().predict(self._find_columns(X))  # type: ignore[misc]

    def staged_predict(self, X: Any) -> Iterator[np.ndarray]:
        """Predict labels or values after each iteration.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_features)
            Columns of a frame are found by the names that they had in `fit`.

        Yields
        ------
        predicted : ndarray of shape (n_rows,)
        """
        return super().staged_predict(self._find_columns(X))  # type: ignore[misc]

    def _find_columns(self, X: Any) -> np.ndarray | pd.DataFrame:
        check_is_fitted(self)
        return check_features(self, X, reset=False)

    def _fit_native(self, training: Rows, validation: Rows | None = None) -> Self:
        features, *native = _fill_unknown_columns(training), training.target, training.weight
        if validation is None:
            return super().fit(features, *native)  # type: ignore[misc]
        return super().fit(  # type: ignore[misc]
            features,
            *native,
            X_val=validation.features,
            y_val=validation.target,
            sample_weight_val=validation.weight,
        )


def _fill_unknown_columns(rows: Rows) -> np.ndarray | pd.DataFrame:
    """Give the columns without a known value a constant one: binning fails on them otherwise."""
    features = rows.features
    weighty = slice(None) if rows.weight is None else rows.weight > 0
    is_unknown = np.asarray(pd.isna(features[weighty]).all(axis=0))
    if isinstance(features, pd.DataFrame):
        features = features.copy(deep=False)
        for position in np.flatnonzero(is_unknown).tolist():
            if types.is_numeric_dtype(features.dtypes.iloc[position]):
                features.isetitem(position, 0.0)
        return features
    return np.where(is_unknown, 0.0, features) if is_unknown.any() else features
