"""The folds: what each was trained and judged on, and how the leaders did on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tabkit.comparison import Comparison, FoldRows, LeaderboardRow, count_fold_rows
from tabkit.reporting._blocks import Cell, Paragraph, Section, TableBlock, TableColumn
from tabkit.reporting._format import (
    ABSENT,
    clean,
    format_count,
    format_digits,
    format_number,
    format_share,
    shorten,
)
from tabkit.reporting._leaderboard_table import number_cell, score_decimals

if TYPE_CHECKING:
    import numpy as np

_N_LEADERS = 3


def build(comparison: Comparison) -> Section:
    """A row per fold."""
    leaders = [row for row in comparison.leaderboard.rows if row.rank is not None][:_N_LEADERS]
    columns = [
        TableColumn("fold", is_number=True),
        TableColumn("training rows", is_number=True),
        TableColumn("test rows", is_number=True),
    ]
    counts = count_fold_rows(comparison.table, comparison.folds)
    left_out = _name_left_out(counts)
    columns += [TableColumn(f"left out: {why}", is_number=True) for why in left_out.values()]
    if comparison.task.kind != "multiclass":
        columns.append(_target_column(comparison))
    if comparison.table.groups is not None:
        columns.append(TableColumn("test groups", is_number=True))
    if comparison.table.times is not None:
        columns += [TableColumn("training up to"), TableColumn("test from"), TableColumn("test to")]
    columns += [TableColumn(shorten(row.name, 24), is_number=True, title=clean(row.name)) for row in leaders]
    rows = tuple(
        _describe_fold(
            comparison, fold, leaders, train, test, [getattr(counts[fold], name) for name in left_out]
        )
        for fold, (train, test) in enumerate(comparison.folds.pairs)
    )
    metric = comparison.leaderboard.metric.label
    caption = f"{metric} of the leaders on each fold." if leaders else ""
    introduction = (
        f"{comparison.folds.description}: every model was fitted on the same training rows and judged on "
        "the same test rows."
    )
    table = TableBlock(tuple(columns), rows, caption=caption)
    return Section("Folds", (Paragraph(introduction), table), "folds")


def _name_left_out(counts: Sequence[FoldRows]) -> dict[str, str]:
    """The reasons for which any fold leaves rows out, in words."""
    reasons = {
        "n_later": "later than the test",
        "n_of_test_groups": "of groups that are tested",
        "n_other": counts[0].why_other,
    }
    return {name: why for name, why in reasons.items() if any(getattr(fold, name) for fold in counts)}


def _target_column(comparison: Comparison) -> TableColumn:
    if comparison.task.kind == "binary":
        positive = shorten(comparison.task.positive, 20)
        return TableColumn(f"test share of {positive}", is_number=True, title="share of the positive class")
    return TableColumn("mean of test target", is_number=True)


def _describe_fold(
    comparison: Comparison,
    fold: int,
    leaders: list[LeaderboardRow],
    train: np.ndarray,
    test: np.ndarray,
    left_out: Sequence[int],
) -> tuple[Cell, ...]:
    table, task = comparison.table, comparison.task
    cells = [Cell(str(fold + 1)), Cell(format_count(len(train))), Cell(format_count(len(test)))]
    cells += [Cell(format_count(count)) for count in left_out]
    target = table.target.iloc[test]
    if task.kind == "binary":
        is_positive = target.astype(str) == str(task.positive)
        cells.append(Cell(format_share(int(is_positive.sum()), len(test))))
    elif task.kind == "regression":
        mean = float(target.astype(float).mean())
        cells.append(number_cell(format_digits(mean, 4), mean))
    if table.groups is not None:
        cells.append(Cell(format_count(int(table.groups.iloc[test].nunique()))))
    if table.times is not None:
        cells += [
            Cell(_format_time(table.times.iloc[train].max())),
            Cell(_format_time(table.times.iloc[test].min())),
            Cell(_format_time(table.times.iloc[test].max())),
        ]
    decimals = score_decimals(comparison.leaderboard)
    for row in leaders:
        score = row.fold_scores[fold] if fold < len(row.fold_scores) else None
        cells.append(number_cell(format_number(score, decimals), score))
    return tuple(cells)


def _format_time(time: object) -> str:
    """A date without a time of day that is midnight."""
    text = clean(time)
    return text.removesuffix(" 00:00:00") if text != "NaT" else ABSENT
