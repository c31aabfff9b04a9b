"""The parent side of the AutoGluon row: what it hands over, and how it ends its process."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tabkit._core import InputError
from tabkit.comparison._autogluon import _fold as autogluon_module
from tabkit.comparison._autogluon._fold import (
    AutoGluonError,
    AutoGluonFold,
    evaluate_autogluon_fold,
    seconds_needed,
)
from tabkit.data import Table, Task
from tabkit.metrics import METRICS, Metric

N_ROWS = 12
TRAIN, TEST = np.arange(0, 8), np.arange(8, N_ROWS)


def make_table(target: Any, **roles: pd.Series) -> Table:
    frame = pd.DataFrame(
        {
            "label": np.arange(N_ROWS, dtype=float),
            'weird ["x"], {y}: <z>': pd.Series(range(N_ROWS), dtype="Int64").mask(np.arange(N_ROWS) == 1),
            "text": pd.Series(["a", None] * (N_ROWS // 2), dtype="string"),
            "category": pd.Categorical(["u", "v", "w"] * (N_ROWS // 3)),
            "date": pd.date_range("2024-01-01", periods=N_ROWS),
        }
    )
    return Table("made up", frame, pd.Series(target, name="group"), **roles)


def build_request(table: Table, task: Task) -> autogluon_module.AutoGluonRequest:
    return autogluon_module._build_request(table, task, TRAIN, TEST, "best_quality", 0.0, 1, 0)


def start_python(monkeypatch: pytest.MonkeyPatch, code: str) -> list[subprocess.Popen[bytes]]:
    """Let the evaluation start this code, with the folder as argument, instead of AutoGluon."""
    started = []

    def start(module: str, arguments: list[str], **settings: Any) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdin=subprocess.PIPE,
            stdout=settings["stdout"],
            stderr=settings["stderr"],
            start_new_session=True,
        )
        started.append(process)
        return process

    monkeypatch.setattr(autogluon_module, "start_module", start)
    monkeypatch.setattr(autogluon_module, "seconds_needed", lambda preset: 0.0)
    return started


def evaluate(seconds: float = 60.0, **settings: Any) -> AutoGluonFold:
    table, task = make_table(["no", "yes"] * (N_ROWS // 2)), Task("binary", ("no", "yes"))
    return evaluate_autogluon_fold(
        table, task, TRAIN, TEST, seconds=seconds, n_threads=1, random_state=0, **settings
    )


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("target", "classes"),
    [
        (["b", "a"] * 6, ("b", "a")),
        ([True, False] * 6, (False, True)),
        ([7, -1] * 6, (-1, 7)),
        ([0.5, 2.0] * 6, (0.5, 2.0)),
        (pd.Series(["b", "a"] * 6, dtype="category"), ("b", "a")),
        (pd.Series(["b", "a"] * 6, dtype="string"), ("a", "b")),
    ],
)
def test_labels_of_any_kind_become_codes_in_the_order_of_the_classes(
    target: Any, classes: tuple[Any, ...]
) -> None:
    request = build_request(make_table(target), Task("binary", classes))
    expected = [classes.index(label) for label in np.asarray(target)[TRAIN].tolist()]
    assert request.train["label"].tolist() == expected


def test_an_unknown_label_is_named() -> None:
    with pytest.raises(InputError, match="label 'maybe' of the target is not among the task's classes"):
        build_request(make_table(["no", "maybe"] * 6), Task("binary", ("no", "yes")))


def test_child_gets_training_rows_and_features_of_test_rows_only() -> None:
    target = np.arange(100.0, 100.0 + N_ROWS)
    table = make_table(target)
    before = table.frame.copy()
    request = build_request(table, Task("regression"))
    assert [*request.train] == [f"feature_{i}" for i in range(5)] + ["label"]
    assert [*request.test] == [f"feature_{i}" for i in range(5)]
    assert request.train["label"].tolist() == target[TRAIN].tolist()
    assert request.train["feature_0"].tolist() == TRAIN.tolist()
    assert request.test["feature_0"].tolist() == TEST.tolist()
    pd.testing.assert_frame_equal(table.frame, before)


def test_dtypes_are_those_that_autogluon_knows() -> None:
    train = build_request(make_table(np.arange(N_ROWS) / 2), Task("regression")).train
    assert train["feature_1"].dtype == np.float64
    assert np.isnan(train["feature_1"][1])
    assert train["feature_2"].dtype == object
    assert train["feature_2"][1] is None
    assert isinstance(train["feature_3"].dtype, pd.CategoricalDtype)
    assert train["feature_4"].dtype.kind == "M"


def test_roles_are_handed_over_only_where_the_task_has_them() -> None:
    groups = pd.Series(["x", "x", None, "y"] * 3)
    times = pd.Series(pd.date_range("2024-01-12", periods=N_ROWS, freq="-1D"))
    table = make_table(np.arange(N_ROWS) / 2, groups=groups, times=times)
    plain = build_request(table, Task("regression"))
    assert not plain.has_groups
    assert not plain.has_times
    assert not plain.has_weights
    both = build_request(table, Task("regression", has_groups=True, has_times=True))
    assert both.train["time"].is_monotonic_increasing
    assert both.train["feature_0"].tolist() == TRAIN[::-1].tolist()  # rows are moved as a whole
    assert both.train["group"].nunique() == 3  # rows without a group are one group
    assert "group" not in both.test


def test_weights_of_training_rows_are_handed_over() -> None:
    table = make_table(np.arange(N_ROWS) / 2, weights=pd.Series(np.arange(N_ROWS)))
    request = build_request(table, Task("regression"))
    assert request.has_weights
    assert request.train["weight"].tolist() == TRAIN.tolist()
    assert "weight" not in request.test


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_every_metric_has_a_name_that_autogluon_knows(kind: Any) -> None:
    metrics = pytest.importorskip("autogluon.core.metrics")
    classes = {"binary": (0, 1), "multiclass": (0, 1, 2), "regression": ()}[kind]
    for metric in METRICS.values():
        if kind in metric.task_kinds:
            name = autogluon_module._eval_metric(Task(kind, classes, metric.name))
            assert metrics.get_metric(name, kind) is not None


@pytest.mark.parametrize(("needs", "name"), [("labels", "accuracy"), ("scores", "average_precision")])
def test_metric_of_the_users_own_has_a_near_one(needs: Any, name: str) -> None:
    own = Metric("own", "own", True, ("binary",), needs, lambda *_: 0.0)
    assert autogluon_module._eval_metric(Task("binary", (0, 1), metric="own", own_metric=own)) == name


def test_too_few_seconds_start_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    started = start_python(monkeypatch, "")
    monkeypatch.setattr(autogluon_module, "seconds_needed", seconds_needed)
    with pytest.raises(AutoGluonError, match=r"3 s per fold, and AutoGluon needs \d+ s") as info:
        evaluate(3.0)
    assert info.value.status == "too little time"
    assert started == []


def test_stop_kills_the_process_with_its_children_and_removes_the_folder(
    monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open(sys.argv[1] + '/../child', 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )
    started = start_python(monkeypatch, code)
    stop = threading.Event()
    pid_file = temporary / "child"
    stopped_at: list[float] = []

    def stop_when_started() -> None:
        wait_for(lambda: pid_file.exists() and bool(pid_file.read_text()))
        stopped_at.append(time.monotonic())
        stop.set()

    thread = threading.Thread(target=stop_when_started)
    thread.start()
    with pytest.raises(AutoGluonError, match="was stopped before it had finished") as info:
        evaluate(stop=stop)
    seconds = time.monotonic() - stopped_at[0]
    thread.join()
    assert info.value.status == "interrupted"
    assert seconds < 1.0
    assert started[0].returncode == -signal.SIGKILL
    wait_for(lambda: not is_running(int(pid_file.read_text())))
    assert [path.name for path in temporary.iterdir()] == ["child"]


def test_keyboard_interrupt_leaves_nothing(monkeypatch: pytest.MonkeyPatch, temporary: Path) -> None:
    started = start_python(monkeypatch, "import time; time.sleep(60)")

    def interrupt(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(autogluon_module, "_wait", interrupt)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        evaluate()
    assert started[0].returncode == -signal.SIGKILL
    assert list(temporary.iterdir()) == []


def test_overstaying_is_too_slow(monkeypatch: pytest.MonkeyPatch, temporary: Path) -> None:
    started = start_python(monkeypatch, "import time; time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(AutoGluonError, match="had not finished after its 1 s per fold") as info:
        evaluate(0.6)
    assert info.value.status == "too slow"
    assert time.monotonic() - began < 0.6 + autogluon_module._grace(0.6) + 1.0
    assert started[0].returncode == -signal.SIGKILL
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import sys; sys.exit('no space left')", "ended with exit code 1: no space left"),
        ("import os; os.abort()", "ended by signal SIGABRT"),
        ("import os; os.kill(os.getpid(), 9)", "was killed, most likely because the memory was used up"),
        ("", "ended with exit code 0: nothing in its log"),
    ],
)
def test_a_crash_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, temporary: Path, code: str, message: str
) -> None:
    start_python(monkeypatch, code)
    with pytest.raises(AutoGluonError, match=message) as info:
        evaluate()
    assert info.value.status == "failed"
    assert "\n" not in str(info.value)
    assert list(temporary.iterdir()) == []


def test_folders_of_killed_processes_are_removed_and_those_in_use_stay(temporary: Path) -> None:
    code = (
        "import os\n"
        "from tabkit.comparison._autogluon._fold import _temporary_folder\n"
        "with _temporary_folder() as folder:\n"
        "    os.kill(os.getpid(), 9)"
    )
    environment = os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    (left_behind,) = temporary.iterdir()
    with autogluon_module._temporary_folder() as first:
        assert not left_behind.exists()
        with autogluon_module._temporary_folder() as second:
            assert first.exists()
            assert second.exists()
    assert list(temporary.iterdir()) == []


def test_the_error_survives_a_process_border() -> None:
    error = pickle.loads(pickle.dumps(AutoGluonError("a sentence", "too slow", "a log")))
    assert (str(error), error.status, error.log) == ("a sentence", "too slow", "a log")


def is_running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
