"""The Pipeline of a candidate, for the user's own use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tabkit._core import InputError, MissingExtraError
from tabkit._core._optional import is_installed
from tabkit.catalog._register import get_candidate
from tabkit.catalog._requests import add_requests
from tabkit.data import DEFAULT_METRICS, Task

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make_model(
    name: str,
    *,
    task: Task | str,
    random_state: int = 0,
    objective: str | None = None,
    target_transform: str | None = None,
    monotone: Mapping[str, int] | None = None,
) -> Pipeline:
    """Build the Pipeline that `tabkit compare` evaluates under a name.

    Parameters
    ----------
    name : str
        A name of the catalog, such as "linear" or "lightgbm", or of an installed package; or the
        place of a class, such as "sklearn.svm:SVC".
    task : Task or {"binary", "multiclass", "regression"}
        What is to be predicted. A `Task` also carries the kinds of the columns; from a
        string, the Pipeline finds them on the rows it is fitted on.
    random_state : int, default=0
        Seed of everything random in it.
    objective : str, default=None
        What a regressor shall minimise: "squared_error", "absolute_error", "poisson", "gamma",
        "tweedie" or, with another power than 1.5, "tweedie:1.3". None leaves it its own.
    target_transform : {"log"}, default=None
        "log" fits a regressor on the logarithm of 1 + target.
    monotone : mapping of str to {1, -1}, default=None
        Numeric columns in which predictions never fall (1) or never rise (-1). Of two classes,
        that is the probability of the positive one: that of a `Task`, else the one whose label
        says so.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; takes the raw frame. With a transform of the target, the
        `sklearn.compose.TransformedTargetRegressor` around it.

    Raises
    ------
    InputError
        If there is no such model or task, or the model does not have what is asked of it.
    MissingExtraError
        If it needs a package that is not installed.

    Examples
    --------
    >>> from tabkit import make_model
    >>> [name for name, step in make_model("linear", task="binary").steps]
    ['prepare', 'model']
    """
    candidate = get_candidate(name)
    if isinstance(task, str):
        if task not in DEFAULT_METRICS:
            raise InputError(f"unknown task {task!r}: choose one of {', '.join(DEFAULT_METRICS)}")
        task = Task(kind=task)  # type: ignore[arg-type]
    candidate.check_task(task)
    task = add_requests(task, objective=objective, target_transform=target_transform, monotone=monotone)
    if objective and "objective" in candidate.lacks(task):
        others = f": it has {', '.join(candidate.objectives)}" if candidate.objectives else ""
        raise InputError(f"model {name!r} has no objective {objective}{others}")
    if monotone and "monotone" in candidate.lacks(task):
        raise InputError(f"model {name!r} has no monotone columns")
    if candidate.module and not is_installed(candidate.module):
        raise MissingExtraError(candidate.module, candidate.extra)
    return candidate.build(task, random_state)
