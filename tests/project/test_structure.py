"""The shape of the source: small files and functions, private modules, scikit-learn's public parts."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

import tabkit

ROOT = Path(tabkit.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
TESTS = Path(__file__).parents[1]
# Slow to import, and not needed by most runs of some tests.
IMPORTED_IN_TESTS = (
    "autogluon",
    "catboost",
    "imblearn.utils",
    "interpret",
    "lightgbm",
    "mapie",
    "matplotlib",
    "optuna",
    "psycopg",
    "shap",
    "skops",
    "sklearn.utils.estimator_checks",
    "xgboost",
)
# The one file that may name private parts of scikit-learn.
PRIVATE_SKLEARN = ROOT / "_core" / "_sklearn.py"


def place(path: Path, node: ast.stmt | ast.expr | None = None) -> str:
    """Name a file, or a line of it, as an editor opens it."""
    name = str(path.relative_to(ROOT.parent))
    return f"{name}:{node.lineno}" if node else name


def listed(offenders: Iterable[str]) -> str:
    """One offender a line, all of a rule in one message."""
    return "\n".join(["", *offenders])


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_files_are_one_concept() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    long = [f"{place(path)}: {n} lines" for path, n in lengths.items() if n > MAX_FILE_LINES]
    assert not long, listed(long)


def test_functions_read_in_one_sitting() -> None:
    long = [
        f"{place(path, node)}: {node.name} has {n} lines"
        for path in MODULES
        for node, n in function_lengths(parse(path))
        if n > MAX_FUNCTION_LINES
    ]
    assert not long, listed(long)


def test_modules_are_private() -> None:
    public = [place(path) for path in MODULES if not path.name.startswith("_")]
    assert not public, listed([*public, "public names are exported by the package's __init__"])


def test_packages_list_their_public_names() -> None:
    silent = []
    for path in MODULES:
        is_private = any(part.startswith("_") for part in path.parent.relative_to(ROOT).parts)
        is_package = path.name == "__init__.py" and not is_private
        if is_package and "__all__" not in path.read_text(encoding="utf-8"):
            silent.append(place(path))
    assert not silent, listed(silent)


def test_private_parts_of_scikit_learn_are_named_in_one_file() -> None:
    named = [
        f"{place(path, node)}: {name}"
        for path in MODULES
        if path != PRIVATE_SKLEARN
        for node, name in imported_names(parse(path))
        if is_private_sklearn(name)
    ]
    assert not named, listed(named)


def test_no_init_takes_unnamed_parameters() -> None:
    hiding = [
        f"{place(path, node)}: **{node.args.kwarg.arg} hides what is accepted"
        for path in MODULES
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef) and node.name == "__init__" and node.args.kwarg
    ]
    assert not hiding, listed(hiding)


def test_collecting_tests_imports_nothing_that_few_of_them_need() -> None:
    early = [
        f"{path.relative_to(TESTS.parent)}:{node.lineno}: {name}"
        for path in sorted(TESTS.rglob("*.py"))
        if path.name.startswith(("test_", "conftest"))
        for node, name in imported_names(parse(path), is_deep=False)
        if name.startswith(IMPORTED_IN_TESTS)
        or (name.startswith(("torch", "skorch")) and path.parent.name != "neural_network")
    ]
    assert not early, listed([*early, "import it inside the tests or fixtures"])


def function_lengths(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    """Yield every function and its number of lines, its docstring left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            length = node.end_lineno - node.lineno + 1
            first = node.body[0]
            if ast.get_docstring(node) is not None and first.end_lineno is not None:
                length -= first.end_lineno - first.lineno + 1
            yield node, length


def imported_names(tree: ast.Module, *, is_deep: bool = True) -> Iterator[tuple[ast.stmt, str]]:
    """Yield the dotted name of all that a module imports, wherever in it or at its top, and the statement."""
    for node in ast.walk(tree) if is_deep else tree.body:
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


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


FOUND_ANYWHERE = """
def outer():
    '''Not counted,
    either line.'''
    def inner():
        from sklearn.utils import _tags
"""


def test_functions_and_imports_are_found_wherever_they_stand() -> None:
    tree = ast.parse(FOUND_ANYWHERE)
    assert [(node.name, n) for node, n in function_lengths(tree)] == [("outer", 3), ("inner", 2)]
    assert [(node.lineno, name) for node, name in imported_names(tree)] == [(6, "sklearn.utils._tags")]
