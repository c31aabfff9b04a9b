"""Shows on the standard error how a run goes on: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tabkit.evaluation import Event, Listener

_MAX_TEXT = 44


@contextmanager
def watch(time_limit: str, *, shows_table: bool) -> Iterator[Listener]:
    """Listen to a run and show how it goes on.

    Parameters
    ----------
    time_limit : str
        As given on the command line.
    shows_table : bool
        Whether the standard output is for people; else nothing but the result goes there.

    Yields
    ------
    listener : callable
    """
    from tabkit.comparison import parse_duration

    limit = parse_duration(time_limit)
    heading = sys.stdout if shows_table else sys.stderr
    if sys.stderr.isatty():
        yield from _draw_bar(limit, to_stdout=shows_table and not sys.stdout.isatty())
        return
    started = time.monotonic()

    def write_line(event: Event) -> None:
        if event.kind == "table":
            print(event.text, file=heading, flush=True)
        elif event.kind != "fold":
            print(f"[{time.monotonic() - started:6.1f} s] {event.text}", file=sys.stderr, flush=True)

    yield write_line


def _draw_bar(limit: float | None, *, to_stdout: bool) -> Iterator[Listener]:
    """A bar of the folds that are settled, with the time that is left."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = [TextColumn("{task.description}", markup=False), BarColumn(bar_width=20), MofNCompleteColumn()]
    limit_text = f"of {limit:.0f} s" if limit is not None else ""
    with Progress(
        *columns, TimeElapsedColumn(), TextColumn(limit_text), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task("starting", total=None)

        def draw(event: Event) -> None:
            if event.kind == "table":
                if to_stdout:
                    print(event.text, flush=True)
                bar.console.print(event.text, highlight=False, markup=False)
                return
            bar.update(task, description=event.text[:_MAX_TEXT])
            if event.n_total:
                bar.update(task, completed=event.n_done, total=event.n_total)

        yield draw
