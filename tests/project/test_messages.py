"""Messages below the command line name parameters; the command line has an option for each that they name."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

import tabkit
from tabkit._core._parameters import KIND_PREFIX
from tabkit.cli._main import COMMANDS
from tabkit.cli._parser import name_options

ROOT = Path(tabkit.__file__).parent
BELOW = sorted(path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] != "cli")
# In a text, or made by an f-string; no underline of a docstring, and no style of a line ("--").
OPTION = re.compile(r"(?<![\w-])--[a-z{]")
# Where an option may stand all the same, and why.
MAY_NAME_OPTIONS = {"_core/_parameters.py": "it puts options in the place of parameters, and shows how"}
# Parameters that are of Python alone, and why.
WITHOUT_OPTION = {
    "data": "what stands without an option",
    "kinds": "an option for each kind",
    "reading": "an option for each entry",
    "monotone": "an option for each direction",
    "cv": "an object",
    "codes": "of findings; the command looks for all",
    "listener": "an object",
    "n_threads": "the command shares the processors among its jobs",
}


@pytest.fixture(scope="module")
def options() -> dict[str, str]:
    return name_options(command.add_options for command in COMMANDS)


def lines_with_options(text: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines(), 1) if OPTION.search(line)]


def test_no_text_below_the_command_line_names_an_option() -> None:
    named = [
        f"{path.relative_to(ROOT.parent)}:{line}"
        for path in BELOW
        if path.relative_to(ROOT).as_posix() not in MAY_NAME_OPTIONS
        for line in lines_with_options(path.read_text(encoding="utf-8"))
    ]
    assert not named, "\n".join(["", *named, "name the parameter, by tabkit._core._parameters.say_parameter"])


def test_options_are_found_in_texts() -> None:
    text = 'f"--{name} is"\n"pass (--na-values)"\n# of --folds\n----\nlinestyle="--"\n"a--b"\n'
    assert lines_with_options(text) == [1, 2, 3]


def said(*functions: str) -> Iterator[tuple[str, str]]:
    """Yield what is named by calls of these functions, and where."""
    for path in BELOW:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions:
                argument = node.args[0]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value, f"{path.relative_to(ROOT.parent)}:{node.lineno}"


def test_what_messages_name_has_an_option(options: dict[str, str]) -> None:
    named = [
        *said("say_parameter", "say_reading"),
        *((f"{KIND_PREFIX}{kind}", where) for kind, where in said("say_kind")),
    ]
    unknown = [f"{where}: {name}" for name, where in named if name not in {*options, *WITHOUT_OPTION}]
    assert len(named) > 50
    assert not unknown, "\n".join(["", *unknown])


@pytest.mark.parametrize("function", [tabkit.compare, tabkit.audit], ids=["compare", "audit"])
def test_parameters_have_options(function: object, options: dict[str, str]) -> None:
    """What an option is declared with, its ``dest``, is the parameter."""
    parameters = set(inspect.signature(function).parameters)  # type: ignore[arg-type]
    assert parameters - {*options, *WITHOUT_OPTION} == set()


def test_kinds_and_entries_of_reading_have_options(options: dict[str, str]) -> None:
    from tabkit.data import ColumnKind, ReadingOptions

    assert set(inspect.signature(ReadingOptions).parameters) <= set(options)
    kinds = {name.removeprefix(KIND_PREFIX) for name in options if name.startswith(KIND_PREFIX)}
    assert kinds == set(get_args(ColumnKind)) - {"constant"}
    assert (options["header"], options["audit"], options["n_folds"]) == (
        "--no-header",
        "--no-audit",
        "--folds",
    )
