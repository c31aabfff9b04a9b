"""Predicted against actual values, and the residuals along the predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabkit._core._wording import say_count
from tabkit.reporting._curves import ResidualBins
from tabkit.reporting._format import format_digits
from tabkit.reporting._svg import start_plot

if TYPE_CHECKING:
    import numpy as np


def draw_actual(predicted: np.ndarray, actual: np.ndarray, limits: tuple[float, float]) -> str:
    """Actual values over predicted ones, a dot per row; on the diagonal they agree.

    Parameters
    ----------
    predicted, actual : ndarray of shape (n_points,)
    limits : tuple of two floats
        Of both axes; points beyond are left out.
    """
    plot = start_plot(
        limits,
        limits,
        x_label="predicted",
        y_label="actual",
        description=f"Actual against predicted values of {say_count(len(predicted), 'row')}",
        height=340,
    )
    plot.drawing.path(plot.place(limits, limits), "reference")
    inside = [
        (x, y)
        for x, y in zip(predicted.tolist(), actual.tolist(), strict=True)
        if plot.x.holds(x) and plot.y.holds(y)
    ]
    plot.drawing.dots([(plot.x(x), plot.y(y)) for x, y in inside], "cloud")
    return plot.drawing.markup()


def draw_residuals(bins: ResidualBins) -> str:
    """Median and spread of the residuals, a box per tenth of the rows."""
    low, high = float(bins.quantiles.min()), float(bins.quantiles.max())
    margin = 0.04 * (float(bins.predicted.max()) - float(bins.predicted.min()))
    medians = ", ".join(format_digits(value) for value in bins.quantiles[:, 2].tolist())
    plot = start_plot(
        (float(bins.predicted.min()) - margin, float(bins.predicted.max()) + margin),
        (min(low, 0.0), max(high, 0.0)),
        x_label="predicted",
        y_label="actual minus predicted",
        description=f"Residuals from low to high predictions; medians {medians}",
        height=340,
    )
    plot.drawing.line(plot.x.start, plot.y(0), plot.x.end, plot.y(0), "reference")
    for center, (far_low, near_low, median, near_high, far_high) in zip(
        bins.predicted.tolist(), bins.quantiles.tolist(), strict=True
    ):
        x = plot.x(center)
        plot.drawing.line(x, plot.y(far_low), x, plot.y(far_high), "whisker")
        plot.drawing.rectangle(x - 4, plot.y(near_high), 8, plot.y(near_low) - plot.y(near_high), "box")
        plot.drawing.line(x - 6, plot.y(median), x + 6, plot.y(median), "median")
    return plot.drawing.markup()
