"""Seeds: derived by name, so that no order of events and no number of jobs changes them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


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


def draw_seed(random_state: int | np.random.RandomState | None) -> int:
    """A seed that every library takes; None draws a new one without touching a global generator."""
    import numpy as np

    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    if random_state is None:
        return int(np.random.default_rng().integers(2**31 - 1))
    return int(random_state)
