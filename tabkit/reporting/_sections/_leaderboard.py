"""The leaderboard with its intervals drawn."""

from __future__ import annotations

from tabkit.comparison import Comparison, Leaderboard
from tabkit.reporting._blocks import Block, Paragraph, Section
from tabkit.reporting._constants import score_constants
from tabkit.reporting._leaderboard_table import build_leaderboard_table, build_metrics_table


def build(comparison: Comparison) -> Section | None:
    """Show every candidate, the ranked first; None when none is ranked."""
    board = comparison.leaderboard
    if all(row.rank is None for row in board.rows):
        return None
    descriptions = {evaluation.name: evaluation.description for evaluation in comparison.evaluations}
    blocks: list[Block] = [build_leaderboard_table(board, descriptions), Paragraph(_explain(board))]
    metrics = build_metrics_table(board, score_constants(comparison))
    if metrics is not None:
        blocks.append(metrics)
    return Section("Leaderboard", tuple(blocks), "leaderboard")


def _explain(board: Leaderboard) -> str:
    drawn = (
        "Drawn, where a screen is wide enough: the mean over the folds, its 95 % interval, and shaded the "
        "interval of the best. "
    )
    if board.is_descriptive:
        return (
            drawn + "With fewer than five fits there is no test: the differences only describe these folds."
        )
    return drawn + (
        "A filled dot is the best or cannot be told from it. That is decided on the differences on the same "
        "rows, so overlapping whiskers alone do not make a tie, nor does a gap between them unmake one."
    )
