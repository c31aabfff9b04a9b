"""The results of a run as files: leaderboard.csv and comparison.json."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tabkit._core._files import write_json, write_text
from tabkit.comparison._comparison import Comparison
from tabkit.comparison._plain import as_plain
from tabkit.data import fingerprint_frame
from tabkit.evaluation import fingerprint_metric


def write_results(comparison: Comparison) -> None:
    """Write leaderboard.csv and comparison.json into the folder of the run."""
    if comparison.folder is None:
        return
    write_text(comparison.folder / "leaderboard.csv", comparison.frame().to_csv(index=False))
    write_json(comparison.folder / "comparison.json", as_record(comparison))


def as_record(comparison: Comparison) -> dict[str, Any]:
    """Everything of a comparison but the table and the predictions, as strict JSON can hold it.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    record : dict
    """
    board = comparison.leaderboard
    table = comparison.table
    record = {
        "answer": comparison.sentences,
        "leaderboard": [asdict(row) for row in board.rows],
        "metric": board.metric.name,
        "primary_metric": _describe_metric(comparison),
        "descriptive": board.is_descriptive,
        "task": {
            "kind": comparison.task.kind,
            "classes": comparison.task.classes,
            "positive": comparison.task.positive,
        },
        "table": {
            "name": table.name,
            "rows": table.n_rows,
            "fingerprint": table.fingerprint,
            "target": table.target.name,
            # Of the rows alone: with other features they are still the same rows.
            "target_fingerprint": fingerprint_frame(table.target.to_frame()),
            "columns": [asdict(column) for column in table.columns],
        },
        "folds": {
            "description": comparison.folds.description,
            "fingerprint": comparison.folds.fingerprint,
            "train_rows": [len(train) for train, _ in comparison.folds.pairs],
            "test_rows": [len(test) for _, test in comparison.folds.pairs],
        },
        "evaluations": [asdict(evaluation) for evaluation in comparison.evaluations],
        "winner": None if comparison.winner is None else asdict(comparison.winner),
        "settings": comparison.settings,
        "versions": comparison.versions,
        "notes": comparison.notes,
        "audit": None if comparison.audit is None else comparison.audit.as_record(),
        "seconds": comparison.seconds,
        "interrupted": comparison.interrupted,
    }
    plain: dict[str, Any] = as_plain(record)
    return plain


def _describe_metric(comparison: Comparison) -> dict[str, Any]:
    """What a reader needs that does not know a metric of the user's own."""
    metric, own = comparison.leaderboard.metric, comparison.task.own_metric
    return {
        "name": metric.name,
        "label": metric.label,
        "greater_is_better": metric.greater_is_better,
        "fingerprint": None if own is None else fingerprint_metric(own),
    }
