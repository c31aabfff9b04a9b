"""One thing that may make a score too good to be true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["info", "warning", "error"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")


@dataclass(frozen=True)
class Finding:
    """One thing that may make a score too good to be true.

    Attributes
    ----------
    code : str
        What it is, the same in every version: "target-leak", "duplicate-rows".
    severity : {"info", "warning", "error"}
        An error makes the scores worthless; a warning is a question to answer before they are
        believed; an info is good to know.
    message : str
        What was found and by how much it moves the score, in sentences.
    cure : str
        What to do about it.
    columns : tuple of str
        Those it is about, the most suspect first.
    rows : tuple of int
        Positions among the rows of the data as it came, the first ones of `n_rows`.
    n_rows : int
        How many rows it is about; 0 where it is not about rows.
    evidence : mapping of str to float
        What was measured, by name: "score", "score_without", "moved".

    Examples
    --------
    >>> Finding("leaky-name", "info", "It is named after the target.", "Drop it.", ("churn_date",)).columns
    ('churn_date',)
    """

    code: str
    severity: Severity
    message: str
    cure: str
    columns: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    n_rows: int = 0
    evidence: Mapping[str, float] = field(default_factory=dict)

    def as_record(self) -> dict[str, Any]:
        """The finding as JSON has it.

        Returns
        -------
        record : dict
            Numbers that are not finite are None.
        """
        import math

        return {
            "code": self.code,
            "severity": self.severity,
            "columns": list(self.columns),
            "rows": list(self.rows),
            "n_rows": self.n_rows,
            "evidence": {
                name: value if math.isfinite(value) else None for name, value in self.evidence.items()
            },
            "message": self.message,
            "cure": self.cure,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Finding:
        """Read what `as_record` wrote.

        Parameters
        ----------
        record : mapping

        Returns
        -------
        finding : Finding
        """
        evidence = {
            name: float("nan") if value is None else value for name, value in record["evidence"].items()
        }
        plain = {**record, "columns": tuple(record["columns"]), "rows": tuple(record["rows"])}
        return cls(**{**plain, "evidence": evidence})


def rank_of(severity: Severity) -> int:
    """0 for an info, 2 for an error."""
    return SEVERITIES.index(severity)
