"""What `AutoClassifier` and `AutoRegressor` share."""

from __future__ import annotations

import time
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator, clone
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from tabkit._core import InputError
from tabkit._core._constraints import COUNT, N_JOBS
from tabkit._core._processors import count_threads
from tabkit._core._random import derive_seed, draw_seed
from tabkit._core._sklearn import check_parameters, make_interval, make_options
from tabkit._core._weights import find_counting
from tabkit.automl._fitting import (
    FitPlan,
    Tried,
    as_table,
    draw_folds,
    find_classes,
    fit_on_all_rows,
    is_nested,
    open_executor,
    try_candidates,
)
from tabkit.automl._members import collect_parts, find_compared, list_members, predict_parts
from tabkit.automl._out_of_fold import OutOfFold
from tabkit.automl._portfolio import PORTFOLIOS
from tabkit.automl._weights import choose_weights, correct_score
from tabkit.automl._words import explain, write_code
from tabkit.ensemble._check_rows import check_rows
from tabkit.evaluation import primary_metric
from tabkit.preprocessing._features import check_features

_FEW_ROWS = 1_000
_LONG_ENOUGH = 120.0


class Auto(BaseEstimator):
    """The template: candidates on folds, weights, members."""

    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": True,
        "groups": True,
        "times": True,
    }
    _default_metric: ClassVar[str]
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "time_limit": [make_interval(Real, 0, None, closed="neither"), None],
        "preset": [make_options(*PORTFOLIOS)],
        "max_candidates": [COUNT, None],
        "metric": [str, None],
        "refit": [make_options("auto", "folds", "full")],
        "isolate": ["boolean", make_options("auto")],
        "n_jobs": N_JOBS,
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        time_limit: float | None = 60.0,
        preset: str = "balanced",
        max_candidates: int | None = None,
        metric: str | None = None,
        cv: Any = None,
        refit: str = "auto",
        isolate: bool | str = "auto",
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.time_limit = time_limit
        self.preset = preset
        self.max_candidates = max_candidates
        self.metric = metric
        self.cv = cv
        self.refit = refit
        self.isolate = isolate
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        groups: Any = None,
        times: Any = None,
    ) -> Self:
        """Try models on folds of these rows, and put the best together.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_features)
            As it comes: numbers, text, dates, categories, missing values.
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), default=None
            For the models, as far as they take them, and for the choice of the weights.
        groups : array-like of shape (n_rows,), default=None
            No group is on both sides of a fold, nor of a split inside a model.
        times : array-like of shape (n_rows,), default=None
            The folds go forward in time, and the members are fitted once more on all rows.

        Returns
        -------
        self : estimator

        Raises
        ------
        InputError
            If the data or a parameter cannot be used.
        TabkitError
            If no model could be fitted.
        """
        started = time.monotonic()
        check_parameters(self, self._parameter_constraints)
        if sparse.issparse(X):
            raise InputError("X is a sparse matrix: pass X.toarray()")
        rows = check_rows(self, X, y, sample_weight=sample_weight, groups=groups, times=times)
        self._names = [str(name) for name in self._column_labels(rows.X)]
        plan = self._make_plan(len(rows.y), has_times=rows.roles.times is not None)
        folds = draw_folds(rows, plan, owner=type(self).__name__)
        counting = find_counting(rows.roles.sample_weight, len(rows.y))
        if rows.is_classification:
            self.classes_ = find_classes(rows.y[counting])
        table, task = as_table(rows.take(counting), self._names, self.metric or self._default_metric)
        with open_executor(plan) as executor:
            tried = try_candidates(table, task, folds, plan, executor, started)
            compared = self._choose(tried, plan.seed)
            end = None if plan.limit is None else started + plan.limit
            members = list_members(self.weights_)
            refitted = fit_on_all_rows(members, tried, plan, executor, end) if plan.refits else {}
        self.parts_ = collect_parts(tried, compared, self.weights_, refitted)
        self._describe(tried, plan)
        self.fit_seconds_ = time.monotonic() - started
        return self

    def _make_plan(self, n_rows: int, *, has_times: bool) -> FitPlan:
        limit = None if self.time_limit is None or self.max_candidates is not None else float(self.time_limit)
        entries = PORTFOLIOS[self.preset][: self.max_candidates]
        is_long = limit is None or limit >= _LONG_ENOUGH
        cv = (8 if n_rows <= _FEW_ROWS and is_long else 5) if self.cv is None else self.cv
        in_process = is_nested() if self.isolate == "auto" else not self.isolate
        refits = has_times if self.refit == "auto" else self.refit == "full"
        n_processors = count_threads(self.n_jobs)
        return FitPlan(
            entries, cv, limit, n_processors, bool(in_process), refits, draw_seed(self.random_state)
        )

    def _choose(self, tried: Tried, seed: int) -> list[int]:
        """Weights from the out-of-fold predictions, and the score that they may be believed for."""
        metric = primary_metric(tried.task)
        folds, finished = find_compared(tried)
        out_of_fold = OutOfFold.of(finished, folds, tried.table, tried.task)
        table = tried.table
        roles = {
            name: None if values is None else values.to_numpy()[out_of_fold.rows]
            for name, values in (("weight", table.weights), ("groups", table.groups))
        }
        self.weights_ = choose_weights(out_of_fold, tried.task, metric, **roles)
        corrected = correct_score(
            out_of_fold,
            tried.task,
            metric,
            groups=roles["groups"],
            random_state=derive_seed(seed, "score"),
        )
        self.score_, self.score_interval_ = corrected.score, corrected.interval
        self.optimism_ = corrected.optimism
        self.metric_ = metric.name
        return folds

    def _describe(self, tried: Tried, plan: FitPlan) -> None:
        metric = primary_metric(tried.task)
        rows: list[dict[str, Any]] = []
        for evaluation in tried.evaluations:
            scores = [result.scores.get(metric.name, np.nan) for result in evaluation.folds]
            rows.append(
                {
                    "name": evaluation.name,
                    "weight": self.weights_.get(evaluation.name, 0.0),
                    metric.name: float(np.mean(scores)) if scores else np.nan,
                    "folds": len(evaluation.folds),
                    "fit_seconds": sum(result.fit_seconds for result in evaluation.folds),
                    "predict_seconds": sum(result.predict_seconds for result in evaluation.folds),
                    "status": evaluation.status,
                    "reason": evaluation.reason,
                }
            )
        sign = -1.0 if metric.greater_is_better else 1.0
        self._board = sorted(rows, key=lambda row: np.nan_to_num(sign * row[metric.name], nan=np.inf))
        self.n_folds_ = len(tried.folds)
        self._entries = {name: tried.entries[name] for name in self.weights_}
        self._task, self._plan, self._interrupted = tried.task, plan, tried.interrupted

    @property
    def leaderboard_(self) -> pd.DataFrame:
        """A row per candidate, the best first."""
        check_is_fitted(self, "parts_")
        return pd.DataFrame(self._board)

    def explain(self) -> str:
        """Say in sentences what predicts, how good it is, and what became of the others.

        Returns
        -------
        text : str
            A line each.
        """
        check_is_fitted(self, "parts_")
        return "\n".join(explain(self))

    def to_pipeline(self) -> Any:
        """The best single model as a plain Pipeline, unfitted: to be fitted on the same raw rows.

        Returns
        -------
        pipeline : Pipeline
            As `tabkit.make_model` makes it, with the settings of the best candidate that finished.
        """
        check_is_fitted(self, "parts_")
        board = self.leaderboard_
        name = next(name for name in board["name"] if name in self._entries)
        entry = self._entries[name]
        return clone(entry.build(self._task, derive_seed(self._plan.seed, name)))

    def show_code(self) -> str:
        """The Python that fits the same ensemble without this class.

        Returns
        -------
        code : str
            Fits on ``X`` and ``y`` with ``roles``, a dict of ``sample_weight``, ``groups`` and ``times`` as
            far as there are any, and defines ``predict``; of classes ``predict_proba`` as well.
        """
        check_is_fitted(self, "parts_")
        return write_code(self)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.categorical = tags.input_tags.string = True
        return tags

    def _column_labels(self, X: Any) -> list[Any]:
        if isinstance(X, pd.DataFrame):
            return list(X.columns)
        return [f"x{number}" for number in range(X.shape[1])]

    def _average(self, X: Any) -> np.ndarray:
        """Weighted mean of the members' predictions, of shape (n_rows, n_columns)."""
        found = self._find_columns(X)
        return predict_parts(self.parts_, found, getattr(self, "classes_", None))

    def _find_columns(self, X: Any) -> pd.DataFrame:
        check_is_fitted(self, "parts_")
        if sparse.issparse(X):
            raise InputError("X is a sparse matrix: pass X.toarray()")
        found = check_features(self, X, reset=False)
        if isinstance(found, pd.DataFrame):
            return found.set_axis(self._names, axis=1)
        return pd.DataFrame(found, columns=self._names)
