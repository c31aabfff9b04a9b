"""A candidate as it enters the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tabkit.evaluation._evaluation import Status


@dataclass(frozen=True)
class Entrant:
    """A candidate as it enters the engine: built, or with the reason why it could not be.

    Attributes
    ----------
    name : str
    estimator : estimator or None
    description : str
    cost : float
        The cheap ones run first, unless the engine is told otherwise.
    status : str or None
        Set where there is nothing to fit ("not installed", "failed").
    reason : str
        In words.
    priority : float
        What is expected of it beside others for its cost, see `promising_first`.
    is_reference : bool
        Whether the others are judged by it: it comes first.
    """

    name: str
    estimator: Any
    description: str = ""
    cost: float = 10.0
    status: Status | None = None
    reason: str = ""
    priority: float = 0.0
    is_reference: bool = False
