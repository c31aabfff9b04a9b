"""Attributes of an object that survive what fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unchanged_on_error(thing: object) -> Iterator[None]:
    """Give an object back the attributes that it had, where an exception leaves the block.

    Parameters
    ----------
    thing : object
        Its attributes may be replaced inside, and not be changed in place.

    Examples
    --------
    >>> class Model:
    ...     classes_ = ("a", "b")
    >>> model = Model()
    >>> try:
    ...     with unchanged_on_error(model):
    ...         model.classes_ = ("c", "d")
    ...         raise MemoryError
    ... except MemoryError:
    ...     model.classes_
    ('a', 'b')
    """
    before = dict(vars(thing))
    try:
        yield
    except BaseException:
        vars(thing).clear()
        vars(thing).update(before)
        raise
