"""What stands beside a saved model, for the one who will use it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabkit._core._files import as_unicode, write_text
from tabkit._core._version import __version__
from tabkit._core._wording import say_count, say_value
from tabkit.evaluation._fold import find_threshold

if TYPE_CHECKING:
    from tabkit.data import Table, Task

MODEL_FILE, CARD_FILE = "model.skops", "card.md"

_WHY = {
    "given": "as it was given",
    "label": "as its label says",
    "rarity": "the rarer of the two: nothing said which it is",
    "order": "the one that sorts last: nothing said which it is",
}


def card_of(path: Path) -> Path:
    """Where the card of a model is, until both have their place in a run's folder."""
    return path.with_suffix(".md")


def write_card(fitted: Any, table: Table, task: Task, n_rows: int, path: Path) -> None:
    """Write the card of a model that is to be saved.

    It names what is predicted, the order of the columns of ``predict_proba``, the positive class and the
    threshold.

    Parameters
    ----------
    fitted : estimator
    table : Table
    task : Task
    n_rows : int
        Of the table, that it was fitted on.
    path : Path
        Of the card.
    """
    lines = [
        f"# {MODEL_FILE}",
        "",
        f"- target: {say_value(str(table.target.name), 200)} ({task.kind})",
        *_describe_classes(fitted, task),
        f"- fitted on {say_count(n_rows, 'row')} of {table.name}, by tabkit {__version__}",
        f'- `model = tabkit.load("{MODEL_FILE}")`, then `model.predict(frame)`: columns go by name',
    ]
    write_text(path, as_unicode("\n".join(lines) + "\n"))


def list_columns(fitted: Any) -> tuple[Any, ...]:
    """The classes in the order of the columns of ``predict_proba``; empty where there are none.

    Parameters
    ----------
    fitted : estimator

    Returns
    -------
    classes : tuple
        Plain Python objects.
    """
    classes = getattr(fitted, "classes_", None)
    if classes is None or not hasattr(fitted, "predict_proba"):
        return ()
    return tuple(label.item() if hasattr(label, "item") else label for label in classes)


def _describe_classes(fitted: Any, task: Task) -> list[str]:
    if not task.is_classification:
        return []
    lines = []
    columns = list_columns(fitted)
    if columns:
        lines.append(f"- columns of `predict_proba`, in this order: {_join(columns)}")
    if task.kind != "binary":
        return lines
    positive = say_value(task.positive, 200)
    why = _WHY.get(task.positive_by, "")
    lines.append(f"- positive class: {positive}{f', {why}' if why else ''}")
    threshold = find_threshold(fitted)
    if threshold is not None and columns:
        place = columns.index(task.positive) if task.positive in columns else len(columns) - 1
        lines.append(
            f"- threshold: `predict` says {positive} where `predict_proba(...)[:, {place}]` is "
            f"{threshold:.6g} or more"
        )
    return lines


def _join(labels: Sequence[Any]) -> str:
    return ", ".join(say_value(label, 200) for label in labels)
