"""``tabkit COMMAND``: finds the command, and turns errors into one line and an exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from types import FrameType

from tabkit import __version__
from tabkit._core import TabkitError
from tabkit._core._parameters import speak_of_options
from tabkit.cli import _audit, _compare, _diff, _models
from tabkit.cli._config import parse_with_config
from tabkit.cli._exit_code import EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_NOT_WRITTEN
from tabkit.cli._parser import OneLineParser, name_options
from tabkit.cli._streams import lasting_streams

COMMANDS = (_compare, _audit, _diff, _models)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, default=None
        Without the program's name; those of the process when None.

    Returns
    -------
    code : int
        0 when all went well, 1 when no model could be ranked or the standard output cannot be
        written, 2 for input that cannot be used, 3 when the result is not as good as was asked
        for, 130 after Ctrl-C.
    """
    with lasting_streams() as output:
        code = _run(arguments)
        sys.stdout.flush()
        lost = output.failure if output is not None else None
        # The reader of a pipe, such as head, may have enough.
        if lost is not None and not isinstance(lost, BrokenPipeError):
            print(f"tabkit: cannot write to the standard output: {lost.strerror}", file=sys.stderr)
            code = code or EXIT_NOT_WRITTEN
    return code


def _run(arguments: Sequence[str] | None) -> int:
    parser = _build_parser()
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if getattr(options, "config", None) is not None:
            options = parse_with_config(parser, options.command, arguments, options.config)
        with speak_of_options(name_options(command.add_options for command in COMMANDS)):
            code: int = options.run(options)
    except (TabkitError, OSError) as error:
        print(f"tabkit: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        print("tabkit: interrupted", file=sys.stderr)
        code = EXIT_INTERRUPTED
    if code == EXIT_INTERRUPTED:
        # One more Ctrl-C while Python ends would be its death by a signal, and not this exit code.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    return code


def _build_parser() -> OneLineParser:
    # Options cannot be shortened: a script that does would break with the next one of that beginning.
    parser = OneLineParser(
        prog="tabkit",
        description="Leaderboards for tables that you can believe, and a winner that you own.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"tabkit {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        subparser = commands.add_parser(
            command.NAME, help=command.HELP, description=command.DESCRIPTION, allow_abbrev=False
        )
        command.add_options(subparser)
        subparser.set_defaults(run=command.run, command=subparser)
    return parser


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
