"""The results of a run as files: leaderboard.csv and comparison.json."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tabkit._core._files import write_json, write_text
from tabkit.comparison._comparison import Comparison


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
            "columns": [asdict(column) for column in table.columns],
        },
        "folds": {
            "description": comparison.folds.description,
            "train_rows": [len(train) for train, _ in comparison.folds.pairs],
            "test_rows": [len(test) for _, test in comparison.folds.pairs],
        },
        "evaluations": [asdict(evaluation) for evaluation in comparison.evaluations],
        "winner": None if comparison.winner is None else asdict(comparison.winner),
        "settings": comparison.settings,
        "versions": comparison.versions,
        "notes": comparison.notes,
        "seconds": comparison.seconds,
        "interrupted": comparison.interrupted,
    }
    plain: dict[str, Any] = _plain(record)
    return plain


def _plain(value: Any) -> Any:
    """The same with what strict JSON knows: no NaN, no paths, no types of NumPy."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, Path):
        return value.name
    return str(value)
