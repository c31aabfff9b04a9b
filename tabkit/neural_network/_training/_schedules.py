"""How the learning rate, or another number, changes in the course of a training."""

from __future__ import annotations

import inspect
import math
import numbers
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    SequentialLR,
)

from tabkit._core import InputError, suggest

# Keeps a boundary between cycles on its side of the rounding error.
_ROUNDING = 1e-9


class Schedule:
    """A factor for each step of a training, of the number that is scheduled.

    A scheduler of torch changes the learning rates of an optimiser. Here the optimiser has one rate, of 1,
    and what the scheduler makes of it is the factor. So it is relative for every group of parameters, where
    the end of `CosineAnnealingLR` and the top of `OneCycleLR` are absolute; the factor of a plateau comes on
    top, which schedulers that go on from the last rate would mix up with their own; and dropout and weight
    decay follow schedules too.

    Parameters
    ----------
    n_steps : int
        Of the whole training.
    make : callable
        From an optimiser to its scheduler.
    """

    def __init__(self, n_steps: int, make: Callable[[Optimizer], LRScheduler]) -> None:
        self.n_steps = n_steps
        self._optimizer = SGD([torch.zeros(1)], lr=1.0)
        self._scheduler = make(self._optimizer)
        self._optimizer.step()  # without which schedulers warn
        self._step = 0

    def __call__(self, step: int) -> float:
        """The factor at a step.

        Parameters
        ----------
        step : int
            From 0 to ``n_steps - 1``; later ones are as the last. It may not be less than that of the call
            before, for schedulers do not go back.

        Returns
        -------
        factor : float
        """
        assert step >= self._step or step >= self.n_steps
        while self._step < min(step, self.n_steps - 1):
            self._scheduler.step()
            self._step += 1
        return float(self._optimizer.param_groups[0]["lr"])


def _constant(optimizer: Optimizer, n_steps: int) -> LRScheduler:
    """Always 1."""
    return ConstantLR(optimizer, 1.0)


def _linear(optimizer: Optimizer, n_steps: int, *, final_factor: float = 0.0) -> LRScheduler:
    """A line from 1 down."""
    return LinearLR(optimizer, 1.0, final_factor, n_steps)


def _cosine(optimizer: Optimizer, n_steps: int, *, final_factor: float = 0.0) -> LRScheduler:
    """Half a wave from 1 down (Loshchilov and Hutter 2017, without restarts)."""
    return CosineAnnealingLR(optimizer, n_steps, eta_min=final_factor)


def _one_cycle(
    optimizer: Optimizer,
    n_steps: int,
    *,
    rise: float = 0.3,
    initial_factor: float = 1 / 25,
    final_factor: float = 1 / 25 / 10_000,
) -> LRScheduler:
    """Half a wave up to 1, then half a wave down to almost nothing (Smith and Topin 2018).

    ``rise`` is the share of the steps that go up. The momentum is left alone.
    """
    _check(0.0 <= rise <= 1.0, "rise", rise, "from 0 to 1")
    _check(0.0 <= initial_factor <= 1.0, "initial_factor", initial_factor, "from 0 to 1")
    if rise * n_steps <= 1.0:  # no step goes up, and OneCycleLR would divide by 0 or begin on the way down
        return CosineAnnealingLR(optimizer, max(n_steps - 1, 1), eta_min=final_factor)
    initial, final = (max(factor, sys.float_info.min) for factor in (initial_factor, final_factor))
    return OneCycleLR(
        optimizer,
        max_lr=1.0,
        total_steps=n_steps,
        pct_start=float(rise),
        cycle_momentum=False,
        div_factor=1.0 / initial,
        final_div_factor=initial / final,
    )


def _step(optimizer: Optimizer, n_steps: int, *, every: float = 0.3, drop: float = 0.1) -> LRScheduler:
    """1 at first, and times ``drop`` after each stretch of the training, ``every`` being its share.

    Stretches of `StepLR` would have whole numbers of steps, and so drift away from the share.
    """
    _check(0.0 < every <= 1.0, "every", every, "a share of the training, from 0 to 1")
    n_stretches = int(1.0 / every + _ROUNDING)
    drops = [math.ceil((stretch - _ROUNDING) * every * n_steps) for stretch in range(1, n_stretches + 1)]
    return MultiStepLR(optimizer, drops, drop)


