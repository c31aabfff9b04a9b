"""scikit-learn's histogram gradient boosting, stopped early on rows that groups and time allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from sklearn import ensemble

from tabkit._core._docstrings import fill_docstring
from tabkit.boosting._hist_early_stopping import RoleAwareEarlyStopping


@fill_docstring(ensemble.HistGradientBoostingClassifier, RoleAwareEarlyStopping)
class HistGradientBoostingClassifier(RoleAwareEarlyStopping, ensemble.HistGradientBoostingClassifier):
    """`sklearn.ensemble.HistGradientBoostingClassifier` that keeps groups and time when it stops early.

    Its parameters are scikit-learn's, and two more. It differs in four ways: the rows to stop
    early on are drawn by `tabkit.model_selection.split_for_validation`, with ``groups`` and
    ``times`` requested by metadata routing; once it has stopped early it is fitted once more, on
    all rows (``refit``); a column that has no value among the rows trained on is ignored, where
    scikit-learn raises; and it takes frames of any library, their columns by name.

    Parameters
    ----------
    {HistGradientBoostingClassifier}
    {RoleAwareEarlyStopping}

    Attributes
    ----------
    {RoleAwareEarlyStopping}
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where fitted on a frame with names that are text.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.arange(200.0).reshape(-1, 1)
    >>> y = np.where(X[:, 0] < 120, "low", "high")
    >>> model = HistGradientBoostingClassifier(early_stopping=True, random_state=0)
    >>> model.fit(X, y, groups=np.arange(200) // 10).predict([[3.0], [180.0]]).tolist()
    ['low', 'high']
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        ensemble.HistGradientBoostingClassifier._parameter_constraints
        | RoleAwareEarlyStopping._own_constraints
    )

    def __init__(
        self,
        loss: str = "log_loss",
        *,
        learning_rate: float = 0.1,
        max_iter: int = 100,
        max_leaf_nodes: int | None = 31,
        max_depth: int | None = None,
        min_samples_leaf: int = 20,
        l2_regularization: float = 0,
        max_features: float = 1.0,
        max_bins: int = 255,
        categorical_features: Any = "from_dtype",
        monotonic_cst: Any = None,
        interaction_cst: Any = None,
        warm_start: bool = False,
        early_stopping: bool | str = "auto",
        scoring: Any = "loss",
        validation_fraction: float | None = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-7,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
        class_weight: Mapping[Any, float] | str | None = None,
        n_estimators: int | None = None,
        refit: str | None = None,
    ) -> None:
        super().__init__(
            loss=loss,
            learning_rate=learning_rate,
            max_iter=max_iter,
            max_leaf_nodes=max_leaf_nodes,
            max_depth=max_depth,
            min_samples_leaf=min_samples_leaf,
            l2_regularization=l2_regularization,
            max_features=max_features,
            max_bins=max_bins,
            categorical_features=categorical_features,
            monotonic_cst=monotonic_cst,
            interaction_cst=interaction_cst,
            warm_start=warm_start,
            early_stopping=early_stopping,
            scoring=scoring,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            tol=tol,
            verbose=verbose,
            random_state=random_state,
            class_weight=class_weight,
        )
        self.n_estimators = n_estimators
        self.refit = refit

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


@fill_docstring(ensemble.HistGradientBoostingRegressor, RoleAwareEarlyStopping)
class HistGradientBoostingRegressor(RoleAwareEarlyStopping, ensemble.HistGradientBoostingRegressor):
    """`sklearn.ensemble.HistGradientBoostingRegressor` that keeps groups and time when it stops early.

    Its parameters are scikit-learn's, and two more; see `HistGradientBoostingClassifier` for
    the differences.

    Parameters
    ----------
    {HistGradientBoostingRegressor}
    {RoleAwareEarlyStopping}

    Attributes
    ----------
    {RoleAwareEarlyStopping}
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where fitted on a frame with names that are text.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.arange(200.0).reshape(-1, 1)
    >>> model = HistGradientBoostingRegressor(early_stopping=True, random_state=0)
    >>> model.fit(X, X[:, 0], times=np.arange(200)).predict([[50.0]]).round(-1)
    array([50.])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        ensemble.HistGradientBoostingRegressor._parameter_constraints
        | RoleAwareEarlyStopping._own_constraints
    )

    def __init__(
        self,
        loss: str = "squared_error",
        *,
        quantile: float | None = None,
        learning_rate: float = 0.1,
        max_iter: int = 100,
        max_leaf_nodes: int | None = 31,
        max_depth: int | None = None,
        min_samples_leaf: int = 20,
        l2_regularization: float = 0,
        max_features: float = 1.0,
        max_bins: int = 255,
        categorical_features: Any = "from_dtype",
        monotonic_cst: Any = None,
        interaction_cst: Any = None,
        warm_start: bool = False,
        early_stopping: bool | str = "auto",
        scoring: Any = "loss",
        validation_fraction: float | None = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-7,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
        n_estimators: int | None = None,
        refit: str | None = None,
    ) -> None:
        super().__init__(
            loss=loss,
            quantile=quantile,
            learning_rate=learning_rate,
            max_iter=max_iter,
            max_leaf_nodes=max_leaf_nodes,
            max_depth=max_depth,
            min_samples_leaf=min_samples_leaf,
            l2_regularization=l2_regularization,
            max_features=max_features,
            max_bins=max_bins,
            categorical_features=categorical_features,
            monotonic_cst=monotonic_cst,
            interaction_cst=interaction_cst,
            warm_start=warm_start,
            early_stopping=early_stopping,
            scoring=scoring,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            tol=tol,
            verbose=verbose,
            random_state=random_state,
        )
        self.n_estimators = n_estimators
        self.refit = refit
