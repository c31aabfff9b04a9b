"""What may have been meant by a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def suggest(wrong: str, names: Iterable[str], otherwise: str) -> str:
    """Say what may have been meant; the first few of all names when nothing is near.

    Parameters
    ----------
    wrong : str
    names : iterable of str
        That exist.
    otherwise : str
        What the list of names begins with: "choose one of".

    Returns
    -------
    hint : str

    Examples
    --------
    >>> suggest("lightgmb", ["linear", "lightgbm"], "choose one of")
    "did you mean 'lightgbm'?"
    >>> suggest("sum", ["linear", "lightgbm"], "choose one of")
    "choose one of 'linear', 'lightgbm'"
    """
    known = list(names)
    near = suggest_near(wrong, known)
    if near:
        return near
    shown = list({name.lower(): name for name in known}.values())[:20]
    more = ", ..." if len(known) > len(shown) else ""
    return f"{otherwise} {', '.join(map(repr, shown))}{more}"


def suggest_near(wrong: str, names: Iterable[str]) -> str:
    """Say what may have been meant; nothing when no name is near.

    Parameters
    ----------
    wrong : str
    names : iterable of str
        That exist.

    Returns
    -------
    hint : str

    Examples
    --------
    >>> suggest_near("lightgmb", ["linear", "lightgbm"]), suggest_near("sum", ["linear", "lightgbm"])
    ("did you mean 'lightgbm'?", '')
    """
    by_lower_name = {name.lower(): name for name in names}
    near = [by_lower_name[key] for key in get_close_matches(wrong.lower(), by_lower_name, n=3, cutoff=0.6)]
    return f"did you mean {' or '.join(map(repr, near))}?" if near else ""
