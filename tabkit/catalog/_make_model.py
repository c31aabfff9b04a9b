"""The Pipeline of a candidate, for the user's own use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabkit._core import InputError, MissingExtraError
from tabkit._core._optional import is_installed
from tabkit.catalog._register import get_candidate
from tabkit.data import DEFAULT_METRICS, Task

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make_model(name: str, *, task: Task | str, random_state: int = 0) -> Pipeline:
    """Build the Pipeline that `tabkit compare` evaluates under a name.

    Parameters
    ----------
    name : str
        A name of the catalog, such as "linear" or "lightgbm".
    task : Task or {"binary", "multiclass", "regression"}
        What is to be predicted. A `Task` also carries the kinds of the columns; from a
        string, the Pipeline finds them on the rows it is fitted on.
    random_state : int, default=0
        Seed of everything random in it.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; takes the raw frame.

    Raises
    ------
    InputError
        If there is no such model or task.
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
    if candidate.module and not is_installed(candidate.module):
        raise MissingExtraError(candidate.module, candidate.extra)
    return candidate.build(task, random_state)
