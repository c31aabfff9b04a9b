"""scikit-learn's histogram gradient boosting, stopped early on rows that groups and time allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from pandas.api import types
from sklearn import ensemble
from sklearn.base import is_classifier
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted

from tabkit._core._random import draw_seed
from tabkit._core._sklearn import check_parameters
from tabkit._core._weights import check_weight
from tabkit.boosting._training import Rows
from tabkit.model_selection._early_stopping import split_for_early_stopping
from tabkit.preprocessing._features import check_features
from tabkit.preprocessing._labels import as_labels
from tabkit.preprocessing._refused_columns import refuse_dates
from tabkit.preprocessing._values import as_values, check_domain

# With more rows than this, scikit-learn's early_stopping="auto" means True.
_MANY_ROWS = 10_000


class _RoleAwareEarlyStopping:
    """Stands before scikit-learn's estimator and hands it the rows to stop early on."""

    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": True,
        "groups": True,
        "times": True,
    }

    # Of scikit-learn's estimator.
    _parameter_constraints: ClassVar[dict[str, Any]]
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
        given = {"random_state": self.random_state, "early_stopping": self.early_stopping}
        # Of None, scikit-learn would draw from NumPy's global generator.
        self.random_state = seed = draw_seed(self.random_state)
        try:
            return self._fit_apart(X, y, sample_weight, groups, times, seed)
        finally:
            vars(self).update(given)

    def _fit_apart(self, X: Any, y: Any, sample_weight: Any, groups: Any, times: Any, seed: int) -> Self:
        """Fit on rows apart from those to stop early on; changes ``early_stopping``."""
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
        return self._fit_native(rows.take(split[0]), rows.take(split[1]))

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


class HistGradientBoostingClassifier(_RoleAwareEarlyStopping, ensemble.HistGradientBoostingClassifier):
    """`sklearn.ensemble.HistGradientBoostingClassifier` that keeps groups and time when it stops early.

    Its parameters and attributes are scikit-learn's. It differs in three ways: the rows to stop
    early on are drawn by `tabkit.model_selection.split_for_validation`, with ``groups`` and
    ``times`` requested by metadata routing; a column that has no value among the rows
    trained on is ignored, where scikit-learn raises; and it takes frames of any library, their
    columns by name.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.arange(200.0).reshape(-1, 1)
    >>> y = np.where(X[:, 0] < 120, "low", "high")
    >>> model = HistGradientBoostingClassifier(early_stopping=True, random_state=0)
    >>> model.fit(X, y, groups=np.arange(200) // 10).predict([[3.0], [180.0]]).tolist()
    ['low', 'high']
    """

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_features)
            Columns of a frame are found by the names that they had in `fit`.

        Returns
        -------
        proba : ndarray of shape (n_rows, n_classes)
        """
        return super().predict_proba(self._find_columns(X))

    def decision_function(self, X: Any) -> np.ndarray:
        """Predict the raw score of each class, or of the second of two.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_features)
            Columns of a frame are found by the names that they had in `fit`.

        Returns
        -------
        scores : ndarray of shape (n_rows,) or (n_rows, n_classes)
        """
        return super().decision_function(self._find_columns(X))

    def staged_predict_proba(self, X: Any) -> Iterator[np.ndarray]:
        """Predict the probability of each class after each iteration.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_features)
            Columns of a frame are found by the names that they had in `fit`.

        Yields
        ------
        proba : ndarray of shape (n_rows, n_classes)
        """
        return super().staged_predict_proba(self._find_columns(X))

    def staged_decision_function(self, X: Any) -> Iterator[np.ndarray]:
        """Predict the raw scores after each iteration.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_features)
            Columns of a frame are found by the names that they had in `fit`.

        Yields
        ------
        scores : ndarray of shape (n_rows,) or (n_rows, n_classes)
        """
        return super().staged_decision_function(self._find_columns(X))


class HistGradientBoostingRegressor(_RoleAwareEarlyStopping, ensemble.HistGradientBoostingRegressor):
    """`sklearn.ensemble.HistGradientBoostingRegressor` that keeps groups and time when it stops early.

    Its parameters and attributes are scikit-learn's; see `HistGradientBoostingClassifier` for
    the differences.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.arange(200.0).reshape(-1, 1)
    >>> model = HistGradientBoostingRegressor(early_stopping=True, random_state=0)
    >>> model.fit(X, X[:, 0], times=np.arange(200)).predict([[50.0]]).round(-1)
    array([50.])
    """


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
