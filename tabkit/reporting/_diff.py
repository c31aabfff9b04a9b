"""What changed from one run to another, on a terminal or as plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tabkit.comparison import ModelDiff, RunDiff, describe_diff
from tabkit.reporting._console import open_console, read_console
from tabkit.reporting._format import (
    choose_decimals,
    clean,
    format_interval,
    format_number,
    format_p_value,
    shorten,
)

if TYPE_CHECKING:
    from rich.console import Console

_MIN_WIDTH = 60
_VALUE_LENGTH = 60
_GAP = 2
_LEAST_IMPORTANT = ("predictions", "95 % interval", "p", "verdict")
_STYLES = {"better": "green", "worse": "bold red"}


def render_diff(diff: RunDiff, *, width: int = 80, color: bool = False) -> str:
    """Write the answer, a row per model, and what else differs between two runs.

    Parameters
    ----------
    diff : RunDiff
    width : int, default=80
        Columns of the terminal, 60 at least.
    color : bool, default=False
        Whether to write ANSI codes; without them the text is plain.

    Returns
    -------
    text : str
        Lines, each of which ends with a line end.
    """
    console = open_console(max(width, _MIN_WIDTH), color=color)
    for index, sentence in enumerate(describe_diff(diff)):
        console.print(clean(sentence), style="bold" if index == 0 else "")
    compared = [model for model in diff.models if model.score.change is not None]
    if compared:
        _print_models(console, diff, compared)
    _print_changes(console, "Settings", diff.settings)
    _print_changes(console, "Versions", diff.versions)
    return read_console(console)


def _print_models(console: Console, diff: RunDiff, models: list[ModelDiff]) -> None:
    from rich.table import Table
    from rich.text import Text

    columns = _fit_columns(_list_columns(diff, models), console.width)
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="bold")
    for heading in columns:
        is_text = heading in ("model", "verdict")
        table.add_column(Text(heading), justify="left" if is_text else "right", no_wrap=True)
    for index, model in enumerate(models):
        cells = (Text(cells[index]) for cells in columns.values())
        table.add_row(*cells, style=_STYLES.get(model.score.verdict, ""))
    console.print()
    console.print(table)
    direction = "higher" if diff.metric.greater_is_better else "lower"
    console.print(f"{clean(diff.metric.label)}: {direction} is better; old → new.", style="dim")


def _list_columns(diff: RunDiff, models: list[ModelDiff]) -> dict[str, list[str]]:
    """Cells by heading, without the columns that have nothing to say."""
    means = [mean for model in models for mean in (model.score.old_mean, model.score.new_mean)]
    decimals = choose_decimals(means, [model.score.change for model in models])
    columns = {
        "rank": [_pair(str(model.old_rank), str(model.new_rank)) for model in models],
        "model": [clean(model.name) for model in models],
        clean(diff.metric.label): [
            _pair(*(format_number(mean, decimals) for mean in (model.score.old_mean, model.score.new_mean)))
            for model in models
        ],
        "change": [_signed(model.score.change, decimals) for model in models],
        "95 % interval": [
            "" if model.score.interval is None else format_interval(model.score.interval, decimals)
            for model in models
        ],
        "p": ["" if model.score.p_value is None else format_p_value(model.score.p_value) for model in models],
        "verdict": [str(model.score.verdict) for model in models],
        "predictions": [_write_share(model.changed_predictions) for model in models],
    }
    return {heading: cells for heading, cells in columns.items() if any(cells)}


def _fit_columns(columns: dict[str, list[str]], width: int) -> dict[str, list[str]]:
    """Leave out what there is no room for, the least important first."""
    from rich.cells import cell_len

    widths = {heading: _GAP + max(map(cell_len, (heading, *cells))) for heading, cells in columns.items()}
    for heading in _LEAST_IMPORTANT:
        if sum(widths.values()) - _GAP > width:
            widths.pop(heading, None)
    return {heading: columns[heading] for heading in widths}


def _pair(old: str, new: str) -> str:
    return new if old == new else f"{old} → {new}"


def _signed(change: float | None, decimals: int) -> str:
    text = format_number(change, decimals)
    return f"+{text}" if change is not None and change > 0 else text


def _write_share(share: float | None) -> str:
    if share is None:
        return ""
    return f"{100 * share:.3g} % changed" if share else "the same"


def _print_changes(console: Console, title: str, changes: Mapping[str, tuple[Any, Any]]) -> None:
    if not changes:
        return
    console.print()
    console.print(f"{title} that differ:", style="bold")
    for name, (old, new) in changes.items():
        if name == "columns":
            gone, added = (
                [f"{sign}{column}" for column in columns] for sign, columns in (("-", old), ("+", new))
            )
            console.print(f"  columns: {shorten(', '.join([*gone, *added]), 4 * _VALUE_LENGTH)}")
            continue
        console.print(f"  {clean(name).replace('_', ' ')}: {_write_value(old)} → {_write_value(new)}")


def _write_value(value: Any) -> str:
    if value is None or value == []:
        return "none"
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return shorten(value, _VALUE_LENGTH)
