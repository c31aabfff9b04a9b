"""``tabkit compare`` as a user runs it: in a process of its own, on a file."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import tabkit
from tabkit.catalog import select_candidates

QUICK = ("--models", "dummy,tree,linear", "--no-autogluon", "--no-audit", "--folds", "3", "--jobs", "2")


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tabkit", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, awkward_frame) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    awkward_frame("binary", n_rows=200).to_csv(folder / "people.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def finished(folder: Path) -> subprocess.CompletedProcess[str]:
    return run("compare", "people.csv", *QUICK, cwd=folder)


def test_first_line_names_the_target_and_the_answer_follows(finished) -> None:
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.splitlines()[0].startswith("Target: 'outcome'")
    assert "leads: ROC AUC" in finished.stdout
    assert "\x1b" not in finished.stdout
    assert "Traceback" not in finished.stderr


def test_folder_holds_everything(finished, folder: Path) -> None:
    out = folder / "tabkit-people"
    names = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert {"leaderboard.csv", "comparison.json", "report.html", "run.json", "config.yaml"} <= names
    assert "model/model.skops" in names
    assert {f"predictions/tree/fold-{fold}.parquet" for fold in range(3)} <= names
    assert not any(name.endswith(".tmp") or name.startswith(".") for name in names - {".lock"})


def test_saved_model_predicts_the_raw_file(finished, folder: Path) -> None:
    model = tabkit.load(folder / "tabkit-people" / "model" / "model.skops")
    raw = pd.read_csv(folder / "people.csv")
    assert set(model.predict(raw)) <= {"no", "yes"}


def test_predictions_cover_every_row_once(finished, folder: Path) -> None:
    kept = pd.read_parquet(folder / "tabkit-people" / "predictions" / "tree")
    assert sorted(kept["row"]) == list(range(200))


def test_same_command_goes_on_and_gives_the_same_numbers(finished, folder: Path, call) -> None:
    started = time.monotonic()
    again = call("compare", "people.csv", *QUICK, "--format", "csv", cwd=folder)
    assert time.monotonic() - started < 60
    before = pd.read_csv(folder / "tabkit-people" / "leaderboard.csv")
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(again.stdout)), before)


def test_written_options_repeat_the_run_and_a_limit_that_is_missed_is_exit_code_3(
    finished, folder: Path, call
) -> None:
    options = ("--config", "tabkit-people/config.yaml", "--format", "csv", "--fail-under", "0.999")
    again = call("compare", *options, cwd=folder)
    before = pd.read_csv(folder / "tabkit-people" / "leaderboard.csv")
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(again.stdout)), before)
    assert again.returncode == 3
    line = again.stderr.splitlines()[-1]
    assert line.startswith(f"tabkit: {before['model'][0]}, the best, has ROC AUC 0.")
    assert line.endswith("below the limit of 0.999 (--fail-under)")


@pytest.mark.slow
def test_metric_of_a_file_and_a_limit_that_is_kept(folder: Path, call) -> None:
    (folder / "costs.py").write_text(
        "def cost_error(y_true, y_pred): return float((y_true != y_pred).mean())\n"
    )
    (folder / "own.yaml").write_text("data: people.csv\nmetric: costs.py:cost_error\nfail-under: 0.9\n")
    options = (
        "--config",
        "own.yaml",
        *QUICK,
        "--models",
        "dummy",
        "--jobs",
        "1",
        "--out",
        "own",
        "--format",
        "json",
    )
    result = call("compare", *options, cwd=folder)
    assert result.returncode == 0, result.stderr
    row = json.loads(result.stdout)["leaderboard"][0]
    assert row["mean"] == pytest.approx(1 - row["scores"]["accuracy"], abs=1e-12)


def test_more_models_keep_what_is_finished(finished, folder: Path, call) -> None:
    record = folder / "tabkit-people" / "evaluations" / "tree" / "fold-0.json"
    before = record.stat().st_mtime_ns
    more = ("--models", "dummy,tree,linear,knn", *QUICK[2:])
    assert call("compare", "people.csv", *more, cwd=folder).returncode == 0
    assert record.stat().st_mtime_ns == before


@pytest.mark.slow
def test_formats_for_machines_hold_nothing_else(folder: Path, call) -> None:
    options = ("compare", "people.csv", *QUICK, "--models", "dummy", "--jobs", "1", "--out", "machine")
    parsed = json.loads(call(*options, "--format", "json", cwd=folder).stdout)
    assert parsed["leaderboard"][0]["name"]
    rows = list(csv.DictReader(io.StringIO(call(*options, "--format", "csv", cwd=folder).stdout)))
    assert rows[0]["model"] == parsed["leaderboard"][0]["name"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothere.csv",), "nothere.csv"),
        ((), "no data: name a file"),
        (("--config", "nothere.yaml"), "there is no file 'nothere.yaml'"),
        (("people.csv", "--metric", "nothere.py:f"), "there is no file 'nothere.py'"),
        (("people.csv", "--target", "outcom"), "did you mean 'outcome'"),
        (("people.csv", "--metric", "rocauc"), "unknown metric 'rocauc'"),
        (("people.csv", "--metric", "rmse"), "does not apply to binary"),
        (("people.csv", "--models", "lightgmb"), "did you mean 'lightgbm'"),
        (("people.csv", "--exclude", "nothing"), "unknown model 'nothing'"),
        (("people.csv", "--time-limit", "soon"), "is no duration"),
        (("people.csv", "--folds", "1"), "at least two"),
        (("people.csv", "--jobs", "0"), "at least one"),
        (("people.csv", "--positive", "maybe"), "maybe"),
        (("people.csv", "--time", "plan"), "plan"),
        (("people.csv", "--group", "plan", "--folds", "9"), "fewer than the 9 folds"),
        (("people.csv", "--out", "people.csv"), "cannot write into"),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, tuple) else "",
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: tuple[str, ...], message: str, folder: Path, call
) -> None:
    before = set(folder.iterdir())
    result = call("compare", "--no-autogluon", *arguments, cwd=folder)
    assert result.returncode == 2
    lines = [line for line in result.stderr.splitlines() if not line.startswith("[")]
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("tabkit: ")
    assert message in lines[0]
    assert set(folder.iterdir()) == before


def test_folder_of_another_run_is_refused(finished, folder: Path, call) -> None:
    result = call("compare", "people.csv", *QUICK, "--seed", "1", cwd=folder)
    assert result.returncode == 2
    assert "holds another run (other " in result.stderr
    assert "--overwrite" in result.stderr


def test_no_ranked_model_is_exit_code_1(folder: Path, call) -> None:
    (folder / "hanging.py").write_text(
        "import time\nfrom sklearn.dummy import DummyClassifier\n"
        "class Hangs(DummyClassifier):\n    def fit(self, X, y): time.sleep(1000)\n"
    )
    result = call(
        "compare",
        "people.csv",
        "--model",
        "hanging.py:Hangs",
        "--exclude",
        ",".join(candidate.name for candidate in select_candidates()),
        "--no-autogluon",
        "--no-audit",
        "--time-limit",
        "4",
        "--fail-under",
        "0.5",
        "--out",
        "late",
        cwd=folder,
    )
    assert result.returncode == 1, result.stdout
    assert "no model of tabkit's own has a rank, so none reaches ROC AUC 0.5" in result.stderr
    assert "No model finished every fold" in result.stdout


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


def start_and_wait_for_a_fold(folder: Path, out: str) -> tuple[subprocess.Popen[str], list[int]]:
    """Start a run of many folds and return it, with its children, once the first fold is kept."""
    options = [
        "--models",
        "dummy,random_forest",
        "--no-autogluon",
        "--no-audit",
        "--folds",
        "6",
        "--out",
        out,
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "tabkit", "compare", "people.csv", *options],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not list((folder / out).glob("evaluations/random_forest/*.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    return process, children_of(process.pid)


needs_proc = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at processes in /proc")


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_ctrl_c_prints_the_leaderboard_so_far(folder: Path, number: signal.Signals) -> None:
    process, children = start_and_wait_for_a_fold(folder, f"stopped-{number.name}")
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "dummy" in stdout
    assert "interrupted" in stdout
    assert "Traceback" not in stderr
    assert not any(is_running(pid) for pid in children)


@needs_proc
@pytest.mark.slow
def test_kill_9_loses_no_finished_fold_and_leaves_no_process(folder: Path, call) -> None:
    process, children = start_and_wait_for_a_fold(folder, "killed")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    kept = sorted((folder / "killed").glob("evaluations/*/*.json"))
    times = [path.stat().st_mtime_ns for path in kept]
    assert len(kept) >= 7
    deadline = time.monotonic() + 10
    while any(is_running(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(is_running(pid) for pid in children)
    options = ("--models", "dummy,random_forest", "--no-autogluon", "--no-audit", "--folds", "6")
    resumed = call("compare", "people.csv", *options, "--out", "killed", cwd=folder)
    assert resumed.returncode == 0, resumed.stderr
    assert [path.stat().st_mtime_ns for path in kept] == times
    undisturbed = call("compare", "people.csv", *options, "--out", "undisturbed", cwd=folder)
    assert undisturbed.returncode == 0
    boards = [pd.read_csv(folder / out / "leaderboard.csv") for out in ("killed", "undisturbed")]
    scores = [
        board.drop(columns=["fit_seconds", "predict_microseconds_per_row", "model_bytes"]) for board in boards
    ]
    pd.testing.assert_frame_equal(*scores)


def test_help_and_version_are_there(tmp_path: Path) -> None:
    assert "compare" in run("--help", cwd=tmp_path).stdout
    assert run("--version", cwd=tmp_path).stdout.strip() == f"tabkit {tabkit.__version__}"
    assert run(cwd=tmp_path).returncode == 2
