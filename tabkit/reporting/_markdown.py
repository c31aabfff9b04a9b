"""The report as Markdown; figures leave their captions."""

from __future__ import annotations

from functools import singledispatch

from tabkit.comparison import Comparison
from tabkit.reporting._blocks import (
    Block,
    Bullets,
    Cell,
    Facts,
    Figure,
    Folded,
    Notice,
    Paragraph,
    TableBlock,
)
from tabkit.reporting._format import clean
from tabkit.reporting._html import describe_run
from tabkit.reporting._sections import build_sections

_SPECIAL = str.maketrans(
    {character: f"\\{character}" for character in "\\`*_[]|#~"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)


def render_markdown(comparison: Comparison) -> str:
    """Write the report as GitHub-flavoured Markdown.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    text : str
    """
    parts = [f"# {_escape(comparison.table.name)}", _escape(describe_run(comparison))]
    for section in build_sections(comparison):
        parts.append(f"## {_escape(section.title)}")
        parts += [_render(block) for block in section.blocks]
    return "\n\n".join(parts) + "\n"


def _escape(text: object) -> str:
    return clean(text).translate(_SPECIAL)


@singledispatch
def _render(block: Block) -> str:
    raise TypeError(f"no way to write a {type(block).__name__} as Markdown")


@_render.register
def _(block: Paragraph) -> str:
    return _escape(block.text)


@_render.register
def _(block: Bullets) -> str:
    return "\n".join(f"- {_escape(item)}" for item in block.items)


@_render.register
def _(block: Notice) -> str:
    return f"> {_escape(block.text)}"


@_render.register
def _(block: Folded) -> str:
    lines = "\n".join(f"    {clean(line)}" for line in block.text.split("\n"))
    return f"{_escape(block.summary)}:\n\n{lines}"


@_render.register
def _(block: Facts) -> str:
    return "\n".join(f"- **{_escape(term)}**: {_escape(description)}" for term, description in block.pairs)


@_render.register
def _(block: Figure) -> str:
    return f"**{_escape(block.title)}** (drawn in the HTML report). {_escape(block.caption)}"


@_render.register
def _(block: TableBlock) -> str:
    shown = [index for index, column in enumerate(block.columns) if not column.is_drawn]
    head = [_escape(block.columns[index].heading) for index in shown]
    rule = ["---:" if block.columns[index].is_number else "---" for index in shown]
    rows = [[_render_cell(row[index]) for index in shown] for row in block.rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *rows))
    return f"{table}\n\n{_escape(block.caption)}" if block.caption else table


def _render_cell(cell: Cell) -> str:
    text = _escape(cell.text)
    return f"**{text}**" if cell.tone == "best" else text
