"""`audit_code`: a script in, the usual leaks in it out."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tabkit._core import InputError
from tabkit.leakage._code._events import Context
from tabkit.leakage._code._flow import Flow
from tabkit.leakage._code._rules import RULES, Told
from tabkit.leakage._code._values import Rows
from tabkit.leakage._finding import SEVERITIES, Severity, rank_of

_TARGET = re.compile(r"y|Y|target|labels?|y_(all|full)")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_WIDTH = 80


@dataclass(frozen=True)
class CodeFinding:
    """One line of a script that makes its scores too good.

    Attributes
    ----------
    code : str
        What it is, the same in every version: "fitted-before-split".
    severity : {"info", "warning", "error"}
    line : int
        From 1.
    source : str
        The line.
    message : str
    cure : str
    """

    code: str
    severity: Severity
    line: int
    source: str
    message: str
    cure: str

    def as_record(self) -> dict[str, Any]:
        """The finding as JSON has it.

        Returns
        -------
        record : dict
        """
        return {
            "code": self.code,
            "severity": self.severity,
            "line": self.line,
            "source": self.source,
            "message": self.message,
            "cure": self.cure,
        }


@dataclass(frozen=True)
class CodeAudit:
    """The usual leaks in a script.

    Attributes
    ----------
    path : str
    findings : tuple of CodeFinding
        In the order of the lines.
    """

    path: str
    findings: tuple[CodeFinding, ...]

    def at_least(self, severity: Severity) -> tuple[CodeFinding, ...]:
        """The findings that are at least so severe.

        Parameters
        ----------
        severity : {"info", "warning", "error"}

        Returns
        -------
        findings : tuple of CodeFinding
        """
        return tuple(finding for finding in self.findings if rank_of(finding.severity) >= rank_of(severity))

    def as_record(self) -> dict[str, Any]:
        """The findings as the command prints them in JSON.

        Returns
        -------
        record : dict
            ``{"path": ..., "findings": [...]}``
        """
        return {"path": self.path, "findings": [finding.as_record() for finding in self.findings]}

    def __str__(self) -> str:
        if not self.findings:
            return f"{self.path}: none of the usual leaks found."
        counts = {name: sum(found.severity == name for found in self.findings) for name in SEVERITIES}
        said = [f"{n} {name}{'s' if n > 1 and name != 'info' else ''}" for name, n in counts.items() if n]
        lines = [f"{self.path}: {', '.join(reversed(said))}"]
        for finding in self.findings:
            lines += ["", f"line {finding.line}: {finding.severity.upper()} {finding.code}"]
            lines.append(f"    {finding.source}"[:_WIDTH])
            lines += textwrap.wrap(finding.message, _WIDTH, initial_indent="  ", subsequent_indent="  ")
            lines += textwrap.wrap(finding.cure, _WIDTH, initial_indent="  > ", subsequent_indent="    ")
        return "\n".join(lines)

    __repr__ = __str__


def audit_code(path: str | Path) -> CodeAudit:
    """Look for the usual leaks in a script, which is read and never run.

    Rows are followed from where they are read to where they are split, fitted on and predicted. What cannot
    be followed (through functions and classes of the script itself, loops over names, files in between) is
    not guessed at.

    Parameters
    ----------
    path : str or Path
        Of a Python script.

    Returns
    -------
    audit : CodeAudit

    Raises
    ------
    InputError
        If it cannot be read, or is no Python.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> script = '''
    ... X, y = load()
    ... X = StandardScaler().fit_transform(X)
    ... X_train, X_test, y_train, y_test = train_test_split(X, y)
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "train.py"
    ...     _ = path.write_text(script)
    ...     found = audit_code(path).findings
    >>> [(finding.line, finding.code) for finding in found]
    [(3, 'fitted-before-split')]
    """
    name = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the script {name!r} cannot be read: {error}") from error
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise InputError(f"{name!r} is no Python script: {error}") from error
    told: dict[tuple[int, str], Told] = {}
    aliases, defined, targets = _describe(tree)
    for scope in _find_scopes(tree):
        context = Context(aliases, defined, targets)
        flow = Flow(context)
        flow.names |= {argument: Rows(frozenset({argument})) for argument in _arguments(scope)}
        flow.run(scope.body)
        for rule in RULES:
            for finding in rule(context):
                told.setdefault((finding.line, finding.code), finding)
    lines = text.splitlines()
    return CodeAudit(
        name,
        tuple(
            CodeFinding(
                found.code,
                found.severity,
                found.line,
                lines[found.line - 1].strip(),
                found.message,
                found.cure,
            )
            for _, found in sorted(told.items())
        ),
    )


def _find_scopes(tree: ast.Module) -> Iterator[ast.Module | ast.FunctionDef | ast.AsyncFunctionDef]:
    """The script, and every function in it: each is followed by itself."""
    yield tree
    yield from (node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS))


def _arguments(scope: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    if isinstance(scope, ast.Module):
        return []
    given = scope.args
    return [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def _describe(tree: ast.Module) -> tuple[dict[str, str], frozenset[str], frozenset[str]]:
    """Names of what was imported, of what the script defines, and of the columns it takes as the target."""
    aliases: dict[str, str] = {}
    defined: set[str] = set()
    targets: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            aliases |= {entry.asname: entry.name for entry in node.names if entry.asname}
        elif isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            defined.add(node.name)
        elif isinstance(node, ast.Assign):
            targets |= _find_target(node)
    return aliases, frozenset(defined), frozenset(targets)


def _find_target(node: ast.Assign) -> set[str]:
    """The column of ``y = frame["price"]`` and of ``y = frame.pop("price")``."""
    named = [part.id for part in node.targets if isinstance(part, ast.Name)]
    if not any(_TARGET.fullmatch(name) for name in named):
        return set()
    return {
        part.value
        for part in ast.walk(node.value)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }
