"""The content of a file, unpacked."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from tabkit._core import InputError, suggest

# A zip file that is encrypted, or packed in a way that is not known, is a RuntimeError.
_DAMAGES = (OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
_ZIP_START = b"PK\x03\x04"
# Workbooks are zip files too, and are left to their own reader.
_WORKBOOK_MEMBERS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")


def read_bytes(path: Path) -> bytes:
    """Read a file and unpack gzip, bzip2, xz, Zstandard and zip with one file in it.

    Parameters
    ----------
    path : Path

    Returns
    -------
    raw : bytes
        Never empty.

    Raises
    ------
    InputError
        If there is no such file, it cannot be opened, is damaged or empty.
    """
    shown = repr(path.name)
    raw = _read(path)
    for start, packing, unpack in _PACKINGS:
        if raw.startswith(start):
            raw = _unpack(raw, shown, packing, unpack)
            break
    if not raw or raw.isspace():
        raise InputError(f"{shown} is empty")
    return raw


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        folder = path.parent
        if not folder.is_dir():
            raise InputError(f"there is no file {str(path)!r}, and no folder {str(folder)!r}") from None
        names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
        hint = suggest(path.name, names, "the folder has") if names else "the folder has no files"
        raise InputError(f"there is no file {str(path)!r}: {hint}") from None
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be opened: {error.strerror}") from error


def _unpack(raw: bytes, shown: str, packing: str, unpack: Callable[[bytes], bytes]) -> bytes:
    try:
        return unpack(raw)
    except _DAMAGES as error:
        if isinstance(error, InputError):
            raise InputError(f"{shown} {error}") from None
        raise InputError(f"{shown} is damaged: its {packing} data cannot be unpacked ({error})") from error


def _unpack_zstandard(raw: bytes) -> bytes:
    import pyarrow as pa

    with pa.CompressedInputStream(pa.BufferReader(raw), "zstd") as stream:
        content: bytes = stream.read()
    return content


def _unpack_zip(raw: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
        if any(member in names for member in _WORKBOOK_MEMBERS):
            return raw
        # What a Mac adds to an archive is no content.
        names = [name for name in names if not name.startswith("__MACOSX/")]
        if len(names) != 1:
            raise InputError(f"holds {len(names)} files: unpack it and name the one, or a folder of them")
        return archive.read(names[0])


_PACKINGS: tuple[tuple[bytes, str, Callable[[bytes], bytes]], ...] = (
    (b"\x1f\x8b", "gzip", gzip.decompress),
    (b"BZh", "bzip2", bz2.decompress),
    (b"\xfd7zXZ\x00", "xz", lzma.decompress),
    (b"\x28\xb5\x2f\xfd", "Zstandard", _unpack_zstandard),
    (_ZIP_START, "zip", _unpack_zip),
)
