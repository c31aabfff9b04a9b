"""The run from the first fold to the last: candidates, refit of the best, AutoGluon."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tabkit._core._parameters import say_parameter
from tabkit._core._version import __version__
from tabkit.comparison._autogluon._baseline import AutoGluonBaseline, default_seconds
from tabkit.comparison._comparison import Comparison, Winner
from tabkit.comparison._run._audit import NoAudit, RunAudit
from tabkit.comparison._words._fold_rows import list_shortened
from tabkit.data import Table, Task
from tabkit.evaluation import (
    MODEL_FILE,
    Engine,
    Entrant,
    Evaluation,
    Event,
    Folds,
    LastRows,
    Listener,
    LocalProcesses,
    Preference,
    RunFolder,
    SavedModel,
    TableFile,
    TimePlan,
    complete_scores,
    find_best,
    primary_metric,
    promising_first,
    read_description,
    refit,
    replace_model,
    save_table,
    strongest_first,
)

# Of the time for fits, in which everybody is begun.
_LOOK_SHARE = 0.4
# Of the time for fits, that must be left for a candidate that nobody asked for.
_LEFT_SHARE = 0.3
# Of what is left then, for the audit alone.
_AUDIT_SHARE = 0.5


@dataclass(frozen=True)
class Run:
    """Everything that stays the same from the first fold to the last.

    Attributes
    ----------
    table : Table
    task : Task
    folds : Folds
    entrants : sequence of Entrant
    extras : sequence of Entrant
        Not asked for, and tried where time is left.
    others : sequence of Entrant
        Not asked for this time: those that an earlier run into the same folder finished keep their rows.
    last : LastRows or None
        For one last score of the winner.
    baseline : AutoGluonBaseline
    has_baseline : bool
        Whether it has a turn.
    store : RunFolder
        Open.
    executor : LocalProcesses
        Open.
    listener : callable
    seed : int
    audit : RunAudit or NoAudit
        Begun.
    """

    table: Table
    task: Task
    folds: Folds
    entrants: Sequence[Entrant]
    extras: Sequence[Entrant]
    others: Sequence[Entrant]
    last: LastRows | None
    baseline: AutoGluonBaseline
    has_baseline: bool
    store: RunFolder
    executor: LocalProcesses
    listener: Listener
    seed: int
    audit: RunAudit | NoAudit

    def execute(self, plan: TimePlan) -> Comparison:
        """Evaluate all candidates, refit the best, and let AutoGluon have its turn."""
        table_file = save_table(self.table, self.store.work / "table.pickle")
        self.listener(Event("phase", "fitting the candidates"))
        # All metrics at once: in workers, and within the time of the fits.
        engine = Engine(
            table_file,
            self.task,
            self.folds,
            self.store,
            self.executor,
            self.listener,
            random_state=self.seed,
            prefer=self._choose_order(plan),
            all_metrics=True,
            has_trials=True,
            stand_ins=None if plan.limit is None else self.store.work,
        )
        engine.add(self.entrants)
        taken = _say_taken(engine.evaluations())
        if taken:
            self.listener(Event("phase", taken[0].lower() + taken[1:]))
        engine.evaluate(find_deadline=lambda so_far: plan.deadline_of_fits(self.task, so_far))
        deadline = plan.deadline_of_fits(self.task, engine.evaluations())
        if deadline is not None and not engine.interrupted:
            self.audit.go_on(time.monotonic() + _AUDIT_SHARE * (deadline.end - time.monotonic()))
        tried = self._use_time_left(engine, plan)
        interrupted = engine.interrupted
        recalled = engine.recall(self.others)
        evaluations = tuple(e for e in engine.evaluations() if e.is_finished or e.name not in tried)
        winner = None
        if not interrupted:
            try:
                winner = self._refit_best(engine, evaluations, table_file, plan)
                row = self._evaluate_baseline(evaluations, plan)
                if row is not None:
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
            notes=(
                *([f"{taken}."] if taken else []),
                *_note_extras(tried, evaluations),
                *_note_recalled(recalled),
                *_note_fewer_rows(evaluations, self.folds),
            ),
            folder=self.store.path,
            interrupted=interrupted,
        )

    def _use_time_left(self, engine: Engine, plan: TimePlan) -> tuple[str, ...]:
        """Let extras enter, as long as there is time that nobody else has use for; their names."""
        tried = [entrant.name for entrant in engine.recall(self.extras)]
        for entrant in self.extras:
            deadline = plan.deadline_of_fits(self.task, engine.evaluations())
            if entrant.name in tried or deadline is None or engine.interrupted:
                continue
            if deadline.end - time.monotonic() < _LEFT_SHARE * (deadline.end - plan.fits_started):
                break
            self.listener(Event("phase", f"trying {entrant.name} in the time that is left"))
            engine.evaluate([entrant], lambda so_far: plan.deadline_of_fits(self.task, so_far))
            tried.append(entrant.name)
        return tuple(tried)

    def _choose_order(self, plan: TimePlan) -> Preference:
        """Whole candidates without a limit; with one, a look at all of them first."""
        deadline = plan.deadline_of_fits(self.task, ())
        if deadline is None:
            return strongest_first
        look_until = plan.fits_started + _LOOK_SHARE * (deadline.end - plan.fits_started)
        return promising_first(primary_metric(self.task), look_until)

    def _refit_best(
        self, engine: Engine, evaluations: Sequence[Evaluation], table_file: TableFile, plan: TimePlan
    ) -> Winner | None:
        """Leave the best as a model of all rows, or what there is of it."""
        best = find_best(self.task, evaluations)
        if best is None:
            return None
        path = self.store.path / "model" / MODEL_FILE
        recipe = engine.recipe_of(best.name)
        earlier = read_description(path)
        if earlier is not None and (
            not earlier.is_whole or (earlier.recipe, earlier.version) != (recipe, __version__)
        ):
            earlier = None  # another, or not of all rows
        if earlier is not None and self.last is None:
            return _as_winner(earlier, path)
        self.listener(Event("phase", f"fitting {best.name} on all rows"))
        self.store.remove_last()
        everyone = (*self.entrants, *self.extras, *self.others)
        estimator = next(entrant.estimator for entrant in everyone if entrant.name == best.name)
        stand_in = engine.stand_in(best.name)
        done = refit(
            self.executor,
            estimator,
            table_file,
            self.task,
            self.store.work,
            self.last,
            plan.last_end,
            stand_in,
        )
        last_failure = done.score_failure if self.last is not None else ""
        if done.predictions is not None:
            self.store.save_last(done.predictions)
        if earlier is not None and (done.path is None or done.stands_in):
            return replace(_as_winner(earlier, path), last_failure=last_failure)
        if done.path is None:
            return Winner(best.name, None, done.seconds, done.failure, done.score, last_failure)
        n_rows = stand_in.n_rows if done.stands_in and stand_in is not None else self.table.n_rows
        saved = SavedModel(
            best.name, recipe, n_rows, done.seconds, not done.stands_in, done.columns, done.threshold
        )
        replace_model(path, done.path, saved)
        return replace(
            _as_winner(saved, path), note=done.failure, last_score=done.score, last_failure=last_failure
        )

    def _evaluate_baseline(self, evaluations: tuple[Evaluation, ...], plan: TimePlan) -> Evaluation | None:
        """AutoGluon's row; without its turn, that of an earlier run, if there is one."""
        if not self.has_baseline:
            return self.baseline.recall(self.folds, self.store)
        self.listener(Event("phase", "AutoGluon"))

        def seconds_per_fold() -> float:
            seconds = plan.baseline_seconds(self.task, evaluations)
            if seconds is None:
                preset = self.baseline.preset
                seconds = default_seconds(evaluations, self.executor.n_jobs, len(self.folds), preset)
            return seconds

        return self.baseline.evaluate(
            self.table, self.task, self.folds, self.store, seconds_per_fold, self.listener
        )


