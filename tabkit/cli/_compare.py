"""``tabkit compare``: a table in; a leaderboard, a report and the winner out."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabkit._core import InputError
from tabkit.cli._config import CONFIG_FILE, add_config_option, write_config
from tabkit.cli._exit_code import finite_number, judge
from tabkit.cli._progress import watch
from tabkit.cli._python_file import is_in_python_file, load_from_python_file

if TYPE_CHECKING:
    from tabkit.comparison import Comparison

NAME = "compare"
HELP = "compare models on a table"
DESCRIPTION = (
    "Compare models on a table by predictions of rows that they were not fitted on. Writes a leaderboard, "
    "a report and the winner into a folder; the same command goes on where it stopped."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "data",
        metavar="DATA",
        nargs="*",
        help="files or a folder (CSV, TSV, Parquet, Feather, JSON lines, Excel; packed or not); a SQLite or "
        "DuckDB file, or the URL of a database; openml:ID or sklearn:NAME",
    )
    roles = parser.add_argument_group("the table")
    roles.add_argument("--query", metavar="SQL", help="of a database: a SELECT, or the name of a table")
    roles.add_argument(
        "--target", metavar="COLUMN", help="what to predict (default: one named so, else the last)"
    )
    roles.add_argument(
        "--task", choices=("binary", "multiclass", "regression"), help="default: the target decides"
    )
    roles.add_argument("--positive", metavar="LABEL", help="the positive label of a binary target")
    roles.add_argument("--time", metavar="COLUMN", help="time of a row: every split goes forward in time")
    roles.add_argument("--group", metavar="COLUMN", help="group of a row: no split tears a group apart")
    roles.add_argument(
        "--drop", metavar="COLUMN", nargs="+", action="extend", default=[], help="columns to leave out"
    )
    run = parser.add_argument_group("the run")
    run.add_argument(
        "--metric",
        metavar="NAME",
        help="what ranks (default: roc_auc, log_loss or rmse, by task), or FILE.py:FUNCTION",
    )
    run.add_argument("--folds", metavar="N", type=int, default=5, help="default: %(default)s")
    run.add_argument("--models", metavar="NAME", nargs="+", action="extend", help="only these")
    run.add_argument(
        "--exclude", metavar="NAME", nargs="+", action="extend", default=[], help="all but these"
    )
    run.add_argument(
        "--time-limit",
        metavar="TIME",
        default="10m",
        help="for everything: 90, 90s, 10m, 1h or none (default: %(default)s)",
    )
    run.add_argument("--no-autogluon", action="store_true", help="leave AutoGluon's row out")
    run.add_argument(
        "--autogluon-preset", metavar="NAME", default="best_quality", help="default: %(default)s"
    )
    run.add_argument("--jobs", metavar="N", type=int, help="fits at once (default: the processors)")
    run.add_argument("--seed", metavar="N", type=int, default=0, help="default: %(default)s")
    add_config_option(run)
    _add_output_options(parser.add_argument_group("the output"))


def _add_output_options(output: argparse._ArgumentGroup) -> None:
    output.add_argument("--out", metavar="DIR", type=Path, help="default: tabkit-NAME")
    output.add_argument(
        "--overwrite", action="store_true", help="replace another run's results in that folder"
    )
    output.add_argument(
        "--format",
        choices=("table", "json", "csv"),
        default="table",
        help="of what is printed (default: %(default)s)",
    )
    output.add_argument(
        "--fail-under",
        metavar="SCORE",
        type=finite_number,
        help="exit with code 3 when the best of tabkit's own models is worse",
    )


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from tabkit.comparison import compare
    from tabkit.reporting import report

    if not options.data:
        raise InputError("no data: name a file, a folder, a database or a published set")
    out = options.out or default_folder(options.data[0], options.query)
    with watch(options.time_limit, shows_table=options.format == "table") as listener:
        comparison = compare(
            options.data,
            query=options.query,
            target=options.target,
            task=options.task,
            metric=_find_metric(options.metric),
            positive=options.positive,
            time=options.time,
            group=options.group,
            drop=options.drop,
            n_folds=options.folds,
            models=_split_names(options.models) if options.models else None,
            exclude=_split_names(options.exclude),
            time_limit=options.time_limit,
            autogluon=not options.no_autogluon,
            autogluon_preset=options.autogluon_preset,
            n_jobs=options.jobs,
            random_state=options.seed,
            out=out,
            overwrite=options.overwrite,
            listener=listener,
        )
        assert comparison.folder is not None
        report(comparison, comparison.folder / "report.html")
        write_config(comparison.folder / CONFIG_FILE, options.command, options, {"out": out})
    _print(comparison, options.format)
    return judge(comparison, options.fail_under)


def default_folder(data: str, query: str | None = None) -> Path:
    """Folder of the results where none is named: after the data, and the table of a database.

    Examples
    --------
    >>> str(default_folder("data/adult.csv.gz"))
    'tabkit-adult'
    >>> str(default_folder("postgresql://me:secret@host/shop?sslmode=require", "orders"))
    'tabkit-shop-orders'
    >>> str(default_folder("openml:31")), str(default_folder("sales-*.csv"))
    ('tabkit-openml-31', 'tabkit-sales')
    """
    name = Path(data.partition("?")[0]).resolve().name.partition(".")[0]
    name = re.sub(r"[^\w-]+", "-", name).strip("-") or "table"
    return Path(f"tabkit-{name}-{query}" if query and query.isidentifier() else f"tabkit-{name}")


def _split_names(given: list[str]) -> list[str]:
    """Names of models, apart by spaces or commas."""
    return [name.strip() for entry in given for name in entry.split(",") if name.strip()]


def _find_metric(given: str | None) -> Any:
    """A metric by its name, or the user's own in a Python file."""
    return load_from_python_file(given) if given and is_in_python_file(given) else given


def _print(comparison: Comparison, output_format: str) -> None:
    from tabkit.cli._terminal import write_terminal
    from tabkit.comparison import as_record

    if output_format == "json":
        print(json.dumps(as_record(comparison), indent=1, ensure_ascii=False))
    elif output_format == "csv":
        sys.stdout.write(comparison.frame().to_csv(index=False))
    else:
        write_terminal(comparison)
