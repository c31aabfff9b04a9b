"""Whether the tests notice: small faults put into the code, one at a time, and the tests of its package.

    python benchmarks/mutants.py --number 40
    python benchmarks/mutants.py --number 40 --before ../checkout-of-an-earlier-commit

A mutant is one changed operator, comparison, constant or returned value. The fast tests of its package run
on it until the first fails; on code without a fault they have to pass. With ``--before`` only functions that
stand in both checkouts are changed, each mutant is tried on both, by the tests of each, and the survivors
are compared: tests that were made quicker must not notice less. One JSON line per mutant goes to
DIR/mutants.jsonl as it is done, and what is there is not run again.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PACKAGES = ("ensemble", "evaluation", "metrics", "model_selection")
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


@dataclass(frozen=True)
class Mutant:
    """A fault: the function it is in, and that function's text before and after."""

    file: str
    function: str
    line: int
    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Trial:
    """What the tests of a checkout said of a mutant."""

    checkout: str
    file: str
    function: str
    line: int
    what: str
    is_noticed: bool
    seconds: float


def main() -> int:
    """Try the mutants; 1 when the checkout lets more of them live than the one before."""
    options = parse_options()
    root = Path(__file__).resolve().parents[1]
    checkouts = [root] if options.before is None else [root, options.before.resolve()]
    faultless = [Mutant(f"tabkit/{package}/", "", 0, "no fault", "", "") for package in PACKAGES]
    mutants = [*faultless, *choose(checkouts, options.number, options.seed)]
    options.out.mkdir(parents=True, exist_ok=True)
    kept = options.out / "mutants.jsonl"
    done = {line for line in (kept.read_text().splitlines() if kept.exists() else []) if line}
    trials = [Trial(**json.loads(line)) for line in done]
    seen = {(trial.checkout, trial.file, trial.line, trial.what) for trial in trials}
    for mutant in mutants:
        for name, checkout in zip(("now", "before"), checkouts, strict=False):
            if (name, mutant.file, mutant.line, mutant.what) in seen:
                continue
            trial = run(name, checkout, mutant, options.timeout)
            trials.append(trial)
            with kept.open("a") as file:
                file.write(json.dumps(asdict(trial)) + "\n")
            if trial.is_noticed and not mutant.line:
                sys.exit(f"{mutant.file}: the tests fail without a fault")
            verdict = "noticed" if trial.is_noticed else "SURVIVES"
            print(
                f"{name:7} {verdict:9} {trial.seconds:5.0f} s  {mutant.file}:{mutant.line} {mutant.what}",
                flush=True,
            )
    return summarise(trials, options.out)


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--number", type=int, default=40, help="mutants (default: %(default)s)")
    parser.add_argument("--before", type=Path, help="checkout of an earlier commit")
    parser.add_argument("--seed", type=int, default=0, help="of the choice (default: %(default)s)")
    parser.add_argument(
        "--timeout", type=float, default=400, help="seconds; a fault may hang (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"), metavar="DIR")
    return parser.parse_args()