def _as_winner(saved: SavedModel, path: Path) -> Winner:
    """The winner whose model is on disk."""
    return Winner(
        saved.candidate,
        path,
        saved.fit_seconds,
        n_rows=saved.n_rows,
        columns=saved.columns,
        threshold=saved.threshold,
    )


def _say_taken(evaluations: Sequence[Evaluation]) -> str:
    """Say what was on disk before anything was fitted; empty where nothing was."""
    kept = [evaluation for evaluation in evaluations if evaluation.folds]
    if not kept:
        return ""
    n_kept, n_all = sum(len(e.folds) for e in kept), sum(e.n_folds for e in evaluations)
    if n_kept == n_all:
        return f"All {n_all} folds were there already, of an earlier run into this folder"
    unfinished = ", ".join(e.name for e in evaluations if not e.is_finished and e.status == "interrupted")
    to_fit = f"; fitted now: {unfinished}" if unfinished else ""
    return f"{n_kept} of {n_all} folds were there already, of an earlier run into this folder{to_fit}"


def _note_extras(tried: Sequence[str], evaluations: Sequence[Evaluation]) -> tuple[str, ...]:
    """Say who took part without having been asked for."""
    finished = {evaluation.name for evaluation in evaluations}
    said = [f"{name} took part" if name in finished else f"{name} did not finish" for name in tried]
    return (f"In the time that was left: {', '.join(said)}.",) if said else ()


def _note_recalled(recalled: Sequence[Entrant]) -> tuple[str, ...]:
    """Say whose rows are of an earlier run."""
    names = ", ".join(entrant.name for entrant in recalled)
    return (f"Of an earlier run into this folder, and not asked for in this one: {names}.",) if names else ()


def _note_fewer_rows(evaluations: Sequence[Evaluation], folds: Folds) -> tuple[str, ...]:
    """Say which ranked ones were trained on fewer rows than the others."""
    told = list_shortened(evaluations, folds)
    if not told:
        return ()
    n_all, more = folds.fewest_train, f"raise {say_parameter('time_limit')}"
    return (f"Trained on fewer rows of each fold than {n_all:,}, for want of time: {told}; {more}.",)
