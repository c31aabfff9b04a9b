"""One entry of a portfolio: a model of the catalog with settings of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tabkit._core._optional import is_installed
from tabkit.catalog import make_model
from tabkit.catalog._register import get_candidate
from tabkit.data import Task
from tabkit.evaluation import Entrant


@dataclass(frozen=True)
class PortfolioEntry:
    """A model of the catalog, with settings of its own.

    Attributes
    ----------
    model : str
        Name in the catalog.
    settings : mapping of str to object
        Parameters of its last step.
    variant : str
        Tells it from others of the same model; empty for the model as it comes.
    cost : float or None
        Rough seconds of a fit beside the others; None is the catalog's.
    """

    model: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    variant: str = ""
    cost: float | None = None

    @property
    def name(self) -> str:
        """The name on the leaderboard: "lightgbm", "lightgbm slow"."""
        return f"{self.model} {self.variant}".strip()

    def is_for(self, task: Task) -> bool:
        """Whether it can be built here.

        Parameters
        ----------
        task : Task

        Returns
        -------
        is_for : bool
            False where a package is missing, or the model is for another kind of task.
        """
        candidate = get_candidate(self.model)
        return task.kind in candidate.tasks and (not candidate.module or is_installed(candidate.module))

    def build(self, task: Task, random_state: int) -> Any:
        """Build the Pipeline, unfitted.

        Parameters
        ----------
        task : Task
        random_state : int

        Returns
        -------
        pipeline : Pipeline
        """
        pipeline = make_model(self.model, task=task, random_state=random_state)
        return pipeline.set_params(**{f"model__{name}": value for name, value in self.settings.items()})

    def write(self, seed: int) -> str:
        """Write the Python that builds the Pipeline from a ``task``.

        Parameters
        ----------
        seed : int

        Returns
        -------
        code : str
        """
        code = f"make_model({self.model!r}, task=task, random_state={seed})"
        if not self.settings:
            return code
        settings = ", ".join(f"model__{name}={value!r}" for name, value in self.settings.items())
        return f"{code}.set_params({settings})"

    def enter(self, task: Task, random_state: int, place: int) -> Entrant:
        """Make the entrant for the engine.

        Parameters
        ----------
        task : Task
        random_state : int
        place : int
            In the portfolio, from 0: the first is begun first.

        Returns
        -------
        entrant : Entrant
        """
        candidate = get_candidate(self.model)
        return Entrant(
            self.name,
            self.build(task, random_state),
            candidate.description,
            cost=candidate.cost if self.cost is None else self.cost,
            priority=-float(place),
            is_reference=self.model == "dummy",
        )
