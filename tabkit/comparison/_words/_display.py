"""How a comparison shows itself in a notebook or an interpreter; the full report is made one floor up."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tabkit.comparison._results._leaderboard import Leaderboard
from tabkit.comparison._results._leaderboard_row import LeaderboardRow
from tabkit.comparison._words._figures import write_figure, write_range

if TYPE_CHECKING:
    import pandas as pd


def show_text(sentences: Sequence[str], board: Leaderboard) -> str:
    """The answer and the leaderboard as plain text."""
    return "\n".join([*sentences, "", _short_frame(board).to_string(index=False)])


def show_html(sentences: Sequence[str], board: Leaderboard) -> str:
    """The answer and the leaderboard as HTML, every name escaped."""
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f"<ul>{items}</ul>{_short_frame(board).to_html(index=False, border=0)}"


def _short_frame(board: Leaderboard) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([_short_record(row, board) for row in board.rows])


def _short_record(row: LeaderboardRow, board: Leaderboard) -> dict[str, str]:
    interval = "" if row.interval is None else write_range(row.interval)
    return {
        "rank": "" if row.rank is None else str(row.rank),
        "model": row.name,
        board.metric.label: row.status if row.rank is None else write_figure(row.mean),
        "95 % interval": interval,
        "behind the best": "" if not row.difference else write_figure(row.difference),
        "tied": "yes" if row.is_tied else "",
        "fit seconds": "" if row.fit_seconds is None else f"{row.fit_seconds:.2f}",
        "µs per row": "" if row.predict_microseconds is None else f"{row.predict_microseconds:.1f}",
        "why not ranked": row.reason,
    }
