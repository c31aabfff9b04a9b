"""``tabkit audit``: a table or a script in; what makes scores too good to be true out."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from tabkit._core import InputError
from tabkit._core._wording import say_count
from tabkit.cli._exit_code import EXIT_NOT_GOOD_ENOUGH
from tabkit.cli._table_options import add_table_options, collect_kinds, collect_reading

if TYPE_CHECKING:
    from tabkit.leakage import Audit, CodeAudit

NAME = "audit"
HELP = "look for leaks in a table, or in a script"
# Options that a script is audited with.
_OF_CODE = ("code", "format", "fail_on")
DESCRIPTION = (
    "Look for what makes scores on a table too good to be true: columns that give the target away, rows "
    "that come twice, groups and times that were not declared. Each finding is measured with and without "
    "the suspect, on the folds that compare draws. With --code, a script is read (and not run) for lines "
    "that fit, select or resample before rows are split."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_table_options(parser)
    parser.add_argument(
        "--code", metavar="SCRIPT", help="a Python script, in place of a table: its usual leaks, by line"
    )
    run = parser.add_argument_group("the run")
    run.add_argument(
        "--test", metavar="DATA", help="a table for a last score: what it shares, how it differs"
    )
    run.add_argument("--folds", dest="n_folds", metavar="N", type=int, default=5, help="default: %(default)s")
    run.add_argument(
        "--time-limit", metavar="TIME", default="1m", help="90, 90s, 10m or none (default: %(default)s)"
    )
    run.add_argument(
        "--max-rows",
        metavar="N",
        type=int,
        default=3000,
        help="measure on so many rows at most (default: %(default)s)",
    )
    run.add_argument(
        "--seed", dest="random_state", metavar="N", type=int, default=0, help="default: %(default)s"
    )
    output = parser.add_argument_group("the output")
    output.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="of what is printed (default: %(default)s)",
    )
    output.add_argument(
        "--fail-on",
        metavar="SEVERITY",
        choices=("info", "warning", "error"),
        help="exit with code 3 when there is a finding of this severity, or a higher one",
    )


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from tabkit.leakage import audit, audit_code

    if options.code is not None:
        _refuse_table_options(options)
    result = audit(**_read_arguments(options)) if options.code is None else audit_code(options.code)
    if options.format == "json":
        print(json.dumps(result.as_record(), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        print(result)
    return _judge(result, options.fail_on)


def _refuse_table_options(options: argparse.Namespace) -> None:
    """Refuse what would go unheeded."""
    if options.data:
        raise InputError("--code looks at a script, and data is given too: audit them one after the other")
    parser = argparse.ArgumentParser(add_help=False)
    add_options(parser)
    for action in parser._actions:
        is_given = getattr(options, action.dest, action.default) != action.default
        if action.option_strings and is_given and action.dest not in _OF_CODE:
            raise InputError(
                f"{action.option_strings[-1]} is about a table: --code takes --format and --fail-on"
            )


def _read_arguments(options: argparse.Namespace) -> dict[str, Any]:
    """The arguments of `tabkit.audit`."""
    from tabkit.comparison import parse_duration

    if not options.data:
        raise InputError("no data: name a file, a folder, a database or a published set")
    return {
        "data": options.data,
        "query": options.query,
        "target": options.target,
        "task": options.task,
        "positive": options.positive,
        "time": options.time,
        "group": options.group,
        "weight": options.weight,
        "drop": options.drop,
        "kinds": collect_kinds(options),
        "reading": collect_reading(options),
        "test": options.test,
        "n_folds": options.n_folds,
        "time_limit": parse_duration(options.time_limit),
        "max_rows": options.max_rows,
        "random_state": options.random_state,
    }


def _judge(result: Audit | CodeAudit, fail_on: Any) -> int:
    if fail_on is None:
        return 0
    n_findings = len(result.at_least(fail_on))
    if n_findings:
        found = say_count(n_findings, "finding")
        print(f"tabkit: {found} of severity {fail_on} or higher (--fail-on)", file=sys.stderr)
    return EXIT_NOT_GOOD_ENOUGH if n_findings else 0
