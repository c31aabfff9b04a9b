"""Linear models: scaled columns, one-hot or target-encoded categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit.catalog._candidate import Candidate
from tabkit.catalog._prepared import prepared
from tabkit.catalog._requests import split_objective
from tabkit.data import Task

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

_GENERALISED = ("poisson", "gamma", "tweedie")
_ROWS_IF_UNKNOWN = 1_000


def _build_linear(task: Task, random_state: int) -> BaseEstimator:
    return _build(task, random_state)


def _build_splines(task: Task, random_state: int) -> BaseEstimator:
    return _build(task, random_state, expansion="splines")


def _build(task: Task, random_state: int, *, expansion: str | None = None) -> BaseEstimator:
    from sklearn.linear_model import LogisticRegression, RidgeCV

    name = split_objective(task.objective)[0]
    if task.is_classification:
        model: Any = LogisticRegression(max_iter=1000)
    elif name in _GENERALISED:
        return prepared(_generalised(task), "linear", task, random_state, objective=name, expansion=expansion)
    else:
        # Leave-one-out is exact and free for ridge, but knows no groups and no time.
        has_roles = task.has_groups or task.has_times
        model = RidgeCV(alphas=_ridge_alphas(), cv=_inner_folds(task, random_state) if has_roles else None)
    return prepared(model, "linear", task, random_state, expansion=expansion)


def _generalised(task: Task) -> Any:
    """A generalised linear model with a logarithm as its link."""
    from sklearn.linear_model import GammaRegressor, PoissonRegressor, TweedieRegressor

    name, power = split_objective(task.objective)
    # The same penalty as that of logistic regression with C=1, whose loss is a sum where theirs is a mean.
    settings: Any = {"alpha": 1 / (task.n_rows or _ROWS_IF_UNKNOWN), "solver": "newton-cholesky"}
    if name == "tweedie":
        return TweedieRegressor(power=power, link="log", **settings)
    return PoissonRegressor(**settings) if name == "poisson" else GammaRegressor(**settings)


def _build_elastic_net(task: Task, random_state: int) -> BaseEstimator:
    return prepared(_penalised(task, random_state, l1_ratio=0.5), "linear", task, random_state)


def _build_lasso(task: Task, random_state: int) -> BaseEstimator:
    return prepared(_penalised(task, random_state, l1_ratio=1.0), "linear", task, random_state)


def _penalised(task: Task, random_state: int, *, l1_ratio: float) -> Any:
    """A linear model whose strength of penalty is chosen by inner folds that honour the roles."""
    from sklearn.linear_model import ElasticNetCV, LogisticRegressionCV

    if task.is_classification:
        return LogisticRegressionCV(
            Cs=[0.01, 0.1, 1.0],
            l1_ratios=[l1_ratio],
            cv=_inner_folds(task, random_state, n_splits=3),
            scoring="neg_log_loss",
            solver="saga",
            # Finer tolerances double the time and change the log loss in the fourth digit.
            tol=1e-2,
            max_iter=100,
            use_legacy_attributes=False,
            random_state=random_state,
        )
    return ElasticNetCV(
        l1_ratio=l1_ratio, alphas=30, cv=_inner_folds(task, random_state), random_state=random_state
    )


def _inner_folds(task: Task, random_state: int, *, n_splits: int = 5) -> Any:
    from tabkit.model_selection import RoleAwareKFold

    # Said and not left to be found: whole numbers may be labels or values.
    return RoleAwareKFold(n_splits, random_state=random_state, stratify=task.is_classification)


def _ridge_alphas() -> list[float]:
    return [10.0**power for power in range(-3, 5)]


LINEAR = Candidate(
    "linear",
    _build_linear,
    "logistic regression, or ridge with its penalty cross-validated",
    cost=1.0,
    is_simple=True,
    objectives=("squared_error", *_GENERALISED),
    good_for="few rows, effects that add up, a model to be read",
)
ELASTIC_NET = Candidate(
    "elastic_net",
    _build_elastic_net,
    "linear with half L1 and half L2 penalty, its strength cross-validated",
    cost=8.0,
    strength=0.4,
    is_simple=True,
    objectives=("squared_error",),
    good_for="many columns, some of which say the same",
)
LASSO = Candidate(
    "lasso",
    _build_lasso,
    "linear with L1 penalty, its strength cross-validated",
    cost=8.0,
    strength=0.3,
    is_simple=True,
    by_default=False,
    objectives=("squared_error",),
    good_for="many columns, few of which matter",
)
LINEAR_SPLINES = Candidate(
    "linear_splines",
    _build_splines,
    "linear on cubic splines of the numeric columns",
    cost=1.5,
    strength=0.45,
    by_default=False,
    objectives=("squared_error", *_GENERALISED),
    good_for="few rows, effects that bend and add up",
)
