"""The shape of the source: small files and functions, private modules, scikit-learn's public parts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import tabkit

ROOT = Path(tabkit.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
# The one file that may name private parts of scikit-learn.
PRIVATE_SKLEARN = ROOT / "_core" / "_sklearn.py"


def module_name(path: Path) -> str:
    return str(path.relative_to(ROOT.parent))


modules = pytest.mark.parametrize("path", MODULES, ids=module_name)


@modules
def test_file_is_one_concept(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE_LINES


@modules
def test_functions_read_in_one_sitting(path: Path) -> None:
    long = {f"{name} (line {line})": n for name, line, n in function_lengths(path) if n > MAX_FUNCTION_LINES}
    assert long == {}


@modules
def test_module_is_private(path: Path) -> None:
    assert path.name.startswith("_"), "public names are exported by the package's __init__"


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=module_name)
def test_package_lists_its_public_names(path: Path) -> None:
    is_private = any(part.startswith("_") for part in path.parent.relative_to(ROOT).parts)
    assert is_private or "__all__" in path.read_text(encoding="utf-8")


@modules
def test_private_parts_of_scikit_learn_are_named_in_one_file(path: Path) -> None:
    if path != PRIVATE_SKLEARN:
        assert [name for name in imported_names(path) if is_private_sklearn(name)] == []


@modules
def test_init_takes_no_unnamed_parameters(path: Path) -> None:
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            assert node.args.kwarg is None, f"line {node.lineno}: **{node.args.kwarg} hides what is accepted"


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def function_lengths(path: Path) -> Iterator[tuple[str, int, int]]:
    """Yield name, line and number of lines of every function, its docstring left out."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            length = node.end_lineno - node.lineno + 1
            first = node.body[0]
            if ast.get_docstring(node) is not None and first.end_lineno is not None:
                length -= first.end_lineno - first.lineno + 1
            yield node.name, node.lineno, length


def imported_names(path: Path) -> Iterator[str]:
    """Yield the dotted name of everything a module imports, wherever in it."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_private_sklearn(name: str) -> bool:
    first, *rest = name.split(".")
    return first == "sklearn" and any(part.startswith("_") and not part.startswith("__") for part in rest)


@pytest.mark.parametrize(
    ("name", "private"),
    [
        ("sklearn.utils._param_validation.Interval", True),
        ("sklearn.utils._tags", True),
        ("sklearn.base.BaseEstimator", False),
        ("sklearn.__version__", False),
        ("skrub._to_str", False),
    ],
)
def test_private_names_are_told_apart(name: str, private: bool) -> None:
    assert is_private_sklearn(name) is private
