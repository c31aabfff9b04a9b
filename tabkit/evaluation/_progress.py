"""What a run says while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tabkit.evaluation._evaluation import FoldResult, Status

EventKind = Literal["table", "phase", "fold", "candidate"]


@dataclass(frozen=True)
class Event:
    """Something happened in a run.

    Attributes
    ----------
    kind : {"table", "phase", "fold", "candidate"}
        It is settled what is predicted from what; a new phase began; a fold was finished; a
        candidate came to its end.
    text : str
        For the reader.
    name : str
        The candidate, or empty.
    n_done, n_total : int
        Folds of all candidates that are settled, and all there are.
    result : FoldResult or None
        The fold that was finished, with its scores and seconds.
    status : str or None
        Of a candidate that came to its end, see `Evaluation`.
    reason : str
        Why it did not finish, or empty.
    """

    kind: EventKind
    text: str
    name: str = ""
    n_done: int = 0
    n_total: int = 0
    result: FoldResult | None = None
    status: Status | None = None
    reason: str = ""


Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Listen to nothing.

    Parameters
    ----------
    event : Event
    """
