"""Candidates x folds -> out-of-fold predictions: kept, resumable, under a time limit."""

from tabkit.evaluation._aligned import (
    ClassPredictions,
    ValuePredictions,
    align_classes,
    align_values,
    encode_written,
)
from tabkit.evaluation._completion import complete_scores
from tabkit.evaluation._engine import Engine
from tabkit.evaluation._entrant import Entrant
from tabkit.evaluation._evaluation import Evaluation, FoldResult, Status
from tabkit.evaluation._executor import Executor, Finished
from tabkit.evaluation._fingerprint import fingerprint_estimator, fingerprint_metric
from tabkit.evaluation._fold import (
    THRESHOLD,
    FoldOutcome,
    evaluate_fold,
    fit_rows,
)
from tabkit.evaluation._folds import Folds, default_n_folds, split_table
from tabkit.evaluation._in_process import InProcess
from tabkit.evaluation._judging import asked_metrics, metrics_of, primary_metric
from tabkit.evaluation._last_score import LastScore, score_last
from tabkit.evaluation._local_processes import LocalProcesses
from tabkit.evaluation._memory_store import MemoryStore
from tabkit.evaluation._model_card import MODEL_FILE
from tabkit.evaluation._order import find_best, fold_scores, mean_defined, sort_finished
from tabkit.evaluation._predict import predict_rows
from tabkit.evaluation._preference import loss_so_far, promising_first, strongest_first
from tabkit.evaluation._progress import Event, Listener, ignore
from tabkit.evaluation._refit import REFIT_MODULES, LastRows, Refit, StandIn, refit
from tabkit.evaluation._row_budget import ROWS, SAMPLED_FROM, UsedRows, fit_into_time
from tabkit.evaluation._run_folder import RunFolder, file_name
from tabkit.evaluation._saved_model import SavedModel, read_description, replace_model
from tabkit.evaluation._schedule import Deadline, Preference, Progress, cheapest_first, no_limit
from tabkit.evaluation._scores import compute_scores, encode_labels, groups_of
from tabkit.evaluation._shared_table import SharedTable, TableFile, TableInMemory, save_table
from tabkit.evaluation._store import Store, probability_columns
from tabkit.evaluation._time_plan import TimePlan
from tabkit.evaluation._worker import is_in_worker

__all__ = [
    "MODEL_FILE",
    "REFIT_MODULES",
    "ROWS",
    "SAMPLED_FROM",
    "THRESHOLD",
    "ClassPredictions",
    "Deadline",
    "Engine",
    "Entrant",
    "Evaluation",
    "Event",
    "Executor",
    "Finished",
    "FoldOutcome",
    "FoldResult",
    "Folds",
    "InProcess",
    "LastRows",
    "LastScore",
    "Listener",
    "LocalProcesses",
    "MemoryStore",
    "Preference",
    "Progress",
    "Refit",
    "RunFolder",
    "SavedModel",
    "SharedTable",
    "StandIn",
    "Status",
    "Store",
    "TableFile",
    "TableInMemory",
    "TimePlan",
    "UsedRows",
    "ValuePredictions",
    "align_classes",
    "align_values",
    "asked_metrics",
    "cheapest_first",
    "complete_scores",
    "compute_scores",
    "default_n_folds",
    "encode_labels",
    "encode_written",
    "evaluate_fold",
    "file_name",
    "find_best",
    "fingerprint_estimator",
    "fingerprint_metric",
    "fit_into_time",
    "fit_rows",
    "fold_scores",
    "groups_of",
    "ignore",
    "is_in_worker",
    "loss_so_far",
    "mean_defined",
    "metrics_of",
    "no_limit",
    "predict_rows",
    "primary_metric",
    "probability_columns",
    "promising_first",
    "read_description",
    "refit",
    "replace_model",
    "save_table",
    "score_last",
    "sort_finished",
    "split_table",
    "strongest_first",
]