def choose(checkouts: list[Path], number: int, seed: int) -> list[Mutant]:
    """Draw mutants, of each package alike, whose functions all checkouts have."""
    rng = random.Random(seed)
    chosen = []
    for package in PACKAGES:
        functions = [
            found
            for path in sorted((checkouts[0] / "tabkit" / package).rglob("*.py"))
            for found in list_functions(checkouts[0], path)
        ]
        for other in checkouts[1:]:
            texts = {
                text
                for path in (other / "tabkit" / package).rglob("*.py")
                for _, _, _, text in list_functions(other, path)
            }
            functions = [found for found in functions if found[3] in texts]
        candidates = [mutant for found in functions for mutant in mutate(*found)]
        chosen += rng.sample(candidates, min(len(candidates), number // len(PACKAGES)))
    rng.shuffle(chosen)
    return chosen


def list_functions(checkout: Path, path: Path) -> Iterator[tuple[str, str, int, str]]:
    """File, name, line and text of the functions of a file, without those inside them."""
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and (text := ast.get_source_segment(source, node)):
            yield str(path.relative_to(checkout)), node.name, node.lineno, text


def mutate(file: str, function: str, line: int, text: str) -> Iterator[Mutant]:
    """All mutants of a function."""
    tree = ast.parse(text)
    places = [
        (number, part)
        for number, node in enumerate(ast.walk(tree))
        for part in range(len(node.ops) if isinstance(node, ast.Compare) else 1)
    ]
    for number, part in places:
        changed = copy.deepcopy(tree)
        node = list(ast.walk(changed))[number]
        what = change(node, part)
        if what:
            at = line + getattr(node, "lineno", 1) - 1
            yield Mutant(file, function, at, what, text, ast.unparse(changed))


def change(node: ast.AST, part: int) -> str:
    """Change a node in place, and say how; empty where it is none to change."""
    if isinstance(node, ast.Compare) and type(node.ops[part]) in SWAPS:
        old = node.ops[part]
        node.ops[part] = SWAPS[type(old)]()  # type: ignore[call-overload]
        return f"{type(old).__name__} -> {type(node.ops[part]).__name__}"
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPS:
        old_operator = node.op
        node.op = SWAPS[type(old_operator)]()  # type: ignore[assignment]
        return f"{type(old_operator).__name__} -> {type(node.op).__name__}"
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        node.value = not node.value
        return f"{not node.value} -> {node.value}"
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        node.value += 1
        return f"{node.value - 1} -> {node.value}"
    if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        node.value = ast.Constant(None)
        return "returns None"
    return ""


def run(name: str, checkout: Path, mutant: Mutant, timeout: float) -> Trial:
    """Run the tests of the package on a copy of the checkout that has the fault."""
    package = Path(mutant.file).parts[1]
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder)
        for part in ("tabkit", "tests", "pyproject.toml", "README.md", "docs"):
            source = checkout / part
            if source.is_dir():
                shutil.copytree(source, copied / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copied / part)
        if mutant.line:
            put_in(copied, package, mutant)
        started = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not slow", "-p", "no:cacheprovider"]
        try:
            done = subprocess.run(
                [*command, f"tests/{package}"],
                cwd=copied,
                env={**os.environ, "PYTHONPATH": str(copied)},
                capture_output=True,
                timeout=timeout,
                check=False,
            )
            is_noticed = done.returncode != 0
        except subprocess.TimeoutExpired:
            is_noticed = True
        seconds = time.monotonic() - started
    return Trial(name, mutant.file, mutant.function, mutant.line, mutant.what, is_noticed, seconds)


def put_in(checkout: Path, package: str, mutant: Mutant) -> None:
    """Write the fault over the function, wherever it stands in the package; indented as it is there."""
    for path in sorted((checkout / "tabkit" / package).rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        at = source.find(mutant.before)
        if at >= 0:
            indent = source[source.rfind("\n", 0, at) + 1 : at]
            after = mutant.after.replace("\n", f"\n{indent}")
            path.write_text(source.replace(mutant.before, after, 1), encoding="utf-8")
            return
    raise LookupError(f"{mutant.function} of {mutant.file} is not there")


def summarise(trials: list[Trial], out: Path) -> int:
    """Print and save how many are noticed."""
    counts: dict[str, dict[str, Any]] = {}
    for name in ("now", "before"):
        of_checkout = [trial for trial in trials if trial.checkout == name and trial.line]
        if of_checkout:
            survivors = [f"{t.file}:{t.line} {t.what}" for t in of_checkout if not t.is_noticed]
            counts[name] = {"mutants": len(of_checkout), "survivors": sorted(survivors)}
            print(f"{name}: {len(of_checkout)} mutants, {len(survivors)} survive")
    machine = {
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "system": platform.platform(),
    }
    (out / "mutants.json").write_text(json.dumps({"machine": machine, **counts}, indent=1))
    if "before" not in counts:
        return 0
    return int(len(counts["now"]["survivors"]) > len(counts["before"]["survivors"]))


if __name__ == "__main__":
    sys.exit(main())
