"""Which callbacks of skorch work here."""

from __future__ import annotations

from typing import Any

from skorch.callbacks import (
    BatchScoring,
    Callback,
    EpochScoring,
    GradientNormClipping,
    LRScheduler,
    ParamMapper,
    PassthroughScoring,
)

from tabkit._core import InputError

_INSTEAD: dict[type[Callback], str] = {
    LRScheduler: "schedule",
    GradientNormClipping: "clip_norm",
    EpochScoring: "scoring",
    BatchScoring: "scoring",
    PassthroughScoring: "scoring",
    ParamMapper: "frozen and unfreeze_after",
}


def refuse_callback(callback: Any) -> None:
    """Refuse what is no callback, and those whose work a parameter does, since they would do nothing.

    Parameters
    ----------
    callback : object
        A callback, its class, or a tuple of a name and one of them.

    Raises
    ------
    InputError
        Names the parameter.
    """
    given = callback[1] if isinstance(callback, tuple) and len(callback) == 2 else callback
    kind = given if isinstance(given, type) else type(given)
    if not issubclass(kind, Callback):
        raise InputError(f"callbacks has {callback!r}: expected callbacks of skorch")
    for refused, instead in _INSTEAD.items():
        if issubclass(kind, refused):
            raise InputError(f"callbacks has {kind.__name__}, which does nothing here: pass {instead}")
