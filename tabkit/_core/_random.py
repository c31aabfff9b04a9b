"""Seeds: drawn once from what a user passes, and derived by name from there.

So no order of events and no number of jobs changes them.
"""

from __future__ import annotations

import hashlib
from numbers import Integral
from typing import TYPE_CHECKING

from tabkit._core._errors import InputError

if TYPE_CHECKING:
    import numpy as np

# The largest seed that every library takes, LightGBM's 32-bit integers included.
_LARGEST = 2**31 - 1
_LARGEST_GIVEN = 2**32 - 1


def derive_seed(seed: int, *labels: int | str) -> int:
    """Derive an independent seed for a named purpose.

    Parameters
    ----------
    seed : int
        The seed of the run, or one of `draw_seed`.
    *labels : int or str
        What the seed is for, such as ``"folds"`` or ``"lightgbm", 3``.

    Returns
    -------
    seed : int
        In ``[0, 2**31 - 1)``; the same labels always give the same seed.

    Raises
    ------
    TypeError
        If a part is anything else: the text of another object may hold its address, which is a new one in
        each process.

    Examples
    --------
    >>> derive_seed(0, "folds") == derive_seed(0, "folds")
    True
    >>> derive_seed(0, "folds") == derive_seed(0, "refit")
    False
    """
    if not _is_integer(seed):
        raise TypeError(f"a seed is derived from an integer, and this is {seed!r}")
    parts = tuple(_plain(label) for label in labels)
    digest = hashlib.sha256(repr((int(seed), parts)).encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "little") % _LARGEST


def draw_seed(random_state: int | np.random.RandomState | None) -> int:
    """A seed that every library takes, from the ``random_state`` of an estimator or a splitter.

    Parameters
    ----------
    random_state : int, RandomState or None
        An integer is the seed itself. A RandomState draws one, another each time. None draws a new one from
        the system, without touching a global generator.

    Returns
    -------
    seed : int
        In ``[0, 2**31 - 1)``.

    Raises
    ------
    InputError
        If it is something else, such as a ``numpy.random.Generator``, which scikit-learn takes nowhere.
    """
    import numpy as np

    if random_state is None:
        return int(np.random.default_rng().integers(_LARGEST))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(_LARGEST))
    if isinstance(random_state, np.random.Generator):
        raise InputError(
            "random_state is a numpy.random.Generator, which scikit-learn does not take: pass an integer, "
            "such as int(generator.integers(2**31)), or a RandomState"
        )
    if not _is_integer(random_state) or not 0 <= random_state <= _LARGEST_GIVEN:
        raise InputError(
            f"random_state={random_state!r}: expected a whole number from 0 to {_LARGEST_GIVEN}, a "
            "numpy.random.RandomState or None"
        )
    seed = int(random_state)
    return seed if seed < _LARGEST else derive_seed(seed)


def _is_integer(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _plain(label: int | str) -> int | str:
    """Without the types of NumPy, whose text is another."""
    if isinstance(label, str):
        return str(label)
    if _is_integer(label):
        return int(label)
    raise TypeError(f"a seed is derived for integers and texts, and this is {label!r}")
