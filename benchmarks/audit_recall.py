"""What `tabkit audit` finds of leaks planted into clean sets, and what it says of the clean sets.

    python benchmarks/audit_recall.py --data DIR
    python benchmarks/audit_recall.py --data DIR --quick --rows 1000
    python benchmarks/audit_recall.py --data DIR --half second --seed 1 --kinds "target copy" entities

Every set of DIR is cut to --rows. Clean, it is audited once in full: findings by severity. Then each kind of
leak is planted at several strengths (planted_leaks.py), the checks that should see it are run, and the score
that the leak adds is measured with another model. Printed are recall at strengths that move the score by 0.02
or more, and at all, for any finding and for warnings and errors; and the findings in the clean sets.
One JSON line per audit is appended to --out; what is in it already is not run again.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from planted_leaks import GENERATORS, Clean, Planted, fits, measure_leak, plant

import tabkit
from tabkit.data import build_table, infer_task, read_table

MOVES = 0.02
FINDING = ("code", "severity", "columns", "n_rows", "evidence")


def main() -> int:
    """Run the benchmark."""
    options = parse_options()
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "audit_recall.jsonl"
    done = {key(record): record for record in read_lines(path)}
    index = json.loads((options.data / "index.json").read_text())
    names = [name for name in index if not options.only or name in options.only]
    names = {"all": names, "first": names[::2], "second": names[1::2]}[options.half]
    records = []
    for name in names:
        clean = read_clean(options.data, index[name], options.rows)
        for kind, strength in jobs(clean, options.kinds, options.quick):
            wanted = {"name": name, "kind": kind, "strength": strength, "rows": options.rows}
            wanted["seed"] = options.seed
            if key(wanted) not in done:
                done[key(wanted)] = wanted | run(clean, kind, strength, options.seed)
                with path.open("a") as file:
                    file.write(json.dumps(done[key(wanted)]) + "\n")
            records.append(done[key(wanted)])
            if options.verbose:
                print(describe(records[-1]), flush=True)
    print_clean([record for record in records if record["kind"] == "clean"])
    print_planted([record for record in records if record["kind"] != "clean"])
    return 0


def parse_options() -> argparse.Namespace:
    """Declare and read the options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    given = os.environ.get("TABKIT_BENCHMARK_DATA")
    parser.add_argument("--data", type=Path, default=given and Path(given), required=given is None)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these sets only")
    parser.add_argument("--kinds", nargs="+", metavar="KIND", default=["clean", *GENERATORS])
    parser.add_argument("--half", choices=("all", "first", "second"), default="all", help="of the sets")
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--quick", action="store_true", help="one strength of each kind, the second")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


def key(record: dict[str, Any]) -> tuple[Any, ...]:
    """What makes two audits the same."""
    return tuple(record[name] for name in ("name", "kind", "strength", "rows", "seed"))


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read the records of earlier runs."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def read_clean(folder: Path, entry: dict[str, Any], n_rows: int) -> Clean:
    """Read a set, and keep some rows in their order."""
    frame, _ = read_table(folder / entry["file"])
    if len(frame) > n_rows:
        rows = np.sort(np.random.default_rng(0).choice(len(frame), n_rows, replace=False))
        frame = frame.iloc[rows].reset_index(drop=True)
    roles = {role: entry[role] for role in ("time", "group") if role in entry}
    return Clean(frame, entry["target"], entry["task"], roles)


def jobs(clean: Clean, kinds: list[str], is_quick: bool) -> Iterator[tuple[str, float]]:
    """Kinds and strengths that fit a set."""
    for kind in kinds:
        if kind == "clean":
            yield kind, 0.0
        elif fits(kind, clean):
            strengths = GENERATORS[kind][1]
            yield from ((kind, strength) for strength in (strengths[1:2] if is_quick else strengths))


def run(clean: Clean, kind: str, strength: float, seed: int) -> dict[str, Any]:
    """One audit, and the score that the leak adds."""
    planted = None if kind == "clean" else plant(kind, clean, strength, seed)
    started = time.process_time()
    audit = tabkit.audit(
        clean.frame if planted is None else planted.frame,
        target=clean.target,
        time=clean.roles.get("time"),
        group=clean.roles.get("group"),
        test=None if planted is None else planted.test,
        codes=None if planted is None else planted.codes,
        time_limit=None,
        random_state=seed,
    )
    record = {
        "seconds": time.process_time() - started,
        "score": audit.score,
        "failed": [check.skipped for check in audit.checks if check.skipped.startswith("failed")],
        "findings": [{name: finding.as_record()[name] for name in FINDING} for finding in audit.findings],
    }
    if planted is not None:
        record["moved"] = measure_leak(clean, planted, user_folds(clean))
        record["found"] = severity_of(planted, record["findings"])
    return record


