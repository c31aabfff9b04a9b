"""One candidate on the leaderboard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tabkit.evaluation import Status


@dataclass(frozen=True)
class LeaderboardRow:
    """One candidate on the leaderboard.

    Attributes
    ----------
    rank : int or None
        From 1; None for a candidate that did not finish every fold.
    name : str
    status : str
    mean : float or None
        Of the primary metric over the folds, in the metric's own sign.
    interval : tuple of two floats, or None
        95 % interval of the mean, within the values that the metric can take.
    difference : float or None
        How much worse than the best: 0 for the best, positive otherwise.
    difference_interval : tuple of two floats, or None
        95 % interval of the difference.
    p_value : float or None
        Of the difference, two-sided; None for the best and below five fits.
    is_tied : bool
        Whether it cannot be told from the best.
    scores : mapping of str to float
        Mean of every metric over the folds.
    fold_scores : tuple of float
        Primary metric, a value per fold.
    fit_seconds : float or None
        Mean seconds to fit one fold.
    predict_microseconds : float or None
        Microseconds to predict one row.
    model_bytes : int or None
        Mean size of the fitted pipeline.
    threshold : float or None
        Of two classes: the probability from which on a row is predicted positive, mean over the folds; None
        where there is none.
    reason : str
        Why it is not ranked, or empty.
    """

    rank: int | None
    name: str
    status: Status
    mean: float | None = None
    interval: tuple[float, float] | None = None
    difference: float | None = None
    difference_interval: tuple[float, float] | None = None
    p_value: float | None = None
    is_tied: bool = False
    scores: Mapping[str, float] = field(default_factory=dict)
    fold_scores: tuple[float, ...] = ()
    fit_seconds: float | None = None
    predict_microseconds: float | None = None
    model_bytes: int | None = None
    threshold: float | None = None
    reason: str = ""
