"""The one file that names scikit-learn's private parts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tabkit._core._errors import InputError


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


_WEIGHT = "sample_weight"
# Parameters whose owner divides the rows that it is fitted on.
_DIVIDING = ("cv", "early_stopping", "n_iter_no_change")


def request_weights(estimator: Any) -> None:
    """Let an estimator and all parts of it ask for weights, where they can and were not told otherwise.

    A scorer that is named by a string is replaced by one that asks too: scikit-learn raises where
    weights reach an estimator that scores with one that was told nothing.

    Parameters
    ----------
    estimator : estimator
        Changed in place.
    """
    from sklearn.utils.metadata_routing import MetadataRouter

    for part in _parts(estimator):
        request, hands_on = (
            part._get_metadata_request(),
            isinstance(part.get_metadata_routing(), MetadataRouter),
        )
        for method in ("fit", "score"):
            asked = getattr(request, method).requests
            if _WEIGHT in asked and asked[_WEIGHT] is None:
                getattr(part, f"set_{method}_request")(**{_WEIGHT: True})
        if hands_on and _WEIGHT in request.fit.requests and isinstance(getattr(part, "scoring", None), str):
            part.set_params(scoring=_weighted_scorer(part.scoring))


def find_undivided(estimator: Any, names: list[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Parts of an estimator that divide the rows they are fitted on, without all that splits follow.

    Parameters
    ----------
    estimator : estimator
    names : list of {"groups", "times"}
        What there is.

    Yields
    ------
    owner : str
        Class of the part.
    parameter : {"cv", "early_stopping", "n_iter_no_change"}
        That makes it divide them.
    lacking : list of str
        Names that reach neither it nor its splitter. Metadata routing has to be enabled.
    """
    from sklearn.utils.metadata_routing import get_routing_for_object

    parts = {"": estimator, **estimator.get_params(deep=True)}
    for key, value in parts.items():
        owner_key, _, parameter = key.rpartition("__")
        owner: Any = parts.get(owner_key)
        if parameter not in _DIVIDING or value is False or not hasattr(owner, "_get_metadata_request"):
            continue
        if parameter == "n_iter_no_change" and hasattr(owner, "early_stopping"):
            continue  # which says whether it counts
        if (value is None and parameter != "cv") or (isinstance(value, str) and value == "prefit"):
            continue
        heard = set(owner._get_metadata_request().consumes("fit", names))
        if hasattr(value, "split"):
            heard |= set(get_routing_for_object(value).consumes("split", names))
        if lacking := [name for name in names if name not in heard]:
            yield type(owner).__name__, parameter, lacking


def make_interval(kind: type, low: float | None, high: float | None, *, closed: str) -> Any:
    """A constraint of `check_parameters`: numbers of a kind between two, None for no end; no booleans."""
    from sklearn.utils._param_validation import Interval

    class Numbers(Interval):
        def is_satisfied_by(self, val: Any) -> bool:
            return not isinstance(val, bool) and bool(super().is_satisfied_by(val))

    return Numbers(kind, low, high, closed=closed)


def make_options(*names: str) -> Any:
    """A constraint of `check_parameters`: one of these texts."""
    from sklearn.utils._param_validation import StrOptions

    return StrOptions(set(names))


def check_parameters(estimator: Any, constraints: Mapping[str, Any]) -> None:
    """Refuse values of parameters that are outside their constraints.

    Parameters
    ----------
    estimator : estimator or splitter
    constraints : mapping of str
        By parameter, as scikit-learn writes them; a parameter that is missing here can be anything, and one
        that the estimator does not have is passed over.

    Raises
    ------
    InputError
        Names the parameter and what is expected of it.
    """
    from sklearn.utils._param_validation import InvalidParameterError, validate_parameter_constraints

    given = {name: _plain(getattr(estimator, name)) for name in constraints if hasattr(estimator, name)}
    try:
        validate_parameter_constraints(dict(constraints), given, type(estimator).__name__)
    except InvalidParameterError as error:
        raise InputError(str(error)) from None


def _plain(value: Any) -> Any:
    """A number as Python writes it, without the type of NumPy."""
    import numpy as np

    return value.item() if isinstance(value, np.number | np.bool_) else value


def _parts(estimator: Any) -> Iterator[Any]:
    for part in (estimator, *estimator.get_params(deep=True).values()):
        # What consumes metadata itself has this; what only hands them on has none of its own to ask for.
        if hasattr(part, "_get_metadata_request") and not isinstance(part, type):
            yield part


def _weighted_scorer(name: str) -> Any:
    from sklearn.metrics import get_scorer

    scorer = get_scorer(name)
    return scorer.set_score_request(sample_weight=True)


@contextmanager
def list_without_torch() -> Iterator[None]:
    """Keep scikit-learn's list of its estimators, as skops makes it on import, from importing torch.

    It walks through all packages, one of which is for torch alone and has no estimators; that costs
    as many seconds as all the others.
    """
    name = "sklearn.externals.array_api_compat.torch"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment] # what Python itself takes for "not to be imported"
    try:
        yield
    finally:
        del sys.modules[name]
