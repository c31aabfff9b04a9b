"""How a run is carried out, from the question to the results on disk."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from tabkit._core import InputError
from tabkit._core._memory import parse_bytes
from tabkit._core._parameters import say_parameter
from tabkit._core._plain import as_plain
from tabkit._core._processors import count_processors
from tabkit.catalog import IMBALANCE
from tabkit.comparison._autogluon._baseline import AutoGluonBaseline
from tabkit.comparison._comparison import Comparison
from tabkit.comparison._files._record import write_results
from tabkit.comparison._question._resolve import Question, ResolvedQuestion, resolve
from tabkit.comparison._run._audit import AuditOutcome, NoAudit, RunAudit
from tabkit.comparison._run._duration import parse_duration
from tabkit.comparison._run._entrants import (
    Models,
    choose_candidates,
    make_entrants,
    make_extras,
    rebuild_entrants,
)
from tabkit.comparison._run._execution import Run
from tabkit.comparison._run._folds import make_folds
from tabkit.comparison._run._identity import describe_run, fingerprint_run
from tabkit.comparison._run._short_folds import describe_short_folds
from tabkit.comparison._run._versions import collect_versions
from tabkit.comparison._words._costs import introduce_costs
from tabkit.comparison._words._introduction import introduce
from tabkit.data import Table, as_reading_options
from tabkit.evaluation import (
    REFIT_MODULES,
    Entrant,
    Event,
    Folds,
    Listener,
    LocalProcesses,
    RunFolder,
    TimePlan,
    default_n_folds,
    fit_into_time,
    ignore,
)

# Parts of a question that the record has in other words, or as parts of the table and the task.
_TOLD_OTHERWISE = (
    *("data", "query", "target", "task", "metric", "positive"),
    *("reading", "test", "holdout", "gap", "horizon", "embargo"),
)
# With more, and so fewer rows to test on, its fast model tells less.
_FOLDS_TO_AUDIT = 5


@dataclass(frozen=True)
class RunOptions:
    """How a run is carried out, as the user put it; see `tabkit.compare` for each."""

    n_folds: int | None = None
    n_repeats: int = 1
    cv: Any = None
    models: Models = None
    exclude: Sequence[str] = ()
    time_limit: str | float | None = "10m"
    memory_limit: str | int | None = None
    autogluon: bool = True
    autogluon_preset: str = "best_quality"
    audit: bool = True
    n_jobs: int | None = None
    n_threads: int | None = None
    random_state: int = 0
    out: str | Path | None = None
    overwrite: bool = False
    listener: Listener = ignore


def run_comparison(question: Question, options: RunOptions) -> Comparison:
    """Read the table, evaluate the candidates, and write the results.

    Parameters
    ----------
    question : Question
    options : RunOptions

    Returns
    -------
    comparison : Comparison
    """
    started = time.monotonic()
    limit = parse_duration(options.time_limit)
    jobs, threads = _share_processors(options)
    seed, listener = options.random_state, options.listener
    memory = parse_bytes(options.memory_limit)
    models = _choose_models(question, options)
    choose_candidates(models, options.exclude)
    baseline = AutoGluonBaseline(options.autogluon_preset, jobs * threads, seed, memory)
    memory_of_fit = None if memory is None else memory // jobs
    with LocalProcesses(jobs, threads, modules=REFIT_MODULES, memory_limit=memory_of_fit) as executor:
        listener(Event("phase", "reading the table"))
        resolved = resolve(question, seed)
        folder = Path(options.out) if options.out is not None else _temporary_folder()
        needs = baseline.seconds_needed if options.autogluon else None
        resolved, n_folds = _choose_rows_and_folds(question, options, resolved, folder, limit)
        table, task = resolved.table, resolved.task
        folds = _make_folds(question, options, resolved, n_folds)
        plan = TimePlan(started, limit, len(folds), needs, time.monotonic())
        participants = make_entrants(models, options.exclude, task, seed, has_autogluon=options.autogluon)
        entrants = participants.entrants
        known = _introduce(question, options, resolved, folds, entrants, limit)
        description = describe_run(table, task, folds, seed, resolved.sampled_from)
        fingerprint = fingerprint_run(description)
        with RunFolder(folder, fingerprint, description, overwrite=options.overwrite) as store:
            extras = () if question.imbalance else make_extras(options.models, options.exclude, task, seed)
            asked = {entrant.name for entrant in (*entrants, *extras)} | set(options.exclude)
            others = rebuild_entrants([name for name in store.candidates() if name not in asked], task, seed)
            with _audit(question, options, resolved, store.path, fingerprint, threads) as audit:
                audit.begin(limit, plan.end)
                plan = replace(plan, fits_started=time.monotonic())
                run = Run(
                    table,
                    task,
                    folds,
                    entrants,
                    extras,
                    others,
                    resolved.last,
                    baseline,
                    options.autogluon,
                    store,
                    executor,
                    listener,
                    seed,
                    audit,
                )
                done = run.execute(plan)
                outcome = audit.finish(time.monotonic() if done.interrupted else plan.end)
            settings = _record_settings(question, options, resolved, limit)
            comparison = replace(
                done,
                settings=as_plain(settings | {"jobs": jobs, "threads_per_fit": threads}),
                notes=(*known, *done.notes, *participants.notes, *_note_run(outcome, table, options)),
                audit=outcome.audit,
                versions=collect_versions(),
                seconds=time.monotonic() - started,
            )
            write_results(comparison)
            return comparison


def _choose_rows_and_folds(
    question: Question,
    options: RunOptions,
    resolved: ResolvedQuestion,
    folder: Path,
    limit: float | None,
) -> tuple[ResolvedQuestion, int]:
    """All rows, or as many as fit into the time, and so many folds, where these are tabkit's to make.

    A run that is gone on with keeps both, whatever the limit is now.
    """
    if options.cv is not None or question.fold is not None:
        return resolved, 0
    kept = {} if options.overwrite else RunFolder.peek(folder)
    n_folds = options.n_folds or default_n_folds(resolved.table, resolved.task, limit)
    if options.n_folds is None and kept.get("data") == resolved.table.fingerprint:
        n_folds = int(kept["folds"]) // max(1, options.n_repeats)
    used = fit_into_time(resolved.table, resolved.task, n_folds, limit, options.random_state, kept)
    return replace(resolved, table=used.table, task=used.task, sampled_from=used.sampled_from), n_folds


def _make_folds(question: Question, options: RunOptions, resolved: ResolvedQuestion, n_folds: int) -> Folds:
    """Folds as they were asked for, so many where their number is not given with them."""
    return make_folds(
        resolved.table,
        resolved.task,
        n_folds,
        options.random_state,
        n_repeats=options.n_repeats,
        cv=options.cv,
        gap=question.gap,
        horizon=question.horizon,
        embargo=question.embargo,
    )


def _introduce(
    question: Question,
    options: RunOptions,
    resolved: ResolvedQuestion,
    folds: Folds,
    entrants: Sequence[Entrant],
    limit: float | None,
) -> tuple[str, ...]:
    """Say before the first fit what is known by then, and hand back what stays true of the results."""
    are_given = options.cv is not None or question.fold is not None
    draw = None if are_given else partial(_make_folds, question, options, resolved)
    caution = describe_short_folds(resolved.table, resolved.task, folds, draw)
    costs = introduce_costs(entrants, len(folds), limit) if question.imbalance else ""
    cautions = [said for said in (caution, costs) if said]
    options.listener(Event("table", introduce(resolved, folds, cautions, is_guess=question.target is None)))
    return (*resolved.table.notes, caution) if caution else resolved.table.notes


def _audit(
    question: Question,
    options: RunOptions,
    resolved: ResolvedQuestion,
    folder: Path,
    fingerprint: str,
    n_threads: int,
) -> RunAudit | NoAudit:
    """What looks for leaks, where this is wanted."""
    if not options.audit:
        return NoAudit()
    options.listener(Event("phase", "looking for leaks"))
    return RunAudit(
        resolved.table,
        resolved.task,
        _make_folds(question, options, resolved, options.n_folds or _FOLDS_TO_AUDIT),
        resolved.last.table if resolved.last else None,
        folder=folder,
        fingerprint=fingerprint,
        n_threads=n_threads,
        random_state=options.random_state,
    )


def _choose_models(question: Question, options: RunOptions) -> Models:
    """Those of the user, or with ``imbalance`` and none named, one model with each cure."""
    if not question.imbalance or options.models is not None:
        return options.models
    # Where all are calibrated, there is no calibrated twin to compare with.
    return [name for name in IMBALANCE if not (question.calibrate and name.endswith("_calibrated"))]


def _note_run(outcome: AuditOutcome, table: Table, options: RunOptions) -> list[str]:
    """What came of the audit, and what the gap and the horizon do not reach."""
    notes = [outcome.note] if outcome.note else []
    if table.label_spans is not None and options.autogluon:
        notes.append(
            "AutoGluon's own splits inside its training rows go forward in time without gap and horizon."
        )
    return notes


def _share_processors(options: RunOptions) -> tuple[int, int]:
    """Fits at once, and threads of each."""
    n_processors = count_processors()
    for name, count in (
        ("n_jobs", options.n_jobs),
        ("n_threads", options.n_threads),
        ("n_folds", options.n_folds),
    ):
        if count is not None and (not isinstance(count, int) or count < 1):
            raise InputError(f"{say_parameter(name)} is {count!r}: a whole number of at least one is needed")
    jobs = min(options.n_jobs or n_processors, n_processors)
    if options.cv is None and options.n_folds is not None:
        jobs = min(jobs, options.n_folds * max(1, options.n_repeats))
    return jobs, options.n_threads or max(1, n_processors // jobs)


def _record_settings(
    question: Question, options: RunOptions, resolved: ResolvedQuestion, limit: float | None
) -> dict[str, object]:
    """The settings of a run, as JSON can hold them."""
    asked = [field.name for field in fields(Question) if field.name not in _TOLD_OTHERWISE]
    return {name: getattr(question, name) for name in asked} | {
        "reading": as_reading_options(question.reading).told or None,
        "repeats": options.n_repeats,
        "gap": None if question.gap is None else str(question.gap),
        "horizon": None if question.horizon is None else str(question.horizon),
        "embargo": None if question.embargo is None else str(question.embargo),
        "last rows": resolved.last.description if resolved.last else None,
        "seed": options.random_state,
        "time_limit_seconds": limit,
        "memory_limit": options.memory_limit,
        "autogluon_preset": options.autogluon_preset if options.autogluon else None,
    }


def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tabkit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
