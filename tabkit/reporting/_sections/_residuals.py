"""Predicted against actual values and the residuals of the best of a regression."""

from __future__ import annotations

from tabkit._core._wording import say_count
from tabkit.comparison import Comparison
from tabkit.evaluation import align_values
from tabkit.reporting._blocks import Figure, Notice, Section
from tabkit.reporting._curves import (
    SAMPLE_SEED,
    bin_residuals,
    central_range,
    sample_rows,
    select_leaders,
)
from tabkit.reporting._figures._residuals import draw_actual, draw_residuals
from tabkit.reporting._format import format_count, shorten

_N_POINTS = 2000


def build(comparison: Comparison) -> Section | None:
    """Draw them from the kept predictions; None where none are kept or the target is a label."""
    leaders = select_leaders(comparison, n_leaders=1)
    if not leaders or comparison.task.is_classification:
        return None
    title, anchor = f"How {shorten(leaders[0].name, 40)} predicts", "residuals"
    try:
        predictions = align_values(comparison.evaluation(leaders[0].name), comparison.table)
    except FileNotFoundError as error:
        return Section(title, (Notice(f"The kept predictions are gone: {error.filename}"),), anchor)
    rows = sample_rows(len(predictions.truth), _N_POINTS)
    predicted, actual = predictions.predicted[rows], predictions.truth[rows]
    limits = central_range([predictions.predicted, predictions.truth])
    is_outside = (
        (predicted < limits[0]) | (predicted > limits[1]) | (actual < limits[0]) | (actual > limits[1])
    )
    scatter = Figure(
        "Actual against predicted",
        draw_actual(predicted, actual, limits),
        _describe_points(len(predictions.truth), len(rows), int(is_outside.sum())),
    )
    residuals = Figure(
        "Residuals",
        draw_residuals(bin_residuals(predictions)),
        "From low to high predictions, a tenth of the rows each: median, middle half (box) and middle "
        "90 % (whisker) of actual minus predicted. Away from zero, the model is biased there.",
    )
    return Section(title, (scatter, residuals), anchor)


def _describe_points(n_rows: int, n_drawn: int, n_outside: int) -> str:
    text = f"A dot per test row, {format_count(n_drawn)} in all."
    if n_drawn < n_rows:
        part = f"{format_count(n_drawn)} of {format_count(n_rows)}"
        text = f"{part} test rows, drawn at random (seed {SAMPLE_SEED})."
    if n_outside:
        verb = "lies" if n_outside == 1 else "lie"
        text += f" {say_count(n_outside, 'extreme one')} {verb} outside."
    return text
