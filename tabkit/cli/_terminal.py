"""Writes a comparison to the standard output: in colour on a terminal, plain elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tabkit.comparison import Comparison

_PLAIN_WIDTH = 120


def write_terminal(comparison: Comparison) -> None:
    """Write the answer, the leaderboard, what failed and where the files are."""
    from tabkit.reporting import render_terminal

    width, color = terminal_width()
    sys.stdout.write(render_terminal(comparison, width=width, color=color))


def terminal_width() -> tuple[int, bool]:
    """Columns of the standard output, and whether to write in colour."""
    is_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else _PLAIN_WIDTH
    return width, is_terminal and "NO_COLOR" not in os.environ
