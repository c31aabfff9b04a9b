"""Candidates x folds -> out-of-fold predictions: kept, resumable, under a time limit."""

from tabkit.evaluation._evaluate import Engine, Entrant
from tabkit.evaluation._evaluation import Evaluation, FoldResult, Status
from tabkit.evaluation._executor import Finished, LocalProcesses
from tabkit.evaluation._fingerprint import fingerprint_estimator, fingerprint_metric
from tabkit.evaluation._fold import (
    THRESHOLD,
    FoldOutcome,
    evaluate_fold,
    fit_rows,
    load_table,
    predict_rows,
    save_table,
)
from tabkit.evaluation._folds import Folds, split_table
from tabkit.evaluation._judging import metrics_of, primary_metric
from tabkit.evaluation._progress import Event, Listener, ignore
from tabkit.evaluation._schedule import Deadline
from tabkit.evaluation._scores import compute_scores, encode_labels, groups_of
from tabkit.evaluation._store import RunFolder, file_name, probability_columns

__all__ = [
    "THRESHOLD",
    "Deadline",
    "Engine",
    "Entrant",
    "Evaluation",
    "Event",
    "Finished",
    "FoldOutcome",
    "FoldResult",
    "Folds",
    "Listener",
    "LocalProcesses",
    "RunFolder",
    "Status",
    "compute_scores",
    "encode_labels",
    "evaluate_fold",
    "file_name",
    "fingerprint_estimator",
    "fingerprint_metric",
    "fit_rows",
    "groups_of",
    "ignore",
    "load_table",
    "metrics_of",
    "predict_rows",
    "primary_metric",
    "probability_columns",
    "save_table",
    "split_table",
]
