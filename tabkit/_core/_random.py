"""Seeds: derived by name, so that no order of events and no number of jobs changes them."""

from __future__ import annotations

import hashlib


def derive_seed(seed: int, *labels: object) -> int:
    """Derive an independent seed for a named purpose.

    Parameters
    ----------
    seed : int
        The seed of the run.
    *labels : object
        What the seed is for, such as ``"folds"`` or ``("lightgbm", 3)``.

    Returns
    -------
    seed : int
        In ``[0, 2**31 - 1)``; the same labels always give the same seed.

    Examples
    --------
    >>> derive_seed(0, "folds") == derive_seed(0, "folds")
    True
    >>> derive_seed(0, "folds") == derive_seed(0, "refit")
    False
    """
    digest = hashlib.sha256(repr((seed, labels)).encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "little") % (2**31 - 1)
