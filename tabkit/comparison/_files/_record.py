"""The results of a run as files."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tabkit._core._files import write_json, write_text
from tabkit._core._plain import as_plain
from tabkit.comparison._comparison import Comparison
from tabkit.comparison._files._recorded_metric import describe_metric
from tabkit.comparison._files._rows import write_rows

RECORD_FILE = "comparison.json"


def write_results(comparison: Comparison) -> None:
    """Write leaderboard.csv, comparison.json and what is kept of the rows into the folder of the run."""
    if comparison.folder is None:
        return
    write_text(comparison.folder / "leaderboard.csv", comparison.frame().to_csv(index=False))
    write_rows(comparison.folder, comparison.table, comparison.folds)
    write_json(comparison.folder / RECORD_FILE, as_record(comparison))


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
    roles = {"group": table.groups, "time": table.times, "weight": table.weights}
    task = {name: value for name, value in vars(comparison.task).items() if name != "own_metric"}
    evaluations = [asdict(evaluation) for evaluation in comparison.evaluations]
    record = {
        "answer": comparison.sentences,
        "leaderboard": [asdict(row) for row in board.rows],
        "metric": board.metric.name,
        "primary_metric": describe_metric(comparison.task),
        "descriptive": board.is_descriptive,
        "task": {**task, "positive": comparison.task.positive},
        "table": {
            "name": table.name,
            "rows": table.n_rows,
            "fingerprint": table.fingerprint,
            "target": table.target.name,
            "target_fingerprint": table.target_fingerprint,
            "roles": {role: None if one is None else one.name for role, one in roles.items()},
            "notes": table.notes,
            "columns": [asdict(column) for column in table.columns],
        },
        "folds": {
            "description": comparison.folds.description,
            "fingerprint": comparison.folds.fingerprint,
            "train_rows": [len(train) for train, _ in comparison.folds.pairs],
            "test_rows": [len(test) for _, test in comparison.folds.pairs],
        },
        "evaluations": [{**one, "folder": None, "in_memory": None} for one in evaluations],
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
