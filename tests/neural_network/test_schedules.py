"""Schedules step by step against torch's own schedulers and closed forms."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim import Optimizer, lr_scheduler

from tabkit import InputError
from tabkit.neural_network import TabularMLPRegressor
from tabkit.neural_network._training._plateau import Plateau
from tabkit.neural_network._training._schedules import SCHEDULES, Constant, OneCycle, make_schedule

# The rounding error of torch's schedulers, which multiply step by step.
TOLERANCE = 1e-9
Scheduler = Callable[[Optimizer], lr_scheduler.LRScheduler]


def torch_factors(make: Scheduler, n_steps: int) -> list[float]:
    """Rates that a scheduler of torch gives with a rate of 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimizer)
    factors = []
    for _ in range(n_steps):
        factors.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return factors


@pytest.mark.parametrize(
    ("name", "n_steps", "options", "make"),
    [
        ("constant", 20, {}, lambda optimizer: lr_scheduler.ConstantLR(optimizer, 1.0)),
        ("linear", 50, {}, lambda optimizer: lr_scheduler.LinearLR(optimizer, 1.0, 0.0, 50)),
        (
            "linear",
            50,
            {"final_factor": 0.2},
            lambda optimizer: lr_scheduler.LinearLR(optimizer, 1.0, 0.2, 50),
        ),
        ("polynomial", 50, {"power": 3.0}, lambda optimizer: lr_scheduler.PolynomialLR(optimizer, 50, 3.0)),
        ("cosine", 70, {}, lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, 70)),
        (
            "cosine",
            70,
            {"final_factor": 0.1},
            lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, 70, eta_min=0.1),
        ),
        (
            "cosine_restarts",
            70,
            {},
            lambda optimizer: lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 10, 2),
        ),
        (
            "cosine_restarts",
            69,
            {"cycle_growth": 1.0, "final_factor": 0.05},
            lambda optimizer: lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 23, eta_min=0.05),
        ),
        (
            "one_cycle",
            100,
            {},
            lambda optimizer: lr_scheduler.OneCycleLR(optimizer, 1.0, 100, cycle_momentum=False),
        ),
        (
            "one_cycle",
            37,
            {"rise": 0.1, "initial_factor": 0.1, "final_factor": 0.001},
            lambda optimizer: lr_scheduler.OneCycleLR(
                optimizer, 1.0, 37, pct_start=0.1, div_factor=10, final_div_factor=100, cycle_momentum=False
            ),
        ),
        (
            "step",
            90,
            {"every": 1 / 3, "drop": 0.5},
            lambda optimizer: lr_scheduler.StepLR(optimizer, 30, 0.5),
        ),
    ],
)
def test_as_torch_step_by_step(name: str, n_steps: int, options: dict[str, Any], make: Scheduler) -> None:
    schedule = make_schedule(name, n_steps, options=options)
    factors = [schedule(step) for step in range(n_steps)]
    np.testing.assert_allclose(factors, torch_factors(make, n_steps), rtol=0, atol=TOLERANCE)


