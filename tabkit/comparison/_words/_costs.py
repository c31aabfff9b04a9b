"""What the models of a run cost beside each other, before the first fit."""

from __future__ import annotations

from collections.abc import Sequence

from tabkit._core._parameters import say_parameter
from tabkit._core._wording import say_count
from tabkit.evaluation import Entrant

_LEAST_SHARE = 0.5


def introduce_costs(entrants: Sequence[Entrant], n_folds: int, limit: float | None) -> str:
    """Say how many models are to be fitted, and which may not finish within the limit.

    Parameters
    ----------
    entrants : sequence of Entrant
    n_folds : int
    limit : float or None
        Seconds; None for no limit.

    Returns
    -------
    line : str
        Names the last in the order of their turns that have half of the cost of all together.
    """
    fitted = [entrant for entrant in entrants if entrant.status is None]
    ordered = sorted(fitted, key=lambda entrant: (not entrant.is_reference, -entrant.priority))
    total = sum(entrant.cost for entrant in ordered)
    last: list[Entrant] = []
    while ordered and sum(entrant.cost for entrant in last) < _LEAST_SHARE * total:
        last.insert(0, ordered.pop())
    models, folds = say_count(len(fitted), "model"), say_count(n_folds, "fold")
    line = f"To fit: {models} on {folds}, strong and cheap ones first"
    if limit is None or not ordered:
        return line
    share = 100 * sum(entrant.cost for entrant in last) / total
    names = ", ".join(entrant.name for entrant in last)
    return (
        f"{line}; the last ({names}) cost about {share:.0f} % of the time of all and may not finish within "
        f"{limit:g} s: {say_parameter('time_limit')} can be raised"
    )
