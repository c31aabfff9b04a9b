"""The one file that names scikit-learn's private parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ScorerParts:
    """What a scorer by ``sklearn.metrics.make_scorer`` was made of.

    Attributes
    ----------
    function : callable
    sign : int
        1, or -1 where lower is better.
    options : mapping of str to object
        Passed to the function.
    response_methods : tuple of str
        Methods of the estimator that serve, the preferred first.
    """

    function: Callable[..., Any]
    sign: int
    options: Mapping[str, Any]
    response_methods: tuple[str, ...]


def read_scorer(scorer: object) -> ScorerParts | None:
    """Take a scorer by ``make_scorer`` apart; None for any other object."""
    function = getattr(scorer, "_score_func", None)
    response = getattr(scorer, "_response_method", None)
    if not callable(function) or response is None:
        return None
    return ScorerParts(
        function=function,
        sign=int(getattr(scorer, "_sign", 1)),
        options=dict(getattr(scorer, "_kwargs", {})),
        response_methods=(response,) if isinstance(response, str) else tuple(response),
    )