def _polynomial(step: int, n_steps: int, *, power: float = 2.0, final_factor: float = 0.0) -> float:
    """Steeper at first and flatter at the end than a line; `PolynomialLR` has no end but 0."""
    return final_factor + (1.0 - final_factor) * (1.0 - step / n_steps) ** power


def _cosine_restarts(
    step: int, n_steps: int, *, n_cycles: int = 3, cycle_growth: float = 2.0, final_factor: float = 0.0
) -> float:
    """Half waves one after the other, each longer than the last (Loshchilov and Hutter 2017, "SGDR").

    The last ends with the training, whatever its length: cycles of `CosineAnnealingWarmRestarts` have whole
    numbers of steps and grow by whole numbers.
    """
    _check(n_cycles >= 1, "n_cycles", n_cycles, "at least 1")
    _check(cycle_growth >= 1.0, "cycle_growth", cycle_growth, "at least 1")
    share, last = step / n_steps, n_cycles - 1
    if cycle_growth == 1.0:
        cycle = min(int(share * n_cycles + _ROUNDING), last)
        start, length = cycle / n_cycles, 1.0 / n_cycles
    else:  # lengths 1, growth, growth ** 2, ... add up to (growth ** n - 1) / (growth - 1)
        total = cycle_growth**n_cycles - 1.0
        cycle = min(int(math.log(share * total + 1.0, cycle_growth) + _ROUNDING), last)
        start = (cycle_growth**cycle - 1.0) / total
        length = cycle_growth**cycle * (cycle_growth - 1.0) / total
    done = min(max((share - start) / length, 0.0), 1.0)
    return final_factor + (1.0 - final_factor) * 0.5 * (1.0 + math.cos(math.pi * done))


def _multi_cycle_cosine(step: int, n_steps: int, *, n_cycles: int = 4) -> float:
    """Waves from 0 to 1 and back, each about twice as long as the last; torch has none such.

    With four cycles the ``coslog4`` of RealMLP (Holzmüller et al. 2024, "Better by default").
    """
    _check(n_cycles >= 1, "n_cycles", n_cycles, "at least 1")
    turns = math.log2(1.0 + (2.0**n_cycles - 1.0) * step / n_steps)
    return 0.5 * (1.0 - math.cos(2.0 * math.pi * turns))


def _flat_cosine(step: int, n_steps: int) -> float:
    """1 in the first half, then half a wave down to 0: RealMLP's for dropout and weight decay.

    As two schedulers of torch in sequence, the wave would begin at a whole step.
    """
    share = step / n_steps
    return 1.0 if share <= 0.5 else 0.5 * (1.0 + math.cos(math.pi * (2.0 * share - 1.0)))


_SCHEDULERS: dict[str, Callable[..., LRScheduler]] = {
    "constant": _constant,
    "one_cycle": _one_cycle,
    "cosine": _cosine,
    "linear": _linear,
    "step": _step,
}
# What torch has not, or not in this form, and `LambdaLR` takes.
_FORMULAS: dict[str, Callable[..., float]] = {
    "cosine_restarts": _cosine_restarts,
    "polynomial": _polynomial,
    "multi_cycle_cosine": _multi_cycle_cosine,
    "flat_cosine": _flat_cosine,
}
SCHEDULES = (*_SCHEDULERS, *_FORMULAS)


