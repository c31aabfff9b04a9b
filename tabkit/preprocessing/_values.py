"""Values to be predicted, as numbers that an objective has a place for."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from tabkit._core import InputError
from tabkit.preprocessing._target_column import as_array, name_target

# Their models predict a logarithm; gamma has no place for 0 either.
_WITH_LOGARITHM = ("poisson", "gamma", "tweedie")


def as_values(y: Any) -> np.ndarray:
    """Return a target as numbers.

    Parameters
    ----------
    y : array-like of shape (n_rows,) or (n_rows, n_targets)
        Integers, floats, nullable numbers, booleans, or text that is a number.

    Returns
    -------
    values : ndarray of float64 of that shape

    Raises
    ------
    InputError
        If values are missing, infinite or no numbers.

    Examples
    --------
    >>> as_values(pd.Series([1, 2], dtype="Int64"))
    array([1., 2.])
    """
    given = as_array(y)
    is_missing = pd.isna(given)
    if is_missing.any():
        raise InputError(
            f"y: {int(is_missing.sum())} of {given.size} values are missing (NaN or None): drop these rows"
        )
    try:
        values = given.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"y holds values that are no numbers, and a regressor needs them: {error}"
        ) from error
    n_infinite = int((~np.isfinite(values)).sum())
    if n_infinite:
        raise InputError(f"y: {n_infinite} of {values.size} values are infinite: drop these rows")
    return values


def check_domain(y: Any, objective: str) -> None:
    """Refuse values that have no logarithm, where an objective or a transform takes it.

    Parameters
    ----------
    y : array-like of numbers
        As it came, so that the message knows its name.
    objective : str
        As any library or the catalog writes it, such as "reg:gamma" or "Tweedie:variance_power=1.5"; "log"
        is the transform. Others have no bound.

    Raises
    ------
    InputError
        If values are negative, or for gamma zero.

    Examples
    --------
    >>> check_domain([0.0, 1.0], "count:poisson")
    >>> check_domain([0.0, 1.0], "gamma")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    tabkit._core._errors.InputError: the objective gamma needs values above 0, and the lowest of y is 0 ...
    """
    words = re.split("[:;]", str(objective).lower())
    name = next((name for name in (*_WITH_LOGARITHM, "log") if name in words), "")
    if not name:
        return
    values = as_values(y)
    lowest = float(values.min(initial=np.inf))
    n_low = int((values <= 0 if name == "gamma" else values < 0).sum())
    wish = "the target transform log" if name == "log" else f"the objective {name}"
    if n_low:
        least = "above 0" if name == "gamma" else "from 0 on"
        raise InputError(
            f"{wish} needs values {least}, and the lowest of {name_target(y)} is {lowest:g} "
            f"({n_low} of {values.size} are too low): choose another, or drop these rows"
        )
    if name != "log" and not values.any():
        raise InputError(
            f"{wish} needs a value above 0, and all {values.size} of {name_target(y)} are 0: choose another"
        )
