"""A named recipe for an unfitted Pipeline."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tabkit._core import InputError
from tabkit.data import Task, TaskKind

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

# Of those that do not run by default, the ones that are worth time that is left.
_STRONG = 0.9
Builder = Callable[[Task, int], "BaseEstimator"]


@dataclass(frozen=True)
class Candidate:
    """A named recipe for an unfitted scikit-learn estimator.

    Attributes
    ----------
    name : str
    build : callable
        ``build(task, random_state) -> estimator``.
    description : str
        What it is, in one line.
    cost : float
        Rough seconds to fit next to the others.
    strength : float
        How often it is among the best beside the others, from 0 to 1: strong and cheap ones run first.
    is_simple : bool
        Whether a person can read the model; the simple ones are what the others must beat.
    by_default : bool
        Whether it runs without being asked for.
    module, extra : str
        The optional package it needs and the extra that installs it; empty when none.
    objectives : tuple of str
        Values of `Task.objective` that its regressor takes; "tweedie" stands for any power.
    takes_monotone : bool
        Whether it keeps `Task.monotone`.
    package : str
        The installed package that it comes from by an entry point; empty when none.
    tasks : tuple of {"binary", "multiclass", "regression"}
        The kinds of task that it can be built for.
    good_for : str
        When to take it, in a few words.
    """

    name: str
    build: Builder
    description: str = ""
    cost: float = 10.0
    strength: float = 0.5
    is_simple: bool = False
    by_default: bool = True
    module: str = ""
    extra: str = ""
    objectives: tuple[str, ...] = ()
    takes_monotone: bool = False
    package: str = ""
    tasks: tuple[TaskKind, ...] = ("binary", "multiclass", "regression")
    good_for: str = ""

    @property
    def priority(self) -> float:
        """What is expected of it for its cost, beside others; the root, since a dear one is begun once."""
        return self.strength / math.sqrt(self.cost)

    @property
    def takes_time_left(self) -> bool:
        """Whether it runs without being asked for, where a run has time that the others do not need."""
        return not self.by_default and self.strength >= _STRONG

    def check_task(self, task: Task) -> None:
        """Refuse a task that it cannot be built for.

        Parameters
        ----------
        task : Task

        Raises
        ------
        InputError
        """
        if task.kind not in self.tasks:
            raise InputError(f"model {self.name!r} is for classes, and the task is {task.kind}: leave it out")

    def lacks(self, task: Task) -> tuple[str, ...]:
        """What a task asks of every model and this one does not have.

        Parameters
        ----------
        task : Task

        Returns
        -------
        lacking : tuple of str
            Among "objective" and "monotone".
        """
        has_objective = task.objective.partition(":")[0] in ("", *self.objectives)
        is_monotone = self.takes_monotone or not task.monotone
        return (*(() if has_objective else ("objective",)), *(() if is_monotone else ("monotone",)))
