"""The rules: what in the course of a script lets a score see rows that it is to be judged on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tabkit.leakage._code import _names as names_of
from tabkit.leakage._code._events import Context
from tabkit.leakage._code._values import BOTH, TEST, TRAIN, Rows, Taint
from tabkit.leakage._finding import Severity

_CODES = {
    "learned": "fitted-before-split",
    "selected": "selected-before-split",
    "encoded": "target-encoded-before-split",
    "resampled": "resampled-before-split",
}
_CURES = {
    "learned": "Split first and fit it on the training rows, or put it into a Pipeline with the model.",
    "selected": "Put it into a Pipeline with the model: it chooses where the test rows' answers are known.",
    "encoded": "Split first and encode on the training rows: the column holds the answers of the test rows.",
    "resampled": "Split first and resample the training rows only; in cross-validation, put it into the "
    "Pipeline of imblearn, or tabkit.resampling.ResampledClassifier.",
}


@dataclass(frozen=True)
class Told:
    """What a rule says of a line: a finding without the text of the line."""

    code: str
    severity: Severity
    line: int
    message: str
    cure: str


def find_before_split(context: Context) -> Iterator[Told]:
    """Yield what was learned from rows that were split, or cross-validated on, afterwards."""
    for event in context.events:
        if event.kind not in ("split", "cross-validation"):
            continue
        for taint in event.rows.taints:
            if not taint.fitted_on.roots & event.rows.roots:
                continue
            is_nested = any(side == TRAIN for _, side in taint.fitted_on.sides)
            # Of an inner split, what was scaled on all its rows is no matter; what was copied is.
            if is_nested and taint.kind in ("learned", "encoded"):
                continue
            what = "cross-validates on" if event.kind == "cross-validation" else "splits"
            yield _tell(taint, f"and line {event.line} {what} them", is_mild=is_nested)


def find_seen_test(context: Context) -> Iterator[Told]:
    """Yield what was fitted on rows of before a split and transforms a side of it."""
    for event in context.events:
        if event.kind != "transform" or event.taint is None or event.fitted_on is None:
            continue
        if any(side == TRAIN for _, side in event.fitted_on.sides) or _are_apart(event.fitted_on, event.rows):
            continue
        for split, _ in event.rows.sides:
            roots = context.splits.get(split, frozenset())
            if roots & event.fitted_on.roots and event.fitted_on.side_of(split) == "":
                yield _tell(event.taint, f"the test rows among them, and transforms in line {event.line}")
                break


def find_fitted_on_test(context: Context) -> Iterator[Told]:
    """Yield what prepares rows and is fitted on test rows."""
    prepares = names_of.LEARNERS | names_of.SELECTORS | names_of.TARGET_ENCODERS | names_of.RESAMPLERS
    for event in context.events:
        if event.kind != "fit" or event.estimator is None or event.estimator.name not in prepares:
            continue
        name = event.estimator.name
        sides = {side for _, side in event.rows.sides}
        if TEST not in sides and BOTH not in sides:
            continue
        is_resampler = name in names_of.RESAMPLERS
        which = "test rows" if TEST in sides else "training and test rows together"
        yield Told(
            "fitted-on-test-rows",
            "error" if is_resampler else "warning",
            event.line,
            f"{name} is fitted on the {which}."
            + (" A score on rows that were made up says nothing." if is_resampler else ""),
            "Leave the test rows as they are."
            if is_resampler
            else "Fit it on the training rows, and only transform the test rows.",
        )


def find_model_with_test(context: Context) -> Iterator[Told]:
    """Yield the models that are judged on rows that they were fitted on."""
    for event in context.events:
        fitted_on = event.fitted_on
        if event.kind != "predict" or fitted_on is None or any(side == TRAIN for _, side in fitted_on.sides):
            continue
        if _are_apart(fitted_on, event.rows):
            continue
        for split, side in event.rows.sides:
            is_known = bool(context.splits.get(split, frozenset()) & fitted_on.roots)
            if side == TEST and is_known:
                yield Told(
                    "fitted-with-test-rows",
                    "error",
                    event.fitted_line,
                    f"The model is fitted on the test rows too, and line {event.line} has it predict them.",
                    "Fit it on the training rows; fit on all rows only once nothing is scored any more.",
                )
                break


def find_stopped_on_test(context: Context) -> Iterator[Told]:
    """Yield the fits that are stopped by the rows of the last score."""
    predicted = [event for event in context.events if event.kind == "predict" and _is_test(event.rows)]
    for event in predicted:
        for line, judged in event.stopped_on:
            shared = {split for split, side in event.rows.sides if side == TEST} & {
                split for split, side in judged.sides if side == TEST
            }
            if not shared or shared & context.folds or _are_apart(judged, event.rows):
                continue
            # With test rows of their own, these are there to be stopped by.
            if any(_are_apart(judged, other.rows) and _is_test(other.rows) for other in predicted):
                continue
            yield Told(
                "stopped-on-test-rows",
                "warning",
                line,
                f"The fit is stopped by the score on the very rows that line {event.line} predicts: it is "
                "the best of many on them.",
                "Split rows for early stopping off the training rows, and keep the test rows for the end.",
            )


RULES: tuple[Callable[[Context], Iterator[Told]], ...] = (
    find_before_split,
    find_seen_test,
    find_fitted_on_test,
    find_model_with_test,
    find_stopped_on_test,
)


def _tell(taint: Taint, then: str, *, is_mild: bool = False) -> Told:
    severity: Severity = "warning" if taint.kind == "learned" or is_mild else "error"
    done = {
        "learned": f"{taint.name} is fitted on all rows",
        "selected": f"{taint.name} chooses columns by the target of all rows",
        "encoded": f"{taint.name} is taken over all rows",
        "resampled": f"{taint.name} draws new rows from all rows",
    }[taint.kind]
    if taint.kind == "encoded" and not taint.name.startswith("the mean"):
        done = f"{taint.name} learns from the target of all rows"
    if is_mild:
        done = done.replace("all rows", "all training rows")
    return Told(_CODES[taint.kind], severity, taint.line, f"{done}, {then}.", _CURES[taint.kind])


def _are_apart(first: Rows, second: Rows) -> bool:
    """Whether some split has put the ones on one side and the others on the other."""
    return any({side, second.side_of(split)} == {TRAIN, TEST} for split, side in first.sides)


def _is_test(rows: Rows) -> bool:
    return any(side == TEST for _, side in rows.sides)
