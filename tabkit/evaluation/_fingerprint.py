"""A digest of an unfitted estimator: what it is, and every setting."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import inspect
import marshal
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import FunctionType
from typing import Any

import cloudpickle


def fingerprint_estimator(estimator: Any) -> str:
    """Digest of an unfitted estimator, equal in every process and session.

    Covers its class and the classes that it inherits from, each with the version of the package
    it comes from (the source of its file, where it is the user's own), and all parameters,
    those of nested estimators and the values that functions use included.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    fingerprint : str
        32 hexadecimal digits.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> same = fingerprint_estimator(DecisionTreeClassifier())
    >>> same == fingerprint_estimator(DecisionTreeClassifier())
    True
    >>> same == fingerprint_estimator(DecisionTreeClassifier(max_depth=3))
    False
    """
    return hashlib.sha256(_describe(estimator).encode()).hexdigest()[:32]


def _describe(value: Any, seen: frozenset[int] = frozenset()) -> str:
    """Text that is equal for equal settings."""
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        return f"{type(value).__name__}:{value!r}"
    if id(value) in seen:
        return "again"
    seen |= {id(value)}
    if inspect.isclass(value):
        return "|".join(_describe_code(ancestor) for ancestor in value.__mro__[:-1])
    if inspect.isfunction(value):
        return f"{_describe_code(value)}:{_describe_function(value, seen)}"
    if inspect.isroutine(value):
        return _describe_code(value)
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}[{','.join(_describe(item, seen) for item in value)}]"
    if isinstance(value, (set, frozenset)):
        return f"set[{','.join(sorted(_describe(item, seen) for item in value))}]"
    if isinstance(value, Mapping):
        return _describe_mapping(value, seen)
    if hasattr(value, "get_params"):
        return f"{_describe(type(value), seen)}({_describe_mapping(value.get_params(deep=False), seen)})"
    return f"pickle:{hashlib.sha256(cloudpickle.dumps(value)).hexdigest()}"


def _describe_mapping(mapping: Mapping[Any, Any], seen: frozenset[int]) -> str:
    items = (f"{_describe(key, seen)}={_describe(item, seen)}" for key, item in mapping.items())
    return "{" + ",".join(sorted(items)) + "}"


def _describe_function(function: FunctionType, seen: frozenset[int]) -> str:
    """The code of a function, and every value that it uses and did not get as an argument."""
    outside = inspect.getclosurevars(function)
    used = {**outside.globals, **outside.nonlocals}
    values = {name: value for name, value in used.items() if not inspect.ismodule(value)}
    defaults = (function.__defaults__, function.__kwdefaults__)
    code = hashlib.sha256(marshal.dumps(function.__code__)).hexdigest()
    return f"{code}{_describe(defaults, seen)}{_describe_mapping(values, seen)}"


def _describe_code(code: Any) -> str:
    """Name of a class or function, with the version of its package, or else its source."""
    module = sys.modules.get(getattr(code, "__module__", None) or "")
    module_name = getattr(module, "__name__", "")
    name = f"{module_name}.{getattr(code, '__qualname__', repr(code))}"
    top = module_name.partition(".")[0]
    if top == "tabkit":
        return f"{name}@{_version_of_tabkit()}"
    path = getattr(module, "__file__", None)
    version = getattr(sys.modules.get(top), "__version__", None)
    if path is None and version is None:  # built in, or typed into an interpreter
        return f"{name}@{_digest_of_source(code)}"
    if version is not None and (path is None or "site-packages" in path or "dist-packages" in path):
        return f"{name}@{version}"
    # The user's own: what it calls may lie anywhere in its file.
    return f"{name}@{hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else version}"


def _digest_of_source(code: Any) -> str:
    try:
        source = inspect.getsource(code)
    except (OSError, TypeError):
        source = repr(getattr(code, "__qualname__", code))
    return hashlib.sha256(source.encode()).hexdigest()


@lru_cache(maxsize=1)
def _version_of_tabkit() -> str:
    """Versions of tabkit and of what its estimators wrap: a new one may predict otherwise."""
    versions = []
    for package in ("tabkit", "scikit-learn", "lightgbm", "xgboost", "catboost"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions.append(importlib.metadata.version(package))
    return "+".join(versions)
