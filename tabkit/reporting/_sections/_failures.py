"""The candidates that have no rank, and why."""

from __future__ import annotations

from tabkit._core._wording import agree, say_count
from tabkit.comparison import Comparison, LeaderboardRow
from tabkit.reporting._blocks import Cell, Folded, Section, TableBlock, TableColumn
from tabkit.reporting._format import ABSENT, choose_decimals, format_number, shorten
from tabkit.reporting._leaderboard_table import name_cell, number_cell

_REASON_LENGTH = 600
_TRACEBACK_LINES = 80
_LINE_LENGTH = 400


def build(comparison: Comparison) -> Section | None:
    """List them with their reasons; None when every candidate is ranked."""
    unranked = [row for row in comparison.leaderboard.rows if row.rank is None]
    if not unranked:
        return None
    tracebacks = [
        Folded(f"Traceback of {shorten(evaluation.name, 80)}", _trim(evaluation.traceback))
        for evaluation in (comparison.evaluation(row.name) for row in unranked)
        if evaluation.traceback
    ]
    return Section("Without a rank", (_list_reasons(comparison, unranked), *tracebacks), "failures")


def _list_reasons(comparison: Comparison, unranked: list[LeaderboardRow]) -> TableBlock:
    board = comparison.leaderboard
    scores = [row.scores.get(board.metric.name) for row in unranked]
    decimals = choose_decimals(scores)
    rows = []
    for row, score in zip(unranked, scores, strict=True):
        evaluation = comparison.evaluation(row.name)
        rows.append(
            (
                name_cell(row.name),
                Cell(row.status, tone="bad"),
                Cell(shorten(row.reason, _REASON_LENGTH) or ABSENT),
                Cell(f"{len(evaluation.folds)} of {evaluation.n_folds}"),
                number_cell(format_number(score, decimals), score),
            )
        )
    columns = (
        TableColumn("model"),
        TableColumn("what happened"),
        TableColumn("reason"),
        TableColumn("folds done", is_number=True),
        TableColumn(f"{board.metric.label} on these", is_number=True),
    )
    return TableBlock(columns, tuple(rows))


def _trim(traceback: str) -> str:
    """The end of a long traceback, where the error is, without endless lines."""
    lines = traceback.expandtabs(4).splitlines()
    kept = [shorten(line, _LINE_LENGTH) for line in lines[-_TRACEBACK_LINES:]]
    n_left_out = len(lines) - len(kept)
    if n_left_out:
        kept.insert(0, f"… {say_count(n_left_out, 'line')} before {agree(n_left_out, 'is', 'are')} left out")
    return "\n".join(kept)
