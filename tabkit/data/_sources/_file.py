"""One file of any format; the content decides, not the extension."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from tabkit.data._reading_options import ReadingOptions
from tabkit.data._sources._arrow import read_feather, read_parquet
from tabkit.data._sources._bytes import read_bytes
from tabkit.data._sources._excel import read_excel
from tabkit.data._sources._json import looks_like_json, read_json
from tabkit.data._sources._source import Source
from tabkit.data._sources._text import read_text


@dataclass(frozen=True)
class FileFormat:
    """How files of a format begin, what their names end in, and how they are read.

    Attributes
    ----------
    starts : tuple of bytes
    suffixes : tuple of str
        They decide where the content does not, so that a damaged file is called by its name.
    read : callable
        ``read(raw, shown, options) -> Source``.
    """

    starts: tuple[bytes, ...]
    suffixes: tuple[str, ...]
    read: Callable[[bytes, str, ReadingOptions], Source]


_FORMATS = (
    FileFormat((b"PAR1",), (".parquet", ".pq"), read_parquet),
    FileFormat((b"ARROW1", b"FEA1"), (".feather", ".arrow"), read_feather),
    FileFormat((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"), (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), read_excel),
    FileFormat((), (".jsonl", ".ndjson", ".json"), read_json),
)
_TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".psv", ".data")
_PACKED_SUFFIXES = (".gz", ".bz2", ".xz", ".zst", ".zip")


def read_file(path: Path, options: ReadingOptions, as_text: Collection[str] = ()) -> Source:
    """Read one file.

    Parameters
    ----------
    path : Path
    options : ReadingOptions
    as_text : collection of str, default=()
        Columns of delimited text that stay text.

    Returns
    -------
    source : Source

    Raises
    ------
    InputError
        If there is no such file, or it holds no table; the message says where.
    """
    raw = read_bytes(path)
    name = plain_name(path)
    read = _choose_reader(raw, name)
    shown = repr(path.name)
    source = read_text(raw, shown, options, as_text) if read is read_text else read(raw, shown, options)
    return replace(source, name=Path(name).stem or name)


def plain_name(path: Path) -> str:
    """Name of a file as if it were not packed.

    Examples
    --------
    >>> plain_name(Path("data/adult.csv.gz"))
    'adult.csv'
    """
    name = path.name
    return name.removesuffix(path.suffix) if path.suffix.lower() in _PACKED_SUFFIXES else name


def is_table_file(path: Path) -> bool:
    """Whether the name of a file is that of a table."""
    known = [suffix for file_format in _FORMATS for suffix in file_format.suffixes]
    return Path(plain_name(path)).suffix.lower() in (*known, *_TEXT_SUFFIXES)


def _choose_reader(raw: bytes, name: str) -> Callable[[bytes, str, ReadingOptions], Source]:
    for file_format in _FORMATS:
        if raw.startswith(file_format.starts):
            return file_format.read
    if looks_like_json(raw):
        return read_json
    suffix = Path(name).suffix.lower()
    return next((file_format.read for file_format in _FORMATS if suffix in file_format.suffixes), read_text)
