"""What is predicted from what, before the first fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tabkit._core._parameters import say_parameter
from tabkit._core._wording import say_count, say_value
from tabkit.comparison._question._resolve import ResolvedQuestion
from tabkit.comparison._words._fold_rows import describe_fold_rows
from tabkit.data import Table, Task
from tabkit.evaluation import Folds, primary_metric

_MAX_NOTES = 20


def introduce(
    resolved: ResolvedQuestion, folds: Folds, cautions: Sequence[str] = (), *, is_guess: bool
) -> str:
    """Say in a few lines what is predicted from what, and how it is judged.

    Parameters
    ----------
    resolved : ResolvedQuestion
    folds : Folds
    cautions : sequence of str, default=()
        What else is known before the first fit, a line each.
    is_guess : bool
        Whether the target was found and not named by the user.

    Returns
    -------
    text : str
        The first line names the target.
    """
    table, task = resolved.table, resolved.task
    lines = [f"Target: {table.target.name!r}{_say_guess(table) if is_guess else ''}, {_say_task(task)}"]
    counts = Counter(column.kind for column in table.columns if column.name in table.frame)
    kinds = ", ".join(f"{number} {kind}" for kind, number in counts.most_common())
    lines.append(f"Table: {say_count(table.n_rows, 'row')}; features: {kinds}")
    noted = _list_notes(table)
    lines += noted[:_MAX_NOTES]
    if len(noted) > _MAX_NOTES:
        lines.append(
            f"  and {say_count(len(noted) - _MAX_NOTES, 'more note')} on columns: all are in the report"
        )
    lines += [f"  {note}" for note in table.notes]
    metric = primary_metric(task)
    direction = "higher" if metric.greater_is_better else "lower"
    lines.append(f"Judged by {metric.label} ({direction} is better) on {folds.description}")
    lines += [f"  {line}" for line in describe_fold_rows(table, folds)]
    if resolved.last is not None:
        lines.append(f"Put away for one last score of the winner: {resolved.last.description}")
        lines += [f"  {note}" for note in resolved.last.table.notes if note not in table.notes]
    return "\n".join([*lines, *cautions])


def _list_notes(table: Table) -> list[str]:
    """What was read into columns, those with the same note in one line."""
    by_note: dict[str, list[str]] = {}
    for column in table.columns:
        if column.note:
            by_note.setdefault(column.note, []).append(repr(column.name))
    return [
        f"  column{'s' if len(names) > 1 else ''} {', '.join(names)}: {note}"
        for note, names in by_note.items()
    ]


def _say_guess(table: Table) -> str:
    is_last = bool(table.columns) and table.columns[-1].name == table.target.name
    why = "the last column" if is_last else "for its name"
    return f" ({why}; another with {say_parameter('target', ...)})"


def _say_task(task: Task) -> str:
    if task.kind == "binary":
        other = say_value(task.classes[0])
        if task.is_positive_told:
            return f"binary, positive class {say_value(task.positive)} (other: {other})"
        why = "the rarer" if task.positive_by == "rarity" else "as it sorts last"
        told = say_parameter("positive", task.classes[0])
        return f"binary, positive class {say_value(task.positive)} ({why}; {other} with {told})"
    if task.kind == "multiclass":
        return f"multiclass, {say_count(len(task.classes), 'class', 'classes')}"
    return "regression"
