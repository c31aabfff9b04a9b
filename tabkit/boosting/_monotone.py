"""Columns in which predictions only rise, or only fall."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from tabkit._core import InputError, suggest


def constrain_features(
    constraints: Mapping[Any, int] | None,
    labels: Sequence[Hashable],
    categorical: Sequence[int],
    n_classes: int,
) -> list[int]:
    """Turn constraints by column into one for each feature, as the libraries take them.

    Parameters
    ----------
    constraints : mapping of column to {-1, 0, 1} or None
    labels : sequence of hashable
        Of the features.
    categorical : sequence of int
        Positions of the category columns.
    n_classes : int
        0 for regression.

    Returns
    -------
    signs : list of int
        For each feature 1, -1 or 0; empty when none is constrained.

    Raises
    ------
    InputError
        If there is no such column, it is no column of numbers, a sign is another number, or
        there are more than two classes.
    """
    positions = {label: position for position, label in enumerate(labels)}
    signs = [0] * len(labels)
    for label, sign in (constraints or {}).items():
        if label not in positions:
            hint = suggest(str(label), map(str, labels), "the columns are")
            raise InputError(f"monotone_constraints names column {label!r}, which X does not have: {hint}")
        if positions[label] in categorical:
            raise InputError(
                f"monotone_constraints names column {label!r}, which holds categories: name one of numbers"
            )
        if sign not in (-1, 0, 1):
            raise InputError(
                f"monotone_constraints: column {label!r} must have 1 (predictions rise), -1 (they fall) "
                f"or 0, got {sign!r}"
            )
        signs[positions[label]] = int(sign)
    if not any(signs):
        return []
    if n_classes > 2:
        raise InputError(
            f"monotone_constraints are for values and two classes, and y has {n_classes} classes"
        )
    return signs
