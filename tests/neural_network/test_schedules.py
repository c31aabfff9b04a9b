"""Schedules step by step against closed forms, and the plateau against torch's."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from tabkit import InputError
from tabkit.neural_network import TabularMLPRegressor
from tabkit.neural_network._training._plateau import Plateau
from tabkit.neural_network._training._schedules import SCHEDULES, make_schedule

# The rounding error of torch's schedulers, which multiply step by step.
TOLERANCE = 1e-12


def half_wave(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def one_cycle(rise: float, initial: float, final: float) -> Callable[[int, int], float]:
    def factor(step: int, n_steps: int) -> float:
        peak = max(rise * n_steps - 1, 0)
        if step < peak:
            return half_wave(initial, 1, step / peak)
        return half_wave(1, final, (step - peak) / max(n_steps - 1 - peak, 1e-9))

    return factor


def restarts(lengths: list[int], final: float) -> Callable[[int, int], float]:
    def factor(step: int, n_steps: int) -> float:
        ends = np.cumsum(lengths)
        cycle = int(np.searchsorted(ends, step, side="right"))
        return half_wave(1, final, (step - ends[cycle] + lengths[cycle]) / lengths[cycle])

    return factor


@pytest.mark.parametrize(
    ("name", "n_steps", "options", "closed_form"),
    [
        ("constant", 20, {}, lambda step, n: 1),
        ("linear", 1000, {}, lambda step, n: 1 - step / n),
        ("linear", 50, {"final_factor": 0.2}, lambda step, n: 1 - 0.8 * step / n),
        ("linear", 50, {"final_factor": 1.0}, lambda step, n: 1),
        ("polynomial", 50, {}, lambda step, n: (1 - step / n) ** 2),
        (
            "polynomial",
            50,
            {"power": 3, "final_factor": 0.1},
            lambda step, n: 0.1 + 0.9 * (1 - step / n) ** 3,
        ),
        ("cosine", 10_000, {}, lambda step, n: half_wave(1, 0, step / n)),
        ("cosine", 70, {"final_factor": 0.1}, lambda step, n: half_wave(1, 0.1, step / n)),
        ("cosine_restarts", 70, {}, restarts([10, 20, 40], 0)),
        ("cosine_restarts", 69, {"cycle_growth": 1.0, "final_factor": 0.05}, restarts([23] * 3, 0.05)),
        ("one_cycle", 100, {}, one_cycle(0.3, 1 / 25, 1 / 25 / 10_000)),
        (
            "one_cycle",
            37,
            {"rise": 0.1, "initial_factor": 0.1, "final_factor": 0.001},
            one_cycle(0.1, 0.1, 0.001),
        ),
        ("one_cycle", 40, {"initial_factor": 0.0, "final_factor": 0.2}, one_cycle(0.3, 0, 0.2)),
        ("one_cycle", 40, {"rise": 0}, one_cycle(0, 1 / 25, 1 / 25 / 10_000)),
        ("one_cycle", 40, {"rise": 1, "final_factor": 0}, one_cycle(1, 1 / 25, 0)),
        ("one_cycle", 3, {}, one_cycle(0.3, 1 / 25, 1 / 25 / 10_000)),
        ("step", 90, {"every": 1 / 3, "drop": 0.5}, lambda step, n: 0.5 ** (step // 30)),
        # 30.3 steps each: not the same as 30.
        ("step", 101, {}, lambda step, n: 0.1 ** sum(step >= 30.3 * stretch for stretch in (1, 2, 3))),
        (
            "multi_cycle_cosine",
            300,
            {},
            lambda step, n: (1 - math.cos(2 * math.pi * math.log2(1 + 15 * step / n))) / 2,
        ),
        (
            "flat_cosine",
            301,
            {},
            lambda step, n: 1 if step / n <= 0.5 else (1 + math.cos(math.pi * (2 * step / n - 1))) / 2,
        ),
    ],
)
def test_each_schedule_is_its_closed_form(
    name: str, n_steps: int, options: dict[str, Any], closed_form: Callable[[int, int], float]
) -> None:
    schedule = make_schedule(name, n_steps, options=options)
    factors = [schedule(step) for step in range(n_steps)]
    expected = [closed_form(step, n_steps) for step in range(n_steps)]
    np.testing.assert_allclose(factors, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("warmup", [10, 0.2])
@pytest.mark.parametrize(
    ("name", "closed_form"),
    [
        ("constant", lambda share: 1.0),
        ("linear", lambda share: 1 - share),
        ("polynomial", lambda share: (1 - share) ** 2),
        ("cosine", lambda share: half_wave(1, 0, share)),
        ("step", lambda share: 0.1 ** int(share / 0.3 + 1e-9)),
        ("flat_cosine", lambda share: 1.0 if share <= 0.5 else half_wave(1, 0, 2 * share - 1)),
    ],
)
def test_warmup_is_a_line_before_the_whole_schedule(
    name: str, closed_form: Callable[[float], float], warmup: float
) -> None:
    schedule = make_schedule(name, 50, warmup=warmup)
    expected = [step / 11 for step in range(1, 11)] + [closed_form(step / 40) for step in range(40)]
    np.testing.assert_allclose([schedule(step) for step in range(50)], expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("warmup", [0.2, 20])
def test_warmup_of_one_cycle_is_its_rise(warmup: float) -> None:
    schedule = make_schedule("one_cycle", 100, warmup=warmup)
    rising = make_schedule("one_cycle", 100, options={"rise": 0.2})
    plain = make_schedule("one_cycle", 100)
    factors = [schedule(step) for step in range(100)]
    assert factors == [rising(step) for step in range(100)]
    assert factors != [plain(step) for step in range(100)]


@pytest.mark.parametrize("n_steps", [1, 2, 3, 1000])
@pytest.mark.parametrize("name", SCHEDULES)
def test_factors_are_between_0_and_1_up_to_the_end_and_after(name: str, n_steps: int) -> None:
    for warmup in (None, 0.1) if name != "multi_cycle_cosine" else (None,):
        schedule = make_schedule(name, n_steps, warmup=warmup)
        assert all(0.0 <= schedule(step) <= 1.0 + TOLERANCE for step in range(n_steps + 3))
        assert schedule(n_steps - 1) == schedule(n_steps + 1000)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_can_be_pickled_with_its_net(name: str) -> None:
    schedule = make_schedule(name, 20, warmup=None if name == "multi_cycle_cosine" else 5)
    schedule(3)
    assert pickle.loads(pickle.dumps(schedule))(3) == schedule(3)


@pytest.mark.parametrize("name", SCHEDULES)
def test_steps_may_be_left_out(name: str) -> None:
    """A stopped training goes on in the middle, and dropout changes once in an epoch."""
    whole, some = make_schedule(name, 100), make_schedule(name, np.int64(100))
    factors = [whole(step) for step in range(100)]
    assert [some(step) for step in (0, 41, 41, 99)] == [factors[step] for step in (0, 41, 41, 99)]


def test_schedules_say_nothing_and_draw_nothing(recwarn: pytest.WarningsRecorder) -> None:
    before = torch.get_rng_state()
    for name in SCHEDULES:
        make_schedule(name, 10, warmup=None if name == "multi_cycle_cosine" else 3)(9)
    assert not recwarn.list
    assert (torch.get_rng_state() == before).all()


def test_more_warmup_than_steps_only_rises() -> None:
    schedule = make_schedule("cosine", 4, warmup=10)
    factors = [schedule(step) for step in range(4)]
    np.testing.assert_allclose(factors, [0.25, 0.5, 0.75, 1.0], rtol=1e-12)


def test_no_warmup_is_the_schedule_itself() -> None:
    schedule, plain = make_schedule("linear", 5, warmup=0), make_schedule("linear", 5)
    assert [schedule(step) for step in range(5)] == [plain(step) for step in range(5)]


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("cosin", {}, "'cosin' does not exist: did you mean 'cosine'"),
        ("linear", {"options": {"final": 0.1}}, "has no option 'final': choose one of 'final_factor'"),
        ("constant", {"options": {"final": 0.1}}, "has no option 'final': it has none"),
        ("cosine", {"options": {"n_steps": 3}}, "has no option 'n_steps'"),
        ("cosine_restarts", {"options": {"n_cycles": 0}}, "n_cycles=0: expected at least 1"),
        ("step", {"options": {"every": 0.0}}, "every=0.0: expected a share"),
        ("linear", {"options": {"final_factor": 2.0}}, "final_factor=2.0: expected from 0 to 1"),
        ("one_cycle", {"options": {"initial_factor": -1.0}}, "initial_factor=-1.0: expected from 0 to 1"),
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
