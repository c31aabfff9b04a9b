"""ROC curves and reliability diagrams."""

from __future__ import annotations

from collections.abc import Sequence

from tabkit.metrics import ReliabilityCurve
from tabkit.reporting._curves import Curve
from tabkit.reporting._format import shorten
from tabkit.reporting._svg import Drawing, series_class, start_plot


def draw_roc(curves: Sequence[tuple[str, Curve]], positive: object) -> str:
    """ROC curves of several candidates.

    Parameters
    ----------
    curves : sequence of (legend, Curve)
    positive : object
        The positive class.
    """
    description = "ROC curves: " + "; ".join(legend for legend, _ in curves)
    plot = start_plot(
        (0.0, 1.0),
        (0.0, 1.0),
        x_label="false positive rate",
        y_label=f"true positive rate ({shorten(positive, 24)})",
        description=description,
        height=340,
    )
    plot.drawing.path(plot.place([0, 1], [0, 1]), "reference")
    for index, (_, curve) in enumerate(curves):
        plot.drawing.path(plot.place(curve.x.tolist(), curve.y.tolist()), series_class(index))
    _add_legend(plot.drawing, [legend for legend, _ in curves], x=175, y=plot.y(0) - 16)
    return plot.drawing.markup()


def draw_reliability(curves: Sequence[tuple[str, ReliabilityCurve]], *, x_label: str, y_label: str) -> str:
    """Reliability diagram of several candidates; on the diagonal, probabilities are right."""
    description = "Reliability diagram: " + "; ".join(legend for legend, _ in curves)
    plot = start_plot(
        (0.0, 1.0), (0.0, 1.0), x_label=x_label, y_label=y_label, description=description, height=340
    )
    plot.drawing.path(plot.place([0, 1], [0, 1]), "reference")
    for index, (_, curve) in enumerate(curves):
        points = plot.place(curve.predicted.tolist(), curve.observed.tolist())
        plot.drawing.path(points, series_class(index))
        for x, y in points:
            plot.drawing.circle(x, y, 2.8, f"{series_class(index)} point")
    _add_legend(plot.drawing, [legend for legend, _ in curves], x=175, y=plot.y(0) - 16)
    return plot.drawing.markup()


def _add_legend(drawing: Drawing, legends: Sequence[str], *, x: float, y: float) -> None:
    """A line of the series and its name each, upwards from (x, y)."""
    top = y - 18 * (len(legends) - 1)
    for index, legend in enumerate(legends):
        height = top + 18 * index
        drawing.path([(x, height - 4), (x + 24, height - 4)], series_class(index))
        drawing.text(x + 30, height, shorten(legend, 34), "legend")
