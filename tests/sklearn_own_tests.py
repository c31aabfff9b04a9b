"""scikit-learn's own tests of a class, run on one of ours in its place."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import tabkit


def find_surprises(
    module: str,
    replaced: Mapping[str, type],
    expected: Mapping[str, str],
    folder: Path,
    **defaults: Any,
) -> str:
    """In words what fails without being expected to, and what is expected to fail and does not.

    Parameters
    ----------
    module : str
        Of scikit-learn's tests, such as "sklearn.ensemble.tests.test_stacking".
    replaced : mapping of str to type
        scikit-learn's class by its name in the module, and ours.
    expected : mapping of str to str
        Names of tests that fail, and why. With parameters, "test_a[0-b]", that case; without, all cases.
    folder : Path
        Empty, for the changed module and the report.
    **defaults : object
        Of parameters of ours, so that the outcome does not hang on chance: ``random_state=0``.

    Returns
    -------
    surprises : str
        Empty where all is as expected.
    """
    return list_surprises(run_replaced(module, replaced, folder, **defaults), expected)


def list_surprises(failures: Mapping[str, str], expected: Mapping[str, str]) -> str:
    """Compare what tests say, by `run_replaced`, with the names of those that are expected to fail."""
    found = []
    for name, failure in failures.items():
        is_expected = bool({name, _bare(name)} & expected.keys())
        if failure and not is_expected:
            found.append(f"{name} fails\n{failure}")
        if not failure and is_expected:
            found.append(f"{name} passes: expect no failure of it any more")
    known = failures.keys() | {_bare(name) for name in failures}
    found += [f"{name} is expected to fail, and is not there" for name in expected if name not in known]
    return "\n\n".join(found)


def run_replaced(module: str, replaced: Mapping[str, type], folder: Path, **defaults: Any) -> dict[str, str]:
    """What each test of a module says with our classes in it; empty where it passes.

    Parameters
    ----------
    module : str
    replaced : mapping of str to type
    folder : Path
    **defaults : object

    Returns
    -------
    failures : dict of str
        By the name of the test; those that are skipped are not there.
    """
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None, module
    changed, report = folder / f"{module.rpartition('.')[2]}.py", folder / "report.xml"
    source = Path(spec.origin).read_text(encoding="utf-8")
    changed.write_text(replace_classes(source, replaced, defaults), encoding="utf-8")
    # In a process of its own: scikit-learn's conftest, which has its fixtures, is not for our tests.
    options = ["-q", "-p", "sklearn.conftest", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=short"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--rootdir={folder}", f"--junitxml={report}", changed],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(tabkit.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.exists(), done.stdout + done.stderr
    failures = {}
    for case in ElementTree.parse(report).iter("testcase"):
        wrong = [part.text or "" for part in case if part.tag in ("failure", "error")]
        if wrong or case.find("skipped") is None:
            failures[case.attrib["name"]] = "\n".join(wrong)
    assert len(failures) > 10, f"hardly anything was tested\n{done.stdout}{done.stderr}"
    return failures


def replace_classes(source: str, replaced: Mapping[str, type], defaults: Mapping[str, Any]) -> str:
    """Let names of a module mean other classes, with other defaults, from its last import on."""
    imports = [node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
    end = imports[-1].end_lineno
    lines = source.splitlines()
    ours = []
    for name, cls in replaced.items():
        assert name in source, f"{name} is not tested here"
        ours.append(f"from {cls.__module__} import {cls.__qualname__} as {name}")
        ours.append(f"{name}.__init__.__kwdefaults__.update({dict(defaults)!r})")
    return "\n".join([*lines[:end], *ours, *lines[end:], ""])


def _bare(name: str) -> str:
    return name.partition("[")[0]
