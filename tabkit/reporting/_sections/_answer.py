"""The answer in sentences, and what happened on the way to it."""

from __future__ import annotations

from tabkit.comparison import AUTOGLUON, Comparison, find_shortened
from tabkit.reporting._blocks import Block, Bullets, Notice, Paragraph, Section
from tabkit.reporting._format import format_seconds


def build(comparison: Comparison) -> Section:
    """Say who leads, whether it can be believed, and where the winner is."""
    blocks: list[Block] = [Bullets(comparison.sentences, is_answer=True)]
    if comparison.interrupted:
        blocks.append(
            Notice(
                "The run was stopped before its end, so this is the answer so far. "
                "The same command goes on where it stopped."
            )
        )
    if comparison.winner is not None:
        blocks.append(Paragraph(describe_winner(comparison)))
    blocks += [Notice(note) for note in comparison.notes]
    return Section("The answer", tuple(blocks), "answer")


def describe_winner(comparison: Comparison) -> str:
    """Where the fitted winner is, or why there is none; empty when none was asked for."""
    winner = comparison.winner
    if winner is None:
        return ""
    if winner.path is None:
        return (
            f"{winner.name} was not saved: {winner.note}" if winner.note else f"{winner.name} was not saved."
        )
    path = winner.path
    if comparison.folder is not None and path.is_relative_to(comparison.folder):
        path = path.relative_to(comparison.folder)
    beside_others = any(row.name == AUTOGLUON for row in comparison.leaderboard.ranked)
    of = "of tabkit's own models" if beside_others else "of all"
    whose = f"{winner.name}, the best {of},"
    if winner.n_rows is not None and winner.n_rows < comparison.table.n_rows:
        rows = f"{winner.n_rows:,} of {comparison.table.n_rows:,} rows"
        return f"{whose} is saved as it was fitted on one fold, on {rows}: {path}; {winner.note}"
    n_fewer = find_shortened(comparison.evaluations, comparison.folds).get(winner.name)
    of_fewer = "" if n_fewer is None else f"; its score is that of models of {n_fewer:,} rows"
    return (
        f"{whose} was fitted on all {comparison.table.n_rows:,} rows in "
        f"{format_seconds(winner.fit_seconds)}: {path}{of_fewer}"
    )
