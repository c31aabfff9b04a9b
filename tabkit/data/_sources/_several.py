"""Several files that are one table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tabkit._core import InputError
from tabkit.data._clean import clean_column
from tabkit.data._dates import ISO_FORMAT
from tabkit.data._reading_options import NOTHING_KNOWN, ReadingOptions
from tabkit.data._sources._file import is_table_file, read_file
from tabkit.data._sources._source import Source

if TYPE_CHECKING:
    import pandas as pd


def read_folder(folder: Path, options: ReadingOptions, as_text: Collection[str] = ()) -> Source:
    """Read all tables of a folder, in the order of their names, as one.

    Parameters
    ----------
    folder : Path
    options : ReadingOptions
    as_text : collection of str, default=()
        See `read_file`.

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
    return read_files(paths, options, folder.resolve().name, as_text)


def read_files(
    paths: Sequence[Path], options: ReadingOptions, name: str = "", as_text: Collection[str] = ()
) -> Source:
    """Read files one after the other; all must have the same columns, in any order.

    Parameters
    ----------
    paths : sequence of Path
    options : ReadingOptions
    name : str, default=""
        Of the table; that of the first file when empty.
    as_text : collection of str, default=()
        See `read_file`.

    Returns
    -------
    source : Source
        The rows in the order of the files.
    """
    import pandas as pd

    sources = [read_file(path, options, as_text) for path in paths]
    first = sources[0]
    for path, source in zip(paths[1:], sources[1:], strict=True):
        _check_columns(path, source, paths[0], first)
    if len(sources) == 1:
        return replace(first, name=name or first.name)
    sources = _read_alike(paths, sources, options, as_text)
    frames = _settle_dates(paths, sources)
    notes = {note: None for source in sources for note in source.notes}
    return Source(
        pd.concat(frames, ignore_index=True),
        name or first.name,
        (f"{len(paths)} files read as one table", *notes),
        {column: note for source in reversed(sources) for column, note in source.column_notes.items()},
        {column: style for source in sources for column, style in source.written_as.items()},
        next((source.conventions for source in sources if source.conventions.decimal), NOTHING_KNOWN),
    )


def _read_alike(
    paths: Sequence[Path], sources: Sequence[Source], options: ReadingOptions, as_text: Collection[str]
) -> list[Source]:
    """Sources in which no column is text in one file and numbers in another, or written differently.

    By itself a file may not show that 501 is 00501 elsewhere, nor that 1.234 is 1,234.
    """
    mixed = {
        column
        for column in sources[0].frame.columns
        if len({source.frame[column].dtype.kind == "O" for source in sources}) > 1
        and not any(source.frame[column].dtype.kind == "M" for source in sources)
    }
    signs = {source.conventions.decimal for source in sources if source.conventions.is_certain}
    if len(signs) == 1 and not all(source.conventions.is_certain for source in sources):
        options = replace(options, decimal=signs.pop())
    elif not mixed:
        return list(sources)
    return [read_file(path, options, {*as_text, *mixed}) for path in paths]


def _settle_dates(paths: Sequence[Path], sources: Sequence[Source]) -> list[pd.DataFrame]:
    """Frames in which a column that is dates in one file is so in all; refused where that is not clear."""
    frames = [source.frame[list(sources[0].frame.columns)] for source in sources]
    for column in sources[0].frame.columns:
        dated = [path for path, frame in zip(paths, frames, strict=True) if frame[column].dtype.kind == "M"]
        if not dated:
            continue
        dtype = next(frame[column].dtype for frame in frames if frame[column].dtype.kind == "M")
        for position, frame in enumerate(frames):
            values = frame[column]
            if values.isna().all():  # of whatever dtype; pandas will let it decide that of the whole one day
                frames[position] = frame.assign(**{column: values.astype(dtype)})
                continue
            if values.dtype.kind != "O":
                continue
            dates = clean_column(values, "date", written_as=ISO_FORMAT)
            if (dates.isna() & values.notna()).any():
                where = f"dates in {dated[0].name!r} and text in {paths[position].name!r}"
                raise InputError(
                    f"column {column!r} holds {where}: write its dates alike, such as 2024-12-31"
                )
            frames[position] = frame.assign(**{column: dates})
    return frames


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
