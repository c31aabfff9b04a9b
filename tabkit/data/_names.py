"""What the names of columns give away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tabkit._core import InputError, suggest

if TYPE_CHECKING:
    import pandas as pd

TARGET_NAMES = ("target", "label", "class", "y", "outcome")

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_IDENTIFIER_WORDS = frozenset({"id", "ids", "uid", "uuid", "guid", "idcode", "rowid", "rownum", "pk"})
# Of the column that holds the labels of a data frame's rows once it is written to a file.
_INDEX_NAME = re.compile(r"index|level_\d+|__index_level_\d+__|unnamed: \d+", re.IGNORECASE)
_OWNERS = (
    *("account", "applicant", "case", "client", "customer", "device", "employee", "item", "loan", "member"),
    *("order", "passenger", "patient", "person", "policy", "product", "record", "row", "sample", "session"),
    *("store", "student", "subject", "transaction", "user"),
)
_JOINED_IDENTIFIER = re.compile(rf"({'|'.join(_OWNERS)})_?(id|no|nr|num|number|key|code)", re.IGNORECASE)


def is_named_like_identifier(name: str) -> bool:
    """Whether a name says "identifier": ``id``, ``customerID``, ``row_number``, ``Unnamed: 0``.

    Examples
    --------
    >>> [is_named_like_identifier(name) for name in ("PassengerId", "order_no", "paid", "width")]
    [True, True, False, False]
    """
    words = {word.lower() for word in _WORD.findall(name)}
    if words & _IDENTIFIER_WORDS:
        return True
    return any(pattern.fullmatch(name.strip()) for pattern in (_JOINED_IDENTIFIER, _INDEX_NAME))


def guess_target(frame: pd.DataFrame) -> str:
    """Guess the column to predict from its name, else take the last.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)

    Returns
    -------
    name : str
        The column named target, label, class, y or outcome (in this order, upper or lower
        case), else the last one.

    Raises
    ------
    InputError
        If the frame has no columns.

    Examples
    --------
    >>> import pandas as pd
    >>> guess_target(pd.DataFrame(columns=["Class", "age", "height"]))
    'Class'
    >>> guess_target(pd.DataFrame(columns=["age", "height"]))
    'height'
    """
    names = [str(name) for name in frame.columns]
    if not names:
        raise InputError("the table has no columns")
    by_lower_name = {name.lower(): name for name in reversed(names)}
    for candidate in TARGET_NAMES:
        if candidate in by_lower_name:
            return by_lower_name[candidate]
    return names[-1]


def find_column(frame: pd.DataFrame, name: str) -> str:
    """Return the name of a column that must be there.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
    name : str
        As the user wrote it.

    Returns
    -------
    name : str
        The same name.

    Raises
    ------
    InputError
        If there is no such column; the message has the nearest names.

    Examples
    --------
    >>> import pandas as pd
    >>> find_column(pd.DataFrame(columns=["age", "height"]), "hieght")
    Traceback (most recent call last):
    tabkit._core._errors.InputError: there is no column 'hieght': did you mean 'height'?
    """
    names = [str(column) for column in frame.columns]
    if str(name) not in names:
        raise InputError(f"there is no column {str(name)!r}: {suggest(str(name), names, 'the columns are')}")
    return str(name)
