"""Parameters that go by several names."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from tabkit._core import InputError


def choose_value(estimator: Any, names: Sequence[str]) -> Any:
    """Value of a parameter that goes by several names.

    Parameters
    ----------
    estimator : estimator
    names : sequence of str
        The library's own first; of the others, None leaves it to that one.

    Returns
    -------
    value : object
        Of the last name that is set.

    Raises
    ------
    InputError
        If two names are set, to different values.
    """
    values = {name: getattr(estimator, name) for name in names}
    given = {name: value for name, value in values.items() if value is not None}
    defaults = inspect.signature(type(estimator)).parameters
    if len({value for name, value in given.items() if value != defaults[name].default}) > 1:
        said = " and ".join(f"{name}={value!r}" for name, value in given.items())
        raise InputError(f"{said} are two names of one parameter: set one of them")
    return list(given.values())[-1] if given else None
