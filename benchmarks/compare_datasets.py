"""Run `tabkit compare` on every set of a folder and print what came of it.

    python benchmarks/compare_datasets.py --data DIR --time-limit 3m

DIR holds files and an ``index.json`` that gives each one's file, target, task, metric and roles
(default: the folder that TABKIT_BENCHMARK_DATA names). One JSON line per finished set is appended to
--out; sets that are in it already, with the same options, are not run again.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

# Where neither label says that it is, and the metric asks.
POSITIVE = {"mammography": "calcification"}
KEPT_OPTIONS = ("time_limit", "no_autogluon", "autogluon_preset", "seed")


def main() -> int:
    """Run the benchmark."""
    options = parse_options()
    options.out.mkdir(parents=True, exist_ok=True)
    lines = options.out / "compare_datasets.jsonl"
    index = json.loads((options.data / "index.json").read_text())
    settings = {name: getattr(options, name) for name in KEPT_OPTIONS}
    done = {record["name"]: record for record in read_lines(lines) if record["settings"] == settings}
    for name, entry in index.items():
        if (options.only and name not in options.only) or name in done:
            continue
        record = run(name, entry, options) | {"settings": settings}
        done[name] = record
        with lines.open("a") as file:
            file.write(json.dumps(record) + "\n")
        print(describe(record), flush=True)
    print_table([done[name] for name in index if name in done])
    return 0


def parse_options() -> argparse.Namespace:
    """Declare and read the options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    given = os.environ.get("TABKIT_BENCHMARK_DATA")
    parser.add_argument("--data", type=Path, default=given and Path(given), required=given is None)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these sets only")
    parser.add_argument("--time-limit", default="3m")
    parser.add_argument("--no-autogluon", action="store_true")
    parser.add_argument("--autogluon-preset", default="best_quality")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read the records of earlier runs."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def run(name: str, entry: dict[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    """One set, through the command line, as a user would."""
    folder = options.out / "runs" / name
    command = [sys.executable, "-m", "tabkit", "compare", str(options.data / entry["file"])]
    shutil.rmtree(folder, ignore_errors=True)
    command += ["--target", entry["target"], "--metric", entry["metric"], "--out", str(folder)]
    command += ["--time-limit", options.time_limit, "--seed", str(options.seed)]
    for role in ("time", "group"):
        command += [f"--{role}", entry[role]] if role in entry else []
    command += ["--positive", POSITIVE[name]] if name in POSITIVE else []
    command += (
        ["--no-autogluon"] if options.no_autogluon else ["--autogluon-preset", options.autogluon_preset]
    )
    started = time.monotonic()
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    (options.out / f"compare_{name}.txt").write_text(process.stdout + process.stderr)
    found = json.loads((folder / "comparison.json").read_text()) if process.returncode in (0, 1) else {}
    kept = ("rank", "name", "status", "mean", "reason")
    report = folder / "report.html"
    return {
        "name": name,
        "rows": entry["rows"],
        "seconds": seconds,
        "exit_code": process.returncode,
        "metric": found.get("metric"),
        "leaderboard": [{key: row[key] for key in kept} for row in found.get("leaderboard", [])],
        "winner": (found.get("winner") or {}).get("name"),
        "winner_note": (found.get("winner") or {}).get("note"),
        "report_bytes": report.stat().st_size if report.exists() else None,
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "versions": found.get("versions", {}),
    }


def describe(record: dict[str, Any]) -> str:
    """Say on one line what came of a set."""
    failed = [f"{row['name']}: {row['status']}" for row in record["leaderboard"] if row["rank"] is None]
    ranked = [row for row in record["leaderboard"] if row["rank"] is not None]
    autogluon = next((row for row in ranked if row["name"] == "autogluon"), None)
    own = next((row for row in ranked if row["name"] != "autogluon"), None)
    return (
        f"{record['name']:20} {record['rows']:7,} rows {record['seconds']:6.1f} s exit {record['exit_code']} "
        f"{record['metric'] or '-':18} {own['name'] if own else '-':22} {score_of(own):10.4f} "
        f"autogluon {score_of(autogluon):10.4f}  {'; '.join(failed)}"
    )


def score_of(row: dict[str, Any] | None) -> float:
    """Mean score of a row of the leaderboard; NaN where there is none."""
    return row["mean"] if row else float("nan")


def print_table(records: list[dict[str, Any]]) -> None:
    """Print a line per set."""
    for record in records:
        print(describe(record))
    if records:
        print(f"{len(records)} sets, slowest {max(record['seconds'] for record in records):.1f} s")


if __name__ == "__main__":
    raise SystemExit(main())
