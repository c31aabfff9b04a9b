"""The options on what is fitted beside the catalog's models, and how."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tabkit._core import InputError
from tabkit._core._files import expand

# Those of the catalog, which --help need not import.
_OBJECTIVES = ("squared_error", "absolute_error", "poisson", "gamma", "tweedie")
_TARGET_TRANSFORMS = ("log",)
_CALIBRATIONS = ("auto", "temperature", "sigmoid", "beta", "isotonic")


def add_model_options(group: Any) -> None:
    """Declare the options in a group of a parser."""
    group.add_argument(
        "--model",
        metavar="[NAME=]MODULE:CLASS",
        nargs="+",
        action="extend",
        default=[],
        help="these too: estimators of your own, or functions that return one",
    )
    group.add_argument(
        "--objective",
        metavar="NAME",
        help=f"of regression models that have a choice: {', '.join(_OBJECTIVES)}",
    )
    group.add_argument(
        "--target-transform",
        choices=_TARGET_TRANSFORMS,
        help="fit regression models on the log of 1 + target",
    )
    group.add_argument(
        "--calibrate", choices=_CALIBRATIONS, help="calibrate the probabilities of classifiers"
    )
    group.add_argument(
        "--threshold",
        metavar="GOAL",
        help="of class predictions: 0.3, f1, recall@precision=0.9, precision@recall=0.8, costs:fp=5,fn=100",
    )
    group.add_argument(
        "--imbalance", action="store_true", help="compare cures for a rare class, and their probabilities"
    )
    for option, verb in (("increasing", "fall"), ("decreasing", "rise")):
        group.add_argument(
            f"--{option}",
            metavar="COLUMN",
            nargs="+",
            action="extend",
            default=[],
            help=f"columns of numbers in which predictions never {verb}, of models that have it",
        )


def read_model_options(options: argparse.Namespace, names: Sequence[str]) -> dict[str, Any]:
    """Those arguments of `tabkit.compare` that several of them stand for together.

    Parameters
    ----------
    options : Namespace
    names : sequence of str
        Of ``--models``; empty for the default ones.

    Returns
    -------
    arguments : dict

    Raises
    ------
    InputError
        If options contradict one another, or name a file that is not there.
    """
    return {
        "models": _choose_models(names, options.model),
        "monotone": _collect_directions(options.increasing, options.decreasing),
    }


def _choose_models(names: Sequence[str], places: Sequence[str]) -> Any:
    """The named ones, or the default ones, with those of the user's modules beside them."""
    from tabkit.catalog import name_place

    for place in places:
        if ":" not in place:
            raise InputError(f"--model {place} names no module: write MODULE:CLASS, or --models {place}")
    names = [_make_importable(name) if ":" in name else name for name in names]
    places = [_make_importable(place) for place in places]
    if not places:
        return list(names) or None
    if names:
        return [*names, *places]
    own = {name_place(place): place for place in places}
    if len(own) < len(places):
        twice = next(name for name in own if sum(name_place(place) == name for place in places) > 1)
        raise InputError(f"two models have the name {twice!r}: write NAME=MODULE:CLASS for one of them")
    return own


def _make_importable(place: str) -> str:
    """The place of a model as an import finds it, in the current folder or in that of its file."""
    start, colon, attribute = place.rpartition(":")
    name, equals, module = start.rpartition("=")
    folder = Path.cwd()
    if module.endswith(".py"):
        file = expand(module)
        if not file.is_file():
            raise InputError(f"there is no file {module!r}")
        folder, module = file.parent.resolve(), file.stem
    if str(folder) not in sys.path:
        # Last, so that a user's random.py is nobody else's; the processes that fit get the same path.
        sys.path.append(str(folder))
    return f"{name}{equals}{module}{colon}{attribute}"


def _collect_directions(increasing: Sequence[str], decreasing: Sequence[str]) -> dict[str, int]:
    both = set(increasing) & set(decreasing)
    if both:
        raise InputError(f"column {min(both)!r} cannot be both --increasing and --decreasing")
    return dict.fromkeys(increasing, 1) | dict.fromkeys(decreasing, -1)
