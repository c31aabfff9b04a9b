"""Text as a terminal of some width shows it."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def open_console(width: int, *, color: bool) -> Console:
    """Make a console that keeps what is printed; nothing in it is taken for markup.

    Parameters
    ----------
    width : int
        Columns.
    color : bool
        Whether to write ANSI codes.

    Returns
    -------
    console : Console
        For `read_console`.
    """
    from rich.console import Console

    return Console(
        file=StringIO(),
        width=width,
        color_system="standard" if color else None,
        force_terminal=color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


def read_console(console: Console) -> str:
    """What was printed, without blanks at the ends of lines."""
    assert isinstance(console.file, StringIO)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())
