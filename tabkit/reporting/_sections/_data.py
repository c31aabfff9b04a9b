"""The columns as they were understood, and the target."""

from __future__ import annotations

from collections import Counter

from tabkit._core._wording import say_count
from tabkit.comparison import Comparison
from tabkit.data import Column
from tabkit.reporting._blocks import Block, Bullets, Cell, Paragraph, Section, TableBlock, TableColumn
from tabkit.reporting._format import (
    ABSENT,
    format_count,
    format_digits,
    format_share,
    join,
    shorten,
)
from tabkit.reporting._leaderboard_table import name_cell, number_cell

_MAX_COLUMNS = 200
_MAX_CLASSES = 20
_NOTE_LENGTH = 300


def build(comparison: Comparison) -> Section:
    """Show what was read, what each column was taken for, and what is predicted."""
    table = comparison.table
    shown = _choose_columns(table.columns)
    blocks: list[Block] = [Paragraph(_summarize(comparison))]
    if table.notes:
        blocks.append(Bullets(table.notes))
    blocks.append(_describe_target(comparison))
    if shown:
        blocks.append(_list_columns(shown, len(table.columns), table.n_rows))
    return Section("Data", tuple(blocks), "data")


def _summarize(comparison: Comparison) -> str:
    table = comparison.table
    kinds = Counter(column.kind for column in table.columns if column.role == "feature")
    features = join(f"{count} {kind}" for kind, count in kinds.most_common())
    text = f"{say_count(table.n_rows, 'row')}, {say_count(table.n_features, 'feature')}"
    text += f" ({features})." if features else "."
    others = Counter(column.role for column in table.columns if column.role in ("set aside", "dropped"))
    for role, count in others.items():
        text += f" {say_count(count, 'column')} {role}."
    return text


def _choose_columns(columns: tuple[Column, ...]) -> list[Column]:
    """All of them; of very many, those with something to say first, in the order of the file."""
    if len(columns) <= _MAX_COLUMNS:
        return list(columns)
    positions = sorted(range(len(columns)), key=lambda position: _is_plain(columns[position]))
    return [columns[position] for position in sorted(positions[:_MAX_COLUMNS])]


def _is_plain(column: Column) -> bool:
    return column.role == "feature" and not column.note and not column.n_missing


def _list_columns(columns: list[Column], n_columns: int, n_rows: int) -> TableBlock:
    rows = tuple(
        (
            name_cell(column.name),
            Cell(column.kind),
            Cell(column.role, tone="" if column.role == "feature" else "tied"),
            number_cell(_format_missing(column.n_missing, n_rows), column.n_missing),
            number_cell(format_count(column.n_unique), column.n_unique),
            Cell(shorten(column.note, _NOTE_LENGTH)),
        )
        for column in columns
    )
    caption = "The columns in the order of the file."
    if len(columns) < n_columns:
        n_left_out = n_columns - len(columns)
        caption = f"{say_count(n_left_out, 'more column')} not listed: features without a note come last."
    return TableBlock(
        (
            TableColumn("column"),
            TableColumn("kind"),
            TableColumn("role"),
            TableColumn("missing", is_number=True),
            TableColumn("distinct", is_number=True),
            TableColumn("note"),
        ),
        rows,
        caption=caption,
        is_sortable=True,
    )


def _format_missing(n_missing: int, n_rows: int) -> str:
    return f"{format_count(n_missing)} ({format_share(n_missing, n_rows)})" if n_missing else ABSENT


def _describe_target(comparison: Comparison) -> TableBlock:
    if comparison.task.is_classification:
        return _count_classes(comparison)
    target = comparison.table.target.astype(float)
    quantiles = target.quantile([0.0, 0.25, 0.5, 0.75, 1.0]).tolist()
    figures = [*quantiles, float(target.mean()), float(target.std(ddof=0))]
    headings = ("least", "lower quarter", "median", "upper quarter", "most", "mean", "standard deviation")
    return TableBlock(
        tuple(TableColumn(heading, is_number=True) for heading in headings),
        (tuple(Cell(format_digits(figure, 4)) for figure in figures),),
        caption=f"The target, {shorten(target.name, 60)}.",
    )


def _count_classes(comparison: Comparison) -> TableBlock:
    counts = comparison.table.target.astype(str).value_counts()
    shown = counts.iloc[:_MAX_CLASSES]
    n_rows = comparison.table.n_rows
    rows = [
        (
            name_cell(label),
            number_cell(format_count(count), count),
            number_cell(format_share(count, n_rows), count),
        )
        for label, count in zip(shown.index.tolist(), shown.tolist(), strict=True)
    ]
    n_more = len(counts) - len(shown)
    if n_more:
        rest = int(counts.iloc[_MAX_CLASSES:].sum())
        rows.append(
            (
                Cell(say_count(n_more, "more class", "more classes"), tone="muted"),
                number_cell(format_count(rest), rest),
                number_cell(format_share(rest, n_rows), rest),
            )
        )
    positive = comparison.task.positive
    caption = f"The target, {shorten(comparison.table.target.name, 60)}"
    caption += "." if positive is None else f"; {shorten(positive, 40)} is the positive class."
    return TableBlock(
        (TableColumn("class"), TableColumn("rows", is_number=True), TableColumn("share", is_number=True)),
        tuple(rows),
        caption=caption,
    )
