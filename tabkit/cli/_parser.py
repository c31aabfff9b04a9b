"""A parser of command lines whose refusals are one line, with the nearest option."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
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
