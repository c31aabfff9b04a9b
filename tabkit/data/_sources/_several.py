"""Several files that are one table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tabkit._core import InputError
from tabkit.data._sources._file import is_table_file, read_file
from tabkit.data._sources._source import Source


def read_folder(folder: Path) -> Source:
    """Read all tables of a folder, in the order of their names, as one.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    source : Source

    Raises
    ------
    InputError
        If it has no file whose name is that of a table.
    """
    visible = (path for path in folder.iterdir() if path.is_file() and path.name[0] not in "._")
    paths = sorted(path for path in visible if is_table_file(path))
    if not paths:
        raise InputError(f"the folder {str(folder)!r} has no table, such as a CSV or Parquet file")
    return read_files(paths, folder.resolve().name)


def read_files(paths: Sequence[Path], name: str = "") -> Source:
    """Read files one after the other; all must have the same columns, in any order.

    Parameters
    ----------
    paths : sequence of Path
    name : str, default=""
        Of the table; that of the first file when empty.

    Returns
    -------
    source : Source
        The rows in the order of the files.
    """
    import pandas as pd

    sources = [read_file(path) for path in paths]
    first = sources[0]
    for path, source in zip(paths[1:], sources[1:], strict=True):
        _check_columns(path, source, paths[0], first)
    if len(sources) == 1:
        return Source(first.frame, name or first.name, first.notes, first.column_notes, first.written_as)
    _check_dates(paths, sources)
    frames = [source.frame[list(first.frame.columns)] for source in sources]
    notes = {note: None for source in sources for note in source.notes}
    return Source(
        pd.concat(frames, ignore_index=True),
        name or first.name,
        (f"{len(paths)} files read as one table", *notes),
        {column: note for source in reversed(sources) for column, note in source.column_notes.items()},
        {column: style for source in sources for column, style in source.written_as.items()},
    )


def _check_dates(paths: Sequence[Path], sources: Sequence[Source]) -> None:
    """Refuse a column that is dates in one file and words in another: they are written in two ways."""
    for column in sources[0].frame.columns:
        kinds: dict[str, Path] = {}
        for path, source in zip(paths, sources, strict=True):
            values = source.frame[column]
            if values.notna().any() and values.dtype.kind in "MO":
                kinds.setdefault(values.dtype.kind, path)
        if len(kinds) == 2:
            raise InputError(
                f"column {column!r} holds dates in {kinds['M'].name!r} and text in {kinds['O'].name!r}: "
                "write its dates alike, such as 2024-12-31"
            )


def _check_columns(path: Path, source: Source, first_path: Path, first: Source) -> None:
    columns, expected = set(source.frame.columns), set(first.frame.columns)
    for lacking, where, other in (
        (expected - columns, path, first_path),
        (columns - expected, first_path, path),
    ):
        if lacking:
            raise InputError(
                f"{where.name!r} has no column {min(map(str, lacking))!r}, which {other.name!r} has: "
                "files of one table have the same columns"
            )
