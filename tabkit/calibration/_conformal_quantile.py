"""How large a score of nonconformity may be, given those of rows that a model was not fitted on."""

from __future__ import annotations

import warnings
from math import ceil, inf
from numbers import Real

import numpy as np

from tabkit._core import InputError
from tabkit._core._wording import agree, say_count


def check_level(confidence_level: float) -> None:
    """Refuse what is no level."""
    if not isinstance(confidence_level, Real) or not 0 < confidence_level < 1:
        raise InputError(f"confidence_level={confidence_level!r}: expected a share between 0 and 1")


def conformal_rank(n_scores: int, confidence_level: float) -> int | None:
    """Which of the scores, counted from 1, new ones stay below with the confidence; None for none of them.

    Of n exchangeable scores and a new one, the new one is among the k smallest with probability k / (n + 1).

    Parameters
    ----------
    n_scores : int
    confidence_level : float

    Returns
    -------
    rank : int or None
    """
    # 0.9 * 10 is 9, and a hair above it in floating point would take one rank more.
    rank = ceil((n_scores + 1) * confidence_level - 1e-9)
    return rank if rank <= n_scores else None


def conformal_quantile(scores: np.ndarray, confidence_level: float) -> float:
    """The score that a new one stays below with the confidence; inf where there are too few.

    Parameters
    ----------
    scores : ndarray of shape (n_scores,)
    confidence_level : float

    Returns
    -------
    quantile : float
    """
    rank = conformal_rank(len(scores), confidence_level)
    return inf if rank is None else float(np.partition(scores, rank - 1)[rank - 1])


def warn_if_too_few(n_scores: int, confidence_level: float, what: str, *, stacklevel: int) -> None:
    """Say that rows do not suffice for a level, and what follows from it.

    Parameters
    ----------
    n_scores : int
    confidence_level : float
    what : str
        What is infinite or full then.
    stacklevel : int
    """
    if conformal_rank(n_scores, confidence_level) is None:
        # The smallest n with ceil((n + 1) level) <= n.
        needed = ceil(confidence_level / (1 - confidence_level) - 1e-9)
        warnings.warn(
            f"{say_count(n_scores, 'calibration row')} {agree(n_scores, 'is', 'are')} too few for a "
            f"confidence of {confidence_level:g}: {what}; at least {needed} are needed",
            stacklevel=stacklevel + 1,
        )
