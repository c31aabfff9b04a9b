"""The audit of a run: before the first fit, in a process of its own, on the very folds of the leaderboard."""

from __future__ import annotations

import hashlib
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

from tabkit._core._files import write_json
from tabkit._core._parameters import say_parameter
from tabkit._core._version import __version__
from tabkit.data import Table, Task
from tabkit.evaluation import Folds, LocalProcesses
from tabkit.leakage import NO_TIME, Audit, audit_table

AUDIT_FILE = "audit.json"
# What the checks found so far, while they run.
_SO_FAR = "audit.part.json"

# Of the time limit, and never more than this.
_SHARE = 0.05
_MOST_SECONDS = 30.0
# To let a check come to its end, and the process hand over what it has.
_GRACE_SHARE = 0.1
_GRACE_SECONDS = 15.0
_KEY = "audit"


@dataclass(frozen=True)
class AuditOutcome:
    """What the audit of a run came to.

    Attributes
    ----------
    audit : Audit or None
    note : str
        Why there is none, or only a part; else empty.
    """

    audit: Audit | None
    note: str = ""


def audit_run(
    executor: LocalProcesses,
    table: Table,
    task: Task,
    folds: Folds,
    test: Table | None,
    *,
    folder: Path,
    fingerprint: str,
    time_limit: float | None,
    random_state: int,
) -> AuditOutcome:
    """Audit the table of a run; one that went through is kept in its folder.

    Parameters
    ----------
    executor : LocalProcesses
        Without a running call.
    table : Table
    task : Task
    folds : Folds
    test : Table or None
        Rows for a last score.
    folder : Path
        Of the run.
    fingerprint : str
        Of the run: an audit that is kept with another one is not taken.
    time_limit : float or None
        Seconds of the whole run.
    random_state : int

    Returns
    -------
    outcome : AuditOutcome
    """
    path = folder / AUDIT_FILE
    # The run's says nothing of the columns that no model gets, nor of the last rows.
    roles = [(column.name, column.role) for column in table.columns]
    # Nor how its reader wants parameters named.
    wording = say_parameter("drop", ...)
    known = (__version__, fingerprint, roles, None if test is None else test.fingerprint, wording)
    fingerprint = hashlib.sha256(repr(known).encode()).hexdigest()[:32]
    kept = _read(path, fingerprint)
    if kept is not None:
        return AuditOutcome(kept)
    limit = math.inf if time_limit is None else time_limit
    seconds, grace = min(_MOST_SECONDS, _SHARE * limit), min(_GRACE_SECONDS, _GRACE_SHARE * limit)
    so_far = folder / _SO_FAR
    so_far.unlink(missing_ok=True)  # of a run that was killed
    executor.submit(
        _KEY, _audit, table, task, folds, test, seconds, executor.n_threads, random_state, so_far, fingerprint
    )
    outcome = _wait(executor, seconds + grace, so_far, fingerprint)
    so_far.unlink(missing_ok=True)
    if outcome.audit is None or outcome.note:
        path.unlink(missing_ok=True)
    else:
        write_json(path, {"run": fingerprint, **outcome.audit.as_record()})
    return outcome


def _wait(executor: LocalProcesses, seconds: float, so_far: Path, fingerprint: str) -> AuditOutcome:
    """The audit of the worker, or as far as it came."""
    end = time.monotonic() + seconds
    finished = None
    while finished is None:
        left = end - time.monotonic()
        if left <= 0:
            executor.kill(_KEY)
            given_up = f"The audit was given up after {seconds:.0f} s."
            return AuditOutcome(_read(so_far, fingerprint), given_up)
        finished = executor.wait(timeout=left)
    if finished.error:
        return AuditOutcome(_read(so_far, fingerprint), f"The audit failed: {finished.error}.")
    audit: Audit = finished.value
    n_late = sum(check.skipped == NO_TIME for check in audit.checks)
    if not n_late:
        return AuditOutcome(audit)
    note = f"The audit had no time for {n_late} of its {len(audit.checks)} checks: `tabkit audit` has more."
    return AuditOutcome(audit, note)


def _audit(
    table: Table,
    task: Task,
    folds: Folds,
    test: Table | None,
    seconds: float,
    n_threads: int,
    random_state: int,
    so_far: Path,
    fingerprint: str,
) -> Audit:
    """Audit in a worker, and keep what each check finds until the end is reached."""
    return audit_table(
        table,
        task,
        folds,
        test=test,
        time_limit=seconds,
        n_threads=n_threads,
        random_state=random_state,
        on_check=lambda audit: write_json(so_far, {"run": fingerprint, **audit.as_record()}),
    )


def _read(path: Path, fingerprint: str) -> Audit | None:
    """The audit of the same run, if it was kept."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return Audit.from_record(record) if record["run"] == fingerprint else None
    except (OSError, ValueError, TypeError, KeyError):
        return None  # of no use: it is made anew
