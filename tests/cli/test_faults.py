"""What kills others: kill -9 at any moment, Ctrl-C twice, a full disk, two runs into one folder."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at processes in /proc")

MODELS = (
    "--models",
    "dummy,linear,tree,lightgbm,random_forest",
    "--no-autogluon",
    "--no-audit",
    "--folds",
    "10",
)
COSTS = ["fit_seconds", "predict_microseconds_per_row", "model_bytes"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, awkward_frame) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    awkward_frame("binary", n_rows=200).to_csv(folder / "people.csv", index=False)
    (folder / "tmp").mkdir()
    return folder


def start(folder: Path, *options: str, marker: str) -> subprocess.Popen[str]:
    """Start a run whose processes can be told by a variable, with temporary files of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tabkit", "compare", "people.csv", *MODELS, *options],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TABKIT_TEST_MARKER": marker, "TMPDIR": str(folder / "tmp")},
    )


def processes_with(marker: str) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if f"TABKIT_TEST_MARKER={marker}\0".encode() in (entry / "environ").read_bytes():
                    yield int(entry.name)
            except OSError:
                continue


def assert_nothing_is_left(folder: Path, marker: str) -> None:
    deadline = time.monotonic() + 10
    while list(processes_with(marker)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(processes_with(marker)) == []
    assert list((folder / "tmp").iterdir()) == []


def wait_for(folder: Path, out: str, pattern: str) -> None:
    deadline = time.monotonic() + 120
    while not list((folder / out).glob(pattern)) and time.monotonic() < deadline:
        time.sleep(0.02)


def kept_folds(folder: Path, out: str) -> dict[str, int]:
    paths = (folder / out).glob("evaluations/*/fold-*.json")
    return {str(path.relative_to(folder / out)): path.stat().st_mtime_ns for path in paths}


def read_board(folder: Path, out: str) -> pd.DataFrame:
    return pd.read_csv(folder / out / "leaderboard.csv").drop(columns=COSTS)


@pytest.mark.slow
def test_kill_9_at_twenty_moments_loses_no_finished_fold(folder: Path) -> None:
    rng = random.Random(0)
    kept: dict[str, int] = {}
    n_killed = 0
    while n_killed < 20:
        process = start(folder, "--out", "killed", marker=f"killed-{n_killed}")
        # Some before the first fold, some while folds end, some while the report is written.
        time.sleep(rng.uniform(1.0, 9.0))
        if process.poll() is not None:
            process.communicate()
            break
        process.kill()
        process.communicate()
        n_killed += 1
        assert_nothing_is_left(folder, f"killed-{n_killed - 1}")
        now = kept_folds(folder, "killed")
        assert kept.items() <= now.items()
        kept = now
        if len(kept) == 50 and n_killed < 20:  # all done: begin afresh, to be killed again
            compare_with_undisturbed(folder, kept)
            subprocess.run(["rm", "-r", str(folder / "killed")], check=True)
            kept = {}
    compare_with_undisturbed(folder, kept)


def compare_with_undisturbed(folder: Path, kept: dict[str, int]) -> None:
    """End the run that was killed, and see that it equals one that was not."""
    for out in ("killed", "undisturbed"):
        process = start(folder, "--out", out, marker=out)
        _, stderr = process.communicate(timeout=300)
        assert process.returncode == 0, stderr
    assert kept.items() <= kept_folds(folder, "killed").items()
    pd.testing.assert_frame_equal(read_board(folder, "killed"), read_board(folder, "undisturbed"))


@pytest.mark.parametrize("pause", [pytest.param(pause, marks=pytest.mark.slow) for pause in (0.0, 0.2, 1.0)])
def test_ctrl_c_twice_leaves_nothing_running(folder: Path, pause: float) -> None:
    marker = f"twice-{pause}"
    process = start(folder, "--out", marker, marker=marker)
    wait_for(folder, marker, "evaluations/linear/*.json")
    process.send_signal(signal.SIGINT)
    time.sleep(pause)
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stdout + stderr
    assert "Traceback" not in stderr
    assert_nothing_is_left(folder, marker)
    assert not (folder / marker / ".work").exists()


@pytest.mark.slow
def test_second_run_into_a_folder_is_refused(folder: Path) -> None:
    first = start(folder, "--out", "shared", marker="first")
    wait_for(folder, "shared", "evaluations/*/*.json")
    first.send_signal(signal.SIGSTOP)  # it must not end before the second one looks
    second = start(folder, "--out", "shared", marker="second")
    _, stderr = second.communicate(timeout=60)
    assert second.returncode == 2
    assert stderr.splitlines()[-1].startswith("tabkit: another run is writing into 'shared'")
    first.kill()
    first.communicate()
    assert_nothing_is_left(folder, "first")


def test_full_disk_is_one_line_and_nothing_half_written(folder: Path) -> None:
    # A limit on the size of files stands for a disk that is full.
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000));"
        "from tabkit.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    result = subprocess.run(
        [sys.executable, "-c", code, "compare", "people.csv", *MODELS, "--out", "full"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 2, result.stderr
    assert result.stderr.splitlines()[-1].startswith("tabkit: ")
    assert "File too large" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert not list((folder / "full").rglob("*.tmp"))
