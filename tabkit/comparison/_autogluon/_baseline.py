"""AutoGluon's row: the same folds, the same seconds, its outer score only."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass

from tabkit._core import MissingExtraError
from tabkit._core._optional import is_installed
from tabkit._core._random import derive_seed
from tabkit._core._wording import say_count
from tabkit.comparison._autogluon._answer import AutoGluonError
from tabkit.comparison._autogluon._fold import evaluate_autogluon_fold, seconds_needed
from tabkit.comparison._autogluon._presets import check_preset
from tabkit.comparison._names import AUTOGLUON
from tabkit.data import Table, Task
from tabkit.evaluation import (
    Evaluation,
    Event,
    FoldOutcome,
    FoldResult,
    Folds,
    Listener,
    RunFolder,
    Status,
    compute_scores,
    groups_of,
)

# Kept results still count when the time they were given is this close to what is given now.
_SAME_SECONDS = 0.1


@dataclass(frozen=True)
class AutoGluonBaseline:
    """AutoGluon over all folds, one after the other, with every processor of the run.

    Attributes
    ----------
    preset : str
    n_threads : int
    random_state : int
    memory_limit : int or None
        Bytes; the process is stopped when it uses more.
    """

    preset: str
    n_threads: int
    random_state: int
    memory_limit: int | None = None

    def __post_init__(self) -> None:
        check_preset(self.preset)

    @property
    def seconds_needed(self) -> float | None:
        """The least seconds for one fold; None when AutoGluon is not installed."""
        return seconds_needed(self.preset) if is_installed("autogluon.tabular") else None

    def evaluate(
        self,
        table: Table,
        task: Task,
        folds: Folds,
        store: RunFolder,
        seconds_per_fold: Callable[[], float],
        listener: Listener,
    ) -> Evaluation:
        """Evaluate on every fold that is not finished yet.

        Parameters
        ----------
        table : Table
        task : Task
        folds : Folds
        store : RunFolder
        seconds_per_fold : callable
            Asked once, before the first fold.
        listener : callable

        Returns
        -------
        evaluation : Evaluation
        """
        if not is_installed("autogluon.tabular"):
            return self._evaluation(
                folds, store, {}, "not installed", str(MissingExtraError("autogluon", "autogluon"))
            )
        seconds = seconds_per_fold()
        fingerprint = self._fingerprint()
        results = {
            fold: result
            for fold, result in store.load_folds(AUTOGLUON, fingerprint).items()
            if _has_same_seconds(result, seconds) and task.metric in result.scores
        }
        status: Status = "finished"
        reason = log = ""
        for fold in range(len(folds)):
            if fold in results:
                continue
            listener(Event("fold", f"AutoGluon: fold {fold}", AUTOGLUON, len(results), len(folds)))
            try:
                results[fold] = self._evaluate_fold(table, task, folds, fold, store, fingerprint, seconds)
            except AutoGluonError as error:
                status, reason, log = error.status, str(error), error.log
                break
            except KeyboardInterrupt:
                status, reason = "interrupted", f"{len(results)} of {say_count(len(folds), 'fold')} finished"
                break
        return self._evaluation(folds, store, results, status, reason, log)

    def recall(self, folds: Folds, store: RunFolder) -> Evaluation | None:
        """Its evaluation by an earlier run, where that is whole.

        Parameters
        ----------
        folds : Folds
        store : RunFolder

        Returns
        -------
        evaluation : Evaluation or None
        """
        if not is_installed("autogluon.tabular") or AUTOGLUON not in store.candidates():
            return None
        results = store.load_folds(AUTOGLUON, self._fingerprint())
        return self._evaluation(folds, store, results, "finished") if len(results) == len(folds) else None

    def _evaluate_fold(
        self,
        table: Table,
        task: Task,
        folds: Folds,
        fold: int,
        store: RunFolder,
        fingerprint: str,
        seconds: float,
    ) -> FoldResult:
        train, test = folds.pairs[fold]
        found = evaluate_autogluon_fold(
            table,
            task,
            train,
            test,
            seconds=seconds,
            preset=self.preset,
            n_threads=self.n_threads,
            random_state=derive_seed(self.random_state, AUTOGLUON, fold),
            memory_limit=self.memory_limit,
        )
        outcome = FoldOutcome(
            prediction=found.prediction,
            proba=found.proba,
            scores=compute_scores(
                task, table.target.iloc[test], found.prediction, found.proba, groups_of(table, test)
            ),
            fit_seconds=found.fit_seconds,
            predict_seconds=found.predict_seconds,
            model_bytes=found.model_bytes,
            details=found.details,
        )
        return store.save_fold(AUTOGLUON, fingerprint, fold, outcome, folds, task, self.n_threads)

    def _fingerprint(self) -> str:
        version = importlib.metadata.version("autogluon.tabular")
        text = repr((AUTOGLUON, version, self.preset, self.random_state))
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def _evaluation(
        self,
        folds: Folds,
        store: RunFolder,
        results: dict[int, FoldResult],
        status: Status,
        reason: str = "",
        log: str = "",
    ) -> Evaluation:
        return Evaluation(
            name=AUTOGLUON,
            status=status,
            folds=tuple(results[fold] for fold in sorted(results)),
            n_folds=len(folds),
            reason=reason,
            traceback=log,
            folder=store.predictions_folder(AUTOGLUON),
            description=f"AutoGluon with preset {self.preset}, in a process of its own",
        )


def default_seconds(evaluations: tuple[Evaluation, ...], n_jobs: int, n_folds: int, preset: str) -> float:
    """Seconds per fold where there is no limit: what all candidates used, or the least it needs."""
    used = sum(
        result.fit_seconds + result.predict_seconds
        for evaluation in evaluations
        for result in evaluation.folds
    )
    return max(used / n_jobs / n_folds, 2 * seconds_needed(preset))


def _has_same_seconds(result: FoldResult, seconds: float) -> bool:
    given = float(result.details.get("seconds given", "nan"))
    return abs(given - seconds) <= _SAME_SECONDS * seconds
