"""Every estimator and splitter refuses a parameter of a wrong type or range, in a line that names it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpydoc.docscrape import NumpyDocString
from public_estimators import build_small, find_all

from tabkit._core import InputError

_WRONG_FLAGS = ("no", 2, None)
_WRONG_COUNTS = ("5", 5.7, -3, True)
_WRONG_NUMBERS = ("0.5", -3, True)
_UNKNOWN_WORD = "no such word"
# Where a value that is wrong elsewhere has a meaning.
_ALLOWED: dict[str, tuple[Any, ...]] = {
    # Processes are counted from behind by negative numbers.
    "n_jobs": (-3,),
    # As a boolean it says whether there is any progress to show.
    "verbose": (True,),
    # A length of time may be text of a number, where times are numbers.
    **dict.fromkeys(("gap", "horizon", "embargo"), ("5", 5.7)),
    **dict.fromkeys(("train_size", "test_size"), ("5",)),
}
# Its constructor, and what it takes, is scikit-learn's: booleans are numbers there.
_AS_SCIKIT_LEARN = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")
# So that a parameter is used at all.
_BESIDE: dict[tuple[str, str], dict[str, Any]] = {
    ("ForwardSplit", "step"): {"n_splits": None, "test_size": 3},
    ("ConformalRegressor", "cv"): {"method": "cv_plus"},
}
_NOT_TABKITS = {"TablePipeline"}


def kinds_of_parameters(cls: type) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Each parameter that is a flag, a count, a number or a choice, and values that are none of it."""
    types = {p.name: p.type for p in NumpyDocString(inspect.getdoc(cls))["Parameters"]}
    for name, parameter in inspect.signature(cls).parameters.items():
        default, written = parameter.default, types.get(name, "")
        if isinstance(default, bool) or written.startswith("bool"):
            wrong: tuple[Any, ...] = _WRONG_FLAGS if default in (True, False) else _WRONG_FLAGS[:2]
        elif written.startswith("int") or (isinstance(default, int) and not written.startswith("float")):
            wrong = _WRONG_COUNTS[: 3 if "RandomState" in written else 4]
        elif isinstance(default, float) or written.startswith("float"):
            wrong = _WRONG_NUMBERS
        elif isinstance(default, str) or "{" in written:
            wrong = (_UNKNOWN_WORD,)
        else:
            continue
        yield name, tuple(value for value in wrong if not _is_allowed(cls, name, value))


def _is_allowed(cls: type, name: str, value: Any) -> bool:
    allowed = _ALLOWED.get(name, ())
    if cls.__name__ in _AS_SCIKIT_LEARN:
        allowed = (*allowed, True, *((_UNKNOWN_WORD,) if name == "scoring" else ()))
    return any(type(value) is type(other) and value == other for other in allowed)


CLASSES = [cls for cls in find_all() if cls.__name__ not in _NOT_TABKITS]
_SAYS_WHAT_IS_ALLOWED = re.compile(
    r"must be|expected|unknown|cannot be used|at least|never negative|choose|needed"
)


def _beside(cls: type, name: str) -> dict[str, Any]:
    return _BESIDE.get((cls.__name__, name), {})


def use(model: Any) -> None:
    """Fit an estimator, resample by a sampler or split by a splitter."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"size": rng.normal(size=40), "age": rng.normal(size=40)})
    y = np.arange(40) % 2
    if hasattr(model, "split"):
        list(model.split(X, y, times=np.arange(40)))
    elif hasattr(model, "fit_resample"):
        model.fit_resample(X[:30], y[:30])
    elif type(model).__name__ == "TabularMLPMultiTarget":
        model.fit(X, np.column_stack([y, X["age"]]))
    elif "time" in model.get_params():
        model.fit(X.assign(**{model.time: np.arange(40)}), y)
    else:
        model.fit(X, y)


def find_fault(cls: type, name: str, value: Any) -> str | None:
    """In words what is wrong with how a value is refused; None where it is refused well."""
    try:
        use(build_small(cls, **_beside(cls, name) | {name: value}))
    except InputError as error:
        message = str(error)
    except Exception as error:  # noqa: BLE001 - of any other kind is what must not come
        return f"raised {type(error).__name__}: {error}"
    else:
        return "was accepted"
    is_named = name in message and (repr(value) in message or f"={value}" in message)
    is_clear = _SAYS_WHAT_IS_ALLOWED.search(message) and "\n" not in message and "np." not in message
    return None if is_named and is_clear else f"was refused by {message!r}"


def test_all_are_tried() -> None:
    tried = {(cls.__name__, name): wrong for cls in CLASSES for name, wrong in kinds_of_parameters(cls)}
    assert sum(map(len, tried.values())) > 1000
    assert tried["LightGBMRegressor", "n_estimators"] == _WRONG_COUNTS
    assert tried["StackingClassifier", "passthrough"] == _WRONG_FLAGS
    assert tried["XGBoostRegressor", "objective"] == (_UNKNOWN_WORD,)


@pytest.mark.parametrize("cls", CLASSES)
def test_wrong_values_are_refused(cls: type) -> None:
    tried = [(name, value) for name, wrong in kinds_of_parameters(cls) for value in wrong]
    faults = {pair: fault for pair in tried if (fault := find_fault(cls, *pair))}
    assert tried or cls.__name__ == "FrequencyEncoder"  # whose one parameter is a sequence
    assert not faults, "\n".join(f"{name}={value!r} {fault}" for (name, value), fault in faults.items())


def test_the_search_itself_finds() -> None:
    lightgbm = next(cls for cls in CLASSES if cls.__name__ == "LightGBMClassifier")
    assert find_fault(lightgbm, "n_estimators", 3) == "was accepted"
    assert str(find_fault(lightgbm, "no_parameter", 3)).startswith("raised TypeError")
    assert find_fault(lightgbm, "n_estimators", "5") is None


@pytest.mark.parametrize("value", [np.int64(-3), np.float64(0.5)])
def test_values_of_numpy_are_written_as_numbers(value: Any) -> None:
    lightgbm = next(cls for cls in find_all() if cls.__name__ == "LightGBMClassifier")
    with pytest.raises(InputError, match=rf"'n_estimators' .* Got {value} instead"):
        use(build_small(lightgbm, n_estimators=value))
