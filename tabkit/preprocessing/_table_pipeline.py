"""Pipelines, and what stands around them, that keep labels in their own terms."""

from __future__ import annotations

from typing import Any, Self

from sklearn.base import is_classifier, is_regressor
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline

from tabkit.preprocessing._labels import as_labels
from tabkit.preprocessing._values import as_values, check_domain


class TablePipeline(Pipeline):
    """A `sklearn.pipeline.Pipeline` that takes a target as it comes and keeps its dtype.

    scikit-learn's own makes floats of nullable booleans and integers, and lets what is inside say what is
    wrong with a target. Here ``y`` is brought to NumPy's booleans, integers, floats or text first, and
    missing labels, dates and complex numbers are refused in words. Everything else is scikit-learn's.

    Parameters
    ----------
    steps : list of tuples
    transform_input : list of str or None, default=None
    memory : str, object or None, default=None
    verbose : bool, default=False
        All as for `sklearn.pipeline.Pipeline`.
    objective : str, default=""
        What a regressor inside minimises, such as "poisson", so that values without a logarithm are refused.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> from tabkit.preprocessing import TablePipeline, TablePreprocessor
    >>> X = pd.DataFrame({"plan": ["basic", "plus", "basic", "plus"], "age": [39, None, 50, 25]})
    >>> y = pd.Series([True, False, True, False], dtype="boolean")
    >>> steps = [("prepare", TablePreprocessor("linear")), ("model", LogisticRegression())]
    >>> TablePipeline(steps).fit(X, y).classes_
    array([False,  True])
    """

    def __init__(
        self,
        steps: list[tuple[str, Any]],
        *,
        transform_input: list[str] | None = None,
        memory: Any = None,
        verbose: bool = False,
        objective: str = "",
    ) -> None:
        super().__init__(steps, transform_input=transform_input, memory=memory, verbose=verbose)
        self.objective = objective

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Fit all steps, the last one on the target in its own terms.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,), default=None
            Labels or values; needed where the last step predicts.
        **params : dict of str to object
            As for `sklearn.pipeline.Pipeline`.

        Returns
        -------
        self : Pipeline

        Raises
        ------
        InputError
            If the target cannot be used.
        """
        if is_classifier(self):
            y = as_labels(y)
        elif is_regressor(self):
            check_domain(y, self.objective)
            y = as_values(y)
        return super().fit(X, y, **params)


class LogTargetRegressor(TransformedTargetRegressor):
    """A `sklearn.compose.TransformedTargetRegressor` for the logarithm, that refuses values without one."""

    def fit(self, X: Any, y: Any, **fit_params: Any) -> Self:
        check_domain(y, "log")
        return super().fit(X, as_values(y), **fit_params)
