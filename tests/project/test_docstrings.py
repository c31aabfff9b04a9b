"""Every public name has a docstring that says what its signature says."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import itertools
import pkgutil
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from numpydoc.docscrape import NumpyDocString, Parameter

import tabkit

PACKAGES = [
    "tabkit",
    *(f"tabkit.{m.name}" for m in pkgutil.iter_modules(tabkit.__path__) if m.ispkg and m.name[0] != "_"),
]


def test_all_names_what_is_there_once() -> None:
    found = []
    for package in PACKAGES:
        module = importlib.import_module(package)
        names = module.__all__
        found += [f"{package}.{name}: is not there" for name in names if not hasattr(module, name)]
        found += [f"{package}.{name}: is named twice" for name in set(names) if names.count(name) > 1]
    assert not found, "\n".join(["", *found])


def test_docstrings_say_what_the_signatures_say() -> None:
    found: list[str] = []
    for package in PACKAGES:
        module = importlib.import_module(package)
        for name in module.__all__:
            public = getattr(module, name)
            if inspect.isclass(public):
                found += class_problems(f"{package}.{name}", public)
            elif inspect.isroutine(public):
                found += function_problems(f"{package}.{name}", public)
    assert not found, "\n".join(["", *found])


def class_problems(name: str, cls: type) -> list[str]:
    """Compare the docstrings of a class and of its public methods with their signatures."""
    doc = read_docstring(cls)
    if isinstance(doc, str):
        return [f"{name}: {doc}"]
    found: list[str] = []
    # Users catch exceptions, receive members of an enumeration, implement protocols; they do not make them.
    if not issubclass(cls, Exception) and not getattr(cls, "_is_protocol", False):
        documented = doc["Parameters"]
        signature = inspect.signature(cls)
        if origin := foreign_origin(cls):
            if not documented and origin not in inspect.getdoc(cls):
                found.append(f"{name}: documents no parameters and does not name {origin}, which does")
        elif dataclasses.is_dataclass(cls) and not documented:
            documented = [entry for entry in split(doc["Attributes"]) if entry.name in signature.parameters]
            found += compare(name, documented, signature, defaults_required=False)
        else:
            found += compare(name, documented, signature)
    for method_name, method in public_methods(cls):
        found += function_problems(f"{name}.{method_name}", method)
    return found


def foreign_origin(cls: type) -> str:
    """Public name of another library's class whose constructor is inherited; empty when it is tabkit's."""
    owner = next(base for base in cls.__mro__ if "__init__" in vars(base))
    package, *parts = owner.__module__.split(".")
    if package in ("tabkit", "builtins"):
        return ""
    public = itertools.takewhile(lambda part: part[0] != "_", parts)
    return ".".join([package, *public, owner.__name__])


def public_methods(cls: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods that tabkit itself writes, as plain functions."""
    for name in dir(cls):
        static = inspect.getattr_static(cls, name)
        if isinstance(static, property):
            static = static.fget
        elif isinstance(static, classmethod | staticmethod):
            static = static.__func__
        if name[0] != "_" and inspect.isfunction(static) and static.__module__.startswith("tabkit."):
            yield name, static


def function_problems(name: str, function: Callable[..., Any]) -> list[str]:
    """Compare the docstring of a function with its signature."""
    doc = read_docstring(function)
    if isinstance(doc, str):
        return [f"{name}: {doc}"]
    signature = inspect.signature(function)
    parameters = [p for p in signature.parameters.values() if p.name not in ("self", "cls")]
    return compare(name, doc["Parameters"], signature.replace(parameters=parameters))


def read_docstring(documented: object) -> NumpyDocString | str:
    """Return the parsed docstring, or in words why there is none to read."""
    text = inspect.getdoc(documented)
    if not text:
        return "no docstring"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return NumpyDocString(text)
        except (ValueError, UserWarning) as error:
            return f"not in numpydoc's form: {error}"


def compare(
    name: str, documented: list[Parameter], signature: inspect.Signature, *, defaults_required: bool = True
) -> list[str]:
    """Compare a section of parameters with a signature: names, their order, their defaults."""
    entries = split(documented)
    given = list(signature.parameters)
    if [entry.name for entry in entries] != given:
        return [f"{name}: documents {[entry.name for entry in entries]}, takes {given}"]
    found: list[str] = []
    for entry in entries:
        default = signature.parameters[entry.name].default
        stated = re.search(r"default\s*=\s*(.+)$", entry.type)
        if default is inspect.Parameter.empty or isinstance(default, dataclasses._HAS_DEFAULT_FACTORY_CLASS):
            if stated and default is inspect.Parameter.empty:
                found.append(f"{name}({entry.name}): documents a default, has none")
        elif stated is None:
            if defaults_required and entry.type.lower() != "ignored":
                found.append(f"{name}({entry.name}): does not document its default {default!r}")
        elif not says(stated[1], default):
            found.append(f"{name}({entry.name}): documents default={stated[1]}, has {default!r}")
    return found


def split(documented: list[Parameter]) -> list[Parameter]:
    """Give each of ``first, second : int`` an entry of its own, without stars."""
    return [
        Parameter(name.strip().lstrip("*"), entry.type, entry.desc)
        for entry in documented
        for name in entry.name.split(",")
    ]


def says(text: str, default: object) -> bool:
    """Whether the text of a documented default means this value."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text in (repr(default), getattr(default, "__name__", None))
    return type(value) is type(default) and value == default


@pytest.mark.parametrize(
    ("docstring", "problem"),
    [
        ("Do.\n\nParameters\n----------\na : int\nb : int, default=1", ""),
        ("Do.\n\nParameters\n----------\na, b : int, default=1", "f(a): documents a default, has none"),
        ("Do.\n\nParameters\n----------\na : int\nb : int, default=2", "f(b): documents default=2, has 1"),
        (
            "Do.\n\nParameters\n----------\na : int\nb : int, default=True",
            "f(b): documents default=True, has 1",
        ),
        ("Do.\n\nParameters\n----------\na : int\nb : int", "f(b): does not document its default 1"),
        ("Do.\n\nParameters\n----------\nb : int, default=1", "f: documents ['b'], takes ['a', 'b']"),
        ("", "f: no docstring"),
    ],
)
def test_the_check_itself_finds(docstring: str, problem: str) -> None:
    def function(a: int, b: int = 1) -> None:
        pass

    function.__doc__ = docstring
    assert function_problems("f", function) == ([problem] if problem else [])
