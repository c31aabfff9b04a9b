"""How `tabkit compare` keeps and uses its time limit, from 1,000 to 500,000 rows, also on a machine in use.

    python benchmarks/compare_budget.py
    python benchmarks/compare_budget.py --rows 1000 500000 --limits 30 --no-autogluon
    python benchmarks/compare_budget.py --rows 10000 --limits 60 --no-autogluon --busy 0 2 --repeats 10

Each run reads a made-up CSV file of numbers, categories, dates and text with two classes. Shown are the
seconds that it took as a user sees them (start of Python, reading, fits, refit, report), by how much it
passed its limit, and how many candidates were ranked. The goals: at most 5 % or 5 s over the limit, whichever
is more; a saved model; four fifths of the limit used, where there is use for it. Beside ``--busy`` processes
that do nothing but compute, the winner should be that of the quiet runs, or one that it ties with. One
JSON line per run is appended to DIR/compare_budget.jsonl; runs that are in it are not repeated.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def main() -> int:
    """Run the benchmark; 1 when a limit is passed by more than the goal."""
    options = parse_options()
    options.out.mkdir(parents=True, exist_ok=True)
    lines = options.out / "compare_budget.jsonl"
    done = {key(record): record for record in read_lines(lines)}
    records = []
    grid = itertools.product(options.rows, options.limits, options.busy, range(options.repeats))
    for n_rows, limit, n_busy, repeat in grid:
        path = options.out / f"budget-{n_rows}.csv"
        wanted = (n_rows, limit, options.no_autogluon, n_busy, repeat)
        if wanted not in done:
            if not path.exists():
                make_table(n_rows).to_csv(path, index=False)
            with busy_processes(n_busy):
                done[wanted] = run(path, wanted, options)
            with lines.open("a") as file:
                file.write(json.dumps(done[wanted]) + "\n")
        records.append(done[wanted])
        print(describe(records[-1]), flush=True)
    print(summarise(records))
    return int(any(record["seconds"] > allowed(record["limit"]) for record in records))


def parse_options() -> argparse.Namespace:
    """Declare and read the options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 20_000, 100_000, 500_000])
    parser.add_argument("--limits", type=int, nargs="+", default=[30, 60, 300], metavar="SECONDS")
    parser.add_argument("--no-autogluon", action="store_true")
    parser.add_argument("--busy", type=int, nargs="+", default=[0], metavar="PROCESSES")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    return parser.parse_args()


Key = tuple[int, int, bool, int, int]


def key(record: dict[str, Any]) -> Key:
    """What makes two runs the same."""
    return (
        record["rows"],
        record["limit"],
        record["no_autogluon"],
        record.get("busy", 0),
        record.get("repeat", 0),
    )


@contextmanager
def busy_processes(number: int) -> Iterator[None]:
    """Let others use the machine."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read the records of earlier runs."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def make_table(n_rows: int) -> pd.DataFrame:
    """Twelve numbers, four categories, a date, a text and two classes."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(n_rows, 12)).round(4), columns=[f"number {i}" for i in range(12)])
    for position, n_levels in enumerate((3, 12, 60, 2_000)):
        frame[f"category {position}"] = np.char.add("level ", rng.integers(n_levels, size=n_rows).astype(str))
    days = rng.integers(0, 2_000, n_rows).astype("timedelta64[D]")
    frame["day"] = (np.datetime64("2018-01-01") + days).astype(str)
    words = np.array([f"word{number}" for number in range(300)])
    frame["text"] = [" ".join(row) for row in words[rng.integers(300, size=(n_rows, 5))]]
    signal = (
        frame["number 0"] + 0.5 * frame["number 1"] * frame["number 2"] + (frame["category 0"] == "level 1")
    )
    frame["outcome"] = np.where(signal + rng.normal(size=n_rows) > 0.5, "yes", "no")
    return frame


def run(path: Path, wanted: Key, options: argparse.Namespace) -> dict[str, Any]:
    """One run through the command line."""
    n_rows, limit, _, n_busy, repeat = wanted
    folder = options.out / "runs" / f"budget-{n_rows}-{limit}"
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "tabkit", "compare", str(path), "--out", str(folder)]
    command += ["--time-limit", str(limit), *(["--no-autogluon"] if options.no_autogluon else [])]
    started = time.monotonic()
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    result = json.loads((folder / "comparison.json").read_text()) if process.returncode < 2 else {}
    rows = result.get("leaderboard", [])
    return {
        "rows": n_rows,
        "limit": limit,
        "no_autogluon": options.no_autogluon,
        "busy": n_busy,
        "repeat": repeat,
        "best": (result.get("winner") or {}).get("name"),
        "tied": [row["name"] for row in rows if row["is_tied"]],
        "notes": result.get("notes", []),
        "seconds": seconds,
        "rows used": result.get("table", {}).get("rows"),
        "exit": process.returncode,
        "ranked": [row["name"] for row in rows if row["rank"]],
        "unranked": {row["name"]: row["status"] for row in rows if not row["rank"]},
        "winner": (folder / "model" / "model.skops").exists(),
        "machine": {"processors": len(os.sched_getaffinity(0)), "python": platform.python_version()},
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def allowed(limit: int) -> float:
    """Seconds that a run may take."""
    return limit + max(5.0, 0.05 * limit)


def summarise(records: list[dict[str, Any]]) -> str:
    """How often runs save a model, use their time, and have the winner of the quiet ones or a tie with it."""
    lines = []
    for n_rows, limit in sorted({(record["rows"], record["limit"]) for record in records}):
        same = [record for record in records if (record["rows"], record["limit"]) == (n_rows, limit)]
        quiet = {record["best"] for record in same if not record.get("busy")}
        for n_busy in sorted({record.get("busy", 0) for record in same}):
            some = [record for record in same if record.get("busy", 0) == n_busy]
            saved = sum(record["winner"] for record in some)
            used = sum(record["seconds"] >= 0.8 * limit for record in some)
            agree = sum(bool(quiet & {record.get("best"), *record.get("tied", [])}) for record in some)
            lines.append(
                f"{n_rows:>8,} rows  {limit:>4} s  {n_busy} busy: {len(some)} runs, {saved} saved a model, "
                f"{used} used four fifths, {agree} have the winner of quiet runs or a tie with it"
            )
    return "\n".join(lines)


def describe(record: dict[str, Any]) -> str:
    """One run as a line."""
    verdict = "ok" if record["seconds"] <= allowed(record["limit"]) else "LATE"
    return (
        f"{record['rows']:>8,} rows  limit {record['limit']:>4} s  {record.get('busy', 0)} busy  "
        f"took {record['seconds']:6.1f} s  "
        f"{verdict:4}  rows used {record['rows used'] or 0:>8,}  "
        f"exit {record['exit']}  ranked {len(record['ranked']):2}  "
        f"{'model saved' if record['winner'] else 'no model'}  {', '.join(record['ranked'][:4])}"
    )


if __name__ == "__main__":
    sys.exit(main())
