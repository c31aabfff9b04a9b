"""How many processors this process may use, control groups included."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Turns of GNU's OpenMP (300,000 by default), milliseconds of LLVM's (200).
_SPIN_VARIABLES = {"GOMP_SPINCOUNT": "10000", "KMP_BLOCKTIME": "1"}

# See benchmarks/threads.py.
_VALUES_OF_A_THREAD = 20_000

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def spin_variables() -> dict[str, str]:
    """Variables that let threads which wait for each other spin briefly and then sleep.

    By default they spin for milliseconds, and take the processors from whoever they wait for when others use
    the machine too: a fit beside two busy processes took ten times as long, and half of that with these. On a
    quiet machine they cost an eighth; to sleep at once (``OMP_WAIT_POLICY=PASSIVE``) costs a third.

    Returns
    -------
    variables : dict of str to str
        Empty where the user has set how to wait.
    """
    is_chosen = any(name in os.environ for name in ("OMP_WAIT_POLICY", *_SPIN_VARIABLES))
    return {} if is_chosen else dict(_SPIN_VARIABLES)


@contextmanager
def spinning_briefly() -> Iterator[None]:
    """Let libraries that are imported inside have threads which spin briefly: they read it when they load."""
    added = spin_variables()
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def count_processors() -> int:
    """Count the processors this process may use.

    The smallest of the machine's count, the affinity mask and the quota of the control
    group (versions 1 and 2), and at least one.

    Returns
    -------
    n_processors : int
    """
    if hasattr(os, "sched_getaffinity"):
        n_processors = len(os.sched_getaffinity(0))
    else:
        n_processors = os.cpu_count() or 1
    quota = _control_group_quota(Path("/sys/fs/cgroup"))
    if quota is not None:
        n_processors = min(n_processors, int(quota))
    return max(1, n_processors)


def count_threads(n_jobs: int | None, n_values: int | None = None) -> int:
    """Count the threads for ``n_jobs``.

    Parameters
    ----------
    n_jobs : int or None
        None follows OMP_NUM_THREADS, else takes the processors given, or as many as the work repays; -1 takes
        those in any case.
    n_values : int or None, default=None
        Rows times columns, of work that is divided over them. Threads that wait for each other at every step
        of a small fit gain nothing, and beside other busy processes they took LightGBM 90 times as long.

    Returns
    -------
    n_threads : int
        At least one.
    """
    if n_jobs is not None:
        return count_processors() if n_jobs < 0 else max(1, n_jobs)
    # A list such as "4,2" gives the threads of nested levels: the first is ours.
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    if first.isdigit() and int(first) > 0:
        return int(first)
    most = count_processors() if n_values is None else max(1, n_values // _VALUES_OF_A_THREAD)
    return min(most, count_processors())


def _control_group_quota(root: Path) -> float | None:
    """Processors allowed by the control group mounted at ``root``; None when unlimited."""
    try:
        quota, period = (root / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota = (root / "cpu" / "cpu.cfs_quota_us").read_text().strip()
            period = (root / "cpu" / "cpu.cfs_period_us").read_text().strip()
        except OSError:
            return None
    if quota in ("max", "-1"):
        return None
    return int(quota) / int(period)
