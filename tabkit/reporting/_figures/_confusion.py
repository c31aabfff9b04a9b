"""The confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tabkit.reporting._format import shorten
from tabkit.reporting._svg import Drawing

if TYPE_CHECKING:
    import numpy as np

_LEFT, _TOP, _SIZE = 112.0, 26.0, 420.0


def draw_confusion(counts: np.ndarray, classes: Sequence[object]) -> str:
    """Share of each true class (a row sums to 100 %) by predicted class.

    Parameters
    ----------
    counts : ndarray of shape (n_classes, n_classes)
    classes : sequence
    """
    n_classes = len(classes)
    step = (_SIZE - _LEFT) / n_classes
    right = float((counts.diagonal().sum()) / max(1, counts.sum()))
    drawing = Drawing(
        _SIZE,
        _TOP + step * n_classes + 22,
        description=f"Confusion matrix: {right:.1%} of the rows are right",
    )
    label_length = max(3, int(step / 6.5))
    for true in range(n_classes):
        total = max(1, int(counts[true].sum()))
        top = _TOP + step * true
        drawing.text(_LEFT - 6, top + step / 2 + 4, shorten(classes[true], 15), "tick end")
        drawing.text(
            _LEFT + step * (true + 0.5), _TOP - 8, shorten(classes[true], label_length), "tick middle"
        )
        for predicted in range(n_classes):
            share = float(counts[true, predicted] / total)
            left = _LEFT + step * predicted
            drawing.rectangle(left + 0.5, top + 0.5, step - 1, step - 1, "cell-back")
            shade = "cell-right" if predicted == true else "cell-wrong"
            drawing.rectangle(
                left + 0.5, top + 0.5, step - 1, step - 1, shade, fill_opacity=round(0.75 * share, 2)
            )
            if counts[true, predicted]:
                text = "<1" if share < 0.005 else f"{100 * share:.0f}"
                drawing.text(left + step / 2, top + step / 2 + 4, text, "tick strong middle")
    drawing.text(
        (_LEFT + _SIZE) / 2, _TOP + step * n_classes + 16, "predicted class; rows: true class", "label middle"
    )
    return drawing.markup()
