"""A parser of command lines whose refusals are one line, with the nearest option."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn

from tabkit._core import suggest
from tabkit.cli._exit_code import EXIT_BAD_INPUT


class OneLineParser(argparse.ArgumentParser):
    """`argparse.ArgumentParser` that says what is wrong in one line, and suggests what was meant."""

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Parse, and suggest what was meant by an option that does not exist."""
        options, rest = self.parse_known_args(args, namespace)
        if rest:
            wrong = next((entry for entry in rest if entry.startswith("-")), rest[0])
            name = wrong.partition("=")[0]
            command = getattr(options, "command", self)
            known = [option for option in command._option_string_actions if option.startswith("--")]
            hint = suggest(name, known, "there are")
            what = f"unknown option {name!r}: {hint}" if name.startswith("-") else f"unexpected {name!r}"
            command.error(what)
        return options

    def error(self, message: str) -> NoReturn:
        """Print one line on standard error and exit."""
        print(f"tabkit: {message.removeprefix('argument ')} (see {self.prog} --help)", file=sys.stderr)
        sys.exit(EXIT_BAD_INPUT)


def name_options(commands: Iterable[Callable[[argparse.ArgumentParser], None]]) -> dict[str, str]:
    """Find the option that stands for each parameter, for messages: the ``dest`` of an option says which.

    Those of all commands count, since an audit advises what to pass to a comparison.

    Parameters
    ----------
    commands : iterable of callable
        What declares the options of each.

    Returns
    -------
    options : dict
        By parameter; one that switches off, with the dest ``no_audit``, stands for ``audit``.
    """
    found: dict[str, str] = {}
    for add_options in commands:
        parser = argparse.ArgumentParser(add_help=False)
        add_options(parser)
        for action in parser._actions:
            option = next((name for name in action.option_strings if name.startswith("--")), None)
            if option is not None:
                found.setdefault(action.dest.removeprefix("no_"), option)
    return found
