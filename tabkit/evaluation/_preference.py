"""Whose folds come first: strong and cheap candidates, and then those that a first fold speaks for."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from tabkit.evaluation._order import mean_defined
from tabkit.evaluation._schedule import Preference, Progress
from tabkit.metrics import Metric


def loss_so_far(candidate: Progress, metric: Metric) -> float:
    """Mean over what a candidate has finished, its folds or else its trial.

    Parameters
    ----------
    candidate : Progress
    metric : Metric

    Returns
    -------
    loss : float
        The lower the better; infinite where there is no score.
    """
    sign = -1.0 if metric.greater_is_better else 1.0
    known = list(candidate.results.values()) or ([candidate.trial] if candidate.trial is not None else [])
    mean = sign * mean_defined([result.scores.get(metric.name, math.nan) for result in known])
    return math.inf if math.isnan(mean) else mean


def promising_first(metric: Metric, look_until: float) -> Preference:
    """Prefer one fold or trial of everybody for a while, then whole candidates, the best so far first.

    Those that others are judged by (`Progress.is_reference`) come before all, whole, and those that were set
    back behind all.

    Parameters
    ----------
    metric : Metric
        The primary one.
    look_until : float
        On the clock of `time.monotonic`: from then on nobody is begun who has no fold, as long as others can
        be finished.

    Returns
    -------
    prefer : callable
    """

    def prefer(candidates: Sequence[Progress]) -> list[Progress]:
        is_looking = time.monotonic() < look_until

        def place(candidate: Progress) -> tuple[int, int, float, float]:
            stage = 0 if candidate.is_reference else 1 if candidate.is_new == is_looking else 2
            return candidate.n_set_back, stage, loss_so_far(candidate, metric), -candidate.priority

        return sorted(candidates, key=place)

    return prefer


def strongest_first(candidates: Sequence[Progress]) -> list[Progress]:
    """Prefer whole candidates: those that others are judged by, then strong and cheap ones.

    Parameters
    ----------
    candidates : sequence of Progress

    Returns
    -------
    ordered : list of Progress
    """
    return sorted(candidates, key=lambda c: (c.n_set_back, not c.is_reference, -c.priority))