def severity_of(planted: Planted, findings: list[dict[str, Any]]) -> str:
    """Severity of the first finding that is right; empty for none."""
    for finding in findings:
        is_named = not planted.columns or set(planted.columns) & set(finding["columns"])
        if finding["code"] in planted.codes and is_named:
            return finding["severity"]
    return ""


def user_folds(clean: Clean) -> Callable[..., Iterator[Any]]:
    """The folds that compare draws, or with units that are groups or times."""
    from dataclasses import replace

    from tabkit.model_selection import choose_splitter

    def folds(frame: pd.DataFrame, units: np.ndarray | None = None, kind: str = "") -> Iterator[Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = build_table(frame, target=clean.target, **clean.roles)
            task = infer_task(table)
            if kind == "groups":
                task = replace(task, has_groups=True)
            if kind == "times":
                task = replace(task, has_times=True)
            arguments = {}
            if task.has_groups:
                arguments["groups"] = units if kind == "groups" else table.groups.to_numpy()
            if task.has_times:
                arguments["times"] = units if kind == "times" else table.times.to_numpy()
            return list(choose_splitter(task).split(frame, table.target.to_numpy(), **arguments))

    return folds


def describe(record: dict[str, Any]) -> str:
    """One audit as a line."""
    found = record.get("found", f"{len(record['findings'])} findings")
    return (
        f"{record['name']:20} {record['kind']:20} {record['strength']:5.2f}  "
        f"moved {record.get('moved', float('nan')):7.3f}  {found or 'NOT FOUND':10} "
        f"{record['seconds']:5.1f} s {'; '.join(record['failed'])}"
    )


def print_clean(records: list[dict[str, Any]]) -> None:
    """What was found where nothing was planted."""
    if not records:
        return
    print("\n| clean set | errors | warnings | info | processor seconds |\n|---|---|---|---|---|")
    for record in records:
        by = {
            severity: [
                f"{finding['code']}{' ' if finding['columns'] else ''}{' '.join(finding['columns'][:2])}"
                for finding in record["findings"]
                if finding["severity"] == severity
            ]
            for severity in ("error", "warning", "info")
        }
        said = " | ".join("; ".join(by[severity]) for severity in ("error", "warning"))
        print(f"| {record['name']} | {said} | {len(by['info'])} | {record['seconds']:.1f} |")
    n_errors = sum(finding["severity"] == "error" for record in records for finding in record["findings"])
    print(f"\n{n_errors} errors in {len(records)} clean sets")


def print_planted(records: list[dict[str, Any]]) -> None:
    """Recall by kind."""
    if not records:
        return
    print(
        f"\n| leak | tables | score moved (lowest, median, highest) | tables moved by {MOVES} or more | "
        "found | as warning or error | as error | found of the others |\n|---|---|---|---|---|---|---|---|"
    )
    for kind in [*dict.fromkeys(record["kind"] for record in records), "all"]:
        rows = [record for record in records if kind in (record["kind"], "all")]
        moved = np.array([np.nan if row["moved"] is None else row["moved"] for row in rows], dtype=float)
        # Where no score is moved, every strength counts.
        counts = [row for row, by in zip(rows, moved, strict=True) if not by < MOVES]
        others = [row for row, by in zip(rows, moved, strict=True) if by < MOVES]
        spread = "-"
        if not np.isnan(moved).all():
            spread = ", ".join(f"{value:.3f}" for value in np.nanquantile(moved, [0, 0.5, 1]))
        shares = [
            share(counts, ("info", "warning", "error")),
            share(counts, ("warning", "error")),
            share(counts, ("error",)),
            share(others, ("info", "warning", "error")),
        ]
        print(f"| {kind} | {len(rows)} | {spread} | {len(counts)} | {' | '.join(shares)} |")


def share(records: list[dict[str, Any]], severities: tuple[str, ...]) -> str:
    """Share of the audits that found the leak at one of these severities."""
    if not records:
        return "-"
    return f"{sum(record['found'] in severities for record in records) / len(records):.0%}"


if __name__ == "__main__":
    raise SystemExit(main())
