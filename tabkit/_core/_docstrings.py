"""Docstrings of classes that share parameters, so that each parameter is described once."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import TypeVar

_Class = TypeVar("_Class", bound=type)

_HEADING = re.compile(r"^(\w[\w ]*)\n-{3,}\n", flags=re.MULTILINE)


def fill_docstring(*sources: type) -> Callable[[_Class], _Class]:
    """Put what other classes say of parameters and attributes into the docstring of a class.

    Parameters
    ----------
    *sources : type
        The line ``{Name}`` in a section becomes what the section of the same heading says in the docstring
        of the class of that name.

    Returns
    -------
    decorate : callable
        Returns the class that it is given. Does nothing under ``python -OO``, which drops docstrings.

    Raises
    ------
    LookupError
        If a class that is asked for has no such section.

    Examples
    --------
    >>> class Tree:
    ...     '''A tree.
    ...
    ...     Parameters
    ...     ----------
    ...     depth : int, default=3
    ...     '''
    >>> @fill_docstring(Tree)
    ... class Forest(Tree):
    ...     '''Several trees.
    ...
    ...     Parameters
    ...     ----------
    ...     {Tree}
    ...     n_trees : int, default=100
    ...     '''
    >>> Forest.__doc__.splitlines()[-2:]
    ['depth : int, default=3', 'n_trees : int, default=100']
    """

    def decorate(documented: _Class) -> _Class:
        if not documented.__doc__:
            return documented
        intro, *parts = _HEADING.split(inspect.cleandoc(documented.__doc__))
        filled = [intro]
        for title, section in zip(parts[::2], parts[1::2], strict=True):
            text = section
            for source in sources:
                if (name := f"{{{source.__name__}}}") in section:
                    text = text.replace(name, _find_section(source, title))
            filled.append(f"{title}\n{'-' * len(title)}\n{text}")
        documented.__doc__ = "".join(filled)
        return documented

    return decorate


def _find_section(source: type, title: str) -> str:
    # Alternately what is before a heading, the heading, and what is under it.
    _, *parts = _HEADING.split(inspect.cleandoc(source.__doc__ or ""))
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    if title not in sections:
        raise LookupError(f"the docstring of {source.__name__} has no section {title!r}")
    return sections[title].strip()
