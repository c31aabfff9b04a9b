"""What the pages say works: Python blocks run, options exist, links lead somewhere."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tabkit.cli._main import COMMANDS

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted(ROOT.glob("docs/**/*.md")),
]
# Forests and searches over hundreds of columns; networks.
LONG = (
    "automl",
    "calibration",
    "ensembles",
    "getting_started",
    "leaks",
    "neural_networks",
    "resampling",
    "validation",
)
BLOCK = re.compile(
    r"^(?P<skip><!-- not run: .+ -->\n)?```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def page_name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> Iterator[tuple[int, str]]:
    """Yield first line and code of the blocks of a page that are to be run."""
    text = page.read_text(encoding="utf-8")
    for match in BLOCK.finditer(text):
        if match["language"] == language and not match["skip"]:
            yield text.count("\n", 0, match.start("code")) + 1, match["code"]


def pages_with_code() -> list[Any]:
    """The pages whose blocks are run, by their names."""
    return [
        pytest.param(page, id=page_name(page), marks=pytest.mark.slow if page.stem in LONG else ())
        for page in PAGES
        if any(blocks(page, "python"))
    ]


@pytest.mark.parametrize("page", pages_with_code())
def test_python_blocks_run(
    page: Path, awkward_frame: Callable[..., pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The blocks of a page run in order in one namespace, beside a file ``customers.csv``."""
    awkward_frame(n_rows=200).rename(columns={"outcome": "churn"}).to_csv(
        tmp_path / "customers.csv", index=False
    )
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": page.stem}
    for line, code in blocks(page, "python"):
        # The empty lines make a traceback show the line of the page.
        exec(compile("\n" * (line - 1) + code, page, "exec"), namespace)


def test_commands_in_shell_blocks_exist() -> None:
    unknown = [
        f"{page_name(page)}: block at line {line}: tabkit {command} has no {option}"
        for page in PAGES
        for line, code in blocks(page, "bash")
        for command, rest in re.findall(r"^tabkit (\w+)(.*)", code.replace("\\\n", " "), re.MULTILINE)
        for option in sorted(set(OPTION.findall(rest)) - options_of(command))
    ]
    assert not unknown, "\n".join(["", *unknown])


def test_page_on_the_command_line_has_every_option() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    _, *sections = re.split(r"^## tabkit (\w+)$", page, flags=re.MULTILINE)
    documented = dict(zip(sections[::2], sections[1::2], strict=True))
    assert list(documented) == [command.NAME for command in COMMANDS]
    for command, section in documented.items():
        named = set(re.findall(r"^\| `(--[a-z-]+)", section, re.MULTILINE))
        assert named == options_of(command) - {"--help"}, command


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page_name(page)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not broken, "\n".join(["", *broken])


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    unknown = [
        f"{page_name(page)}: make {target}"
        for page in PAGES
        for target in re.findall(r"`make ([a-z-]+)`", page.read_text(encoding="utf-8"))
        if target not in targets
    ]
    assert not unknown, "\n".join(["", *unknown])


@pytest.mark.parametrize("arguments", [["compare_churn.py"], ["demo_data.py", "data/breast_cancer.csv"]])
def test_examples_run(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", arguments)
    runpy.run_path(str(ROOT / "docs" / "examples" / arguments[0]), run_name="__main__")
    assert capsys.readouterr().out


@cache
def options_of(command: str) -> frozenset[str]:
    """Return the options in a command's ``--help``."""
    result = subprocess.run(
        [sys.executable, "-m", "tabkit", command, "--help"],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert result.returncode == 0, result.stderr
    return frozenset(OPTION.findall(result.stdout))
