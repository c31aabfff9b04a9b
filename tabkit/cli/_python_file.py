"""Objects from the user's Python files: ``costs.py:cost``."""

from __future__ import annotations

import importlib.util
import re
import sys
from typing import Any

from tabkit._core import InputError, describe_error, suggest
from tabkit._core._files import expand


def is_in_python_file(text: str) -> bool:
    """Whether a text names an object in a Python file.

    Examples
    --------
    >>> is_in_python_file("costs.py:cost"), is_in_python_file("roc_auc")
    (True, False)
    """
    return re.fullmatch(r".+\.py:\w+", text) is not None


def load_from_python_file(text: str) -> Any:
    """Run a Python file and take an object from it.

    Parameters
    ----------
    text : str
        ``FILE.py:NAME``.

    Returns
    -------
    found : object

    Raises
    ------
    InputError
        If there is no such file, it raises, or it has no such name.
    """
    import cloudpickle

    where, _, name = text.rpartition(":")
    path = expand(where)
    if not path.is_file():
        raise InputError(f"there is no file {where!r}")
    # A name of its own: the file may be called as a package that is installed.
    spec = importlib.util.spec_from_file_location(f"users_file_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    # Worker processes get its functions whole: they have no module of that name.
    cloudpickle.register_pickle_by_value(module)
    # What lies beside the file can be imported by it, and does not hide what is installed.
    sys.path.append(str(path.parent.resolve()))
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise InputError(f"{where!r} cannot be used: {describe_error(error)}") from error
    if not hasattr(module, name):
        names = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        raise InputError(f"{where!r} has no {name!r}: {suggest(name, names, 'it has')}")
    return getattr(module, name)
