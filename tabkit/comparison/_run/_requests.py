"""What was asked of every model, and which of them do not have it."""

from __future__ import annotations

from collections.abc import Sequence

from tabkit.catalog import Candidate
from tabkit.comparison._names import BASELINE
from tabkit.data import Task


def describe_fit(candidate: Candidate, task: Task) -> str:
    """One line on a candidate, with what it does of what the task asks.

    Parameters
    ----------
    candidate : Candidate
    task : Task

    Returns
    -------
    description : str
    """
    lacking = candidate.lacks(task)
    parts = [candidate.description]
    if task.objective:
        parts.append(
            "with an objective of its own" if "objective" in lacking else f"objective {task.objective}"
        )
    if task.target_transform and candidate.name != BASELINE:
        parts.append(f"fitted on the {task.target_transform} of the target")
    if task.monotone:
        parts.append("not monotone" if "monotone" in lacking else f"monotone in {', '.join(task.monotone)}")
    if candidate.name != BASELINE and task.calibration:
        parts.append(f"calibrated ({task.calibration})")
    if candidate.name != BASELINE and task.threshold:
        parts.append(f"threshold by {task.threshold}")
    return "; ".join(parts)


def note_requests(candidates: Sequence[Candidate], task: Task, *, has_autogluon: bool) -> tuple[str, ...]:
    """Say which candidates do not have what the task asks of all.

    Parameters
    ----------
    candidates : sequence of Candidate
    task : Task
    has_autogluon : bool
        Whether AutoGluon has a row too.

    Returns
    -------
    notes : tuple of str
        A sentence each.
    """
    others = ["AutoGluon"] if has_autogluon else []
    decisions = " and ".join(
        filter(None, [task.calibration and "calibration", task.threshold and "threshold"])
    )
    without_objective = [c.name for c in candidates if "objective" in c.lacks(task)]
    without_transform = [c.name for c in candidates if c.name == BASELINE]
    not_monotone = [c.name for c in candidates if "monotone" in c.lacks(task)]
    objective, transform = task.objective, task.target_transform
    said: tuple[tuple[object, str, list[str]], ...] = (
        (objective, f"Fitted without the objective {objective}, which they do not have", without_objective),
        (transform, f"Fitted on the target as it is and not on its {transform}", without_transform),
        (others and decisions, f"Judged without the {decisions} of the others", []),
        (task.monotone, "Fitted without monotone constraints, which they do not have", not_monotone),
    )
    return tuple(
        f"{how}: {', '.join([*names, *others])}."
        for is_asked, how, names in said
        if is_asked and (names or others)
    )
