"""The options of ``tabkit compare``, and the arguments of `tabkit.compare` that they stand for."""

from __future__ import annotations

import argparse
import inspect
import re
from pathlib import Path
from typing import Any

from tabkit._core import InputError
from tabkit.cli._config import add_config_option
from tabkit.cli._exit_code import finite_number
from tabkit.cli._model_options import add_model_options, read_model_options
from tabkit.cli._python_file import is_in_python_file, load_from_python_file
from tabkit.cli._secrets import hide_password
from tabkit.cli._table_options import add_table_options, collect_kinds, collect_reading


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options; the ``dest`` of each is the parameter it stands for, which messages go by."""
    add_table_options(parser)
    _add_run_options(parser)
    _add_output_options(parser)


def read_arguments(options: argparse.Namespace) -> dict[str, Any]:
    """The arguments of `tabkit.compare`.

    Parameters
    ----------
    options : Namespace

    Returns
    -------
    arguments : dict

    Raises
    ------
    InputError
        If options contradict one another.
    """
    if not options.data:
        raise InputError("no data: name a file, a folder, a database or a published set")
    from tabkit.comparison import compare

    given = vars(options)
    asked = {name: given[name] for name in inspect.signature(compare).parameters if name in given}
    return asked | {
        "metric": _find_metric(options.metric),
        "kinds": collect_kinds(options),
        "reading": collect_reading(options),
        "exclude": _split_names(options.exclude),
        **read_model_options(options, _split_names(options.models or [])),
        "autogluon": not options.no_autogluon,
        "audit": not options.no_audit,
        "out": options.out or default_folder(options.data[0], options.query),
    }


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    run = parser.add_argument_group("the run")
    run.add_argument(
        "--metric",
        metavar="NAME",
        help="what ranks (default: roc_auc, log_loss or rmse, by task), or FILE.py:FUNCTION",
    )
    run.add_argument(
        "--folds", dest="n_folds", metavar="N", type=int, help="default: 10 for at most 1,000 rows, else 5"
    )
    run.add_argument(
        "--repeats",
        dest="n_repeats",
        metavar="N",
        type=int,
        default=1,
        help="draw the folds so often (default: %(default)s)",
    )
    run.add_argument("--fold-column", dest="fold", metavar="COLUMN", help="in which fold a row is tested")
    run.add_argument("--gap", metavar="LENGTH", help="with --time: 7D between training and test")
    run.add_argument("--horizon", metavar="LENGTH", help="with --time: how far labels look ahead, 30D")
    run.add_argument(
        "--embargo",
        metavar="LENGTH",
        help="with --time: train on later rows too, but none within 7D after the test rows",
    )
    run.add_argument("--test", metavar="DATA", help="a table for one last score of the winner")
    run.add_argument(
        "--holdout", metavar="SHARE", type=float, help="put rows away for one last score of the winner: 0.2"
    )
    run.add_argument("--models", metavar="NAME", nargs="+", action="extend", help="only these")
    run.add_argument(
        "--exclude", metavar="NAME", nargs="+", action="extend", default=[], help="all but these"
    )
    add_model_options(run)
    run.add_argument(
        "--time-limit",
        metavar="TIME",
        default="10m",
        help="for everything: 90, 90s, 10m, 1h or none (default: %(default)s)",
    )
    run.add_argument("--memory-limit", metavar="SIZE", help="for all fits at once: 500m, 8g (default: none)")
    run.add_argument("--no-autogluon", action="store_true", help="leave AutoGluon's row out")
    run.add_argument(
        "--autogluon-preset", metavar="NAME", default="best_quality", help="default: %(default)s"
    )
    run.add_argument("--deduplicate", action="store_true", help="use only the first of rows that are equal")
    run.add_argument("--no-audit", action="store_true", help="do not look for leaks first")
    run.add_argument(
        "--jobs", dest="n_jobs", metavar="N", type=int, help="fits at once (default: the processors)"
    )
    run.add_argument(
        "--seed", dest="random_state", metavar="N", type=int, default=0, help="default: %(default)s"
    )
    add_config_option(run)


def _add_output_options(parser: argparse.ArgumentParser) -> None:
    output = parser.add_argument_group("the output")
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


def default_folder(data: str, query: str | None = None) -> Path:
    """Folder of the results where none is named: after the data, and the table of a database.

    Examples
    --------
    >>> str(default_folder("data/adult.csv.gz"))
    'tabkit-adult'
    >>> str(default_folder("postgresql://me:secret@host/shop?sslmode=require", "orders"))
    'tabkit-shop-orders'
    >>> str(default_folder("postgresql://me:secret@host")), str(default_folder("duckdb:////data/shop.duckdb"))
    ('tabkit-host', 'tabkit-shop')
    >>> str(default_folder("openml:31")), str(default_folder("sales-*.csv"))
    ('tabkit-openml-31', 'tabkit-sales')
    """
    if "://" in data:
        address = hide_password(data).partition("://")[2].partition("?")[0]
        host, _, database = address.rpartition("@")[2].partition("/")
        data = database.rpartition("/")[2] or host.partition(":")[0]
    name = Path(data.partition("?")[0]).resolve().name.partition(".")[0]
    name = re.sub(r"[^\w-]+", "-", name).strip("-") or "table"
    return Path(f"tabkit-{name}-{query}" if query and query.isidentifier() else f"tabkit-{name}")


def _split_names(given: list[str]) -> list[str]:
    """Names of models, apart by spaces or commas."""
    return [name.strip() for entry in given for name in entry.split(",") if name.strip()]


def _find_metric(given: str | None) -> Any:
    """A metric by its name, or the user's own in a Python file."""
    return load_from_python_file(given) if given and is_in_python_file(given) else given
