"""The models that there are, on a terminal or as plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tabkit.reporting._console import open_console, read_console
from tabkit.reporting._format import clean

_MIN_WIDTH = 60
_ROOMY = 100
_NAME_WIDTH = 22
_HEADINGS = ("model", "what it is", "good for", "cost", "needs", "runs")


def render_models(models: Sequence[Mapping[str, Any]], *, width: int = 80, color: bool = False) -> str:
    """Write a row per model, and what the columns mean.

    Parameters
    ----------
    models : sequence of mapping
        Of `tabkit.catalog.describe_candidate`.
    width : int, default=80
        Columns of the terminal, 60 at least; longer cells go on in the next line.
    color : bool, default=False
        Whether to write ANSI codes; without them the text is plain.

    Returns
    -------
    text : str
        Lines, each of which ends with a line end.
    """
    from rich.table import Table
    from rich.text import Text

    console = open_console(max(width, _MIN_WIDTH), color=color)
    longest = max((len(model["model"]) for model in models), default=0)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in _HEADINGS:
        table.add_column(
            Text(heading),
            justify="right" if heading == "cost" else "left",
            overflow="fold",
            no_wrap=heading in ("cost", "runs"),
            width=(longest if width >= _ROOMY else _NAME_WIDTH) if heading == "model" else None,
        )
    for model in models:
        style = "" if model["is_installed"] else "dim"
        table.add_row(*(Text(text) for text in write_model(model)), style=style)
    console.print(table)
    console.print(
        "cost: about so many times as long to fit as linear. AutoGluon has a row of its own, unless it is "
        "left out; estimators of your own are named by their place, MODULE:CLASS.",
        style="dim",
    )
    missing = [model["install_command"] for model in models if not model["is_installed"]]
    for command in dict.fromkeys(filter(None, missing)):
        console.print(f"What is missing: {command}", style="yellow")
    return read_console(console)


def write_model(model: Mapping[str, Any]) -> tuple[str, ...]:
    """The cells of one model: name, what it is, what it is good for, its cost, what it needs, when it runs.

    Parameters
    ----------
    model : mapping
        Of `tabkit.catalog.describe_candidate`.

    Returns
    -------
    cells : tuple of str
    """
    runs = "on request"
    if model["by_default"] or model["takes_time_left"]:
        runs = "by default" if model["by_default"] else "spare time"
    needs = model["needs"] + ("" if model["is_installed"] else " (missing)")
    classes_only = "" if "regression" in model["tasks"] else "; classes only"
    return (
        clean(model["model"]),
        clean(model["description"]) + classes_only,
        clean(model["good_for"]),
        f"{model['cost']:g}",
        clean(needs),
        runs,
    )
