"""Folds drawn as lanes over sorted rows."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd

from tabkit._core._optional import import_optional
from tabkit._core._pairs import Pairs
from tabkit.model_selection._split_rows import SplitRows

# A lane whose colour changes no more often is drawn row by row, any other one by shares in bins.
_MAX_RUNS = 300
_MAX_BINS = 150
_N_TICKS = 6
_MAX_TICK_LETTERS = 110
_TITLE_LETTERS = 90
_LANE_HEIGHT = 0.76
_PARTS = {"train": "#4477aa", "test": "#ee7733", "left out": "#dddddd"}
_GROUP_COLOURS = ("#332288", "#88ccee", "#117733", "#ddcc77", "#882255", "#44aa99", "#aa4499", "#999933")
_CLASS_COLOURS = ("#bbbbbb", "#aa3377", "#228833", "#66ccee", "#ccbb44", "#222222")


def draw_splits(pairs: Pairs, rows: SplitRows, title: str, ax: Any = None) -> Any:
    """Draw a lane for each fold, and lanes for groups and classes.

    Parameters
    ----------
    pairs : tuple of (ndarray, ndarray)
    rows : SplitRows
    title : str
    ax : matplotlib Axes, default=None
        None makes a new figure.

    Returns
    -------
    ax : matplotlib Axes
    """
    lanes = [(f"fold {fold}", _name_parts(pair, rows.n_rows)) for fold, pair in enumerate(pairs)]
    below = _lanes_below(rows)
    n_lanes = len(lanes) + len(below)
    ax = _make_axes(n_lanes) if ax is None else ax
    order = rows.order()
    edges = _edges_of_keys(rows, order)
    for height, (_, parts) in enumerate(lanes):
        _draw_lane(ax, height, parts[order], tuple(_PARTS.values()), edges)
        sizes = " / ".join(f"{len(part):,}" for part in pairs[height])
        ax.text(1.01, height, sizes, transform=ax.get_yaxis_transform(), va="center", fontsize="small")
    for height, (_, codes, colours) in enumerate(below, start=len(lanes)):
        _draw_lane(ax, height, codes[order], colours, edges)
    ax.set(xlim=(0, rows.n_rows), ylim=(n_lanes - 0.5, -0.5))
    ax.set_title("\n".join(textwrap.wrap(title, _TITLE_LETTERS)), loc="left", fontsize="medium")
    ax.set_yticks(range(n_lanes), [name for name, *_ in [*lanes, *below]])
    ax.text(1.01, 1.02, "train / test", transform=ax.transAxes, va="bottom", fontsize="small")
    ax.tick_params(axis="y", length=0)
    ax.spines[["left", "right", "top"]].set_visible(False)
    _label_rows(ax, rows, order)
    colour_names = dict(_PARTS)
    if not any((parts == 2).any() for _, parts in lanes):
        del colour_names["left out"]
    _add_legend(ax, colour_names | _name_colours(rows))
    return ax


def _make_axes(n_lanes: int) -> Any:
    pyplot = import_optional("matplotlib.pyplot", extra="plot")
    _, ax = pyplot.subplots(figsize=(9.0, 1.6 + 0.32 * n_lanes), layout="constrained")
    return ax


def _name_parts(pair: tuple[np.ndarray, np.ndarray], n_rows: int) -> np.ndarray:
    """Number of the part that each row is in, in the order of ``_PARTS``."""
    parts = np.full(n_rows, 2, dtype=np.int8)
    train, test = pair
    parts[train] = 0
    parts[test] = 1
    return parts


def _lanes_below(rows: SplitRows) -> list[tuple[str, np.ndarray, tuple[str, ...]]]:
    lanes: list[tuple[str, np.ndarray, tuple[str, ...]]] = []
    if rows.groups is not None and _has_group_lane(rows):
        lanes.append(("groups", rows.groups % len(_GROUP_COLOURS), _GROUP_COLOURS))
    if rows.classes is not None and rows.target is not None and len(rows.classes) <= len(_CLASS_COLOURS):
        lanes.append(("classes", rows.target, _CLASS_COLOURS))
    return lanes


def _has_group_lane(rows: SplitRows) -> bool:
    # Colours repeat: groups that lie mixed can only be told apart where they are few.
    return len(rows.group_names) <= (_MAX_RUNS if rows.times is None else len(_GROUP_COLOURS))


def _name_colours(rows: SplitRows) -> dict[str, str]:
    """Colours of the lanes below by what they stand for; groups that the axis names are left out."""
    named: dict[str, str] = {}
    if rows.times is not None and rows.groups is not None and _has_group_lane(rows):
        named |= {
            f"group {name}": colour for name, colour in zip(rows.group_names, _GROUP_COLOURS, strict=False)
        }
    if rows.classes is not None and len(rows.classes) <= len(_CLASS_COLOURS):
        named |= {f"class {name}": colour for name, colour in zip(rows.classes, _CLASS_COLOURS, strict=False)}
    return named


def _edges_of_keys(rows: SplitRows, order: np.ndarray) -> np.ndarray | None:
    """Where the time or the group of the sorted rows changes; None where that is too often for bins."""
    keys = rows.groups if rows.times is None else rows.times
    if keys is None:
        return None
    changes = np.flatnonzero(keys[order][1:] != keys[order][:-1]) + 1
    return np.array([0, *changes, rows.n_rows]) if len(changes) < _MAX_BINS else None


def _edges_of_codes(codes: np.ndarray) -> np.ndarray:
    """Where the codes of the sorted rows change; evenly spread where that is too often to be seen."""
    changes = np.flatnonzero(np.diff(codes)) + 1
    if len(changes) < _MAX_RUNS:
        return np.array([0, *changes, len(codes)])
    return np.arange(_MAX_BINS + 1) * len(codes) // _MAX_BINS


def _draw_lane(
    ax: Any, height: int, codes: np.ndarray, colours: tuple[str, ...], edges: np.ndarray | None
) -> None:
    """Stack the shares of codes between edges."""
    edges = _edges_of_codes(codes) if edges is None else edges
    n_bins, sizes = len(edges) - 1, np.diff(edges)
    bins = np.repeat(np.arange(n_bins), sizes)
    counts = np.bincount(bins * len(colours) + codes, minlength=n_bins * len(colours))
    shares = counts.reshape(n_bins, len(colours)) / sizes[:, None]
    low = np.full(n_bins, height + _LANE_HEIGHT / 2)
    for share, colour in zip(shares.T, colours, strict=True):
        high = low - _LANE_HEIGHT * share
        if share.any():
            ax.stairs(high, edges, baseline=low, fill=True, color=colour, linewidth=0)
        low = high


def _label_rows(ax: Any, rows: SplitRows, order: np.ndarray) -> None:
    """Name times or groups under the rows: each where there is room, else those at some places."""
    if rows.times is not None:
        ax.set_xlabel("rows by time")
        keys = rows.times[order]
    elif rows.groups is not None:
        ax.set_xlabel(f"rows by group ({len(rows.group_names):,} groups)")
        keys = rows.groups[order]
    else:
        ax.set_xlabel("rows in their order")
        return
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    if len(starts) <= _MAX_TICK_LETTERS // 2:
        texts = _name_keys(rows, keys[starts])
        if sum(len(text) + 1 for text in texts) <= _MAX_TICK_LETTERS:
            ax.set_xticks((starts + np.append(starts[1:], rows.n_rows)) / 2, texts)
            return
    at = np.linspace(0, rows.n_rows - 1, _N_TICKS).astype(int)
    ax.set_xticks(at + 0.5, [textwrap.shorten(text, 20) for text in _name_keys(rows, keys[at])])


def _name_keys(rows: SplitRows, keys: np.ndarray) -> list[str]:
    """Increasing times, or numbers of groups, in words."""
    if rows.times is None:
        return [str(rows.group_names[key]) for key in keys]
    if keys.dtype.kind != "M":
        return [str(key) if keys.dtype.kind == "i" else f"{key:g}" for key in keys]
    dates = pd.DatetimeIndex(keys)
    is_long = (dates == dates.normalize()).all() or dates[-1] - dates[0] > pd.Timedelta(days=_N_TICKS)
    return list(dates.strftime("%Y-%m-%d" if is_long else "%m-%d %H:%M"))


def _add_legend(ax: Any, colours: dict[str, str]) -> None:
    """Name the colours below the axis, at a distance that does not depend on the height of the figure."""
    from matplotlib.patches import Patch
    from matplotlib.transforms import ScaledTranslation

    ax.legend(
        handles=[Patch(color=colour, label=textwrap.shorten(name, 24)) for name, colour in colours.items()],
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        bbox_transform=ax.transAxes + ScaledTranslation(0, -36 / 72, ax.figure.dpi_scale_trans),
        ncols=min(len(colours), 5),
        frameon=False,
    )
