"""The audit of a run, on the very folds of the leaderboard, with the time that fits leave."""

from __future__ import annotations

import hashlib
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tabkit._core._files import write_json
from tabkit._core._parameters import say_parameter
from tabkit._core._version import __version__
from tabkit.data import Table, Task
from tabkit.evaluation import REFIT_MODULES, Folds, LocalProcesses
from tabkit.leakage import NO_TIME, Audit, audit_table

AUDIT_FILE = "audit.json"
# What the checks found so far, while they run.
_SO_FAR = "audit.part.json"

# Of the time limit it has the processors for itself, and never for more than this.
_SHARE = 0.05
_MOST_SECONDS = 30.0
_MOST_SECONDS_WITHOUT_LIMIT = 600.0
_LONGEST_WAIT = 60.0
# To let a check come to its end, and the process hand over what it has.
_GRACE_SECONDS = 1.0
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


class RunAudit:
    """The audit of one run, in a process of its own: begun before the first fit, ended with the run.

    For a short time it has the processors for itself. Then the fits begin, and it goes on with what they
    leave.

    Parameters
    ----------
    table : Table
    task : Task
    folds : Folds
    test : Table or None
        Rows for a last score.
    folder : Path
        Of the run.
    fingerprint : str
        Of the run: an audit that is kept with another one is not taken.
    n_threads : int
    random_state : int

    Attributes
    ----------
    outcome : AuditOutcome or None
        None until it is known.
    """

    def __init__(
        self,
        table: Table,
        task: Task,
        folds: Folds,
        test: Table | None,
        *,
        folder: Path,
        fingerprint: str,
        n_threads: int,
        random_state: int,
    ) -> None:
        self.outcome: AuditOutcome | None = None
        self._is_kept = False
        self._path, self._so_far = folder / AUDIT_FILE, folder / _SO_FAR
        # The run's says nothing of the columns that no model gets, nor of the last rows.
        roles = [(column.name, column.role) for column in table.columns]
        # Nor how its reader wants parameters named.
        wording = say_parameter("drop", ...)
        own = (__version__, fingerprint, roles, None if test is None else test.fingerprint, wording)
        self._fingerprint = hashlib.sha256(repr(own).encode()).hexdigest()[:32]
        self._arguments = (table, task, folds, test, n_threads, random_state)
        self._executor = LocalProcesses(1, n_threads, modules=REFIT_MODULES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.__exit__(kind, error, trace)
        self._so_far.unlink(missing_ok=True)

    def begin(self, time_limit: float | None, end: float | None) -> None:
        """Audit for a short time; an audit of the run that is kept is gone on with.

        Parameters
        ----------
        time_limit : float or None
            Seconds of the whole run.
        end : float or None
            By when all should be done, on the clock of `time.monotonic`.
        """
        known = _read(self._path, self._fingerprint)
        if known is not None and not _count_late(known):
            self.outcome, self._is_kept = AuditOutcome(known), True
            return
        self._so_far.unlink(missing_ok=True)  # of a run that was killed
        self._executor.fill()
        now = time.monotonic()
        seconds = _MOST_SECONDS_WITHOUT_LIMIT if end is None else max(0.0, end - now - _GRACE_SECONDS)
        self._executor.submit(_KEY, _audit, *self._arguments, seconds, known, self._so_far, self._fingerprint)
        self._wait(now + min(_MOST_SECONDS, _SHARE * (math.inf if time_limit is None else time_limit)))
        if self.outcome is None:
            self._executor.yield_processors(_KEY)

    def go_on(self, end: float) -> None:
        """Wait for it while nothing else runs.

        Parameters
        ----------
        end : float
            On the clock of `time.monotonic`.
        """
        self._wait(end)

    def finish(self, end: float | None) -> AuditOutcome:
        """Wait for what is left of it.

        Parameters
        ----------
        end : float or None
            On the clock of `time.monotonic`: what is found until then counts.

        Returns
        -------
        outcome : AuditOutcome
        """
        if self._is_kept and self.outcome is not None:
            return self.outcome
        if self.outcome is None:
            self._wait(math.inf if end is None else end)
        if self.outcome is None:
            self._executor.kill(_KEY, is_replaced=False)
            so_far = _read(self._so_far, self._fingerprint)
            self.outcome = _judge(so_far) if so_far else AuditOutcome(None, "The audit had no time.")
        if self.outcome.audit is not None:
            write_json(self._path, {"run": self._fingerprint, **self.outcome.audit.as_record()})
        return self.outcome

    def _wait(self, end: float) -> None:
        while self.outcome is None and (left := end - time.monotonic()) > 0:
            finished = self._executor.wait(timeout=min(left, _LONGEST_WAIT))
            if finished is None:
                continue
            if finished.error:
                so_far = _read(self._so_far, self._fingerprint)
                self.outcome = AuditOutcome(so_far, f"The audit failed: {finished.error}.")
            else:
                self.outcome = _judge(finished.value)


class NoAudit:
    """In the place of an audit that is not wanted."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def begin(self, time_limit: float | None, end: float | None) -> None:
        """Do nothing."""

    def go_on(self, end: float) -> None:
        """Do nothing."""

    def finish(self, end: float | None) -> AuditOutcome:
        """Nothing was found."""
        return AuditOutcome(None)


def _judge(audit: Audit) -> AuditOutcome:
    n_late = _count_late(audit)
    if not n_late:
        return AuditOutcome(audit)
    note = (
        f"The audit had no time for {n_late} of its {len(audit.checks)} checks: the same command goes on "
        "with them, or `tabkit audit`."
    )
    return AuditOutcome(audit, note)


def _count_late(audit: Audit) -> int:
    return sum(check.skipped == NO_TIME for check in audit.checks)


def _audit(
    table: Table,
    task: Task,
    folds: Folds,
    test: Table | None,
    n_threads: int,
    random_state: int,
    seconds: float,
    known: Audit | None,
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
        known=known,
    )


def _read(path: Path, fingerprint: str) -> Audit | None:
    """The audit of the same run, if it was kept."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return Audit.from_record(record) if record["run"] == fingerprint else None
    except (OSError, ValueError, TypeError, KeyError):
        return None  # of no use: it is made anew
