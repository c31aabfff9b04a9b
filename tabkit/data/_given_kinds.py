"""Kinds that the user knows better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from tabkit._core import InputError
from tabkit.data._clean import clean_column
from tabkit.data._dates import find_date_format
from tabkit.data._distinct import find_distinct
from tabkit.data._findings import Findings, join_notes, say_count, say_value
from tabkit.data._names import find_column
from tabkit.data._number_styles import find_number_style
from tabkit.data._reading_options import NOTHING_KNOWN, Conventions
from tabkit.data._roles import Roles
from tabkit.data._task import ColumnKind

if TYPE_CHECKING:
    import pandas as pd

# Whose digits may look like codes.
_ROLES_OF_NUMBERS = ("target", "time", "weight")
_KINDS = tuple(kind for kind in get_args(ColumnKind) if kind != "constant")
# With fewer, the kind is a mistake rather than the column dirty.
_MIN_SHARE_READ = 0.5


def check_kinds(frame: pd.DataFrame, kinds: Mapping[str, str], roles: Roles) -> None:
    """Refuse kinds of columns that are not there or are no features, and kinds that there are not.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
    kinds : mapping of str to str
    roles : Roles
    """
    for column, kind in kinds.items():
        role = roles.role_of(find_column(frame, column))
        if role != "feature" and not (kind == "numeric" and role in _ROLES_OF_NUMBERS):
            what = "dropped" if role == "dropped" else f"the {role}"
            raise InputError(f"column {column!r} is {what}: a kind can be given to features only")
        if kind not in _KINDS:
            raise InputError(f"unknown kind {kind!r} of column {column!r}: choose one of {', '.join(_KINDS)}")


def impose_kind(
    series: pd.Series, findings: Findings, kind: ColumnKind, conventions: Conventions = NOTHING_KNOWN
) -> Findings:
    """Findings on a column whose kind is given.

    Parameters
    ----------
    series : Series of shape (n_rows,)
    findings : Findings
        As found; a constant stays one, since nothing can be learned from it.
    kind : {"numeric", "category", "date", "text", "identifier"}
    conventions : Conventions, default=NOTHING_KNOWN

    Returns
    -------
    findings : Findings

    Raises
    ------
    InputError
        If most values are no numbers or no dates.
    """
    if findings.kind in (kind, "constant"):
        return findings
    note = f"{kind} as told, and not {findings.kind}"
    if kind not in ("numeric", "date"):
        return replace(findings, kind=kind, note=note, written_as="", n_infinite=0)
    written_as = _find_style(series, kind, conventions)
    cleaned = clean_column(series, kind, written_as=written_as)
    is_lost = cleaned.isna() & series.notna()
    n_lost, n_present = int(is_lost.sum()), int(series.notna().sum())
    if n_lost > (1 - _MIN_SHARE_READ) * n_present:
        wrong = say_value(series[is_lost].iloc[0])
        raise InputError(
            f"column {str(series.name)!r} cannot be {kind}: {n_lost:,} of {n_present:,} values, such as "
            f"{wrong}, cannot be read so"
        )
    lost = f"{say_count(n_lost, 'value')} became missing" if n_lost else ""
    n_missing, n_unique = int(cleaned.isna().sum()), int(cleaned.nunique())
    return Findings(kind, join_notes(note, lost), n_missing, n_unique, written_as)


def _find_style(series: pd.Series, kind: ColumnKind, conventions: Conventions) -> str:
    """How numbers or dates are written among objects; empty for a dtype of their own."""
    if series.dtype != object:
        return ""
    sample = find_distinct(series).sample
    if kind == "numeric":
        return find_number_style(sample, conventions)
    return find_date_format(sample, _MIN_SHARE_READ, conventions)[0]
