"""AutoGluon itself, in its process: small fits with the quickest preset."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fake_autogluon import processes_of_autogluon, wait_for

from tabkit import InputError
from tabkit.comparison._autogluon import _fitting as autogluon_fitting
from tabkit.comparison._autogluon._answer import AutoGluonError, AutoGluonFold
from tabkit.comparison._autogluon._fold import evaluate_autogluon_fold
from tabkit.comparison._autogluon._folder import temporary_folder
from tabkit.comparison._autogluon._presets import check_preset, preset_settings
from tabkit.data import Table, Task

if find_spec("autogluon") is None or find_spec("autogluon.tabular") is None:
    pytest.skip("autogluon is not installed", allow_module_level=True)

N_ROWS = 240
PRESET = "medium_quality"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def make_table(frame: pd.DataFrame, **roles: Any) -> Table:
    features = frame.drop(columns="outcome").rename(columns={"age": "label", "city": "group"})
    features["joined"] = pd.to_datetime(features["joined"])
    return Table("made up", features, frame["outcome"], **roles)


def evaluate(table: Table, task: Task, n_train: int = 180, **settings: Any) -> AutoGluonFold:
    rows = np.arange(N_ROWS)
    settings = {"seconds": 150.0, "preset": PRESET} | settings
    return evaluate_autogluon_fold(
        table, task, rows[:n_train], rows[n_train:], n_threads=1, random_state=0, **settings
    )


def test_presets_are_those_of_autogluon() -> None:
    from autogluon.tabular.configs.presets_configs import tabular_presets_alias, tabular_presets_dict

    for name, preset in tabular_presets_dict.items():
        assert preset_settings(name) == preset
    for alias, name in tabular_presets_alias.items():
        check_preset(alias)
        assert preset_settings(alias) == tabular_presets_dict[name]


def test_unknown_preset_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        InputError, match="AutoGluon has no preset 'best-quality': did you mean 'best_quality'"
    ):
        check_preset("best-quality")


def test_a_model_that_overstays_is_interrupted_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    from autogluon.core.utils.exceptions import TimeLimitExceeded
    from autogluon.tabular.trainer import AutoTrainer

    def _train_single() -> None:
        time.sleep(10.0)

    assert hasattr(AutoTrainer, _train_single.__name__)
    monkeypatch.setattr(autogluon_fitting, "_OVERSTAY_SECONDS", 0.2)
    previous = signal.signal(signal.SIGALRM, autogluon_fitting._interrupt)
    guard = autogluon_fitting._OverstayGuard()
    try:
        assert guard.before_model_fit(None, None, time_limit=0.1, stack_name="core", level=1) == (
            False,
            False,
        )
        time.sleep(0.5)  # not in a fit: nothing is raised
        with pytest.raises(TimeLimitExceeded, match=r"^$"):
            _train_single()
        guard.after_model_fit(None, [], stack_name="core", level=1)
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        guard.before_model_fit(None, None, time_limit=0.1, stack_name="aux1", level=2)
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, previous)


@pytest.mark.slow
def test_text_labels_with_groups(
    awkward_frame: Callable[..., pd.DataFrame], temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    working_directory = temporary / "here"
    working_directory.mkdir()
    monkeypatch.chdir(working_directory)
    frame = awkward_frame("binary")
    table = make_table(frame, groups=pd.Series(np.arange(N_ROWS) // 6))
    task = Task("binary", ("no", "yes"), has_groups=True)
    fold = evaluate(table, task)
    truth = frame["outcome"].to_numpy()[180:]
    assert fold.proba is not None
    assert fold.proba.shape == (60, 2)
    assert fold.proba.dtype == np.float64
    np.testing.assert_allclose(fold.proba.sum(axis=1), 1.0, rtol=1e-12)
    assert set(fold.prediction) <= {"no", "yes"}
    assert (fold.prediction == truth).mean() > 0.7  # the signal is plain; the larger class has 0.55
    assert fold.proba[truth == "yes", 1].mean() > fold.proba[truth == "no", 1].mean() + 0.2
    assert fold.fit_seconds > 0
    assert fold.predict_seconds > 0
    assert fold.model_bytes > 1000
    assert fold.details["validation"] == "one split of whole groups"
    assert fold.details["metric"] == "roc_auc"
    assert fold.details["preset"] == PRESET
    assert fold.details["other than the preset"].startswith("no Ray, no GPU, no dynamic stacking")
    assert "WeightedEnsemble" in fold.details["models fitted"]
    assert [path.name for path in temporary.iterdir()] == ["here"]
    assert list(working_directory.iterdir()) == []


@pytest.mark.slow
def test_a_class_that_is_absent_from_training_gets_zero(
    awkward_frame: Callable[..., pd.DataFrame], temporary: Path
) -> None:
    frame = awkward_frame("multiclass")
    codes = frame["outcome"].map({"blue": 3, "green": 1, "red": 2})
    codes.iloc[200:] = 9
    table = make_table(frame.assign(outcome=codes))
    fold = evaluate(table, Task("multiclass", (1, 2, 3, 9), "log_loss"))
    assert fold.proba is not None
    assert fold.proba.shape == (60, 4)
    assert (fold.proba[:, 3] == 0).all()
    np.testing.assert_allclose(fold.proba.sum(axis=1), 1.0, rtol=1e-12)
    assert fold.prediction.dtype == np.int64
    assert (fold.prediction == np.array([1, 2, 3, 9])[fold.proba.argmax(axis=1)]).all()


@pytest.mark.slow
def test_regression_forward_in_time(awkward_frame: Callable[..., pd.DataFrame], temporary: Path) -> None:
    frame = awkward_frame("regression")
    times = pd.Series(pd.date_range("2024-01-01", periods=N_ROWS))
    table = make_table(frame, times=times, groups=pd.Series(np.arange(N_ROWS) % 30))
    fold = evaluate(table, Task("regression", metric="mae", has_times=True, has_groups=True))
    truth = frame["outcome"].to_numpy()[180:]
    assert fold.proba is None
    assert fold.prediction.dtype == np.float64
    assert np.corrcoef(fold.prediction, truth)[0, 1] > 0.5
    assert "groups that began earlier may last" in fold.details["validation"]


@pytest.mark.slow
def test_weights_change_the_fit(awkward_frame: Callable[..., pd.DataFrame], temporary: Path) -> None:
    frame = awkward_frame("binary")
    weights = pd.Series(np.where(frame["outcome"] == "yes", 1.0, 0.0))
    weighted = evaluate(make_table(frame, weights=weights), Task("binary", ("no", "yes")))
    equal = evaluate(make_table(frame), Task("binary", ("no", "yes")))
    assert weighted.proba is not None
    assert equal.proba is not None
    # What AutoGluon makes of them is its own; the same fit twice differs by nothing.
    assert np.abs(weighted.proba - equal.proba).max() > 0.1


@pytest.mark.slow
def test_a_fit_is_stopped_at_once(awkward_frame: Callable[..., pd.DataFrame], temporary: Path) -> None:
    stop = threading.Event()
    threading.Timer(8.0, stop.set).start()  # by then it imports or fits
    began = time.monotonic()
    with pytest.raises(AutoGluonError, match="was stopped before it had finished"):
        evaluate(make_table(awkward_frame("binary")), Task("binary", ("no", "yes")), stop=stop, preset="best")
    assert time.monotonic() - began < 10.0
    assert processes_of_autogluon(temporary) == []
    assert list(temporary.iterdir()) == []


def test_the_process_ends_with_its_parent(temporary: Path) -> None:
    code = (
        "import numpy as np, pandas as pd\n"
        "from tabkit.comparison._autogluon._fold import evaluate_autogluon_fold\n"
        "from tabkit.data import Table, Task\n"
        "table = Table('t', pd.DataFrame({'x': np.arange(100.0)}), pd.Series(np.arange(100.0)))\n"
        "rows = np.arange(100)\n"
        "evaluate_autogluon_fold(table, Task('regression'), rows[:80], rows[80:],\n"
        "                        seconds=600, n_threads=1, random_state=0)\n"
    )
    environment = os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.Popen([sys.executable, "-c", code], env=environment)
    try:
        wait_for(lambda: len(processes_of_autogluon(temporary)) > 0)
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    wait_for(lambda: processes_of_autogluon(temporary) == [])
    with temporary_folder() as folder:
        left = {path for path in temporary.iterdir() if path.is_dir()}
        assert left == {folder}
    assert list(temporary.iterdir()) == []