def make_schedule(
    name: str,
    n_steps: int,
    *,
    warmup: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> Schedule:
    """Make a schedule of factors for ``n_steps`` steps.

    Parameters
    ----------
    name : str
        "constant", "one_cycle", "cosine", "cosine_restarts", "linear", "polynomial", "step",
        "multi_cycle_cosine" or "flat_cosine". What watches a score is `Plateau`.
    n_steps : int
    warmup : int, float or None, default=None
        A whole number of steps, or a share of the training, in which the factor rises along a line. For
        "one_cycle" it is the rise, and None its usual 0.3; "multi_cycle_cosine" begins at 0 and takes none.
        The first step is not at 0, where it would be wasted: ``n`` steps of warm-up and the first after
        them have the factors 1, 2, ..., ``n + 1`` times ``1 / (n + 1)``.
    options : mapping of str or None, default=None
        Keywords of the schedule's function, such as ``{"final_factor": 0.01}``.

    Returns
    -------
    schedule : Schedule
        Called with a step, it gives a factor.

    Raises
    ------
    InputError
        If there is no such schedule or option, or a number is out of its range.

    Examples
    --------
    >>> schedule = make_schedule("linear", 8, warmup=4)
    >>> [round(schedule(step), 6) for step in range(8)]
    [0.2, 0.4, 0.6, 0.8, 1.0, 0.75, 0.5, 0.25]
    """
    if name not in SCHEDULES:
        raise InputError(
            f"schedule {name!r} does not exist: {suggest(name, (*SCHEDULES, 'plateau'), 'choose one of')}"
        )
    _check(n_steps >= 1, "n_steps", n_steps, "at least 1")
    n_steps, settings = int(n_steps), dict(options or {})
    _check_options(name, settings)
    n_warmup_steps = 0 if warmup is None else count_warmup_steps(warmup, n_steps)
    if name == "one_cycle" and warmup is not None:
        if "rise" in settings:
            raise InputError("schedule 'one_cycle': warmup and rise are the same: pass one of them")
        settings["rise"], n_warmup_steps = min(n_warmup_steps / n_steps, 1.0), 0
    if name == "multi_cycle_cosine" and n_warmup_steps:
        raise InputError(
            "schedule 'multi_cycle_cosine' begins at 0 and rises by itself: leave out the warm-up"
        )
    n_warmup_steps = min(n_warmup_steps, n_steps - 1)
    settings["n_steps"] = n_steps - n_warmup_steps

    def make(optimizer: Optimizer) -> LRScheduler:
        if name in _SCHEDULERS:
            return _SCHEDULERS[name](optimizer, **settings)
        return LambdaLR(optimizer, partial(_FORMULAS[name], **settings))

    return Schedule(n_steps, partial(_warm_up, make=make, n_warmup_steps=n_warmup_steps))


def _warm_up(
    optimizer: Optimizer, make: Callable[[Optimizer], LRScheduler], n_warmup_steps: int
) -> LRScheduler:
    """A line up to where another scheduler begins."""
    if not n_warmup_steps:
        return make(optimizer)
    line = LinearLR(optimizer, 1.0 / (n_warmup_steps + 1), 1.0, n_warmup_steps)
    return SequentialLR(optimizer, [line, make(optimizer)], [n_warmup_steps])


def _check_options(name: str, options: Mapping[str, Any]) -> None:
    signature = inspect.signature(_SCHEDULERS[name] if name in _SCHEDULERS else _FORMULAS[name])
    known = list(signature.parameters)[2:]  # after the optimiser or the step, and the number of steps
    for option in options:
        if option not in known:
            hint = suggest(option, known, "choose one of") if known else "it has none"
            raise InputError(f"schedule {name!r} has no option {option!r}: {hint}")
    final = options.get("final_factor", 0.0)
    _check(0.0 <= final <= 1.0, "final_factor", final, "from 0 to 1")


def _check(is_valid: bool, name: str, value: object, expected: str) -> None:
    if not is_valid:
        raise InputError(f"schedule: {name}={value!r}: expected {expected}")


def count_warmup_steps(warmup: float, n_steps: int) -> int:
    """Steps of a warm-up.

    Parameters
    ----------
    warmup : int or float
        A whole number of steps, or a share of the training.
    n_steps : int

    Returns
    -------
    n_warmup_steps : int

    Raises
    ------
    InputError
        If a number of steps is negative, or a share is not in ``[0, 1)``.

    Examples
    --------
    >>> count_warmup_steps(10, 1000), count_warmup_steps(0.05, 1000)
    (10, 50)
    """
    if isinstance(warmup, numbers.Integral):
        _check(warmup >= 0, "warmup", warmup, "at least 0 steps")
        return int(warmup)
    _check(0.0 <= warmup < 1.0, "warmup", warmup, "whole steps, or a share of at least 0 and less than 1")
    return round(warmup * n_steps)
