"""The report as one self-contained HTML page."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING

from tabkit._core._wording import say_count
from tabkit.comparison import Comparison
from tabkit.reporting._format import clean, format_seconds, shorten
from tabkit.reporting._leaderboard_table import build_leaderboard_table
from tabkit.reporting._sections import build_sections

if TYPE_CHECKING:
    from jinja2 import Environment

_TITLE_LENGTH = 80


def render_html(comparison: Comparison) -> str:
    """Write the whole report as one HTML page.

    The page loads nothing from anywhere and works without its one script, which sorts
    tables. Everything that came with the data is escaped.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    page : str

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from tabkit.data import Table, Task
    >>> from tabkit.evaluation import Folds
    >>> table = Table("toy", pd.DataFrame({"x": [1.0, 2.0]}), pd.Series([3.0, 4.0], name="y"))
    >>> folds = Folds(((np.array([0]), np.array([1])),), "1 fold")
    >>> comparison = Comparison(table, Task("regression"), folds, evaluations=())
    >>> "<h1" in render_html(comparison)
    True
    """
    environment = _environment()
    script = _read_template("sort.js")
    return environment.get_template("report.html").render(
        title=shorten(comparison.table.name, _TITLE_LENGTH),
        full_title=clean(comparison.table.name),
        subtitle=describe_run(comparison),
        sections=build_sections(comparison),
        version=comparison.versions.get("tabkit", ""),
        style=_read_template("report.css"),
        script=script,
        script_hash=_hash_source(script),
    )


def leaderboard_html(comparison: Comparison) -> str:
    """Write the leaderboard alone as a compact HTML table, to be put into a page.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    table : str
    """
    descriptions = {evaluation.name: evaluation.description for evaluation in comparison.evaluations}
    table = build_leaderboard_table(comparison.leaderboard, descriptions, with_forest=False)
    return _environment().get_template("leaderboard.html").render(table=table)


def describe_run(comparison: Comparison) -> str:
    """What was predicted, from what and how, on one line."""
    task, table = comparison.task, comparison.table
    target = shorten(table.target.name, 40)
    what = {
        "binary": f"{target} = {shorten(task.positive, 30)} or not",
        "multiclass": f"{target}, {say_count(len(task.classes), 'class', 'classes')}",
        "regression": f"{target}, a number",
    }[task.kind]
    size = f"{say_count(table.n_rows, 'row')} × {say_count(table.n_features, 'feature')}"
    return " · ".join([what, size, comparison.folds.description, format_seconds(comparison.seconds)])


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("tabkit.reporting", "_templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["drawn"] = Markup  # for SVG made by Drawing, and our own style and script
    return environment


@cache
def _read_template(name: str) -> str:
    from importlib.resources import files

    return (files("tabkit.reporting") / "_templates" / name).read_text(encoding="utf-8")


def _hash_source(script: str) -> str:
    """What the page's content security policy allows to run: this script and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
