"""ROC curves, reliability and confusion of the leaders of a classification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tabkit._core._wording import say_count
from tabkit.comparison import Comparison
from tabkit.evaluation import ClassPredictions, align_classes
from tabkit.reporting._blocks import Block, Figure, Notice, Section, TableBlock, TableColumn
from tabkit.reporting._curves import (
    compute_reliability,
    compute_roc,
    count_confusion,
    rank_confusions,
    select_leaders,
)
from tabkit.reporting._figures._confusion import draw_confusion
from tabkit.reporting._figures._lines import draw_reliability, draw_roc
from tabkit.reporting._format import format_count, format_number, format_share, shorten
from tabkit.reporting._leaderboard_table import name_cell, number_cell

if TYPE_CHECKING:
    import numpy as np

_MAX_CLASSES_DRAWN = 12
_N_PAIRS = 15


def build(comparison: Comparison) -> Section | None:
    """Draw them from the kept predictions; None where none are kept or the target is a number."""
    leaders = select_leaders(comparison)
    if not leaders or not comparison.task.is_classification:
        return None
    title, anchor = "How the leaders predict", "curves"
    try:
        predictions = {
            row.name: align_classes(comparison.evaluation(row.name), comparison.table, comparison.task)
            for row in leaders
        }
    except FileNotFoundError as error:
        return Section(title, (Notice(f"The kept predictions are gone: {error.filename}"),), anchor)
    blocks: list[Block] = []
    if comparison.task.kind == "binary":
        blocks += _show_roc(comparison, predictions)
    blocks.append(_show_reliability(comparison, predictions))
    best = leaders[0].name
    blocks.append(_show_confusion(best, count_confusion(predictions[best]), comparison.task.classes))
    return Section(title, tuple(blocks), anchor)


def _show_roc(comparison: Comparison, predictions: Mapping[str, ClassPredictions]) -> list[Figure]:
    scores = {row.name: row.scores.get("roc_auc") for row in comparison.leaderboard.rows}
    curves = []
    for name, aligned in predictions.items():
        curve = compute_roc(aligned)
        if curve is not None:
            curves.append((f"{shorten(name, 24)}  {format_number(scores[name], 4)}", curve))
    if not curves:
        return []
    caption = (
        "Mean of the folds' curves, so that the area is the ROC AUC of the leaderboard. "
        "The diagonal is a coin's."
    )
    return [Figure("ROC", draw_roc(curves, comparison.task.positive), caption)]


def _show_reliability(comparison: Comparison, predictions: Mapping[str, ClassPredictions]) -> Figure:
    computed = {name: compute_reliability(aligned) for name, aligned in predictions.items()}
    curves = [(f"{shorten(name, 24)}  {curve.error:.3f}", curve) for name, curve in computed.items()]
    if comparison.task.kind == "binary":
        positive = shorten(comparison.task.positive, 20)
        x_label, y_label = f"predicted probability of {positive}", f"share that was {positive}"
    else:
        x_label, y_label = "probability of the predicted class", "share that was right"
    caption = (
        "On the diagonal a probability can be taken at its word; below it, it promises too much. "
        "A point stands for a tenth of the rows; the number is the mean distance to the diagonal "
        "(expected calibration error)."
    )
    return Figure("Reliability", draw_reliability(curves, x_label=x_label, y_label=y_label), caption)


def _show_confusion(name: str, counts: np.ndarray, classes: Sequence[object]) -> Block:
    title = f"Confusion of {shorten(name, 40)}"
    if len(classes) <= _MAX_CLASSES_DRAWN:
        caption = "Per cent of the rows of each true class, over all test rows."
        return Figure(title, draw_confusion(counts, classes), caption)
    return _tabulate_confusions(title, counts, classes)


def _tabulate_confusions(title: str, counts: np.ndarray, classes: Sequence[object]) -> TableBlock:
    """The most frequent errors, where a matrix would be too large to read."""
    rows = []
    for true, predicted, count in rank_confusions(counts, _N_PAIRS):
        share = format_share(count, int(counts[true].sum()))
        rows.append(
            (
                name_cell(classes[true]),
                name_cell(classes[predicted]),
                number_cell(format_count(count), count),
                number_cell(share, count / int(counts[true].sum())),
            )
        )
    return TableBlock(
        (
            TableColumn("true class"),
            TableColumn("predicted as"),
            TableColumn("rows", is_number=True),
            TableColumn("of the true class", is_number=True),
        ),
        tuple(rows),
        caption=f"{title}: the {say_count(len(rows), 'most frequent error')} among {len(classes)} classes.",
        is_sortable=True,
    )
