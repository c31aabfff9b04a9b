"""Runs the numerical tests under each kernel of OpenBLAS that the processor has, with one thread and two.

The last digits of a sum depend on both. What compares them bitwise, or stops at a tolerance and is compared
more tightly than that, passes on the processor of whoever wrote it and fails on another.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# SSE, AVX2 and AVX-512.
KERNELS = ("Nehalem", "Haswell", "SkylakeX")
# Those that compare numbers tightly. Networks, candidates and whole comparisons take longer than all these.
PACKAGES = (
    "boosting",
    "calibration",
    "ensemble",
    "metrics",
    "model_selection",
    "preprocessing",
    "resampling",
)
# A kernel can be asked for that the processor has no instructions for: it then dies of the first product.
PROBE = """
import numpy, scipy.linalg
from threadpoolctl import threadpool_info
matrix = numpy.random.default_rng(0).random((200, 200))
for kind in (numpy.float32, numpy.float64):
    scipy.linalg.svd(matrix.astype(kind) @ matrix.astype(kind))
print(*{pool["architecture"] for pool in threadpool_info() if pool["internal_api"] == "openblas"})
"""


def find_running(kernel: str | None) -> str:
    """Kernels that compute where one is asked for, or none; empty where they cannot run."""
    environment = {**os.environ, "OPENBLAS_CORETYPE": kernel} if kernel else None
    probe = [sys.executable, "-c", PROBE]
    found = subprocess.run(probe, env=environment, capture_output=True, text=True, check=False)
    return found.stdout.strip() if found.returncode == 0 else ""


def run_tests(kernel: str, n_threads: int) -> bool:
    """Whether all tests pass."""
    environment = {
        **os.environ,
        "OPENBLAS_CORETYPE": kernel,
        "TABKIT_TEST_THREADS": str(n_threads),
        # Threads that wait leave the processor to the other test process.
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    print(f"{kernel}, {n_threads} thread(s)", flush=True)
    paths = [f"tests/{package}" for package in PACKAGES]
    options = ["-q", "-n", "2", "--dist", "worksteal", "-m", "not slow"]
    command = [sys.executable, "-m", "pytest", *options, *paths]
    return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode == 0


def main() -> int:
    """Exit code: 1 where a test failed."""
    own = find_running(None)
    failed = []
    for kernel in KERNELS:
        if find_running(kernel) != kernel:
            print(f"{kernel}: not run, OpenBLAS or the processor does not have it")
            continue
        for n_threads in (1, 2):
            if (kernel, n_threads) == (own, 1):
                print(f"{kernel}, 1 thread: not run, it is what `make test` runs")
            elif not run_tests(kernel, n_threads):
                failed.append(f"{kernel} with {n_threads} thread(s)")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