def test_warmup_as_torch_step_by_step() -> None:
    def make(optimizer: Optimizer) -> lr_scheduler.LRScheduler:
        line = lr_scheduler.LinearLR(optimizer, 1 / 11, 1.0, 10)
        wave = lr_scheduler.CosineAnnealingLR(optimizer, 40)
        return lr_scheduler.SequentialLR(optimizer, [line, wave], [10])

    expected = torch_factors(make, 50)
    for warmup in (10, 0.2):
        schedule = make_schedule("cosine", 50, warmup=warmup)
        factors = [schedule(step) for step in range(50)]
        np.testing.assert_allclose(factors, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("warmup", [0.2, 20])
def test_warmup_of_one_cycle_is_its_rise(warmup: float) -> None:
    assert make_schedule("one_cycle", 100, warmup=warmup) == OneCycle(100, rise=0.2)


def test_the_schedules_of_realmlp_are_their_formulas() -> None:
    n_steps = 300
    wave = make_schedule("multi_cycle_cosine", n_steps)
    flat = make_schedule("flat_cosine", n_steps)
    for step in range(n_steps):
        t = step / n_steps
        assert wave(step) == pytest.approx(
            0.5 * (1 - math.cos(2 * math.pi * math.log2(1 + 15 * t))), abs=1e-12
        )
        expected = 1.0 if t <= 0.5 else 0.5 * (1 + math.cos(math.pi * (2 * t - 1)))
        assert flat(step) == pytest.approx(expected, abs=1e-12)
    tops = [wave.factor((2 ** (cycle + 0.5) - 1) / 15) for cycle in range(4)]
    np.testing.assert_allclose(tops, 1.0, atol=1e-12)


@pytest.mark.parametrize("n_steps", [1, 2, 3, 1000])
@pytest.mark.parametrize("name", SCHEDULES)
def test_factors_are_between_0_and_1_up_to_the_end_and_after(name: str, n_steps: int) -> None:
    for warmup in (None, 0.1) if name != "multi_cycle_cosine" else (None,):
        schedule = make_schedule(name, n_steps, warmup=warmup)
        assert all(0.0 <= schedule(step) <= 1.0 for step in range(n_steps + 3))
        assert schedule(n_steps) == schedule(n_steps + 1000)
        again = pickle.loads(pickle.dumps(schedule))
        assert [again(step) for step in range(n_steps)] == [schedule(step) for step in range(n_steps)]


def test_steps_between_whole_ones() -> None:
    assert make_schedule("linear", 10)(2.5) == 0.75


def test_more_warmup_than_steps_only_rises() -> None:
    schedule = make_schedule("cosine", 4, warmup=10)
    factors = [schedule(step) for step in range(4)]
    np.testing.assert_allclose(factors, [0.25, 0.5, 0.75, 1.0], rtol=1e-12)


def test_no_warmup_is_the_schedule_itself() -> None:
    assert make_schedule("constant", 5, warmup=0) == Constant(5)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("cosin", {}, "'cosin' does not exist: did you mean 'cosine'"),
        ("linear", {"options": {"final": 0.1}}, "has no option 'final': choose one of 'final_factor'"),
        ("constant", {"options": {"final": 0.1}}, "has no option 'final': it has none"),
        ("cosine", {"options": {"n_steps": 3}}, "has no option 'n_steps'"),
        ("cosine_restarts", {"options": {"n_cycles": 0}}, "n_cycles=0: expected at least 1"),
        ("step", {"options": {"every": 0.0}}, "every=0.0: expected a share"),
        ("cosine", {"warmup": 1.0}, "warmup=1.0: expected whole steps, or a share"),
        ("cosine", {"warmup": -1}, "warmup=-1: expected at least 0 steps"),
        ("one_cycle", {"warmup": 0.1, "options": {"rise": 0.1}}, "warmup and rise are the same"),
        ("multi_cycle_cosine", {"warmup": 0.1}, "rises by itself: leave out the warm-up"),
    ],
)
def test_says_what_is_wrong(name: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_schedule(name, 100, **arguments)


@pytest.mark.parametrize("greater_is_better", [False, True])
def test_plateau_as_torch_score_by_score(greater_is_better: bool) -> None:
    rng = np.random.default_rng(0)
    scores = 2.0 + rng.normal(size=60).cumsum().cumsum() / 100
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    mode: Any = "max" if greater_is_better else "min"
    scheduler = lr_scheduler.ReduceLROnPlateau(
        optimizer, mode, factor=0.5, patience=3, threshold=0.01, min_lr=0.05
    )
    plateau = Plateau(
        drop=0.5, patience=3, threshold=0.01, final_factor=0.05, greater_is_better=greater_is_better
    )
    factors = []
    for score in scores:
        scheduler.step(score)
        factors.append(plateau.step(score))
        assert plateau.factor == pytest.approx(optimizer.param_groups[0]["lr"])
    assert len(set(factors)) > 2  # else the test would compare nothing


def test_plateau_with_scores_below_0() -> None:
    plateau = Plateau(drop=0.5, patience=1, greater_is_better=True)
    assert [plateau.step(-1.0) for _ in range(4)] == [1.0, 1.0, 0.5, 0.5]


def test_plateau_goes_on_where_it_was() -> None:
    scores = [1.0, math.nan, 0.9, 0.95, 0.95, 0.95, 0.95]
    whole, first, second = (Plateau(patience=1) for _ in range(3))
    expected = [whole.step(score) for score in scores]
    factors = [first.step(score) for score in scores[:4]]
    second.load_state_dict(first.state_dict())
    assert factors + [second.step(score) for score in scores[4:]] == expected


@pytest.mark.parametrize(
    ("options", "message"), [({"drop": 1.0}, "drop=1.0"), ({"patience": -1}, "patience=-1")]
)
def test_plateau_says_what_is_wrong(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Plateau(**options)


def test_plateau_of_the_refit_is_that_of_the_validated_training() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    y = X[:, 0] + rng.normal(size=300)
    settings = {"schedule_options": {"drop": 0.1, "patience": 0}, "max_epochs": 15, "n_members": 1}
    model = TabularMLPRegressor(
        schedule="plateau", **settings, learning_rate=0.02, refit=True, random_state=0
    )
    validated = model.fit(X, y).history_["learning_rate"].to_list()
    assert validated[-1] < 0.02
    refitted = [row["learning_rate"] for row in model._net.history]
    assert refitted == validated[: len(refitted)]


def test_plateau_without_validation_follows_the_training_loss() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, 4)), rng.normal(size=200)
    options = {"drop": 0.5, "patience": 0, "threshold": 0.05}
    model = TabularMLPRegressor(
        schedule="plateau", schedule_options=options, early_stopping=False, random_state=0
    ).fit(X, y)
    assert len(model.history_) == 40
    assert model.history_["learning_rate"].iloc[-1] < model.history_["learning_rate"].iloc[0]
