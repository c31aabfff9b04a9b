"""What is made of the past of each row, in order, with names and sentences."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

import numpy as np

from tabkit._core import InputError
from tabkit._core._lengths import name_length
from tabkit._core._parameters import say_parameter
from tabkit._core._wording import say_count
from tabkit.preprocessing._history_rows import Past
from tabkit.preprocessing._time_column import TimeColumn


@dataclass(frozen=True)
class Window:
    """A window on the past.

    Attributes
    ----------
    name : str
        "3 rows", "7D".
    n_rows : int or None
    length : int, float or None
        In the unit of the times; one of the two is None.
    """

    name: str
    n_rows: int | None = None
    length: int | float | None = None


@dataclass(frozen=True)
class HistoryPlan:
    """What is made of the past of some columns.

    Attributes
    ----------
    columns : tuple of (name, source, position)
        Name and source of each, and its position among the values of the history.
    lags : tuple of int
    windows : tuple of Window
    max_history : int or None
    """

    columns: tuple[tuple[str, Hashable, int], ...]
    lags: tuple[int, ...]
    windows: tuple[Window, ...]
    max_history: int | None = None
    names: list[str] = field(init=False)
    sources: list[Hashable] = field(init=False)

    def __post_init__(self) -> None:
        made = [
            (f"{name} ({what})", source) for name, source, _ in self.columns for what in self._name_parts()
        ]
        object.__setattr__(self, "names", [name for name, _ in made])
        object.__setattr__(self, "sources", [source for _, source in made])

    def _name_parts(self) -> list[str]:
        parts = [f"{say_count(lag, 'row')} before" for lag in self.lags]
        for window in self.windows:
            parts += [f"mean of last {window.name}", f"standard deviation of last {window.name}"]
        return parts

    def make(self, past: Past) -> list[np.ndarray]:
        """The columns that come out, as named, each of shape (n_rows,)."""
        spans = [
            past.find_last_rows(window.n_rows)
            if window.n_rows is not None
            else past.find_last_length(window.length, self.max_history)  # type: ignore[arg-type]
            for window in self.windows
        ]
        made: list[np.ndarray] = []
        for _, _, position in self.columns:
            made += [past.lag(position, lag) for lag in self.lags]
            for span in spans:
                made += past.measure(position, span)
        return made


def read_lags(name: str, lags: Any) -> tuple[int, ...]:
    """Check numbers of rows to look back."""
    lags = list(lags)
    if not all(_is_count(lag) for lag in lags) or len(set(lags)) < len(lags):
        raise InputError(f"{say_parameter(name, lags)}: expected distinct numbers of rows, ints of 1 or more")
    return tuple(map(int, lags))


def read_windows(name: str, windows: Sequence[Any], time: TimeColumn) -> tuple[Window, ...]:
    """Read windows: an int counts rows, all else is a length of time."""
    read = []
    for window in windows:
        if _is_count(window):
            read.append(Window(say_count(int(window), "row"), n_rows=int(window)))
            continue
        if isinstance(window, int | float | np.number) and not isinstance(window, np.timedelta64):
            example = "'7D'" if time.is_dates else "'7', in the unit of the times"
            raise InputError(
                f"{say_parameter(name, window)}: expected a number of rows (an int of 1 or more) or a length "
                f"of time as text ({example})"
            )
        length = time.read_length(name, window)
        if not length > 0:
            raise InputError(f"{say_parameter(name, window)}: a window has some length")
        read.append(Window(name_length(window), length=length))
    if len({window.name for window in read}) < len(read):
        raise InputError(f"{say_parameter(name, list(windows))}: a window is there twice")
    return tuple(read)


def check_bound(max_history: int | None, lags: Sequence[int], windows: Sequence[Window]) -> None:
    """Refuse a bound that is below what lags and windows of rows look back."""
    longest = max([*lags, *(window.n_rows or 0 for window in windows)], default=0)
    if max_history is not None and max_history < longest:
        raise InputError(
            f"max_history={max_history}: lags and windows look back "
            f"{say_count(longest, 'row')}: pass at least that, or None"
        )


def _is_count(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool | np.timedelta64) and int(value) >= 1
