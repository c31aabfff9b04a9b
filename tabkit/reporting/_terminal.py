"""The result on a terminal, and as plain text where there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tabkit.comparison import Comparison, Leaderboard, LeaderboardRow, say_training_share
from tabkit.leakage import Audit
from tabkit.metrics import Metric
from tabkit.reporting._console import open_console, read_console
from tabkit.reporting._format import (
    ABSENT,
    choose_decimals,
    clean,
    describe_unranked,
    format_bytes,
    format_digits,
    format_number,
)
from tabkit.reporting._leaderboard_table import format_scores, tells_thresholds
from tabkit.reporting._sections._answer import describe_winner

if TYPE_CHECKING:
    from rich.console import Console

_MAX_COLUMNS = 10
_N_SECONDARY = 2
_N_ASKED_FOR = 3
# What says whether probabilities can be believed, beside a score that only ranks or counts labels.
_OF_PROBABILITIES = ("log_loss", "brier")
_GAP = 2
_MIN_WIDTH = 40
# Of columns that stay at any width.
_ALWAYS = 99
_NAME_WIDTHS = (24, 12)
_MAX_FINDINGS = 6


@dataclass(frozen=True)
class _Column:
    """A column of the leaderboard: the lower its priority, the sooner it goes when room is short."""

    heading: str
    cells: tuple[str, ...]
    priority: int
    is_number: bool = True

    @property
    def width(self) -> int:
        """Cells of the terminal that the widest text takes."""
        from rich.cells import cell_len

        return max(cell_len(text) for text in (self.heading, *self.cells))


def render_terminal(comparison: Comparison, *, width: int = 80, color: bool = False) -> str:
    """Write the answer, the leaderboard, what failed and where the files are.

    Parameters
    ----------
    comparison : Comparison
    width : int, default=80
        Columns of the terminal, 40 at least; the less important figures go where room is short.
    color : bool, default=False
        Whether to write ANSI codes; without them the text is plain.

    Returns
    -------
    text : str
        Lines, each of which ends with a line end.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from tabkit.data import Table, Task
    >>> from tabkit.evaluation import Folds
    >>> table = Table("toy", pd.DataFrame({"x": [1.0, 2.0]}), pd.Series([3.0, 4.0], name="y"))
    >>> folds = Folds(((np.array([0]), np.array([1])),), "1 fold")
    >>> comparison = Comparison(table, Task("regression"), folds, evaluations=())
    >>> print(render_terminal(comparison), end="")
    No model finished every fold, so there is no ranking yet.
    """
    console = open_console(max(width, _MIN_WIDTH), color=color)
    board = comparison.leaderboard
    _print_sentences(console, comparison.sentences)
    if comparison.interrupted:
        console.print(
            "The run was stopped before its end; the same command goes on where it stopped.", style="yellow"
        )
    if any(row.rank is not None for row in board.rows):
        _print_leaderboard(console, comparison)
    _print_unranked(console, board)
    _print_findings(console, comparison.audit)
    for note in comparison.notes:
        _print_hanging(console, "Note: ", note, style="yellow")
    _print_places(console, comparison)
    return read_console(console)


def _print_sentences(console: Console, sentences: Sequence[str]) -> None:
    for index, sentence in enumerate(sentences):
        console.print(clean(sentence), style="bold" if index == 0 else "")


def _print_leaderboard(console: Console, comparison: Comparison) -> None:
    from rich.table import Table
    from rich.text import Text

    board = comparison.leaderboard
    ranked = [row for row in board.rows if row.rank is not None]
    columns, name_width = _fit_columns(_list_columns(board, ranked), console.width)
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="bold")
    for column in columns:
        is_name = not column.is_number
        table.add_column(
            Text(column.heading),
            justify="left" if is_name else "right",
            no_wrap=True,
            overflow="ellipsis",
            width=name_width if is_name and column.heading == "model" else None,
        )
    for index, row in enumerate(ranked):
        is_best = row.rank == 1 and board.beats_baseline
        cells = (
            Text(column.cells[index], style="bold" if is_best and column.priority >= _ALWAYS else "")
            for column in columns
        )
        table.add_row(*cells, style="green" if is_best or row.is_tied else "")
    console.print()
    console.print(table)
    direction = "higher" if board.metric.greater_is_better else "lower"
    share = say_training_share(comparison.table, comparison.folds, comparison.evaluations)
    legend = (
        f"{board.metric.label}: mean over the folds ± 95 % interval, {direction} is better; "
        f"of models fitted on {share}."
    )
    if any(row.is_tied for row in ranked):
        legend += " = cannot be told from the best."
    console.print(legend, style="dim")


def _list_columns(board: Leaderboard, ranked: Sequence[LeaderboardRow]) -> list[_Column]:
    scores = [
        text for row, text in zip(board.rows, format_scores(board), strict=True) if row.rank is not None
    ]

    def column(
        heading: str, write: Callable[[LeaderboardRow], str], priority: int, is_number: bool = True
    ) -> _Column:
        return _Column(heading, tuple(write(row) for row in ranked), priority, is_number)

    thresholds = (
        [column("threshold", lambda row: format_number(row.threshold, 3), 70)]
        if tells_thresholds(ranked)
        else []
    )
    return [
        column("#", lambda row: str(row.rank), _ALWAYS),
        column("", lambda row: "=" if row.is_tied else "", _ALWAYS, is_number=False),
        column("model", lambda row: clean(row.name), _ALWAYS, is_number=False),
        _Column(board.metric.label, tuple(mean for mean, _ in scores), _ALWAYS),
        _Column("behind the best", tuple(gap for _, gap in scores), 90),
        *(_metric_column(metric, ranked, priority) for metric, priority in _choose_secondary(board, ranked)),
        *thresholds,
        column("fit s", lambda row: format_digits(row.fit_seconds), 80),
        column("µs/row", lambda row: format_digits(row.predict_microseconds), 65),
        column("size", lambda row: format_bytes(row.model_bytes), 60),
    ]


def _choose_secondary(board: Leaderboard, ranked: Sequence[LeaderboardRow]) -> list[tuple[Metric, int]]:
    """The other metrics with their priorities: what was asked for, else first that of the probabilities."""
    known = [metric for metric in board.secondary if any(metric.name in row.scores for row in ranked)]
    if any(metric.on_request for metric in known):
        return [(metric, 89 - index) for index, metric in enumerate(known[:_N_ASKED_FOR])]
    of_probabilities = () if board.metric.name in _OF_PROBABILITIES else _OF_PROBABILITIES[:1]
    known.sort(key=lambda metric: metric.name not in of_probabilities)
    return [
        (metric, 75 if metric.name in of_probabilities else 50 - index)
        for index, metric in enumerate(known[:_N_SECONDARY])
    ]


def _metric_column(metric: Metric, ranked: Sequence[LeaderboardRow], priority: int) -> _Column:
    decimals = choose_decimals(row.scores.get(metric.name) for row in ranked)
    cells = tuple(format_number(row.scores.get(metric.name), decimals) for row in ranked)
    return _Column(metric.label, cells, priority)


def _fit_columns(columns: list[_Column], width: int) -> tuple[list[_Column], int]:
    """Drop columns that are empty, and then until the rest are few and fit beside names of a readable width.

    Returns
    -------
    columns : list of _Column
    name_width : int
        As wide as the longest name where there is room for it.
    """
    natural = next(column for column in columns if column.heading == "model").width
    kept = [column for column in columns if set(column.cells) - {"", ABSENT}]
    needed = min(natural, _NAME_WIDTHS[0])
    while len(kept) > _MAX_COLUMNS or _room_for_names(kept, width) < needed:
        least = min(kept, key=lambda column: column.priority)
        if least.priority == _ALWAYS:
            break
        kept.remove(least)
    return kept, min(natural, max(_NAME_WIDTHS[1], _room_for_names(kept, width)))


def _room_for_names(columns: Sequence[_Column], width: int) -> int:
    others = sum(column.width for column in columns if column.heading != "model")
    return width - others - _GAP * (len(columns) - 1)


def _print_unranked(console: Console, board: Leaderboard) -> None:
    unranked = [row for row in board.rows if row.rank is None]
    if not unranked:
        return
    names_by_reason: dict[str, list[str]] = {}
    for row in unranked:
        names_by_reason.setdefault(describe_unranked(row.status, row.reason), []).append(row.name)
    console.print()
    console.print("Without a rank:", style="bold")
    for words, names in names_by_reason.items():
        label = f"  {clean(', '.join(names))}: "
        if len(label) > console.width // 3:
            _print_hanging(console, "  ", label.strip(), style="red")
            label = "    "
        _print_hanging(console, label, words, style="red")


def _print_findings(console: Console, audit: Audit | None) -> None:
    """The findings to answer before the scores are believed; the others are in the report."""
    findings = () if audit is None else audit.at_least("warning")
    if not findings:
        return
    console.print()
    console.print("What may make the scores too good:", style="bold")
    for finding in findings[:_MAX_FINDINGS]:
        style = "red" if finding.severity == "error" else "yellow"
        text = f"{finding.code}: {finding.message} {finding.cure}"
        _print_hanging(console, f"  {finding.severity} ", text, style=style)
    if len(findings) > _MAX_FINDINGS:
        console.print(f"  and {len(findings) - _MAX_FINDINGS} more: all are in the report", style="yellow")


def _print_places(console: Console, comparison: Comparison) -> None:
    winner = describe_winner(comparison)
    if winner or comparison.folder is not None:
        console.print()
    if winner:
        _print_hanging(console, "Model: ", winner)
    if comparison.folder is not None:
        _print_hanging(console, "Files: ", str(comparison.folder))


def _print_hanging(console: Console, label: str, text: str, *, style: str = "") -> None:
    """A labelled paragraph whose further lines stand below its first word."""
    from rich.text import Text

    lines = Text(clean(text), style=style).wrap(console, console.width - len(label))
    for index, line in enumerate(lines):
        prefix = label if index == 0 else " " * len(label)
        console.print(Text(prefix + line.plain, style=style), no_wrap=True)
