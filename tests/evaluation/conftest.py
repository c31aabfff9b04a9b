"""A small run: table, folds, a folder, and estimators that misbehave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tabkit.data import Table, Task
from tabkit.evaluation import Engine, Folds, LocalProcesses, RunFolder, save_table

N_ROWS, N_FOLDS = 60, 3


@dataclass(frozen=True)
class SmallRun:
    """What an engine needs."""

    table: Table
    task: Task
    folds: Folds
    folder: Path

    def open(self) -> RunFolder:
        return RunFolder(self.folder, "fingerprint", {"data": "made up"})

    def engine(self, store: RunFolder, executor: LocalProcesses) -> Engine:
        file = save_table(self.table, store.work / "table.pickle")
        return Engine(file, self.task, self.folds, store, executor)


@pytest.fixture
def small_run(tmp_path: Path) -> SmallRun:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"row": np.arange(N_ROWS, dtype=float), "noise": rng.normal(size=N_ROWS)})
    target = pd.Series(np.where(np.arange(N_ROWS) % 2 == 0, "no", "yes"), name="outcome")
    test_rows = np.array_split(np.arange(N_ROWS), N_FOLDS)
    pairs = tuple((np.setdiff1d(np.arange(N_ROWS), test), test) for test in test_rows)
    table = Table("made up", frame, target, groups=pd.Series(np.arange(N_ROWS) // 4, name="group"))
    task = Task("binary", ("no", "yes"), has_groups=True)
    return SmallRun(table, task, Folds(pairs, "3 blocks"), tmp_path / "run")


@pytest.fixture(scope="session")
def executor() -> Iterator[LocalProcesses]:
    with LocalProcesses(n_jobs=2, n_threads=1) as processes:
        yield processes
