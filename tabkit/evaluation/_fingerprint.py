"""A digest of an unfitted estimator: what it is, and every setting."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Mapping
from typing import Any

import cloudpickle


def fingerprint_estimator(estimator: Any) -> str:
    """Digest of an unfitted estimator, equal in every process and session.

    Covers its class with the version of the package it comes from (its source, where
    it comes from no package), and all parameters, those of nested estimators included.

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


def _describe(value: Any) -> str:
    """Text that is equal for equal settings."""
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        return f"{type(value).__name__}:{value!r}"
    if inspect.isclass(value) or inspect.isroutine(value):
        return _describe_code(value)
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}[{','.join(map(_describe, value))}]"
    if isinstance(value, (set, frozenset)):
        return f"set[{','.join(sorted(map(_describe, value)))}]"
    if isinstance(value, Mapping):
        return _describe_mapping(value)
    if hasattr(value, "get_params"):
        return f"{_describe_code(type(value))}({_describe_mapping(value.get_params(deep=False))})"
    return f"pickle:{hashlib.sha256(cloudpickle.dumps(value)).hexdigest()}"


def _describe_mapping(mapping: Mapping[Any, Any]) -> str:
    return (
        "{" + ",".join(sorted(f"{_describe(key)}={_describe(item)}" for key, item in mapping.items())) + "}"
    )


def _describe_code(code: Any) -> str:
    """Name of a class or function, with the version of its package or else its source."""
    module = getattr(code, "__module__", None) or ""
    name = f"{module}.{getattr(code, '__qualname__', repr(code))}"
    version = getattr(sys.modules.get(module.partition(".")[0]), "__version__", None)
    if version is not None:
        return f"{name}@{version}"
    try:
        source = inspect.getsource(code)
    except (OSError, TypeError):  # typed into an interpreter, or compiled
        source = cloudpickle.dumps(code).hex()
    return f"{name}@{hashlib.sha256(source.encode()).hexdigest()}"
