"""The command line: one command, one file."""

from tabkit.cli._main import main

__all__ = ["main"]
