"""Candidates x folds -> out-of-fold predictions: kept, resumable, under a time limit."""

from tabkit.evaluation._evaluate import Engine, Entrant
from tabkit.evaluation._evaluation import Evaluation, FoldResult, Status
from tabkit.evaluation._executor import Finished, LocalProcesses
from tabkit.evaluation._fingerprint import fingerprint_estimator
from tabkit.evaluation._fold import FoldOutcome, evaluate_fold, fit_rows, load_table, predict_rows, save_table
from tabkit.evaluation._folds import Folds
from tabkit.evaluation._progress import Event, Listener, ignore
from tabkit.evaluation._scores import compute_scores, encode_labels
from tabkit.evaluation._store import RunFolder, file_name, probability_columns

__all__ = [
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
    "fit_rows",
    "ignore",
    "load_table",
    "predict_rows",
    "probability_columns",
    "save_table",
]
