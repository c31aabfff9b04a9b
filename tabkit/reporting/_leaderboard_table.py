"""The leaderboard as tables that every renderer shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tabkit.comparison import Leaderboard, LeaderboardRow
from tabkit.metrics import Metric
from tabkit.reporting._blocks import Cell, TableBlock, TableColumn, Tone
from tabkit.reporting._figures._forest import draw_axis, draw_strip, plan_forest
from tabkit.reporting._format import (
    ABSENT,
    choose_decimals,
    clean,
    describe_unranked,
    format_bytes,
    format_digits,
    format_estimates,
    format_number,
    format_p_value,
    shorten,
)

NAME_LENGTH = 40


def name_cell(name: object, *, title: str = "", tone: Tone = "") -> Cell:
    """A name, cut where it is long, with the whole of it as the title."""
    text = shorten(name, NAME_LENGTH)
    return Cell(text, title=title or (clean(name) if text != clean(name) else ""), tone=tone)


def number_cell(text: str, value: float | None, *, title: str = "", tone: Tone = "") -> Cell:
    """A formatted number that is sorted by its value."""
    is_known = value is not None and not math.isnan(value)
    return Cell(text, title=title, sort_key=value if is_known else None, tone=tone)


def score_decimals(board: Leaderboard) -> int:
    """Decimals of the primary metric, for every place that shows it.

    They suit the best; when its error is next to nothing, the others have at most two to spare.
    """
    halves = [(row.interval[1] - row.interval[0]) / 2 for row in board.rows if row.interval]
    means = [row.mean for row in board.rows if row.mean]
    return min(choose_decimals(means[:1], halves), choose_decimals(means, halves) + 2)


def build_leaderboard_table(
    board: Leaderboard, descriptions: Mapping[str, str] | None = None, *, with_forest: bool = True
) -> TableBlock:
    """Rank, intervals, difference to the best and cost of every row.

    Parameters
    ----------
    board : Leaderboard
    descriptions : mapping of str to str, default=None
        One line on a model by its name.
    with_forest : bool, default=True
        Whether to draw the intervals.

    Returns
    -------
    table : TableBlock
    """
    metric = board.metric
    direction = "higher is better" if metric.greater_is_better else "lower is better"
    forest = plan_forest(board) if with_forest else None
    columns = [
        TableColumn("#", is_number=True, title="rank"),
        TableColumn("model"),
        TableColumn(metric.label, is_number=True, title=f"mean over the folds ± 95 % interval; {direction}"),
    ]
    if forest is not None:
        columns.append(TableColumn(f"{metric.label}, drawn", svg=draw_axis(forest), is_drawn=True))
    columns += [
        TableColumn("behind the best", is_number=True, title="how much worse ± 95 % interval; 0 is as good"),
        TableColumn("p", is_number=True, title="of the difference, two-sided"),
        TableColumn("fit s", is_number=True, title="seconds to fit one fold, on average"),
        TableColumn("µs/row", is_number=True, title="microseconds to predict one row"),
        TableColumn("size", is_number=True, title="of the fitted pipeline"),
    ]
    scores = _score_cells(board, is_told=forest is not None)
    rows = []
    for row, (score, *others) in zip(board.rows, scores, strict=True):
        cells = [_rank_cell(row), _model_cell(row, (descriptions or {}).get(row.name, "")), score]
        if forest is not None:
            words = "" if row.rank is not None else describe_unranked(row.status, row.reason)
            cells.append(Cell("", title=words, svg=draw_strip(forest, row), sort_key=row.mean))
        rows.append((*cells, *others, *_cost_cells(row)))
    caption = f"Ranked by {metric.label}, {direction}."
    table = TableBlock(tuple(columns), tuple(rows), caption=caption, heading_column=1, is_sortable=True)
    return _without_empty_columns(table)


def _without_empty_columns(table: TableBlock) -> TableBlock:
    """The same without the columns behind the heading that have no figure in any row."""
    kept = [
        index
        for index in range(len(table.columns))
        if index <= table.heading_column
        or any(row[index].svg or row[index].text != ABSENT for row in table.rows)
    ]
    return replace(
        table,
        columns=tuple(table.columns[index] for index in kept),
        rows=tuple(tuple(row[index] for index in kept) for row in table.rows),
    )


def build_metrics_table(
    board: Leaderboard, constants: Mapping[str, float] | None = None
) -> TableBlock | None:
    """Mean of every other metric for the ranked rows, the best of each column marked.

    Parameters
    ----------
    board : Leaderboard
    constants : mapping of str to float, default=None
        By metric, what a prediction reaches that is the same for every row: what shows as no better is not
        marked.

    Returns
    -------
    table : TableBlock or None
        None where there is no other metric.
    """
    ranked = [row for row in board.rows if row.rank is not None]
    metrics = [metric for metric in board.secondary if any(metric.name in row.scores for row in ranked)]
    if not metrics:
        return None
    decimals = {
        metric.name: choose_decimals(row.scores.get(metric.name) for row in ranked) for metric in metrics
    }
    best = {
        metric.name: _best_score(ranked, metric, (constants or {}).get(metric.name), decimals[metric.name])
        for metric in metrics
    }
    has_thresholds = tells_thresholds(ranked)
    rows = [
        (
            _rank_cell(row),
            name_cell(row.name),
            *([number_cell(format_number(row.threshold, 3), row.threshold)] if has_thresholds else []),
            *(
                _metric_cell(row.scores.get(metric.name), decimals[metric.name], best[metric.name])
                for metric in metrics
            ),
        )
        for row in ranked
    ]
    headings = (
        TableColumn(
            metric.label,
            is_number=True,
            title="higher is better" if metric.greater_is_better else "lower is better",
        )
        for metric in metrics
    )
    threshold = TableColumn(
        "threshold", is_number=True, title="probability from which on a row is predicted positive"
    )
    return TableBlock(
        (
            TableColumn("#", is_number=True, title="rank"),
            TableColumn("model"),
            *([threshold] if has_thresholds else []),
            *headings,
        ),
        tuple(rows),
        caption="Mean over the folds; the best of each column is in bold, unless a prediction that is the "
        "same for every row reaches it."
        + (" Labels are predicted by the threshold." if has_thresholds else ""),
        heading_column=1,
        is_sortable=True,
    )


def tells_thresholds(ranked: Sequence[LeaderboardRow]) -> bool:
    """Whether the thresholds of the rows say anything: they differ, or the only one is not the usual 0.5.

    Parameters
    ----------
    ranked : sequence of LeaderboardRow

    Returns
    -------
    are_told : bool
    """
    thresholds = {format_number(row.threshold, 3) for row in ranked} - {ABSENT}
    return len(thresholds) > 1 or (len(ranked) == 1 and not thresholds <= {format_number(0.5, 3)})


def _rank_cell(row: LeaderboardRow) -> Cell:
    tone: Tone = "best" if row.rank == 1 else "tied" if row.is_tied else "" if row.rank else "muted"
    return Cell(str(row.rank or ABSENT), sort_key=row.rank, tone=tone)


def _model_cell(row: LeaderboardRow, description: str) -> Cell:
    tone: Tone = "best" if row.rank == 1 else "tied" if row.is_tied else "" if row.rank else "muted"
    title = ": ".join(part for part in (clean(row.name), clean(description)) if part) if description else ""
    return name_cell(row.name, title=title, tone=tone)


def format_scores(board: Leaderboard) -> list[tuple[str, str]]:
    """Score and difference to the best of every row, with their intervals."""
    decimals = score_decimals(board)
    means = format_estimates([(row.mean, row.interval) for row in board.rows], decimals)
    gaps = format_estimates([(row.difference, row.difference_interval) for row in board.rows], decimals)
    return [
        (mean, ABSENT if row.rank == 1 else gap)
        for row, mean, gap in zip(board.rows, means, gaps, strict=True)
    ]


def _score_cells(board: Leaderboard, *, is_told: bool) -> list[tuple[Cell, ...]]:
    """Score, difference and p-value; the reason of a row without a rank, unless told elsewhere in it."""
    cells: list[tuple[Cell, ...]] = []
    for row, (mean, gap) in zip(board.rows, format_scores(board), strict=True):
        if row.rank is None:
            words = describe_unranked(row.status, row.reason)
            absent = Cell(ABSENT, tone="muted")
            reason = absent if is_told else Cell(shorten(words, 60), title=words, tone="muted")
            cells.append((reason, absent, absent))
            continue
        tie = "cannot be told from the best" if row.is_tied else ""
        cells.append(
            (
                number_cell(mean, row.mean),
                number_cell(gap, row.difference, title=tie),
                number_cell(format_p_value(row.p_value), row.p_value),
            )
        )
    return cells


def _cost_cells(row: LeaderboardRow) -> tuple[Cell, ...]:
    return (
        number_cell(format_digits(row.fit_seconds), row.fit_seconds),
        number_cell(format_digits(row.predict_microseconds), row.predict_microseconds),
        number_cell(format_bytes(row.model_bytes), row.model_bytes),
    )


def _best_score(
    ranked: list[LeaderboardRow], metric: Metric, constant: float | None, decimals: int
) -> float | None:
    """The best of a column; None where it does not show as better than a constant."""
    scores = [
        row.scores[metric.name] for row in ranked if not math.isnan(row.scores.get(metric.name, math.nan))
    ]
    if not scores:
        return None
    best = max(scores) if metric.greater_is_better else min(scores)
    if constant is None or math.isnan(constant):
        return best
    sign = 1.0 if metric.greater_is_better else -1.0
    return best if sign * (round(best, decimals) - round(constant, decimals)) > 0 else None


def _metric_cell(score: float | None, decimals: int, best: float | None) -> Cell:
    tone: Tone = "best" if score is not None and score == best else ""
    return number_cell(format_number(score, decimals), score, tone=tone)
