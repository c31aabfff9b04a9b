"""Trials: one fold on few rows, where there may not be time for all candidates."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from tabkit.data import Task, build_table
from tabkit.evaluation import (
    Deadline,
    Engine,
    Entrant,
    Folds,
    InProcess,
    MemoryStore,
    primary_metric,
    promising_first,
)

N_ROWS, N_FOLDS, N_TRIAL = 6_300, 3, 2_000
N_TRAIN = N_ROWS * (N_FOLDS - 1) // N_FOLDS
fits: list[tuple[str, int]] = []
told: list[str] = []


class Noted:
    """Notes whose fit has how many rows."""

    def fit(self, X: Any, y: Any) -> Any:
        fits.append((type(self).__name__, len(X)))
        return super().fit(X, y)  # type: ignore[misc]


class Good(Noted, LogisticRegression):
    """Finds what there is."""


class Bad(Noted, DummyClassifier):
    """Finds nothing."""


class Fails(Noted, DummyClassifier):
    """Cannot be fitted."""

    def fit(self, X: Any, y: Any) -> Any:
        super().fit(X, y)
        raise ValueError("no")


class Slow(Noted, DummyClassifier):
    """Takes the third part of a second, on any rows."""

    def fit(self, X: Any, y: Any) -> Any:
        time.sleep(0.3)
        return super().fit(X, y)


@pytest.fixture(scope="module")
def parts() -> tuple[Any, Task, Folds]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(N_ROWS, 2)), columns=["a", "b"])
    frame["y"] = np.where(frame["a"] + rng.normal(size=N_ROWS) > 0, "yes", "no")
    rows = np.arange(N_ROWS)
    pairs = tuple((rows[rows % N_FOLDS != k], rows[rows % N_FOLDS == k]) for k in range(N_FOLDS))
    return build_table(frame, target="y"), Task("binary", ("no", "yes")), Folds(pairs, "every third row")


def run(parts: Any, entrants: list[Entrant], seconds: float, store: MemoryStore | None = None) -> list[Any]:
    fits.clear()
    told.clear()
    table, task, folds = parts
    now = time.monotonic()
    engine = Engine(
        table,
        task,
        folds,
        MemoryStore() if store is None else store,
        InProcess(),
        lambda event: told.append(event.text),
        prefer=promising_first(primary_metric(task), now + 0.4 * seconds),
        has_trials=True,
    )
    reference = Entrant("reference", DummyClassifier(), cost=1e-4, is_reference=True)
    engine.add([reference, *entrants])
    return list(engine.evaluate(find_deadline=lambda so_far: Deadline(now + seconds, now + 0.8 * seconds)))


def entrants(*models: Any, cost: float = 10.0) -> list[Entrant]:
    # The one that promises more comes later, but for what the trial tells.
    return [Entrant(type(m).__name__, m, cost=cost, priority=-float(i)) for i, m in enumerate(models)]


def test_a_trial_tells_whose_turn_it_is_and_is_no_fold(parts) -> None:
    reference, bad, good = run(parts, entrants(Bad(), Good()), seconds=60.0)
    assert fits == [
        ("Bad", N_TRIAL),
        ("Good", N_TRIAL),
        *[("Good", N_TRAIN)] * N_FOLDS,
        *[("Bad", N_TRAIN)] * N_FOLDS,
    ]
    assert [text for text in told if "tried" in text] == [
        "there may be no time for all: each is tried on 2,000 rows first"
    ]
    assert reference.is_finished
    assert bad.is_finished
    assert [(fold.fold, fold.n_train) for fold in good.folds] == [(k, N_TRAIN) for k in range(N_FOLDS)]
    fitted = LogisticRegression().fit(*_rows(parts, parts[2].pairs[0][0]))
    expected = fitted.predict_proba(_rows(parts, parts[2].pairs[0][1])[0])[:, 1]
    found = good.predictions().set_index("row").loc[parts[2].pairs[0][1], "probability_yes"]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def _rows(parts: Any, rows: np.ndarray) -> tuple[pd.DataFrame, pd.Series]:
    return parts[0].frame.iloc[rows], parts[0].target.iloc[rows]


def test_where_there_is_time_for_all_nobody_is_tried(parts) -> None:
    run(parts, entrants(Bad(), Good(), cost=1e-4), seconds=60.0)
    assert fits[:2] == [("Bad", N_TRAIN), ("Good", N_TRAIN)]
    assert sorted(fits) == [*[("Bad", N_TRAIN)] * N_FOLDS, *[("Good", N_TRAIN)] * N_FOLDS]


def test_a_candidate_that_fails_in_its_trial_has_failed(parts) -> None:
    _, failed, good = run(parts, entrants(Fails(), Good()), seconds=60.0)
    assert (failed.status, failed.reason) == ("failed", "fold 0: ValueError: no")
    assert good.is_finished


def test_a_trial_that_is_kept_is_not_fitted_again(parts) -> None:
    store = MemoryStore()
    run(parts, entrants(Slow()), seconds=1.0, store=store)
    assert fits[0] == ("Slow", N_TRIAL)
    run(parts, entrants(Slow()), seconds=60.0, store=store)
    assert ("Slow", N_TRIAL) not in fits


def test_the_promising_one_has_fewer_rows_before_others_have_all(parts) -> None:
    """No time for the better one on all rows; the other one would still fit."""

    class Dear(Good):
        def fit(self, X: Any, y: Any) -> Any:
            time.sleep(len(X) / 2_000)
            return super().fit(X, y)

    _, bad, dear = run(parts, entrants(Bad(), Dear()), seconds=5.0)
    assert dear.is_finished, dear.reason
    (n_rows,) = {fold.n_train for fold in dear.folds}
    assert 1_000 <= n_rows <= 3_000
    assert bad.is_finished
    names = [name for name, _ in fits]
    assert names.index("Dear") < len(names) - 1 - names[::-1].index("Bad")


def test_small_tables_have_no_trial() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=300), "y": rng.choice(["no", "yes"], 300)})
    rows = np.arange(300)
    pairs = tuple((rows[rows % 3 != k], rows[rows % 3 == k]) for k in range(3))
    parts = build_table(frame, target="y"), Task("binary", ("no", "yes")), Folds(pairs, "every third row")
    run(parts, entrants(Good()), seconds=60.0)
    assert fits == [("Good", 200)] * 3
