"""How long until something happens: imports and the command line.

    python benchmarks/imports.py

Each command runs in a fresh process, --repeats times; shown is the fastest, as what else the machine does
only adds. AutoGluon and FLAML stand beside where they are installed. Figures go to OUT/imports.json.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

COMPARE = (
    "import tabkit; from sklearn.datasets import load_iris; "
    "tabkit.compare(load_iris(as_frame=True).frame, target='target', models=['dummy'], autogluon=False)"
)
COMMANDS = {
    "python": ("", None),
    "import tabkit": ("import tabkit", None),
    "tabkit --help": ("from tabkit.cli import main; main(['--help'])", None),
    "import sklearn": ("import sklearn", None),
    "import sklearn.ensemble": ("import sklearn.ensemble", None),
    "import autogluon.tabular": ("import autogluon.tabular", "autogluon.tabular"),
    "import flaml": ("import flaml", "flaml"),
    "first tabkit.compare (dummy on iris)": (COMPARE, None),
}


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    figures = {}
    for name, (code, package) in COMMANDS.items():
        if package is not None and not is_there(package):
            print(f"{name:40} not installed")
            continue
        figures[name] = min(measure(code) for _ in range(options.repeats))
        print(f"{name:40} {1e3 * figures[name]:8.0f} ms", flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    machine = {"processors": len(os.sched_getaffinity(0)), "python": platform.python_version()}
    (options.out / "imports.json").write_text(json.dumps({"seconds": figures, "machine": machine}, indent=1))
    return 0


def is_there(package: str) -> bool:
    """Whether a package can be imported."""
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def measure(code: str) -> float:
    """Seconds of a fresh process that runs the code."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
