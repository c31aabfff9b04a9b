"""Tables in Parquet files that do not fit into memory, row group by row group."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tabkit._core import InputError
from tabkit._core._wording import say_count

# Rows that the columns are learnt from, and that are held in memory for validation, at most.
_MOST_SAMPLED = 100_000
_MOST_VALIDATED = 200_000
_VALIDATIONS = ("random", "last")


@dataclass(frozen=True)
class RowGroup:
    """What a Parquet file is read by.

    Attributes
    ----------
    path : str
    position : int
        In the file.
    n_rows : int
    """

    path: str
    position: int
    n_rows: int


@dataclass(frozen=True)
class ParquetTable:
    """Files of one table, and the parts that its columns play.

    Attributes
    ----------
    groups : tuple of RowGroup
        In the order of the files.
    features : tuple of str
    target : str or tuple of str
    weight : str or None
    """

    groups: tuple[RowGroup, ...]
    features: tuple[str, ...]
    target: str | tuple[str, ...]
    weight: str | None

    def read(self, groups: Sequence[RowGroup], columns: Sequence[str]) -> pd.DataFrame:
        """Read some row groups.

        Parameters
        ----------
        groups : sequence of RowGroup
        columns : sequence of str

        Returns
        -------
        frame : DataFrame of shape (n_rows, n_columns)
        """
        from pyarrow import parquet

        parts = []
        for group in groups:
            with parquet.ParquetFile(group.path) as file:
                # One thread: this runs in workers, beside the training.
                read = file.read_row_group(group.position, columns=list(columns), use_threads=False)
            # What a file says of an index is of the frame it was written from.
            parts.append(read.to_pandas(ignore_metadata=True))
        return pd.concat(parts, ignore_index=True)[list(columns)]

    def read_all(self, groups: Sequence[RowGroup]) -> tuple[pd.DataFrame, Any, np.ndarray | None]:
        """Features, target and weights of some row groups."""
        frame = self.read(groups, [*self.features, *self._target_columns, *self._weight_columns])
        return frame[list(self.features)], *self._target_and_weight(frame)

    def read_targets(self, groups: Sequence[RowGroup]) -> tuple[Any, np.ndarray | None]:
        """Target and weights of some row groups.

        Raises
        ------
        InputError
            If a target has gaps.
        """
        frame = self.read(groups, [*self._target_columns, *self._weight_columns])
        for name in self._target_columns:
            n_gaps = int(frame[name].isna().sum())
            if n_gaps:
                raise InputError(f"column {name!r}, the target, has {n_gaps:,} gaps: leave these rows out")
        return self._target_and_weight(frame)

    def split(self, fraction: float, validation: str, seed: int) -> tuple[list[RowGroup], list[RowGroup]]:
        """Set row groups aside.

        Parameters
        ----------
        fraction : float
            Of the rows; no more than are held in memory for it.
        validation : {"random", "last"}
            Any row groups, or the last ones.
        seed : int

        Returns
        -------
        training, validation : list of RowGroup
        """
        if validation not in _VALIDATIONS:
            raise InputError(f"validation={validation!r}: expected {' or '.join(map(repr, _VALIDATIONS))}")
        positions = np.arange(len(self.groups))
        if validation == "random":
            positions = np.random.default_rng(seed).permutation(positions)
        wanted = min(fraction * sum(group.n_rows for group in self.groups), _MOST_VALIDATED)
        kept = self._approach(wanted, positions[::-1].tolist(), skips=validation == "random")
        rest = [group for position, group in enumerate(self.groups) if position not in kept]
        return rest, [self.groups[position] for position in sorted(kept)]

    def _approach(self, wanted: float, positions: list[int], *, skips: bool) -> list[int]:
        """Row groups, in this order, whose rows come as near to a number as they can; never all."""
        kept: list[int] = []
        n_rows = 0
        for position in positions:
            n_more = n_rows + self.groups[position].n_rows
            if len(kept) < len(positions) - 1 and abs(n_more - wanted) < abs(n_rows - wanted):
                kept.append(position)
                n_rows = n_more
            elif not skips:
                break
        if wanted and not kept:
            # Every one is more than twice too large.
            kept = [min(positions, key=lambda one: self.groups[one].n_rows) if skips else positions[0]]
        return kept

    def sample(self, groups: Sequence[RowGroup], seed: int) -> list[RowGroup]:
        """Some row groups to learn the columns from, in random order."""
        chosen: list[RowGroup] = []
        for position in np.random.default_rng(seed).permutation(len(groups)):
            if chosen and sum(group.n_rows for group in chosen) >= _MOST_SAMPLED:
                break
            chosen.append(groups[position])
        return chosen

    @property
    def _target_columns(self) -> tuple[str, ...]:
        return (self.target,) if isinstance(self.target, str) else self.target

    @property
    def _weight_columns(self) -> tuple[str, ...]:
        return () if self.weight is None else (self.weight,)

    def _target_and_weight(self, frame: pd.DataFrame) -> tuple[Any, np.ndarray | None]:
        y = frame[self.target] if isinstance(self.target, str) else frame[list(self.target)]
        return y, None if self.weight is None else frame[self.weight].to_numpy(dtype=np.float64)


def open_parquet(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    target: str | Sequence[str],
    weight: str | None = None,
    drop: Sequence[str] = (),
) -> ParquetTable:
    """Look at the row groups and columns of Parquet files.

    Parameters
    ----------
    paths : path or sequence of paths
        Of files, or of one folder of ``*.parquet``.
    target : str or sequence of str
    weight : str or None, default=None
    drop : sequence of str, default=()
        Columns that are no features.

    Returns
    -------
    table : ParquetTable

    Raises
    ------
    InputError
        If a file cannot be read, a column is missing, or there is one row group only.
    """
    targets = (target,) if isinstance(target, str) else tuple(target)
    dropped = (drop,) if isinstance(drop, str) else tuple(drop)
    groups: list[RowGroup] = []
    kinds: dict[str, str] = {}
    for path in _list_files(paths):
        own_kinds, sizes = _look_at(path)
        _compare(path, own_kinds, kinds or own_kinds)
        kinds = own_kinds | {name: kind for name, kind in kinds.items() if kind != "null"}
        groups += [RowGroup(str(path), position, size) for position, size in enumerate(sizes) if size]
    names = list(kinds)
    special = [*targets, *([] if weight is None else [weight]), *dropped]
    if not targets or len(set(special)) < len(special):
        raise InputError(f"target={target!r}, weight={weight!r}, drop={drop!r}: expected columns, each once")
    missing = [name for name in special if name not in names]
    if missing:
        raise InputError(f"no column {missing[0]!r}: there are {names[:10]}")
    if len(groups) < 2:
        raise InputError(
            f"{say_count(len(groups), 'row group')} with rows: at least 2 are needed, better many of up to "
            "100,000 rows (`row_group_size` when the file is written), or read the table and call fit"
        )
    features = tuple(name for name in names if name not in special)
    chosen: str | tuple[str, ...] = target if isinstance(target, str) else targets
    return ParquetTable(tuple(groups), features, chosen, weight)


def _list_files(paths: Any) -> list[Path]:
    if isinstance(paths, str | os.PathLike):
        folder = Path(paths).expanduser()
        if not folder.is_dir():
            return [folder]
        found = sorted(folder.glob("*.parquet"))
        if not found:
            raise InputError(f"{folder}: a folder without *.parquet files")
        return found
    return [Path(path).expanduser() for path in paths]


def _compare(path: Path, own: dict[str, str], known: dict[str, str]) -> None:
    """Refuse a file whose columns are not those of the files before it."""
    if list(own) != list(known):
        raise InputError(f"{path}: its columns are not those of the first file")
    for name, kind in own.items():
        if kind != known[name] and "null" not in (kind, known[name]):
            raise InputError(
                f"{path}: column {name!r} holds {kind}, and {known[name]} in the first file: write both alike"
            )


def _look_at(path: Path) -> tuple[dict[str, str], list[int]]:
    """What each column holds, and the rows of each row group."""
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(path) as file:
            metadata = file.metadata
            sizes = [metadata.row_group(position).num_rows for position in range(metadata.num_row_groups)]
            return _find_kinds(file.schema_arrow), sizes
    except (OSError, ArrowException) as error:
        raise InputError(f"{path}: cannot be read as Parquet ({str(error).splitlines()[0]})") from error


def _find_kinds(schema: Any) -> dict[str, str]:
    """Coarse types of the columns, without those that were the index of a frame."""
    from pyarrow import types

    index = (schema.pandas_metadata or {}).get("index_columns", [])
    kinds = {}
    for name, dtype in zip(schema.names, schema.types, strict=True):
        if name in index:
            continue
        held = dtype.value_type if types.is_dictionary(dtype) else dtype
        is_number = types.is_integer(held) or types.is_floating(held) or types.is_decimal(held)
        if is_number or types.is_boolean(held):
            kinds[name] = "numbers"
        elif types.is_temporal(held):
            kinds[name] = "times"
        else:
            kinds[name] = "null" if types.is_null(held) else "text"
    return kinds
