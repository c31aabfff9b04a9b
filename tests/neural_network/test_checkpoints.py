"""Training that is killed and goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from sklearn.metrics import d2_pinball_score, make_scorer

from tabkit import InputError
from tabkit.neural_network import TabularMLPRegressor

SETTINGS: dict[str, Any] = {
    "hidden_sizes": (16,),
    "max_epochs": 12,
    "batch_size": 64,
    "average_decay": 0.9,
    "schedule": "cosine",
    "n_jobs": 1,
    "random_state": 0,
}


def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 5))
    return X, X[:, 0] * X[:, 1] + 0.1 * rng.normal(size=400)


class StopAfter:
    """A scorer that fails after so many validations, as a full machine would."""

    # Of the class: scorers with other attributes would be other trainings.
    n_left: ClassVar[int]

    def __call__(self, model: Any, X: Any, y: np.ndarray) -> float:
        StopAfter.n_left -= 1
        if self.n_left < 0:
            raise MemoryError("as told")
        return -float(np.mean((model.predict(X) - y) ** 2))


@pytest.mark.parametrize("options", [{}, {"schedule": "plateau"}, {"optimizer": "sgd"}], ids=str)
def test_resumed_weights_equal_uninterrupted_ones(options: dict[str, Any], tmp_path: Path) -> None:
    X, y = data()
    settings = SETTINGS | options
    settings["scoring"] = StopAfter()
    StopAfter.n_left = 99
    whole = TabularMLPRegressor(**settings).fit(X, y)
    StopAfter.n_left = 5
    with pytest.raises(MemoryError, match="as told"):
        TabularMLPRegressor(**settings, checkpoint_dir=tmp_path).fit(X, y)
    assert sorted(path.name[9:] for path in tmp_path.iterdir()) == ["epoch-000004.pt", "epoch-000005.pt"]
    StopAfter.n_left = 7
    resumed = TabularMLPRegressor(**settings, checkpoint_dir=tmp_path).fit(X, y)
    assert (resumed.predict(X) == whole.predict(X)).all()
    assert resumed.n_epochs_ == whole.n_epochs_
    assert list(resumed.history_["valid_loss"]) == list(whole.history_["valid_loss"])


def squared(power: float) -> Any:
    return lambda output, target: (output - target).abs() ** power


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"loss": torch.nn.HuberLoss(delta=1.0)}, {"loss": torch.nn.HuberLoss(delta=0.01)}),
        ({"loss": squared(2.0)}, {"loss": squared(1.5)}),
        (
            {"scoring": make_scorer(d2_pinball_score, alpha=0.5)},
            {"scoring": make_scorer(d2_pinball_score, alpha=0.01)},
        ),
    ],
    ids=["module", "function", "scorer"],
)
def test_checkpoints_of_another_aim_are_not_taken_up(first: Any, second: Any, tmp_path: Path) -> None:
    X, y = data()
    settings = SETTINGS | {"max_epochs": 4}
    TabularMLPRegressor(**settings, **first, checkpoint_dir=tmp_path).fit(X, y)
    trainings = {path.name[:8] for path in tmp_path.iterdir()}
    TabularMLPRegressor(**settings, **first, checkpoint_dir=tmp_path).fit(X, y)
    assert {path.name[:8] for path in tmp_path.iterdir()} == trainings
    beside = TabularMLPRegressor(**settings, **second, checkpoint_dir=tmp_path).fit(X, y)
    assert len({path.name[:8] for path in tmp_path.iterdir()}) > len(trainings)
    alone = TabularMLPRegressor(**settings, **second).fit(X, y)
    assert (beside.predict(X) == alone.predict(X)).all()


def test_checkpoints_need_a_seed_and_are_not_of_streams(tmp_path: Path) -> None:
    X, y = data()
    with pytest.raises(InputError, match="random_state"):
        TabularMLPRegressor(**SETTINGS | {"random_state": None}, checkpoint_dir=tmp_path).fit(X, y)
    TabularMLPRegressor(**SETTINGS, checkpoint_dir=tmp_path).partial_fit(X, y)
    assert not list(tmp_path.iterdir())


def test_checkpoints_of_other_data_or_settings_are_not_taken_up(tmp_path: Path) -> None:
    X, y = data()
    TabularMLPRegressor(**SETTINGS, checkpoint_dir=tmp_path).fit(X, y)
    fresh = TabularMLPRegressor(**SETTINGS).fit(X, -y)
    beside = TabularMLPRegressor(**SETTINGS, checkpoint_dir=tmp_path).fit(X, -y)
    assert (beside.predict(X) == fresh.predict(X)).all()


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="checkpoint_dir"):
        TabularMLPRegressor(**SETTINGS, checkpoint_dir=tmp_path / "file" / "folder").fit(*data())


KILLED = """
import sys
from test_checkpoints import SETTINGS, data
from tabkit.neural_network import TabularMLPRegressor
TabularMLPRegressor(**SETTINGS | {"max_epochs": 100_000}, checkpoint_dir=sys.argv[1]).fit(*data())
"""


@pytest.mark.slow
def test_kill_9_leaves_a_state_that_can_be_read(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])},
    )
    until = time.monotonic() + 60
    while len(list(tmp_path.glob("*epoch-*.pt"))) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = max(int(path.stem[-6:]) for path in tmp_path.glob("*epoch-*.pt"))
    settings = SETTINGS | {"max_epochs": 100_000, "callbacks": [StopAtOnce()]}
    resumed = TabularMLPRegressor(**settings, checkpoint_dir=tmp_path).fit(*data())
    assert len(resumed.history_) == kept + 1


class StopAtOnce:
    """A callback that stops after the epoch in which it is met."""

    def __new__(cls) -> Any:
        from skorch.callbacks import Callback

        class Stop(Callback):
            def on_epoch_end(self, net: Any, **arguments: Any) -> None:
                raise KeyboardInterrupt

        return Stop()
