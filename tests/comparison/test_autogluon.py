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
from types import SimpleNamespace
from typing import Any

import fake_autogluon as stand_ins
import numpy as np
import pandas as pd
import pytest
from fake_autogluon import wait_for

from tabkit._core import InputError
from tabkit.comparison._autogluon import _fold as autogluon_module
from tabkit.comparison._autogluon._answer import AutoGluonError, AutoGluonFold
from tabkit.comparison._autogluon._fold import evaluate_autogluon_fold
from tabkit.comparison._autogluon._folder import temporary_folder
from tabkit.comparison._autogluon._request import AutoGluonRequest, build_request, eval_metric
from tabkit.data import Table, Task
from tabkit.evaluation import Finished
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


def make_request(table: Table, task: Task) -> AutoGluonRequest:
    return build_request(table, task, TRAIN, TEST, "best_quality", 0.0, 1, 0)


def put_in_place(monkeypatch: pytest.MonkeyPatch, stand_in: Callable[..., Any]) -> None:
    """Let the process call this instead of AutoGluon."""
    monkeypatch.setattr(autogluon_module, "fit_and_predict", stand_in)
    monkeypatch.setattr(autogluon_module, "seconds_needed", lambda preset: 0.0)


def evaluate(seconds: float = 60.0, **settings: Any) -> AutoGluonFold:
    table, task = make_table(["no", "yes"] * (N_ROWS // 2)), Task("binary", ("no", "yes"))
    settings = {"n_threads": 1} | settings
    return evaluate_autogluon_fold(table, task, TRAIN, TEST, seconds=seconds, random_state=0, **settings)


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
    request = make_request(make_table(target), Task("binary", classes))
    expected = [classes.index(label) for label in np.asarray(target)[TRAIN].tolist()]
    assert request.train["label"].tolist() == expected


def test_an_unknown_label_is_named() -> None:
    with pytest.raises(InputError, match="label 'maybe' of the target is not among the task's classes"):
        make_request(make_table(["no", "maybe"] * 6), Task("binary", ("no", "yes")))


def test_child_gets_training_rows_and_features_of_test_rows_only() -> None:
    target = np.arange(100.0, 100.0 + N_ROWS)
    table = make_table(target)
    before = table.frame.copy()
    request = make_request(table, Task("regression"))
    assert [*request.train] == [f"feature_{i}" for i in range(5)] + ["label"]
    assert [*request.test] == [f"feature_{i}" for i in range(5)]
    assert request.train["label"].tolist() == target[TRAIN].tolist()
    assert request.train["feature_0"].tolist() == TRAIN.tolist()
    assert request.test["feature_0"].tolist() == TEST.tolist()
    pd.testing.assert_frame_equal(table.frame, before)


def test_dtypes_are_those_that_autogluon_knows() -> None:
    train = make_request(make_table(np.arange(N_ROWS) / 2), Task("regression")).train
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
    plain = make_request(table, Task("regression"))
    assert not plain.has_groups
    assert not plain.has_times
    assert not plain.has_weights
    both = make_request(table, Task("regression", has_groups=True, has_times=True))
    assert both.train["time"].is_monotonic_increasing
    assert both.train["feature_0"].tolist() == TRAIN[::-1].tolist()  # rows are moved as a whole
    assert both.train["group"].nunique() == 3  # rows without a group are one group
    assert "group" not in both.test


def test_weights_of_training_rows_are_handed_over() -> None:
    table = make_table(np.arange(N_ROWS) / 2, weights=pd.Series(np.arange(N_ROWS)))
    request = make_request(table, Task("regression"))
    assert request.has_weights
    assert request.train["weight"].tolist() == TRAIN.tolist()
    assert "weight" not in request.test


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_every_metric_has_a_name_that_autogluon_knows(kind: Any) -> None:
    metrics = pytest.importorskip("autogluon.core.metrics")
    classes = {"binary": (0, 1), "multiclass": (0, 1, 2), "regression": ()}[kind]
    for metric in METRICS.values():
        if kind in metric.task_kinds:
            name = eval_metric(Task(kind, classes, metric.name))
            assert metrics.get_metric(name, kind) is not None


@pytest.mark.parametrize(("needs", "name"), [("labels", "accuracy"), ("scores", "average_precision")])
def test_metric_of_the_users_own_has_a_near_one(needs: Any, name: str) -> None:
    own = Metric("own", "own", True, ("binary",), needs, lambda *_: 0.0)
    assert eval_metric(Task("binary", (0, 1), metric="own", own_metric=own)) == name


def test_too_few_seconds_start_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autogluon_module, "LocalProcesses", None)  # nothing that could be called
    with pytest.raises(AutoGluonError, match=r"3 s per fold, and AutoGluon needs \d+ s") as info:
        evaluate(3.0)
    assert info.value.status == "too little time"


@pytest.mark.slow
def test_codes_become_labels_and_everything_lies_in_the_folder(
    monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    put_in_place(monkeypatch, stand_ins.predict_the_first_class)
    found = evaluate(61.04, n_threads=3)
    assert found.prediction.tolist() == ["no"] * len(TEST)
    folder = found.details["at"]
    assert Path(folder).parent == temporary
    assert found.details == {
        "seconds given": "61.0",
        "TMPDIR": folder,
        "LOKY_MAX_CPU_COUNT": "3",
        "OMP_NUM_THREADS": "3",
        "folder": f"{folder}/model",
        "at": folder,
    }
    assert list(temporary.iterdir()) == []


@pytest.mark.slow
def test_stop_kills_the_process_with_its_children_and_removes_the_folder(
    monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    put_in_place(monkeypatch, stand_ins.hang)
    stop = threading.Event()
    stopped_at: list[float] = []

    def stop_when_started() -> None:
        wait_for((temporary / "noted").exists)
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
    assert_nothing_is_left(temporary)


def test_keyboard_interrupt_leaves_nothing(monkeypatch: pytest.MonkeyPatch, temporary: Path) -> None:
    put_in_place(monkeypatch, stand_ins.hang)

    def interrupt_when_started() -> None:
        wait_for((temporary / "noted").exists)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt_when_started)
    thread.start()
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        evaluate()
    thread.join()
    assert_nothing_is_left(temporary)


def assert_nothing_is_left(temporary: Path) -> None:
    child = int((temporary / "noted").read_text())
    wait_for(lambda: not is_running(child), seconds=10.0)
    assert stand_ins.processes_of_autogluon(temporary) == []
    assert [path.name for path in temporary.iterdir()] == ["noted"]


def test_overstaying_is_too_slow(monkeypatch: pytest.MonkeyPatch, temporary: Path) -> None:
    put_in_place(monkeypatch, stand_ins.hang)
    began = time.monotonic()
    with pytest.raises(AutoGluonError, match="had not finished after its 1 s per fold") as info:
        evaluate(0.6)  # the start of the process, which takes longer, counts
    assert info.value.status == "too slow"
    assert time.monotonic() - began < 0.6 + autogluon_module._grace(0.6) + 1.0
    assert stand_ins.processes_of_autogluon(temporary) == []
    assert not list(temporary.glob("tabkit-*"))


@pytest.mark.slow
def test_one_that_overstays_is_killed_and_its_log_is_kept(
    monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    put_in_place(monkeypatch, stand_ins.hang)
    began = time.time()
    # The 60 s are over once it hangs.
    clock = SimpleNamespace(time=lambda: began + 1000.0 * (temporary / "noted").exists())
    monkeypatch.setattr(autogluon_module, "time", clock)
    with pytest.raises(AutoGluonError, match="had not finished after its 60 s per fold") as info:
        evaluate(60.0)
    assert (info.value.status, info.value.log) == ("too slow", "it hangs")
    assert_nothing_is_left(temporary)


@pytest.mark.parametrize(
    ("stand_in", "message", "log"),
    [
        (
            stand_ins.leave_in_words,
            "'s process ended with exit code 1: no space left",
            "before\nno space left",
        ),
        pytest.param(
            stand_ins.leave_without_a_word,
            "'s process ended with exit code 0: nothing in its log",
            "",
            marks=pytest.mark.slow,
        ),
        pytest.param(stand_ins.abort, "'s process ended by signal SIGABRT", "", marks=pytest.mark.slow),
        pytest.param(
            stand_ins.meet_the_killer,
            "'s process was killed, most likely because the memory was used up",
            "",
            marks=pytest.mark.slow,
        ),
        pytest.param(stand_ins.raise_error, " failed: ValueError: two", None, marks=pytest.mark.slow),
    ],
)
def test_a_crash_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
    temporary: Path,
    stand_in: Callable[..., Any],
    message: str,
    log: str | None,
) -> None:
    put_in_place(monkeypatch, stand_in)
    with pytest.raises(AutoGluonError, match=rf"^AutoGluon{message}$") as info:
        evaluate()
    assert info.value.status == "failed"
    if log is None:
        assert info.value.log.endswith("ValueError: two\nlines")
    else:
        assert info.value.log == log
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("end", "log", "message"),
    [
        ({"exit_code": 1}, "before\nno space left", "'s process ended with exit code 1: no space left"),
        ({"exit_code": 0}, "", "'s process ended with exit code 0: nothing in its log"),
        ({"exit_code": -6}, "terminate called", "'s process ended by signal SIGABRT"),
        ({"exit_code": -9}, "", "'s process was killed, most likely because the memory was used up"),
        (
            {"exit_code": -9, "is_above_memory_limit": True},
            "",
            r" used more than 2\.0 GB of memory: raise memory_limit",
        ),
        ({}, "", " failed: the executor's words"),
    ],
)
def test_the_end_of_the_process_is_said_in_words(end: dict[str, Any], log: str, message: str) -> None:
    finished = Finished("fold", error="the executor's words", **end)
    with pytest.raises(AutoGluonError, match=rf"^AutoGluon{message}$") as info:
        autogluon_module._read_answer(finished, log, 2_000_000_000)
    assert (info.value.status, info.value.log) == ("failed", log)


def test_a_process_that_does_not_start_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, temporary: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    broken = tmp_path_factory.mktemp("broken")
    (broken / "cloudpickle.py").write_text("raise ImportError('this is not cloudpickle')")
    monkeypatch.syspath_prepend(broken)
    put_in_place(monkeypatch, stand_ins.hang)
    with pytest.raises(
        AutoGluonError, match=r"^AutoGluon failed: a worker process could not start: .*$"
    ) as info:
        evaluate()
    assert info.value.status == "failed"
    assert info.value.log.endswith("ImportError: this is not cloudpickle")
    assert list(temporary.iterdir()) == []


@pytest.mark.slow
def test_one_that_uses_too_much_memory_is_killed_and_its_log_is_kept(
    monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    put_in_place(monkeypatch, stand_ins.fill_memory)
    message = r"^AutoGluon used more than 0\.5 GB of memory: raise memory_limit$"
    with pytest.raises(AutoGluonError, match=message) as info:
        evaluate(memory_limit=500_000_000)
    assert (info.value.status, info.value.log) == ("failed", "it fills the memory")
    assert list(temporary.iterdir()) == []


@pytest.mark.slow
def test_a_failure_brings_the_last_lines_whoever_wrote_them(
    monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # with it, native code has no buffer either
    put_in_place(monkeypatch, stand_ins.fail_after_writing)
    with pytest.raises(AutoGluonError, match=r"^AutoGluon failed: a made-up reason$") as info:
        evaluate()
    assert info.value.status == "failed"
    lines = info.value.log.split("\n")
    assert lines[:56] == [f"line {number}" for number in range(40, 96)]
    # In the order in which the buffers are written.
    assert lines[56:] == ["from a child", "an error", "last of Python", "from native code"]
    assert list(temporary.iterdir()) == []


def test_folders_of_killed_processes_are_removed_and_those_in_use_stay(temporary: Path) -> None:
    code = (
        "import os\n"
        "from tabkit.comparison._autogluon._folder import temporary_folder\n"
        "with temporary_folder() as folder:\n"
        "    (folder / 'file').touch()\n"
        "    os.kill(os.getpid(), 9)"
    )
    environment = os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    (left_behind,) = (path for path in temporary.iterdir() if path.is_dir())
    assert (left_behind / "file").exists()
    with temporary_folder() as first:
        assert not left_behind.exists()
        with temporary_folder() as second:
            assert first.exists()
            assert second.exists()
    assert list(temporary.iterdir()) == []


def test_a_folder_is_locked_before_it_is_there_and_a_free_lock_alone_is_left(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about_to_be_held = temporary / "tabkit-autogluon-other.lock"
    about_to_be_held.touch()
    make = Path.mkdir
    met: list[bool] = []

    def make_and_meet_another(path: Path, *arguments: Any, **settings: Any) -> None:
        make(path, *arguments, **settings)
        monkeypatch.undo()
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        with temporary_folder():  # which looks for folders that nobody holds
            met.append(path.exists())

    monkeypatch.setattr(Path, "mkdir", make_and_meet_another)
    with temporary_folder() as folder:
        assert met == [True]
        assert folder.exists()
    assert list(temporary.iterdir()) == [about_to_be_held]


def test_the_error_survives_a_process_border() -> None:
    error = pickle.loads(pickle.dumps(AutoGluonError("a sentence", "too slow", "a log")))
    assert (str(error), error.status, error.log) == ("a sentence", "too slow", "a log")


def is_running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
