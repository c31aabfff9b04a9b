"""What changed from one run to another, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from tabkit.comparison._results._changes import RunDiff, ScoreChange
from tabkit.comparison._words._figures import write_apart, write_figure
from tabkit.metrics import Metric

_VERDICTS = {
    "better": "got better by more than chance",
    "worse": "got worse by more than chance",
    "same": "scores the same on every fold",
    "within chance": "changed within chance",
    "not tested": "changed, which is not tested",
}
_UNCHANGED = {**_VERDICTS, "within chance": "has the same mean", "not tested": "has the same mean"}


def describe_diff(diff: RunDiff) -> tuple[str, ...]:
    """Answer the questions of a reader, a sentence each.

    Parameters
    ----------
    diff : RunDiff

    Returns
    -------
    sentences : tuple of str
        What became of the best, why differences are not tested, and which models only one of
        the runs has.
    """
    sentences = [_say_best(diff)]
    if diff.untested:
        sentences.append(f"The differences are not tested: {diff.untested}.")
    for side, only in (
        ("old", [model.name for model in diff.models if not model.new_status]),
        ("new", [model.name for model in diff.models if not model.old_status]),
    ):
        if only:
            sentences.append(f"Only in the {side} run: {', '.join(only)}.")
    lost = [model for model in diff.models if model.old_rank and model.new_status and not model.new_rank]
    for model in lost:
        reason = f": {model.reason}" if model.reason else ""
        sentences.append(f"{model.name} had rank {model.old_rank} and has none now{reason}.")
    return tuple(sentences)


def describe_decline(diff: RunDiff, tolerance: float | None) -> str:
    """Say that the best of tabkit's own models got worse, in one line.

    Without a tolerance, by more than chance; where that cannot be tested, at all.

    Parameters
    ----------
    diff : RunDiff
    tolerance : float or None
        By how much it may get worse, in the unit of the metric.

    Returns
    -------
    line : str
        Empty when it did not.
    """
    best = diff.best
    if best.old_name is None:
        return ""
    if best.new_name is None or best.score.change is None:
        return f"{best.old_name} was the best, and no model of tabkit's own has a rank now"
    decline = -best.score.change if diff.metric.greater_is_better else best.score.change
    if decline <= 0:
        return ""
    names, means = _say_names(best.old_name, best.new_name), _say_means(best.score, diff.metric)
    what = f"the best, {names}, got worse: {means}"
    if tolerance is not None:
        by, limit = write_apart(decline, tolerance)
        return f"{what}, by {by} where {limit} is allowed" if decline > tolerance else ""
    if best.score.verdict == "worse":
        return f"{what}, more than chance (p = {best.score.p_value:.2g})"
    if best.score.verdict == "not tested":
        return f"{what}, which cannot be tested ({diff.untested}): give a tolerance"
    return ""


def _say_best(diff: RunDiff) -> str:
    best = diff.best
    label = diff.metric.label
    if best.new_name is None or best.score.new_mean is None:
        before = f": {best.old_name} was the best" if best.old_name else ", nor had one"
        return f"No model of tabkit's own has a rank now{before}."
    if best.old_name is None or best.score.old_mean is None:
        mean = write_figure(best.score.new_mean)
        return f"The best is {best.new_name}, {label} {mean}; before, no model had a rank."
    names, means = _say_names(best.old_name, best.new_name), _say_means(best.score, diff.metric)
    verdict = _VERDICTS[best.score.verdict] if best.score.change else _UNCHANGED[best.score.verdict]
    return f"The best, {names}, {verdict}: {means}."


def _say_names(old: str, new: str) -> str:
    return new if old == new else f"{new} after {old}"


def _say_means(score: ScoreChange, metric: Metric) -> str:
    assert score.old_mean is not None
    assert score.new_mean is not None
    old, new = (
        write_apart(score.old_mean, score.new_mean) if score.change else [write_figure(score.old_mean)] * 2
    )
    details: Sequence[str] = ()
    if score.interval is not None and score.change:
        details = [f"{score.change:+.2g}, 95 % interval {score.interval[0]:+.2g} to {score.interval[1]:+.2g}"]
    if score.p_value is not None and score.change:
        details = [*details, f"p = {score.p_value:.2g}"]
    return f"{metric.label} {old} before, {new} now" + (f" ({', '.join(details)})" if details else "")
