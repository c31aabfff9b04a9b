"""Digits that a parser of numbers would lose, looked for in the bytes of a file."""

from __future__ import annotations

# The last digits of a chunk are looked at again at the start of the next.
_CHUNK_BYTES = 1 << 24
_N_LONG = 16


def may_lose_digits(raw: bytes) -> bool:
    r"""Whether zeros stand in front of digits, or as many digits in a row as a float64 may not hold.

    Parameters
    ----------
    raw : bytes
        Of text.

    Returns
    -------
    may_lose : bool
        False only where no column can lose any.

    Examples
    --------
    >>> [may_lose_digits(raw) for raw in (b"zip\n00501\n", b"a\n10\n0.05\n", b"id\n12345678901234567\n")]
    [True, False, True]
    """
    import numpy as np

    # Digits behind these are the rest of a number, a time or a date; a minus is a sign where none of them,
    # nor the e of an exponent, stands before it.
    goes_on = np.zeros(256, dtype=bool)
    goes_on[[*b"0123456789.:/"]] = True
    goes_on_before_minus = goes_on.copy()
    goes_on_before_minus[[*b"eE"]] = True
    overlap = _N_LONG + 1
    for start in range(0, len(raw), _CHUNK_BYTES):
        codes = np.frombuffer(raw[max(0, start - overlap) : start + _CHUNK_BYTES], dtype=np.uint8)
        is_digit = (codes - np.uint8(ord("0"))) < 10  # smaller bytes wrap around
        is_padding = (codes[:-1] == ord("0")) & is_digit[1:]
        is_padding[1:] &= ~goes_on[codes[:-2]]
        is_padding[2:] &= ~((codes[1:-2] == ord("-")) & goes_on_before_minus[codes[:-3]])
        if is_padding.any():
            return True
        run = is_digit
        for step in (1, 2, 4, 8):  # runs of 2, 4, 8 and 16 digits
            run = run[:-step] & run[step:]
        # One that a point stands before is a fraction.
        goes_on_before = is_digit[:-_N_LONG] | (codes[:-_N_LONG] == ord("."))
        if run[:1].any() or (run[1:] & ~goes_on_before).any():
            return True
    return False
