"""A loss that a library does not have, said in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from tabkit._core import InputError

# What LightGBM and XGBoost, interpret, and what CatBoost says of it.
_UNKNOWN = re.compile(
    r"unknown objective|unrecognized objective|not found in enum ELossFunction", re.IGNORECASE
)


@contextmanager
def refuse_unknown_loss(parameter: str, loss: str) -> Iterator[None]:
    """Turn a library's error about a loss that it does not have into an InputError.

    Parameters
    ----------
    parameter : str
        That names the loss.
    loss : str

    Raises
    ------
    InputError
        In place of the library's error, which has many lines, or says nothing of the parameter.
    """
    try:
        yield
    except Exception as error:
        if not _UNKNOWN.search(str(error)):
            raise
        raise InputError(
            f"{parameter}={loss!r} is unknown to the library, whose documentation lists those that it has"
        ) from error
