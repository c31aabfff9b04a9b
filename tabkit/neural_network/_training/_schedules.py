"""How the learning rate, or another number, changes in the course of a training."""

from __future__ import annotations

import dataclasses
import math
import numbers
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tabkit._core import InputError, suggest

# Keeps a boundary between cycles on its side of the rounding error.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Schedule(ABC):
    """A factor for each step, of the number that is scheduled.

    Attributes
    ----------
    n_steps : int
        Of the whole training.
    """

    n_steps: int

    def __call__(self, step: float) -> float:
        """The factor at a step.

        Parameters
        ----------
        step : float
            From 0 to ``n_steps - 1``; later ones are as the end. Between whole steps, where the share of
            the training that is done is known in another way, for instance by the clock.

        Returns
        -------
        factor : float
        """
        return self.factor(min(step / self.n_steps, 1.0))

    @abstractmethod
    def factor(self, share: float) -> float:
        """The factor when a share of the training is done.

        Parameters
        ----------
        share : float
            From 0 to 1.

        Returns
        -------
        factor : float
        """


@dataclass(frozen=True)
class Constant(Schedule):
    """Always 1."""

    def factor(self, share: float) -> float:
        """1, whatever the share."""
        return 1.0


@dataclass(frozen=True)
class Linear(Schedule):
    """A line from 1 down.

    Attributes
    ----------
    n_steps : int
    final_factor : float
    """

    final_factor: float = 0.0

    def factor(self, share: float) -> float:
        """``1 - share`` where it ends at 0."""
        return 1.0 + (self.final_factor - 1.0) * share


@dataclass(frozen=True)
class Polynomial(Schedule):
    """``(1 - share) ** power``: steeper at first and flatter at the end than a line.

    Attributes
    ----------
    n_steps : int
    power : float
    final_factor : float
    """

    power: float = 2.0
    final_factor: float = 0.0

    def factor(self, share: float) -> float:
        """From 1 to the final factor."""
        return self.final_factor + (1.0 - self.final_factor) * (1.0 - share) ** self.power


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a wave from 1 down (Loshchilov and Hutter 2017, without restarts).

    Attributes
    ----------
    n_steps : int
    final_factor : float
    """

    final_factor: float = 0.0

    def factor(self, share: float) -> float:
        """From 1 to the final factor."""
        return _half_wave(1.0, self.final_factor, share)


@dataclass(frozen=True)
class CosineRestarts(Schedule):
    """Half waves one after the other, each from 1 down (Loshchilov and Hutter 2017, "SGDR").

    Attributes
    ----------
    n_steps : int
    n_cycles : int
        The last ends with the training.
    cycle_growth : float
        How many times longer than the last each cycle is.
    final_factor : float
        At the end of each cycle.
    """

    n_cycles: int = 3
    cycle_growth: float = 2.0
    final_factor: float = 0.0

    def __post_init__(self) -> None:
        _check(self.n_cycles >= 1, "n_cycles", self.n_cycles, "at least 1")
        _check(self.cycle_growth >= 1.0, "cycle_growth", self.cycle_growth, "at least 1")

    def factor(self, share: float) -> float:
        """From 1 to the final factor, again and again."""
        growth, last = self.cycle_growth, self.n_cycles - 1
        if growth == 1.0:
            cycle = min(int(share * self.n_cycles + _ROUNDING), last)
            start, length = cycle / self.n_cycles, 1.0 / self.n_cycles
        else:  # lengths 1, growth, growth ** 2, ... add up to (growth ** n - 1) / (growth - 1)
            total = growth**self.n_cycles - 1.0
            cycle = min(int(math.log(share * total + 1.0, growth) + _ROUNDING), last)
            start, length = (growth**cycle - 1.0) / total, growth**cycle * (growth - 1.0) / total
        return _half_wave(1.0, self.final_factor, min(max((share - start) / length, 0.0), 1.0))


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Half a wave up to 1, then half a wave down to almost nothing (Smith and Topin 2018).

    The momentum is left alone.

    Attributes
    ----------
    n_steps : int
    rise : float
        Share of the steps that go up.
    initial_factor, final_factor : float
    """

    rise: float = 0.3
    initial_factor: float = 1 / 25
    final_factor: float = 1 / 25 / 10_000

    def __post_init__(self) -> None:
        _check(0.0 <= self.rise <= 1.0, "rise", self.rise, "from 0 to 1")

    def factor(self, share: float) -> float:
        """As of `torch.optim.lr_scheduler.OneCycleLR`, whose last step has the final factor."""
        step, last = share * self.n_steps, self.n_steps - 1
        peak = max(self.rise * self.n_steps - 1.0, 0.0)
        if step < peak:
            return _half_wave(self.initial_factor, 1.0, step / peak)
        return _half_wave(1.0, self.final_factor, min((step - peak) / max(last - peak, _ROUNDING), 1.0))


