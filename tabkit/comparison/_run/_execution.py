"""The run from the first fold to the last: candidates, refit of the best, AutoGluon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tabkit.comparison._autogluon._baseline import AutoGluonBaseline, default_seconds
from tabkit.comparison._comparison import Comparison, Winner
from tabkit.data import Table, Task
from tabkit.evaluation import (
    Engine,
    Entrant,
    Evaluation,
    Event,
    Folds,
    LastRows,
    Listener,
    LocalProcesses,
    RunFolder,
    TableFile,
    TimePlan,
    complete_scores,
    find_best,
    refit,
    save_table,
)


@dataclass(frozen=True)
class Run:
    """Everything that stays the same from the first fold to the last.

    Attributes
    ----------
    table : Table
    task : Task
    folds : Folds
    entrants : sequence of Entrant
    last : LastRows or None
        For one last score of the winner.
    baseline : AutoGluonBaseline or None
    store : RunFolder
        Open.
    executor : LocalProcesses
        Open.
    listener : callable
    """

    table: Table
    task: Task
    folds: Folds
    entrants: Sequence[Entrant]
    last: LastRows | None
    baseline: AutoGluonBaseline | None
    store: RunFolder
    executor: LocalProcesses
    listener: Listener

    def execute(self, plan: TimePlan) -> Comparison:
        """Evaluate all candidates, refit the best, and let AutoGluon have its turn."""
        table_file = save_table(self.table, self.store.work / "table.pickle")
        self.listener(Event("phase", "fitting the candidates"))
        # All metrics at once: in workers, and within the time of the fits.
        engine = Engine(
            table_file, self.task, self.folds, self.store, self.executor, self.listener, all_metrics=True
        )
        evaluations = engine.evaluate(self.entrants, lambda so_far: plan.deadline_of_fits(self.task, so_far))
        interrupted = engine.interrupted
        winner = None
        if not interrupted:
            try:
                winner = self._refit_best(evaluations, table_file, plan)
                if self.baseline is not None:
                    row = self._evaluate_baseline(self.baseline, evaluations, plan)
                    evaluations = (*evaluations, row)
                    interrupted = row.status == "interrupted"
            except KeyboardInterrupt:
                interrupted = True
        self.store.flush()
        evaluations = tuple(complete_scores(one, self.table, self.task) for one in evaluations)
        return Comparison(
            table=self.table,
            task=self.task,
            folds=self.folds,
            evaluations=evaluations,
            winner=winner,
            notes=self.table.notes,
            folder=self.store.path,
            interrupted=interrupted,
        )

    def _refit_best(
        self, evaluations: Sequence[Evaluation], table_file: TableFile, plan: TimePlan
    ) -> Winner | None:
        best = find_best(self.task, evaluations)
        if best is None:
            return None
        self.listener(Event("phase", f"fitting {best.name} on all rows"))
        self.store.remove_last()
        estimator = next(entrant.estimator for entrant in self.entrants if entrant.name == best.name)
        path = self.store.path / "model" / "model.skops"
        done = refit(self.executor, estimator, table_file, self.task, path, self.last, plan.last_end)
        if done.predictions is not None:
            self.store.save_last(done.predictions)
        return Winner(
            best.name,
            None if done.failure else path,
            done.seconds,
            done.failure,
            done.score,
            done.score_failure if self.last is not None else "",
            done.columns,
            done.threshold,
        )

    def _evaluate_baseline(
        self, baseline: AutoGluonBaseline, evaluations: tuple[Evaluation, ...], plan: TimePlan
    ) -> Evaluation:
        self.listener(Event("phase", "AutoGluon"))

        def seconds_per_fold() -> float:
            seconds = plan.baseline_seconds(self.task, evaluations)
            if seconds is None:
                seconds = default_seconds(evaluations, self.executor.n_jobs, len(self.folds), baseline.preset)
            return seconds

        return baseline.evaluate(
            self.table, self.task, self.folds, self.store, seconds_per_fold, self.listener
        )
