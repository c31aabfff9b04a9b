"""Run every check on a table and its folds."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from tabkit._core import InputError, describe_error, suggest
from tabkit._core._parameters import say_parameter
from tabkit._core._random import derive_seed
from tabkit.data import Table, Task
from tabkit.evaluation import Folds
from tabkit.leakage._audit import Audit, CheckRun
from tabkit.leakage._check import Check, NotApplicableError
from tabkit.leakage._clock import Clock, OutOfTimeError
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding, rank_of

if TYPE_CHECKING:
    import numpy as np

# Why a check did not run, or not to its end.
NO_TIME = "no time left"

_MAX_ROWS = 3_000
_MIN_ROWS = 20
# Of fewer groups folds cannot be made.
_MIN_UNITS = 20


def audit_table(
    table: Table,
    task: Task,
    folds: Folds,
    *,
    test: Table | None = None,
    codes: Collection[str] | None = None,
    time_limit: float | None = 60.0,
    max_rows: int = _MAX_ROWS,
    n_threads: int = 1,
    random_state: int = 0,
    on_check: Callable[[Audit], None] | None = None,
    known: Audit | None = None,
) -> Audit:
    """Look for what makes the scores on these folds too good, and measure it.

    A fast model (50 small trees of LightGBM) is fitted on the training rows of the folds with and
    without each suspect. Its score is the ROC AUC, of each class against the rest where there are
    several, or R², whatever ranks the models, so that a difference means the same everywhere.

    Parameters
    ----------
    table : Table
    task : Task
    folds : Folds
        Of the run: findings are about them. The first five are measured.
    test : Table, default=None
        Rows for a last score, compared with those of ``table``.
    codes : collection of str, default=None
        Only the checks that may yield findings of these codes; None for all.
    time_limit : float or None, default=60.0
        Seconds; checks that there is no time for are skipped, and named.
    max_rows : int, default=3000
        The fast model is measured on so many rows at most, drawn at random: whole groups, and all
        copies of a row. Equal rows are counted among all.
    n_threads : int, default=1
    random_state : int, default=0
    on_check : callable, default=None
        Called after every check with the audit so far, in which those to come count as skipped.
    known : Audit, default=None
        Of the same table, task and folds: what it had no time for is done, and the rest taken over.

    Returns
    -------
    audit : Audit
        A check that fails is named among those that were skipped, and costs the others nothing.

    Raises
    ------
    InputError
        If there is no finding of a code, or ``max_rows`` is too few.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from sklearn.model_selection import KFold
    >>> from tabkit.data import build_table, infer_task
    >>> from tabkit.evaluation import Folds
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame({"size": rng.normal(size=200), "sold": rng.choice(["no", "yes"], 200)})
    >>> frame["sold_price"] = np.where(frame["sold"] == "yes", rng.uniform(1, 9, 200), 0.0)
    >>> table = build_table(frame, target="sold")
    >>> folds = Folds(tuple(KFold(5, shuffle=True, random_state=0).split(frame)), "5 folds, shuffled")
    >>> finding = audit_table(table, infer_task(table), folds).findings[0]
    >>> finding.severity, finding.code, finding.columns
    ('error', 'target-leak', ('sold_price',))
    """
    import pandas as pd

    if max_rows < _MIN_ROWS:
        name = say_parameter("max_rows")
        raise InputError(f"{name} is {max_rows}: at least {_MIN_ROWS} rows are needed to measure on")
    clock = Clock(time_limit)
    seed = derive_seed(random_state, "audit")
    examination = Examination(
        table=table,
        task=task,
        pairs=folds.pairs,
        rows=_draw(table, max_rows, seed),
        clock=clock,
        set_aside=pd.DataFrame(index=table.frame.index) if table.set_aside is None else table.set_aside,
        test=test,
        n_threads=n_threads,
        seed=seed,
    )
    checks = _choose(codes)
    findings: list[Finding] = []
    runs: list[CheckRun] = []
    for check in checks:
        found, run = _take_over(check, known) or run_check(check, examination)
        findings += found
        runs.append(run)
        if on_check:
            to_come = [_not_yet(later, examination) for later in checks[len(runs) :]]
            on_check(_sum_up(examination, folds, findings, [*runs, *to_come], float("nan")))
    try:
        score = examination.full.mean
    except OutOfTimeError:
        score = float("nan")
    return _sum_up(examination, folds, findings, runs, score)


def _take_over(check: Check, known: Audit | None) -> tuple[list[Finding], CheckRun] | None:
    """What an earlier audit of the same table found by a check that it had the time for."""
    if known is None:
        return None
    run = next((run for run in known.checks if run.name == check.name and run.skipped != NO_TIME), None)
    if run is None:
        return None
    return [finding for finding in known.findings if finding.code in check.codes], run


def _not_yet(check: Check, examination: Examination) -> CheckRun:
    """A check that has not run so far: there is no time left for it, unless it has nothing to look at."""
    try:
        reason = check.why_not(examination)
    except Exception:  # noqa: BLE001 - it is named when the check runs
        reason = ""
    return CheckRun(check.name, 0.0, reason or NO_TIME)


def _choose(codes: Collection[str] | None) -> tuple[Check, ...]:
    from tabkit.leakage._checks import CHECKS

    if codes is None:
        return CHECKS
    known = {code for check in CHECKS for code in check.codes}
    unknown = sorted(set(codes) - known)
    if unknown:
        raise InputError(f"there is no finding {unknown[0]!r}: {suggest(unknown[0], known, 'there are')}")
    return tuple(check for check in CHECKS if set(check.codes) & set(codes))


def _sum_up(
    examination: Examination,
    folds: Folds,
    findings: Collection[Finding],
    runs: Collection[CheckRun],
    score: float,
) -> Audit:
    return Audit(
        findings=tuple(sorted(findings, key=_severity_and_size)),
        checks=tuple(runs),
        score=score,
        metric=examination.encoded_target.label,
        folds=folds.description,
        n_rows=examination.table.n_rows,
        n_measured=len(examination.rows),
        seconds=examination.clock.elapsed,
    )


def run_check(check: Check, examination: Examination) -> tuple[list[Finding], CheckRun]:
    """Run one check; whatever happens in it, it is told and not raised.

    Parameters
    ----------
    check : Check
    examination : Examination

    Returns
    -------
    findings : list of Finding
        Those until it failed or time was up.
    run : CheckRun
    """
    import warnings

    started = time.monotonic()
    findings: list[Finding] = []
    skipped = ""
    try:
        if reason := check.why_not(examination):
            raise NotApplicableError(reason)
        examination.clock.check()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for finding in check.find(examination):  # one by one: those before a failure are kept
                findings.append(finding)  # noqa: PERF402
    except NotApplicableError as reason:
        skipped = str(reason)
    except OutOfTimeError:
        skipped = NO_TIME
    except Exception as error:  # noqa: BLE001 - it is named in the audit; the other checks go on
        skipped = f"failed: {describe_error(error)}"
    return findings, CheckRun(check.name, time.monotonic() - started, skipped, len(findings))


def _severity_and_size(finding: Finding) -> tuple[int, float, str, tuple[str, ...]]:
    moved = finding.evidence.get("moved", 0.0)
    return -rank_of(finding.severity), -(moved if moved == moved else 0.0), finding.code, finding.columns


def _draw(table: Table, max_rows: int, seed: int) -> np.ndarray:
    """Positions of the rows that are measured: whole groups, and all copies of a row."""
    import numpy as np
    import pandas as pd

    from tabkit.leakage._twins import digest_rows

    if table.n_rows <= max_rows:
        return np.arange(table.n_rows)
    together = table.groups if table.groups is not None else pd.Series(digest_rows(table.frame))
    codes = pd.factorize(together)[0]
    order = np.random.default_rng(seed).permutation(codes.max() + 1)
    counts = np.bincount(codes, minlength=len(order))[order]
    n_units = int(np.searchsorted(np.cumsum(counts), max_rows, side="right"))
    if n_units < _MIN_UNITS:
        return np.sort(np.random.default_rng(seed).permutation(table.n_rows)[:max_rows])
    return np.flatnonzero(np.isin(codes, order[:n_units]))
