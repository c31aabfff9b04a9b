"""The encoding of a text file, found from its bytes."""

from __future__ import annotations

import codecs

from tabkit._core import InputError

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 24
_MAX_SHARE_OF_CONTROLS = 0.01
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b")) + b"\x7f"


def as_utf8(raw: bytes, shown: str, told: str = "") -> tuple[bytes, str]:
    """Bring the bytes of a text file to UTF-8 without a byte order mark.

    UTF-8, UTF-16, Windows-1252 and Latin-1 are told apart. Which of the many one-byte encodings
    it is cannot be told for sure; a wrong guess changes how letters look, and no result.

    Parameters
    ----------
    raw : bytes
    shown : str
        What to call the file in an error.
    told : str, default=""
        The encoding, where it is known.

    Returns
    -------
    raw : bytes
    note : str
        Empty for UTF-8, else which encoding was taken.

    Raises
    ------
    InputError
        If the bytes are no text.
    """
    encoding = told or _find_encoding(raw, shown)
    if encoding == "utf-8" and not told:
        return raw, ""
    if encoding == "utf-8-sig":
        return raw[len(codecs.BOM_UTF8) :], ""
    try:
        text = raw.decode(encoding).removeprefix("\ufeff")
        return text.encode("utf-8"), "" if told else f"read as {encoding}, since it is not UTF-8"
    except UnicodeError as error:
        raise InputError(f"{shown} cannot be read as {encoding}: {error}") from error


def _find_encoding(raw: bytes, shown: str) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return encoding
    head = raw[:_SAMPLE_BYTES]
    if b"\0" in head:
        for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
            if zeros.count(0) > 0.8 * len(zeros):
                return encoding
    n_controls = len(head) - len(head.translate(None, _CONTROLS))
    if b"\0" in head or n_controls > _MAX_SHARE_OF_CONTROLS * len(head):
        raise InputError(f"{shown} is neither text nor a table of a known format: save it as CSV or Parquet")
    if _can_decode(raw, "utf-8"):
        return "utf-8"
    return "cp1252" if _can_decode(raw, "cp1252") else "latin-1"


def _can_decode(raw: bytes, encoding: str) -> bool:
    """Try an encoding, a piece at a time so that no second copy of a large file is made."""
    if raw.isascii():
        return True
    decoder = codecs.getincrementaldecoder(encoding)()
    view = memoryview(raw)
    try:
        for start in range(0, len(raw), _CHUNK_BYTES):
            decoder.decode(view[start : start + _CHUNK_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
