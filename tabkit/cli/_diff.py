"""``tabkit diff``: what changed from one run to another."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tabkit.cli._exit_code import EXIT_NOT_GOOD_ENOUGH, finite_number
from tabkit.cli._terminal import terminal_width

if TYPE_CHECKING:
    from tabkit.comparison import RunDiff

NAME = "diff"
HELP = "say what changed from one run to another"
DESCRIPTION = (
    "Say what changed from one folder of results to another: ranks, scores, settings and versions. Where "
    "both runs have the same rows, folds and metric, the differences are tested."
)

_BY_MORE_THAN_CHANCE = "more than chance"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("old", metavar="OLD", type=Path, help="folder of results")
    parser.add_argument("new", metavar="NEW", type=Path, help="folder of results")
    parser.add_argument(
        "--format",
        choices=("table", "json", "csv"),
        default="table",
        help="of what is printed (default: %(default)s)",
    )
    parser.add_argument(
        "--fail-on-worse",
        metavar="TOLERANCE",
        nargs="?",
        type=_tolerance,
        const=_BY_MORE_THAN_CHANCE,
        help="exit with code 3 when the best of tabkit's own models got worse: by more than the tolerance, "
        "or without one by more than chance",
    )


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from tabkit.comparison import describe_decline, diff_runs

    diff = diff_runs(options.old, options.new)
    _print(diff, options.format)
    if options.fail_on_worse is None:
        return 0
    tolerance = None if options.fail_on_worse == _BY_MORE_THAN_CHANCE else options.fail_on_worse
    decline = describe_decline(diff, tolerance)
    if decline:
        print(f"tabkit: {decline} (--fail-on-worse)", file=sys.stderr)
    return EXIT_NOT_GOOD_ENOUGH if decline else 0


def _tolerance(text: str) -> float | str:
    """Read the tolerance; `argparse` passes what stands for none through here too."""
    if text == _BY_MORE_THAN_CHANCE:
        return text
    number = finite_number(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is below zero")
    return number


def _print(diff: RunDiff, output_format: str) -> None:
    from tabkit.comparison import describe_diff
    from tabkit.reporting import render_diff

    if output_format == "json":
        record = {"answer": describe_diff(diff), **diff.as_record()}
        print(json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False))
    elif output_format == "csv":
        sys.stdout.write(diff.frame().to_csv(index=False))
    else:
        width, color = terminal_width()
        sys.stdout.write(render_diff(diff, width=width, color=color))
