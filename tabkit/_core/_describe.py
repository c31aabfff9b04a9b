"""Text that is equal for equal settings, in every process and session."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import cloudpickle

from tabkit._core._version import __version__

# Of a function: what it does, and not where it stands.
_PARTS_OF_CODE = (
    "co_code",
    "co_names",
    "co_varnames",
    "co_freevars",
    "co_cellvars",
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_flags",
)


def describe(value: Any) -> str:
    """Text that is equal for equal settings: what digests of estimators, metrics and losses are made of.

    Of classes and functions it has the version of the package they come from, or their source where they are
    the user's own, with the values that functions use; of other objects their class and attributes.

    Parameters
    ----------
    value : object

    Returns
    -------
    text : str
    """
    return _describe(value, frozenset())


def _describe(value: Any, seen: frozenset[int]) -> str:
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        return f"{type(value).__name__}:{value!r}"
    if id(value) in seen:
        return "again"
    seen |= {id(value)}
    if callable(value) and (described := _describe_callable(value, seen)):
        return described
    if isinstance(value, ModuleType):
        return _describe_module(value)
    if isinstance(value, CodeType):
        parts = [getattr(value, part) for part in _PARTS_OF_CODE]
        return _describe((*parts, value.co_consts), seen)
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}[{','.join(_describe(item, seen) for item in value)}]"
    if isinstance(value, (set, frozenset)):
        return f"set[{','.join(sorted(_describe(item, seen) for item in value))}]"
    if isinstance(value, Mapping):
        return _describe_mapping(value, seen)
    if hasattr(value, "get_params"):
        settings = {**value.get_params(deep=False), **_requests_of(value)}
        return f"{_describe(type(value), seen)}({_describe_mapping(settings, seen)})"
    if _is_plain_object(value):
        return f"{_describe(type(value), seen)}({_describe_mapping(vars(value), seen)})"
    try:
        return f"pickle:{hashlib.sha256(cloudpickle.dumps(value)).hexdigest()}"
    except TypeError:  # a lock, a connection: no setting
        return _describe(type(value), seen)


def _requests_of(estimator: Any) -> dict[str, Any]:
    """What was set beside the parameters: the container of the output, and the metadata asked for."""
    names = ("_sklearn_output_config", "_metadata_request")
    return {name: vars(estimator)[name] for name in names if name in getattr(estimator, "__dict__", {})}


def _describe_callable(value: Any, seen: frozenset[int]) -> str:
    """A class, function or method; empty for an object that can be called."""
    if inspect.isclass(value):
        return "|".join(_describe_code(ancestor) for ancestor in value.__mro__[:-1])
    if inspect.isfunction(value):
        return _describe_function(value, seen)
    if inspect.ismethod(value):
        return f"{_describe(value.__self__, seen)}.{_describe(value.__func__, seen)}"
    if isinstance(value, partial):
        return f"partial{_describe((value.func, value.args, value.keywords), seen)}"
    return _describe_code(value) if inspect.isroutine(value) else ""


def _is_plain_object(value: Any) -> bool:
    """Whether an object is its class and its attributes, and says nothing else of how to copy it."""
    own = ("__reduce__", "__reduce_ex__", "__getstate__")
    return hasattr(value, "__dict__") and all(
        getattr(type(value), name) is getattr(object, name) for name in own
    )


def _describe_mapping(mapping: Mapping[Any, Any], seen: frozenset[int]) -> str:
    items = (f"{_describe(key, seen)}={_describe(item, seen)}" for key, item in mapping.items())
    return "{" + ",".join(sorted(items)) + "}"


def _describe_function(function: FunctionType, seen: frozenset[int]) -> str:
    """Name and version of a library's function; of any other what it does, and every value that it uses."""
    module = sys.modules.get(function.__module__ or "")
    is_of_library = module is not None and not _is_users_own(module)
    if is_of_library and getattr(module, function.__qualname__, None) is function:
        return _describe_code(function)
    defaults = (function.__defaults__, function.__kwdefaults__)
    parts = (function.__qualname__, function.__code__, defaults, _used_by(function))
    return _describe(parts, seen)


def _used_by(function: FunctionType) -> dict[str, Any]:
    """What a function, and the functions written inside it, find outside them, by name."""
    code = function.__code__
    found = {name: function.__globals__[name] for name in _names_in(code) if name in function.__globals__}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # nothing is in it yet
            found[name] = cell.cell_contents
    return found


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


def _describe_module(module: ModuleType) -> str:
    """Name of a module, with its source where it is the user's own."""
    path = getattr(module, "__file__", None)
    if path is None or not _is_users_own(module):
        return module.__name__
    return f"{module.__name__}@{hashlib.sha256(Path(path).read_bytes()).hexdigest()}"


def _is_users_own(module: ModuleType) -> bool:
    """Whether a module comes neither with Python nor from an installed package."""
    top = module.__name__.partition(".")[0]
    if top == "tabkit" or top in sys.stdlib_module_names:
        return False
    path = getattr(module, "__file__", None) or ""
    return "site-packages" not in path and "dist-packages" not in path


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
    versions = [__version__]
    for package in ("scikit-learn", "lightgbm", "xgboost", "catboost"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions.append(importlib.metadata.version(package))
    return "+".join(versions)
