"""What the repository says of itself: versions that agree, pins that fit, nothing of one machine."""

from __future__ import annotations

import re
import subprocess
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import tabkit

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
PINS = {
    canonicalize_name(name): Version(version)
    for name, version in (line.split("==") for line in CONSTRAINTS if line and line[0] != "#")
}
REQUIREMENTS = [
    Requirement(text)
    for text in chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    if not text.startswith("tabkit")
]
ONE_MACHINE = re.compile(
    r"(?<![\w.~*-])/(home|root|Users|mnt|opt|srv|work\w*|tmp)/\w"  # an absolute path of someone's
    r"|file:/|--(extra-)?index-url|--find-links|--trusted-host"
)


def tracked_files() -> list[Path]:
    """List what git holds, or would hold with the next commit."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
    if result.returncode:
        pytest.skip(f"not in a git checkout: {result.stderr.strip()}")
    return [path for line in result.stdout.splitlines() if (path := ROOT / line).is_file()]


def test_no_file_names_one_machine() -> None:
    found = []
    for path in tracked_files():
        if path == Path(__file__):
            continue
        # Pictures too: their text blocks can hold paths.
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if match := ONE_MACHINE.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    assert found == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("data = '/home/ada/data.csv'", True),
        ("pip install --index-url https://example.org tabkit", True),
        ("see https://example.org/home/index.html", False),
        ("../shared/data", False),
        ("/sys/fs/cgroup", False),
    ],
)
def test_paths_of_one_machine_are_told_apart(line: str, found: bool) -> None:
    assert bool(ONE_MACHINE.search(line)) is found


def test_changelog_has_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[(.+?)\]", changelog, flags=re.MULTILINE)[0] == tabkit.__version__


def test_dependencies_are_pinned_within_their_ranges() -> None:
    outside = [
        f"{requirement}: pinned at {pin}"
        for requirement in REQUIREMENTS
        if (pin := PINS.get(canonicalize_name(requirement.name))) is None or pin not in requirement.specifier
    ]
    assert not outside, "\n".join(["", *outside])


def test_pins_are_plain_and_sorted() -> None:
    lines = [line for line in CONSTRAINTS if line and line[0] != "#"]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9a-z.]*", line)] == []
    assert lines == sorted(lines, key=str.lower)


def test_extra_all_has_every_optional_family() -> None:
    extras = PROJECT["optional-dependencies"]
    (everything,) = (Requirement(text) for text in extras["all"])
    assert everything.extras == set(extras) - {"all", "dev"}
