"""`AutoRegressor`."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import RegressorMixin

from tabkit.automl._auto import Auto


class AutoRegressor(RegressorMixin, Auto):
    """The best regressor for the seconds there are: many models on the same folds, the best weighted.

    As `AutoClassifier`, of values.

    Parameters
    ----------
    time_limit : float or None, default=60.0
        Seconds for the whole of `fit`. None lets all candidates finish.
    preset : {"fast", "balanced", "accurate"}, default="balanced"
        The candidates: "fast" has no nets, "accurate" has larger ones too.
    max_candidates : int, default=None
        Only the first so many, to the end: there is no time limit then, and the result is the same on any
        machine and for any number of processors.
    metric : str, default=None
        What is optimised: a name of `tabkit.metrics.METRICS`; None is the root mean squared error.
    cv : int, cross-validator or iterable, default=None
        A number asks for `tabkit.model_selection.RoleAwareKFold`. None is 5 folds, or 8 with at most 1,000
        rows and two minutes.
    refit : {"auto", "folds", "full"}, default="auto"
        "folds" predicts by the models of the folds, "full" fits the members once more on all rows, as far as
        there is time. "auto" is "full" where there are times: no model of a fold knows the latest rows.
    isolate : bool or {"auto"}, default="auto"
        Whether fits run in processes of their own, where one that hangs, crashes or eats memory is a line of
        `leaderboard_` and no more. "auto" does so but in a process that is a worker itself.
    n_jobs : int, default=None
        Processors: so many fits run at once, or threads of one where fits are not isolated. None is all that
        there are.
    random_state : int, RandomState or None, default=None
        None draws a new seed for each fit.

    Attributes
    ----------
    leaderboard_ : DataFrame
        A row per candidate, the best first: weight, mean score over its folds, seconds, and the reason where
        it did not finish.
    weights_ : dict of str to float
        Of the candidates that were compared.
    parts_ : tuple of Part
        The members: name, weight and fitted models.
    score_ : float
        Of the ensemble in `metric_`, on rows that neither fitted the models nor chose the weights, see
        `AutoClassifier`.
    score_interval_ : tuple of two floats
        95 % of the draws.
    optimism_ : float
        How much better the rows that chose the weights say it is.
    metric_ : str
    fit_seconds_ : float
    n_features_in_ : int

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from tabkit.automl import AutoRegressor
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = AutoRegressor(max_candidates=2, isolate=False, random_state=0).fit(X, y)
    >>> model.predict(X[:3]).shape, model.metric_
    ((3,), 'rmse')
    """

    _default_metric: ClassVar[str] = "rmse"

    def predict(self, X: Any) -> np.ndarray:
        """Weighted mean of the members' predictions.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_features)
            Columns of a frame are found by name.

        Returns
        -------
        values : ndarray of shape (n_rows,)
        """
        return self._average(X)[:, 0]
