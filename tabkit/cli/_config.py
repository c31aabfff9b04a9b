"""Options of a command in a YAML file, and the file that repeats a run."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabkit._core import InputError, first_line, suggest
from tabkit._core._files import write_text
from tabkit.cli._secrets import hide_password

if TYPE_CHECKING:
    from yaml import Node

CONFIG_FILE = "config.yaml"

_TAG = "tag:yaml.org,2002:"
# A permission that is given once, and the name of the file itself.
_ADDRESSES = ("data", "test", "out")
_NEVER_WRITTEN = ("help", "config", "overwrite")


def add_config_option(group: argparse._ArgumentGroup) -> None:
    """Declare the option that names the file."""
    group.add_argument(
        "--config", metavar="FILE", type=Path, help="options from a YAML file; the command line wins"
    )


def parse_with_config(
    parser: argparse.ArgumentParser,
    command: argparse.ArgumentParser,
    arguments: Sequence[str] | None,
    path: Path,
) -> argparse.Namespace:
    """Parse a command line on top of the options in a file; those of the command line win.

    Parameters
    ----------
    parser, command : argparse.ArgumentParser
        The whole command line, and the command of it whose options these are.
    arguments : sequence of str or None
    path : Path

    Returns
    -------
    options : argparse.Namespace

    Raises
    ------
    InputError
        If the file cannot be read, or holds what the command does not take.
    """
    found = read_config(path, command)
    # A list on the command line would be put behind that of the file, and not in its place.
    lists = {name: value for name, value in found.items() if isinstance(value, list)}
    command.set_defaults(**{name: value for name, value in found.items() if name not in lists})
    options = parser.parse_args(arguments)
    for name, value in lists.items():
        if not getattr(options, name):
            setattr(options, name, value)
    return options


def read_config(path: Path, command: argparse.ArgumentParser) -> dict[str, Any]:
    """Read the options of a command from a YAML file.

    A value means what the same text means on the command line: YAML's guesses that ``no`` is
    false, ``1e3`` a number and ``2024-01-01`` a date do not count. Only an empty value or
    ``null`` stands for an option that is not given.

    Parameters
    ----------
    path : Path
    command : argparse.ArgumentParser

    Returns
    -------
    values : dict
        By the names that `argparse` has for the options, for those that are given.

    Raises
    ------
    InputError
        If the file cannot be read, or holds what the command does not take; with the line.
    """
    import yaml

    actions = {name.replace("-", "_"): action for name, action in _options_of(command).items()}
    root = _compose(path)
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise _refuse(path, root, "options are needed, as in 'target: churn'")
    lines: dict[str, int] = {}
    values: dict[str, Any] = {}
    for key, value in root.value:
        name = str(key.value).lstrip("-").replace("-", "_")
        if name not in actions:
            names = [option.replace("_", "-") for option in actions]
            hint = suggest(str(key.value).replace("_", "-"), names, "there are")
            raise _refuse(path, key, f"unknown option {key.value!r}: {hint}")
        if name in lines:
            raise _refuse(path, key, f"{key.value} stands in line {lines[name]} already")
        lines[name] = key.start_mark.line + 1
        if not _is_null(value):
            values[actions[name].dest] = _read(path, str(key.value), value, actions[name])
    return values


def write_config(
    path: Path, command: argparse.ArgumentParser, options: argparse.Namespace, settled: Mapping[str, Any]
) -> None:
    """Write the options of a run so that ``--config`` repeats it.

    Parameters
    ----------
    path : Path
    command : argparse.ArgumentParser
    options : argparse.Namespace
    settled : mapping of str to object
        Values that the command itself found for options that were not given.
    """
    import yaml

    values = {**vars(options), **settled}
    written, is_hidden = {}, False
    for name, action in _options_of(command).items():
        if action.dest in _NEVER_WRITTEN:
            continue
        shown = _plain(values[action.dest])
        written[name] = _hide(shown) if action.dest in _ADDRESSES else shown
        is_hidden |= written[name] != shown
    header = "# The options of this run; `tabkit compare --config` with this file repeats it.\n"
    if is_hidden:
        header += (
            "# The password of the database is left out: pass the address as DATA, or the password in a\n"
            "# way of the database's own, such as PGPASSWORD or .pgpass.\n"
        )
    text = yaml.safe_dump(written, sort_keys=False, allow_unicode=True, width=100)
    write_text(path, header + text)


def _options_of(command: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """What may stand in a file, by the long name of the option; the positional ones too."""
    found = {}
    for action in command._actions:
        names = [name.removeprefix("--") for name in action.option_strings if name.startswith("--")]
        name = names[0] if names else action.dest
        if name not in ("help", "config"):
            found[name] = action
    return found


def _compose(path: Path) -> Node | None:
    """The tree of a YAML file, with every scalar as it was written."""
    import yaml

    if not path.is_file():
        raise InputError(f"there is no file {str(path)!r}")
    try:
        return yaml.compose(path.read_bytes(), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{path}{line}: no YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise InputError(f"{path}: no YAML: {first_line(error)}") from error


def _read(path: Path, name: str, node: Node, action: argparse.Action) -> Any:
    """The value of one option."""
    import yaml

    takes_list = action.nargs in ("+", "*") or isinstance(action, argparse._AppendAction)
    if isinstance(node, yaml.SequenceNode) and takes_list:
        return [_read_scalar(path, name, item, action) for item in node.value]
    value = _read_scalar(path, name, node, action)
    return [value] if takes_list else value


def _read_scalar(path: Path, name: str, node: Node, action: argparse.Action) -> Any:
    """One value, which means what its text means on the command line."""
    import yaml

    if not isinstance(node, yaml.ScalarNode) or _is_null(node):
        given = {"sequence": "a list", "mapping": "a mapping"}.get(node.id, "an empty value")
        raise _refuse(path, node, f"{name} is or holds {given}, and takes {_say_needed(action)}")
    if not node.tag.startswith(_TAG) or "/" in node.tag.removeprefix(_TAG):
        raise _refuse(path, node, f"{name} has the tag {node.tag!r}: write the value alone")
    if action.nargs == 0 or (action.nargs == "?" and node.tag == f"{_TAG}bool"):
        return _read_switch(path, name, node, action)
    value = node.value
    if callable(action.type):
        try:
            value = action.type(value)
        except argparse.ArgumentTypeError as error:
            raise _refuse(path, node, f"{name}: {error}") from error
        except (TypeError, ValueError):
            message = f"{name} is {value!r}, and takes {_say_needed(action)}"
            raise _refuse(path, node, message) from None
    if action.choices is not None and value not in action.choices:
        hint = suggest(node.value, map(str, action.choices), "choose one of")
        raise _refuse(path, node, f"{name} is {node.value!r}: {hint}")
    return value


def _read_switch(path: Path, name: str, node: Node, action: argparse.Action) -> Any:
    """The value of an option that is there or not."""
    import yaml

    is_on = yaml.SafeLoader.bool_values.get(node.value.lower()) if node.tag == f"{_TAG}bool" else None
    if is_on is None:
        raise _refuse(path, node, f"{name} is {node.value!r}, and takes true or false")
    if action.const is None:
        return is_on
    return action.const if is_on else action.default


def _say_needed(action: argparse.Action) -> str:
    if action.nargs == 0:
        return "true or false"
    return "a whole number" if action.type is int else "a number" if action.type is float else "text"


def _is_null(node: Node) -> bool:
    return bool(node.tag == f"{_TAG}null")


def _refuse(path: Path, node: Node, message: str) -> InputError:
    return InputError(f"{path}, line {node.start_mark.line + 1}: {message}")


def _plain(value: Any) -> Any:
    """The same with what YAML knows."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _hide(value: Any) -> Any:
    if isinstance(value, list):
        return [_hide(item) for item in value]
    return hide_password(value) if isinstance(value, str) else value
