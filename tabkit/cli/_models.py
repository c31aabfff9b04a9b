"""``tabkit models``: what there is to be named, with what each needs, costs and is good for."""

from __future__ import annotations

import argparse
import json
import sys

from tabkit.cli._terminal import terminal_width

NAME = "models"
HELP = "list the models, with what each needs, costs and is good for"
DESCRIPTION = (
    "List the models that compare takes by name, those of installed packages too: what each is, needs, costs "
    "and is good for, and whether it runs without being asked for."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--format",
        choices=("table", "json", "csv"),
        default="table",
        help="of what is printed (default: %(default)s)",
    )


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from tabkit.catalog import describe_candidate, find_broken_plugins, list_candidates, list_models
    from tabkit.reporting import render_models

    for complaint in find_broken_plugins():
        print(f"tabkit: {complaint}", file=sys.stderr)
    if options.format == "csv":
        models = list_models()
        models["tasks"] = models["tasks"].str.join(" ")
        sys.stdout.write(models.to_csv(index=False))
        return 0
    records = [describe_candidate(candidate) for candidate in list_candidates()]
    if options.format == "json":
        print(json.dumps(records, indent=1, ensure_ascii=False))
    else:
        width, color = terminal_width()
        sys.stdout.write(render_models(records, width=width, color=color))
    return 0
