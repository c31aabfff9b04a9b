"""Files that are there whole or not at all."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tabkit._core._errors import InputError, first_line

if TYPE_CHECKING:
    import pandas as pd


def expand(path: str | os.PathLike[str]) -> Path:
    """A path with ``~`` put in full."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise InputError(f"{str(path)!r} cannot be found: {first_line(error)}") from error


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file so that a reader, or a crash, never meets half of it.

    Parameters
    ----------
    path : Path
        Where the file goes; its folder is made when missing.
    write : callable
        Called with the path of a temporary file in the same folder, which it fills.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid4().hex[:8]}.tmp")
    try:
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def as_unicode(text: str) -> str:
    r"""The same text as UTF-8 can hold it: a byte of a file name that is no UTF-8 becomes an escape.

    JSON and YAML read that escape back as what it was.

    Examples
    --------
    >>> print(as_unicode("t\udcff.csv"))
    t\udcff.csv
    """
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file atomically."""
    write_atomically(path, lambda temporary: temporary.write_text(as_unicode(text), encoding="utf-8"))


def write_parquet(path: Path, frame: pd.DataFrame) -> None:
    """Write a Parquet file without the index atomically, its text as UTF-8 can hold it."""
    texts = frame.select_dtypes("object").map(
        lambda cell: as_unicode(cell) if isinstance(cell, str) else cell
    )
    readable = frame.assign(**texts).rename(columns=as_unicode)
    # Arrow opens no path that is not UTF-8.
    write_atomically(path, lambda temporary: temporary.write_bytes(readable.to_parquet(index=False)))


def read_parquet(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a file of `write_parquet`, or some of its columns."""
    from pyarrow.parquet import ParquetFile

    # Not by pandas: the datasets that it reads through take Ctrl-C for themselves, and one that comes while
    # they do has the process aborted when it ends.
    return ParquetFile(io.BytesIO(path.read_bytes())).read(columns=columns).to_pandas()


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file atomically: strict JSON, so a NaN must have become None before."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
