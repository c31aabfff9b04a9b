"""How many processors this process may use, control groups included."""

from __future__ import annotations

import os
from pathlib import Path

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


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


def count_threads(n_jobs: int | None) -> int:
    """Threads for ``n_jobs``: None follows OMP_NUM_THREADS, else the processors given; -1 takes those."""
    if n_jobs is not None:
        return count_processors() if n_jobs < 0 else max(1, n_jobs)
    # A list such as "4,2" gives the threads of nested levels: the first is ours.
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(first) if first.isdigit() and int(first) > 0 else count_processors()


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
