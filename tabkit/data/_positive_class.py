"""Which of two classes is the positive one: the one rule for every part of tabkit.

It is the class that is given, or the one whose label says so beside a label that says the opposite. Whoever
depends on it refuses all other labels, by `require_positive`, instead of taking one of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tabkit._core import InputError
from tabkit._core._parameters import say_parameter
from tabkit._core._wording import say_value
from tabkit.data._task import Task

if TYPE_CHECKING:
    import numpy as np

_POSITIVE = frozenset({"1", "true", "t", "yes", "y", "positive", "pos", "+"})
_NEGATIVE = frozenset({"0", "-1", "false", "f", "no", "n", "negative", "neg", "-"})
# These say it alone; a "1" may be beside a "2", and an "f" beside an "m".
_CLEARLY_POSITIVE = frozenset({"true", "yes", "positive", "pos"})
_CLEARLY_NEGATIVE = frozenset({"false", "no", "negative", "neg"})


def find_evident(classes: Sequence[Any] | np.ndarray) -> int | None:
    """The class whose label says that it is the positive one.

    That is 1, True, "yes", "positive" and the like beside its opposite; "yes" beside any word and any word
    beside "no"; and "churn" beside "no churn". Whether letters are capital makes no difference.

    Parameters
    ----------
    classes : sequence of two labels

    Returns
    -------
    position : int or None
        Of the class among the two; None where the labels do not tell.

    Examples
    --------
    >>> find_evident(["no", "yes"]), find_evident([1.0, 0.0]), find_evident(["bad", "good"])
    (1, 0, None)
    """
    words = [_write(label) for label in classes]
    for position, (word, other) in enumerate(zip(words, reversed(words), strict=True)):
        if word in _POSITIVE and other in _NEGATIVE:
            return position
        is_number = any(text.lstrip("+-").isdigit() for text in (word, other))
        is_said = word in _CLEARLY_POSITIVE or other in _CLEARLY_NEGATIVE
        if is_said and not is_number and other not in _POSITIVE and word not in _NEGATIVE:
            return position
        if re.fullmatch(rf"(no|not|non)[\W_]*{re.escape(word)}", other) and word not in _NEGATIVE:
            return position
    return None


def find_given(classes: Sequence[Any] | np.ndarray, given: Any) -> int | None:
    """The class that is meant: the same, or written the same, whatever the case.

    Parameters
    ----------
    classes : sequence of two labels
    given : object
        Text stands for the label that is written so ("1" for 1).

    Returns
    -------
    position : int or None
        None where it is neither.

    Examples
    --------
    >>> find_given([0, 1], "0"), find_given(["a", "A"], "A"), find_given(["bad", "good"], "ugly")
    (0, 1, None)
    """
    plain, wanted = [as_plain_label(label) for label in classes], as_plain_label(given)
    for is_alike in (
        lambda label: type(label) is type(wanted) and label == wanted,
        lambda label: label == wanted,
        lambda label: str(label) == str(wanted),
        lambda label: str(label).strip().casefold() == str(wanted).strip().casefold(),
        lambda label: isinstance(label, int) and str(float(label)) == str(wanted).strip(),
    ):
        for position, label in enumerate(plain):
            if is_alike(label):
                return position
    return None


def require_positive(
    classes: Sequence[Any] | np.ndarray, given: Any = None, *, asked_by: str, parameter: str = "pos_label"
) -> int:
    """The positive class of two, for something that depends on which it is.

    Parameters
    ----------
    classes : sequence of two labels
    given : object, default=None
        The positive class; None takes the one whose label says so.
    asked_by : str
        What depends on it, for the message.
    parameter : str, default="pos_label"
        What it is given as.

    Returns
    -------
    position : int
        Of the class among the two.

    Raises
    ------
    InputError
        If none is given and the labels do not tell, or the one given is neither.

    Examples
    --------
    >>> require_positive(["bad", "good"], "bad", asked_by="objective='f1'")
    0
    """
    if given is None:
        found = find_evident(classes)
        if found is None:
            raise InputError(say_what_to_write(classes, asked_by, parameter))
        return found
    found = find_given(classes, given)
    if found is None:
        labels = ", ".join(map(say_value, classes))
        raise InputError(f"{parameter}={say_value(given)}: expected one of {labels}")
    return found


def check_told(task: Task, asked_by: str) -> None:
    """Refuse a task of two classes whose positive class is a guess, where something depends on it.

    Parameters
    ----------
    task : Task
        One whose classes are not known passes: the estimator finds them when it is fitted.
    asked_by : str
        What depends on it, for the message.

    Raises
    ------
    InputError
    """
    if task.kind == "binary" and task.classes and not task.is_positive_told:
        raise InputError(say_what_to_write(task.classes[::-1], asked_by, "positive"))


def say_what_to_write(classes: Sequence[Any] | np.ndarray, asked_by: str, parameter: str) -> str:
    """Say that the positive class must be given, and how.

    Examples
    --------
    >>> say_what_to_write([1, 2], "metric 'f1'", "positive")
    "metric 'f1' needs a positive class, and neither 1 nor 2 says that it is: pass positive=1 or positive=2"
    """
    labels = [as_plain_label(label) for label in classes]
    neither = " nor ".join(map(say_value, labels))
    pass_it = " or ".join(say_parameter(parameter, label) for label in labels)
    return f"{asked_by} needs a positive class, and neither {neither} says that it is: pass {pass_it}"


def as_plain_label(label: Any) -> Any:
    """A label as a plain Python object; 1.0 is 1.

    Examples
    --------
    >>> as_plain_label(1.0), as_plain_label("a")
    (1, 'a')
    """
    if hasattr(label, "item"):
        label = label.item()
    return int(label) if isinstance(label, float) and label.is_integer() else label


def _write(label: Any) -> str:
    return str(as_plain_label(label)).strip().casefold()
