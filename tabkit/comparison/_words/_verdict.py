"""The answer in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tabkit._core._parameters import say_parameter
from tabkit._core._wording import say_count
from tabkit.catalog import CATALOG
from tabkit.comparison._names import AUTOGLUON, BASELINE
from tabkit.comparison._results._leaderboard import Leaderboard
from tabkit.comparison._results._leaderboard_row import LeaderboardRow
from tabkit.comparison._results._statistics import CONFIDENCE, MIN_FITS_FOR_TEST, MeanEstimate
from tabkit.comparison._words._figures import write_figure, write_range
from tabkit.evaluation import LastScore
from tabkit.metrics import Metric

_FOR_WANT_OF_TIME = ("too slow", "too little time")


def describe_ranking(board: Leaderboard) -> tuple[str, ...]:
    """Answer the questions a reader has, a sentence or two each.

    Parameters
    ----------
    board : Leaderboard

    Returns
    -------
    sentences : tuple of str
        Who leads, of how many where most did not finish, who cannot be told apart, whether there is signal,
        whether the complicated model is worth it over the simple one, where AutoGluon is.
    """
    ranked, metric = board.ranked, board.metric
    if not ranked:
        return ("No model finished every fold, so there is no ranking yet.",)
    sentences = [_who_leads(ranked, metric)]
    unfinished = sum(row.status in _FOR_WANT_OF_TIME for row in board.rows)
    if unfinished >= len(ranked):
        n_all = unfinished + len(ranked)
        sentences.append(
            f"Only {len(ranked)} of {n_all} models finished in the time, and the others may be better: raise "
            f"{say_parameter('time_limit')}."
        )
    if len(ranked) > 1:
        sentences.append(_who_is_tied(ranked, metric, has_unfinished=unfinished > 0))
    sentences += [
        sentence
        for sentence in (
            _is_there_signal(ranked, metric),
            _is_complicated_worth_it(board),
            _where_is_autogluon(board),
        )
        if sentence
    ]
    return tuple(sentences)


def describe_last_score(score: LastScore, winner: str, cross_validated: float | None, metric: Metric) -> str:
    """Say what the winner scores on the last rows, and what its mean over the folds had promised.

    Parameters
    ----------
    score : LastScore
    winner : str
    cross_validated : float or None
        Mean over the folds.
    metric : Metric

    Returns
    -------
    sentence : str
    """
    value = score.scores[metric.name]
    if math.isnan(value):
        return (
            f"On the last rows ({score.description}) {metric.label} is not defined: they hold one class only."
        )
    sentence = f"On rows that no choice has touched ({score.description}), {winner} has {metric.label} "
    sentence += write_figure(value)
    if score.interval is None:
        return f"{sentence}; the folds had said {write_figure(cross_validated)}."
    low, high = score.interval
    sentence += f" (95 % interval {write_range(score.interval)})"
    if cross_validated is None:
        return f"{sentence}."
    fits = "which it contains" if low <= cross_validated <= high else "which is outside it"
    return f"{sentence}; the folds had said {write_figure(cross_validated)}, {fits}."


def _who_leads(ranked: Sequence[LeaderboardRow], metric: Metric) -> str:
    best = ranked[0]
    interval = f" (95 % interval {write_range(best.interval)})" if best.interval else ""
    direction = "" if metric.greater_is_better else ", lower is better"
    n_defined = sum(not math.isnan(score) for score in best.fold_scores)
    defined = ""
    if n_defined < len(best.fold_scores):
        defined = f", defined on {n_defined} of {say_count(len(best.fold_scores), 'fold')}"
    return f"{best.name} leads: {metric.label} {write_figure(best.mean)}{interval}{direction}{defined}."


def _who_is_tied(ranked: Sequence[LeaderboardRow], metric: Metric, *, has_unfinished: bool) -> str:
    n_untested = sum(row.p_value is None for row in ranked[1:])
    if n_untested:
        n_fits = sum(not math.isnan(score) for score in ranked[0].fold_scores)
        fits = "score" if n_fits == 1 else "scores"
        return (
            f"With {n_fits} {fits} per model the differences only describe these folds; "
            f"a test needs {MIN_FITS_FOR_TEST}."
        )
    tied = [row for row in ranked if row.is_tied]
    if tied:
        names = _join([row.name for row in tied])
        sentence = f"It cannot be told from {names}: the differences are within what other folds could give"
        # What is said of the baseline has a sentence of its own.
        beaten = [
            row.name for row in tied if row.name != BASELINE and _wins_everywhere(ranked[0], row, metric)
        ]
        if beaten:
            sentence += f", though it is better than {_join(beaten)} on {_all_folds(ranked[0])}"
        return f"{sentence}."
    percent = round(100 * (1 - CONFIDENCE))
    others = "every other model that finished" if has_unfinished else "every other model"
    return f"It is better than {others} by more than chance ({percent} % level)."


def _is_there_signal(ranked: Sequence[LeaderboardRow], metric: Metric) -> str:
    """Speak only when no model is better than the one that ignores the columns."""
    baseline = next((row for row in ranked if row.name == BASELINE), None)
    if baseline is None or len(ranked) == 1:
        return ""
    if baseline is ranked[0]:
        return f"No model beats {BASELINE}, which ignores the columns: no signal was found in them."
    if baseline.difference_interval is None or baseline.difference_interval[0] <= 0:
        best = ranked[0]
        if _wins_everywhere(best, baseline, metric):
            return (
                f"{BASELINE}, which ignores the columns, is worse than {best.name} on {_all_folds(best)}, "
                "but by how much differs so from fold to fold that the test cannot tell them apart."
            )
        return f"{BASELINE}, which ignores the columns, cannot be told from the best: there may be no signal."
    return ""


def _wins_everywhere(better: LeaderboardRow, worse: LeaderboardRow, metric: Metric) -> bool:
    """Whether one is better than the other on every fold, of as many as a test needs."""
    sign = 1.0 if metric.greater_is_better else -1.0
    gains = [sign * (one - other) for one, other in zip(better.fold_scores, worse.fold_scores, strict=True)]
    return len(gains) >= MIN_FITS_FOR_TEST and all(gain > 0 for gain in gains)


def _all_folds(row: LeaderboardRow) -> str:
    return f"{len(row.fold_scores)} of {len(row.fold_scores)} folds"


def _is_complicated_worth_it(board: Leaderboard) -> str:
    ranked, metric = board.ranked, board.metric
    simple_names = {candidate.name for candidate in CATALOG if candidate.is_simple}
    complicated_names = {candidate.name for candidate in CATALOG} - simple_names - {BASELINE}
    simple = next((row for row in ranked if row.name in simple_names), None)
    complicated = next((row for row in ranked if row.name in complicated_names), None)
    if simple is None or complicated is None:
        return ""
    question = "Is the complicated model worth it?"
    if simple.rank is not None and complicated.rank is not None and simple.rank < complicated.rank:
        return f"{question} No: {simple.name} is simple and at least as good as {complicated.name}."
    gap = board.estimate_gap(simple, complicated)
    size = f"{_gap(gap)} in {metric.label}"
    if gap.p_value is None:
        return f"{question} {complicated.name} is ahead of the simple {simple.name} by {size}; untested."
    if gap.p_value >= 1 - CONFIDENCE:
        everywhere = ""
        if _wins_everywhere(complicated, simple, metric):
            everywhere = f", though on {_all_folds(complicated)}"
        return (
            f"{question} Not by this evidence: {complicated.name} is ahead of the simple {simple.name} "
            f"by {size}, within chance{everywhere}."
        )
    price = _say_price(complicated, simple)
    return f"{question} {complicated.name} beats the simple {simple.name} by {size}{price}."


def _say_price(complicated: LeaderboardRow, simple: LeaderboardRow) -> str:
    """What the one takes beside the other, to fit a fold and to predict a row."""
    parts = [
        f"{_say_times(one / other)} to {what}"
        for what, one, other in (
            ("fit", complicated.fit_seconds, simple.fit_seconds),
            ("predict", complicated.predict_microseconds, simple.predict_microseconds),
        )
        if one and other
    ]
    return f", and takes {' and '.join(parts)}" if parts else ""


def _say_times(ratio: float) -> str:
    """A ratio of seconds.

    Examples
    --------
    >>> _say_times(0.4), _say_times(1.3), _say_times(12.7)
    ('less time', 'as long', '13 x as long')
    """
    if ratio < 0.75:
        return "less time"
    return "as long" if ratio < 1.5 else f"{ratio:.0f} x as long"


def _where_is_autogluon(board: Leaderboard) -> str:
    ranked = board.ranked
    autogluon = next((row for row in ranked if row.name == AUTOGLUON), None)
    own = next((row for row in ranked if row.name != AUTOGLUON), None)
    if autogluon is None or own is None:
        return ""
    leads = autogluon is ranked[0]
    worse, better = (own, autogluon) if leads else (autogluon, own)
    gap = board.estimate_gap(worse, better)
    test = ""
    if gap.p_value is not None:
        test = ", more than chance" if gap.p_value < 1 - CONFIDENCE else ", within chance"
    if leads:
        return (
            f"AutoGluon leads {own.name}, the best of tabkit's own models, by {_gap(gap)}{test}; "
            f"the saved model is {own.name}."
        )
    return f"AutoGluon is on rank {autogluon.rank}, {_gap(gap)} behind {own.name}{test}."


def _gap(gap: MeanEstimate) -> str:
    interval = f" ({write_range(gap.interval)})" if gap.interval else ""
    return f"{write_figure(gap.mean)}{interval}"


def _join(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
