"""What `tabkit audit` says of sets in which nothing is wrong, as a user would call it.

    python benchmarks/audit_clean.py --data DIR
    python benchmarks/audit_clean.py --data DIR --only diamonds abalone --messages
    python benchmarks/audit_clean.py --data DIR --most 8

Every set of DIR is audited whole, with the target, the time and the group that index.json names and nothing
else. Printed are errors, warnings and infos per set and, with --messages, what each warning says: read it as
the person whose minute it takes. One JSON line per set is appended to --out; what is in it is not run again.
With --most, the exit code is 1 where there are more warnings and errors than that.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import tabkit


def main() -> int:
    """Run the benchmark."""
    options = parse_options()
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "audit_clean.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    done = {record["name"]: record for record in map(json.loads, lines)}
    index = json.loads((options.data / "index.json").read_text())
    names = [name for name in index if not options.only or name in options.only]
    for name in names:
        if name not in done:
            done[name] = {"name": name} | run(options.data, index[name], options.seed)
            with path.open("a") as file:
                file.write(json.dumps(done[name]) + "\n")
    records = [done[name] for name in names]
    print_counts(records)
    if options.messages:
        print_messages(records)
    n_told = sum(count(record, "warning") + count(record, "error") for record in records)
    print(f"\n{n_told} warnings and errors in {len(records)} sets")
    return int(options.most is not None and n_told > options.most)


def parse_options() -> argparse.Namespace:
    """Declare and read the options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    given = os.environ.get("TABKIT_BENCHMARK_DATA")
    parser.add_argument("--data", type=Path, default=given and Path(given), required=given is None)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these sets only")
    parser.add_argument("--messages", action="store_true", help="print what warnings and errors say")
    parser.add_argument("--most", type=int, metavar="N", help="so many warnings and errors are accepted")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def run(folder: Path, entry: dict[str, Any], seed: int) -> dict[str, Any]:
    """Audit one set."""
    started = time.process_time()
    audit = tabkit.audit(
        folder / entry["file"],
        target=entry["target"],
        time=entry.get("time"),
        group=entry.get("group"),
        time_limit=None,
        random_state=seed,
    )
    record = audit.as_record()
    seconds = time.process_time() - started
    return {"findings": record["findings"], "score": record["score"], "processor_seconds": seconds}


def count(record: dict[str, Any], severity: str) -> int:
    """Number of findings of one severity."""
    return sum(finding["severity"] == severity for finding in record["findings"])


def print_counts(records: list[dict[str, Any]]) -> None:
    """One line per set."""
    print("| clean set | errors | warnings | infos | what is warned of | processor seconds |")
    print("|---|---|---|---|---|---|")
    for record in records:
        counts = " | ".join(str(count(record, severity)) for severity in ("error", "warning", "info"))
        told = "; ".join(
            f"{finding['code']} {' '.join(finding['columns'][:2])}".strip()
            for finding in record["findings"]
            if finding["severity"] != "info"
        )
        print(f"| {record['name']} | {counts} | {told} | {record['processor_seconds']:.1f} |")


def print_messages(records: list[dict[str, Any]]) -> None:
    """What a person reads."""
    for record in records:
        for finding in record["findings"]:
            if finding["severity"] != "info":
                print(f"\n{record['name']}: {finding['message']}\n  > {finding['cure']}")


if __name__ == "__main__":
    raise SystemExit(main())
