"""The intervals of the leaderboard as a forest plot, a strip per row on one shared axis."""

from __future__ import annotations

from dataclasses import dataclass

from tabkit.comparison import Leaderboard, LeaderboardRow
from tabkit.reporting._format import choose_decimals, describe_unranked, format_number
from tabkit.reporting._svg import Drawing, Scale

_WIDTH = 300.0
_MARGIN = 14.0
_HEIGHT = 24.0
_REACH = 2.5


@dataclass(frozen=True)
class Forest:
    """What the strips of a leaderboard share.

    Attributes
    ----------
    scale : Scale
    band : tuple of two floats, or None
        The interval of the best.
    metric : str
        Label of the metric.
    """

    scale: Scale
    band: tuple[float, float] | None
    metric: str


def plan_forest(board: Leaderboard) -> Forest | None:
    """Choose the axis: the better half of the models sets it, and whoever is near joins.

    One model far behind (the dummy) would squeeze all others into a corner; those that do
    not fit get an arrow and their score in digits.

    Parameters
    ----------
    board : Leaderboard

    Returns
    -------
    forest : Forest or None
        None when no row is ranked.
    """
    spans = [
        (mean, row.interval or (mean, mean))
        for row in board.rows
        if row.rank is not None and (mean := row.mean) is not None
    ]
    if not spans:
        return None
    best, band = spans[0]
    better_half = [mean for mean, _ in spans[: len(spans) // 2 + 1]]
    reach = _REACH * max(abs(value - best) for value in (*better_half, *band))
    near = [interval for mean, interval in spans if abs(mean - best) <= reach]
    low = max(min(start for start, _ in near), best - _REACH * reach)
    high = min(max(end for _, end in near), best + _REACH * reach)
    scale = Scale(low, high, _MARGIN, _WIDTH - _MARGIN)
    return Forest(scale, board.rows[0].interval, board.metric.label)


def draw_axis(forest: Forest) -> str:
    """Ticks and their values, for the head of the column."""
    drawing = Drawing(_WIDTH, 22, description="", css_class="strip")
    for value in _ticks(forest.scale):
        drawing.line(forest.scale(value), 17, forest.scale(value), 22, "axis")
        drawing.text(forest.scale(value), 12, forest.scale.tick_label(value, 3), "tick middle")
    return drawing.markup()


def draw_strip(forest: Forest, row: LeaderboardRow) -> str:
    """One row: a dot for the mean and a whisker for the interval, or words where there are none.

    The dot is filled where the model is the best or cannot be told from it.
    """
    drawing = Drawing(_WIDTH, _HEIGHT, description=_describe(forest, row), css_class="strip")
    middle = _HEIGHT / 2
    if row.rank is None or row.mean is None:
        drawing.text(4, middle + 4, f"{row.status}, see below", "words")
        return drawing.markup()
    if forest.band is not None:
        start, end = (forest.scale(value) for value in forest.band)
        drawing.rectangle(start, 0, end - start, _HEIGHT, "band")
    for value in _ticks(forest.scale):
        drawing.line(forest.scale(value), 0, forest.scale(value), _HEIGHT, "grid")
    if not forest.scale.holds(row.mean):
        _point_outside(drawing, forest, row.mean)
        return drawing.markup()
    if row.interval is not None:
        start, end = (min(max(forest.scale(value), 0.0), _WIDTH) for value in row.interval)
        drawing.line(start, middle, end, middle, "whisker")
    is_leading = row.rank == 1 or row.is_tied
    drawing.circle(forest.scale(row.mean), middle, 4.5, "dot leading" if is_leading else "dot")
    return drawing.markup()


def _point_outside(drawing: Drawing, forest: Forest, mean: float) -> None:
    """An arrow at the edge that the score lies beyond, and the score."""
    middle = _HEIGHT / 2
    text = format_number(mean, choose_decimals([mean]))
    if mean < forest.scale.low:
        drawing.path([(10, middle - 4), (4, middle), (10, middle + 4)], "arrow")
        drawing.text(16, middle + 4, f"{text}, off the scale", "words")
    else:
        right = _WIDTH - 4
        drawing.path([(right - 6, middle - 4), (right, middle), (right - 6, middle + 4)], "arrow")
        drawing.text(_WIDTH - 16, middle + 4, f"{text}, off the scale", "words end")


def _ticks(scale: Scale) -> list[float]:
    return scale.ticks(3)


def _describe(forest: Forest, row: LeaderboardRow) -> str:
    if row.rank is None or row.mean is None:
        return f"{row.name}: {describe_unranked(row.status, row.reason)}"
    decimals = choose_decimals([row.mean])
    text = f"{row.name}: {forest.metric} {format_number(row.mean, decimals)}"
    if row.interval is None:
        return text
    low, high = (format_number(end, decimals) for end in row.interval)
    return f"{text}, 95 % interval {low} to {high}"