@dataclass(frozen=True)
class Step(Schedule):
    """1 at first, and times ``drop`` after each stretch of the training.

    Attributes
    ----------
    n_steps : int
    every : float
        Length of a stretch, as a share of the training.
    drop : float
    """

    every: float = 0.3
    drop: float = 0.1

    def __post_init__(self) -> None:
        _check(0.0 < self.every <= 1.0, "every", self.every, "a share of the training, from 0 to 1")

    def factor(self, share: float) -> float:
        """A power of the drop."""
        return self.drop ** int(share / self.every + _ROUNDING)


@dataclass(frozen=True)
class MultiCycleCosine(Schedule):
    """Waves from 0 to 1 and back, each about twice as long as the last.

    With four cycles the ``coslog4`` of RealMLP (Holzmüller et al. 2024, "Better by default").

    Attributes
    ----------
    n_steps : int
    n_cycles : int
    """

    n_cycles: int = 4

    def __post_init__(self) -> None:
        _check(self.n_cycles >= 1, "n_cycles", self.n_cycles, "at least 1")

    def factor(self, share: float) -> float:
        """``(1 - cos(2 pi log2(1 + (2 ** n_cycles - 1) share))) / 2``."""
        turns = math.log2(1.0 + (2.0**self.n_cycles - 1.0) * share)
        return 0.5 * (1.0 - math.cos(2.0 * math.pi * turns))


@dataclass(frozen=True)
class FlatCosine(Schedule):
    """1 in the first half, then half a wave down to 0: RealMLP's for dropout and weight decay."""

    def factor(self, share: float) -> float:
        """1, or ``(1 + cos(pi (2 share - 1))) / 2``."""
        return 1.0 if share <= 0.5 else _half_wave(1.0, 0.0, 2.0 * share - 1.0)


@dataclass(frozen=True)
class WarmUp(Schedule):
    """A line up to where another schedule begins, then that schedule over the steps that are left.

    The first step is not at 0, where it would be wasted: ``n`` steps of warm-up and the first after them
    have the factors 1, 2, ..., ``n + 1`` times ``1 / (n + 1)``.

    Attributes
    ----------
    n_steps : int
        Warm-up included.
    n_warmup_steps : int
    after : Schedule
        Of ``n_steps - n_warmup_steps`` steps.
    """

    n_warmup_steps: int
    after: Schedule

    def factor(self, share: float) -> float:
        """A line, then that of the other schedule."""
        step = share * self.n_steps
        if step < self.n_warmup_steps:
            return self.after(0) * (step + 1.0) / (self.n_warmup_steps + 1.0)
        return self.after(step - self.n_warmup_steps)


def _half_wave(start: float, end: float, share: float) -> float:
    return end + (start - end) * 0.5 * (1.0 + math.cos(math.pi * share))


def _check(is_valid: bool, name: str, value: object, expected: str) -> None:
    if not is_valid:
        raise InputError(f"schedule: {name}={value!r}: expected {expected}")


_SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "one_cycle": OneCycle,
    "cosine": Cosine,
    "cosine_restarts": CosineRestarts,
    "linear": Linear,
    "polynomial": Polynomial,
    "step": Step,
    "multi_cycle_cosine": MultiCycleCosine,
    "flat_cosine": FlatCosine,
}
SCHEDULES = tuple(_SCHEDULES)


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
    options : mapping of str or None, default=None
        Other fields of the schedule's class, such as ``{"final_factor": 0.01}``.

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
    >>> [schedule(step) for step in range(8)]
    [0.2, 0.4, 0.6, 0.8, 1.0, 0.75, 0.5, 0.25]
    """
    if name not in _SCHEDULES:
        raise InputError(
            f"schedule {name!r} does not exist: {suggest(name, (*SCHEDULES, 'plateau'), 'choose one of')}"
        )
    _check(n_steps >= 1, "n_steps", n_steps, "at least 1")
    cls, settings = _SCHEDULES[name], dict(options or {})
    known = [field.name for field in dataclasses.fields(cls) if field.name != "n_steps"]
    for option in settings:
        if option not in known:
            hint = suggest(option, known, "choose one of") if known else "it has none"
            raise InputError(f"schedule {name!r} has no option {option!r}: {hint}")
    if warmup is None:
        return cls(n_steps, **settings)
    n_warmup_steps = count_warmup_steps(warmup, n_steps)
    if cls is OneCycle:
        if "rise" in settings:
            raise InputError("schedule 'one_cycle': warmup and rise are the same: pass one of them")
        return OneCycle(n_steps, rise=min(n_warmup_steps / n_steps, 1.0), **settings)
    if cls is MultiCycleCosine and n_warmup_steps:
        raise InputError(
            "schedule 'multi_cycle_cosine' begins at 0 and rises by itself: leave out the warm-up"
        )
    n_warmup_steps = min(n_warmup_steps, n_steps - 1)
    return warm_up(cls(n_steps - n_warmup_steps, **settings), n_warmup_steps)


def warm_up(schedule: Schedule, n_warmup_steps: int) -> Schedule:
    """Put a line up before a schedule; none for 0 steps."""
    if not n_warmup_steps:
        return schedule
    return WarmUp(schedule.n_steps + n_warmup_steps, n_warmup_steps, schedule)


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
