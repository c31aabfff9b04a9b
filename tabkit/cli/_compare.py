"""``tabkit compare``: a table in; a leaderboard, a report and the winner out."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from tabkit.cli._compare_options import add_options, read_arguments
from tabkit.cli._config import CONFIG_FILE, write_config
from tabkit.cli._exit_code import judge
from tabkit.cli._progress import watch

if TYPE_CHECKING:
    from tabkit.comparison import Comparison

__all__ = ["DESCRIPTION", "HELP", "NAME", "add_options", "run"]

NAME = "compare"
HELP = "compare models on a table"
DESCRIPTION = (
    "Compare models on a table by predictions of rows that they were not fitted on. Writes a leaderboard, "
    "a report and the winner into a folder; the same command goes on where it stopped."
)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from tabkit.comparison import compare
    from tabkit.reporting import report

    arguments = read_arguments(options)
    with watch(options.time_limit, shows_table=options.format == "table") as listener:
        comparison = compare(**arguments, listener=listener)
        assert comparison.folder is not None
        report(comparison, comparison.folder / "report.html")
        write_config(comparison.folder / CONFIG_FILE, options.command, options, {"out": arguments["out"]})
    _print(comparison, options.format)
    return judge(comparison, options.fail_under)


def _print(comparison: Comparison, output_format: str) -> None:
    from tabkit.cli._terminal import write_terminal
    from tabkit.comparison import as_record

    if output_format == "json":
        print(json.dumps(as_record(comparison), indent=1, ensure_ascii=False))
    elif output_format == "csv":
        sys.stdout.write(comparison.frame().to_csv(index=False))
    else:
        write_terminal(comparison)
