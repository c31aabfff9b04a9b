"""How a run is carried out, from the question to the results on disk."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tabkit._core import InputError
from tabkit._core._memory import parse_bytes
from tabkit._core._processors import count_processors
from tabkit.catalog import IMBALANCE
from tabkit.comparison._audit import AuditOutcome, audit_run
from tabkit.comparison._baseline import AutoGluonBaseline
from tabkit.comparison._comparison import Comparison
from tabkit.comparison._duration import parse_duration
from tabkit.comparison._entrants import Models, make_entrants
from tabkit.comparison._folds import make_folds
from tabkit.comparison._identity import describe_run, fingerprint_run
from tabkit.comparison._introduction import introduce
from tabkit.comparison._question import Question, Settled, settle
from tabkit.comparison._record import write_results
from tabkit.comparison._run import Run
from tabkit.comparison._sample import fit_into_time
from tabkit.comparison._time_plan import TimePlan
from tabkit.comparison._versions import collect_versions
from tabkit.comparison._winner import REFIT_MODULES
from tabkit.data import Table, as_reading_options
from tabkit.evaluation import Event, Folds, Listener, LocalProcesses, RunFolder, ignore


@dataclass(frozen=True)
class Conduct:
    """How a run is carried out, as the user put it; see `tabkit.compare` for each."""

    n_folds: int = 5
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


def answer(question: Question, conduct: Conduct) -> Comparison:
    """Read the table, evaluate the candidates, and write the results.

    Parameters
    ----------
    question : Question
    conduct : Conduct

    Returns
    -------
    comparison : Comparison
    """
    started = time.monotonic()
    limit = parse_duration(conduct.time_limit)
    jobs, threads = _share_processors(conduct)
    seed, listener = conduct.random_state, conduct.listener
    memory = parse_bytes(conduct.memory_limit)
    baseline = None
    if conduct.autogluon:
        baseline = AutoGluonBaseline(conduct.autogluon_preset, jobs * threads, seed, memory)
    memory_of_fit = None if memory is None else memory // jobs
    with LocalProcesses(jobs, threads, spare_modules=REFIT_MODULES, memory_limit=memory_of_fit) as executor:
        listener(Event("phase", "reading the table"))
        settled = settle(question, seed)
        folder = Path(conduct.out) if conduct.out is not None else _temporary_folder()
        n_fits = conduct.n_folds * conduct.n_repeats
        plan = TimePlan(
            started, limit, n_fits, baseline.seconds_needed if baseline else None, time.monotonic()
        )
        if conduct.cv is None and question.fold is None:
            kept = {} if conduct.overwrite else RunFolder.peek(folder)
            seconds = plan.seconds_for_candidates(settled.task)
            settled = fit_into_time(settled, conduct.n_folds, n_fits, seconds, executor, seed, kept)
        table, task = settled.table, settled.task
        folds = make_folds(
            table,
            task,
            conduct.n_folds,
            seed,
            n_repeats=conduct.n_repeats,
            cv=conduct.cv,
            gap=question.gap,
            horizon=question.horizon,
        )
        listener(Event("table", introduce(settled, folds, is_guess=question.target is None)))
        participants = make_entrants(
            _choose_models(question, conduct), conduct.exclude, task, seed, has_autogluon=conduct.autogluon
        )
        entrants = participants.entrants
        description = describe_run(table, task, folds, seed, settled.sampled_from)
        fingerprint = fingerprint_run(description)
        with RunFolder(folder, fingerprint, description, overwrite=conduct.overwrite) as store:
            outcome = _audit(conduct, settled, folds, executor, store.path, fingerprint, limit)
            run = Run(table, task, folds, entrants, settled.last, baseline, store, executor, listener)
            plan = replace(plan, n_folds=len(folds), fits_started=time.monotonic())
            comparison = replace(
                run.go(plan),
                settings=_record_settings(question, conduct, settled, limit)
                | {"jobs": jobs, "threads_per_fit": threads},
                notes=(*table.notes, *participants.notes, *_note_run(outcome, table, conduct)),
                audit=outcome.audit,
                versions=collect_versions(),
                seconds=time.monotonic() - started,
            )
            write_results(comparison)
            return comparison


def _audit(
    conduct: Conduct,
    settled: Settled,
    folds: Folds,
    executor: LocalProcesses,
    folder: Path,
    fingerprint: str,
    limit: float | None,
) -> AuditOutcome:
    """Look for leaks, where this is wanted."""
    if not conduct.audit:
        return AuditOutcome(None)
    conduct.listener(Event("phase", "looking for leaks"))
    return audit_run(
        executor,
        settled.table,
        settled.task,
        folds,
        settled.last.table if settled.last else None,
        folder=folder,
        fingerprint=fingerprint,
        time_limit=limit,
        random_state=conduct.random_state,
    )


def _choose_models(question: Question, conduct: Conduct) -> Models:
    """Those of the user, or with ``imbalance`` and none named, one model with each cure."""
    if not question.imbalance or conduct.models is not None:
        return conduct.models
    # Where all are calibrated, there is no calibrated twin to compare with.
    return [name for name in IMBALANCE if not (question.calibrate and name.endswith("_calibrated"))]


def _note_run(outcome: AuditOutcome, table: Table, conduct: Conduct) -> list[str]:
    """What came of the audit, and what the gap and the horizon do not reach."""
    notes = [outcome.note] if outcome.note else []
    if table.label_spans is not None and conduct.autogluon:
        notes.append(
            "AutoGluon's own splits inside its training rows go forward in time without gap and horizon."
        )
    return notes


def _share_processors(conduct: Conduct) -> tuple[int, int]:
    """Fits at once, and threads of each."""
    n_processors = count_processors()
    for name, count in (
        ("--jobs", conduct.n_jobs),
        ("n_threads", conduct.n_threads),
        ("--folds", conduct.n_folds),
    ):
        if count is not None and (not isinstance(count, int) or count < 1):
            raise InputError(f"{name} is {count!r}: a whole number of at least one is needed")
    jobs = min(conduct.n_jobs or n_processors, n_processors)
    if conduct.cv is None:
        jobs = min(jobs, conduct.n_folds * max(1, conduct.n_repeats))
    return jobs, conduct.n_threads or max(1, n_processors // jobs)


def _record_settings(
    question: Question, conduct: Conduct, settled: Settled, limit: float | None
) -> dict[str, object]:
    """The settings of a run, as JSON can hold them."""
    asked = (
        "time",
        "group",
        "weight",
        "fold",
        "drop",
        "kinds",
        "objective",
        "target_transform",
        "monotone",
        "calibrate",
        "threshold",
        "imbalance",
        "deduplicate",
    )
    return {name: getattr(question, name) for name in asked} | {
        "reading": as_reading_options(question.reading).told or None,
        "repeats": conduct.n_repeats,
        "gap": None if question.gap is None else str(question.gap),
        "horizon": None if question.horizon is None else str(question.horizon),
        "last rows": settled.last.description if settled.last else None,
        "seed": conduct.random_state,
        "time_limit_seconds": limit,
        "memory_limit": conduct.memory_limit,
        "autogluon_preset": conduct.autogluon_preset if conduct.autogluon else None,
    }


def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tabkit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
