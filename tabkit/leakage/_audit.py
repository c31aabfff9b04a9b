"""What the checks found, what they measured it with, and which of them could not run."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tabkit.leakage._finding import SEVERITIES, Finding, Severity, rank_of

if TYPE_CHECKING:
    import pandas as pd

_WIDTH = 80
_MAX_SHOWN_INFOS = 8


@dataclass(frozen=True)
class CheckRun:
    """How one check went.

    Attributes
    ----------
    name : str
    seconds : float
    skipped : str
        Why it did not run, or not to its end; empty when it did.
    n_findings : int
    """

    name: str
    seconds: float
    skipped: str = ""
    n_findings: int = 0


@dataclass(frozen=True)
class Audit:
    """What the checks found.

    Attributes
    ----------
    findings : tuple of Finding
        The most severe first, then by how much they move the score.
    checks : tuple of CheckRun
        Every check, in the order they ran.
    score : float
        Of the fast model on the folds, with all columns: what suspects are measured against.
    metric : str
        Of that score, as shown: "ROC AUC" or "R²".
    folds : str
        The folds in words.
    n_rows, n_measured : int
        Rows of the table, and those that the fast model was measured on.
    seconds : float
        For all of it.
    """

    findings: tuple[Finding, ...]
    checks: tuple[CheckRun, ...]
    score: float
    metric: str
    folds: str
    n_rows: int
    n_measured: int
    seconds: float

    def count(self, severity: Severity) -> int:
        """Number of findings of one severity.

        Parameters
        ----------
        severity : {"info", "warning", "error"}

        Returns
        -------
        n_findings : int
        """
        return sum(finding.severity == severity for finding in self.findings)

    def at_least(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings that are at least so severe.

        Parameters
        ----------
        severity : {"info", "warning", "error"}

        Returns
        -------
        findings : tuple of Finding
        """
        return tuple(finding for finding in self.findings if rank_of(finding.severity) >= rank_of(severity))

    def frame(self) -> pd.DataFrame:
        """The findings as a table.

        Returns
        -------
        frame : DataFrame
            A row per finding: code, severity, columns, n_rows, moved, message, cure.
        """
        import pandas as pd

        names = ("code", "severity", "columns", "n_rows", "moved", "message", "cure")
        rows = [
            (
                finding.code,
                finding.severity,
                ", ".join(finding.columns),
                finding.n_rows,
                finding.evidence.get("moved", float("nan")),
                finding.message,
                finding.cure,
            )
            for finding in self.findings
        ]
        return pd.DataFrame(rows, columns=list(names))

    def as_record(self) -> dict[str, Any]:
        """The findings as the command ``tabkit audit`` prints them in JSON.

        Returns
        -------
        record : dict
            ``{"findings": [...], "checks": [...], ...}``
        """
        import math

        return {
            "findings": [finding.as_record() for finding in self.findings],
            "checks": [
                {
                    "name": check.name,
                    "seconds": round(check.seconds, 3),
                    "skipped": check.skipped,
                    "n_findings": check.n_findings,
                }
                for check in self.checks
            ],
            "score": self.score if math.isfinite(self.score) else None,
            "metric": self.metric,
            "folds": self.folds,
            "rows": self.n_rows,
            "rows_measured": self.n_measured,
            "seconds": round(self.seconds, 3),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Audit:
        """Read what `as_record` wrote.

        Parameters
        ----------
        record : mapping

        Returns
        -------
        audit : Audit
        """
        return cls(
            findings=tuple(Finding.from_record(finding) for finding in record["findings"]),
            checks=tuple(CheckRun(**check) for check in record["checks"]),
            score=float("nan") if record["score"] is None else record["score"],
            metric=record["metric"],
            folds=record["folds"],
            n_rows=record["rows"],
            n_measured=record["rows_measured"],
            seconds=record["seconds"],
        )

    def __str__(self) -> str:
        return describe_audit(self)

    __repr__ = __str__


def describe_audit(audit: Audit, *, width: int = _WIDTH) -> str:
    """Write an audit as text.

    Parameters
    ----------
    audit : Audit
    width : int, default=80
        Columns.

    Returns
    -------
    text : str
        Without a line end.
    """
    lines = [_headline(audit)]
    lines += textwrap.wrap(_basis(audit), width)
    infos = audit.at_least("info")[len(audit.at_least("warning")) :]
    for finding in (*audit.at_least("warning"), *infos[:_MAX_SHOWN_INFOS]):
        lines += ["", *_finding_lines(finding, width)]
    if len(infos) > _MAX_SHOWN_INFOS:
        lines += ["", f"and {len(infos) - _MAX_SHOWN_INFOS} more of severity info"]
    skipped = [check for check in audit.checks if check.skipped]
    if skipped:
        lines.append("")
        said = "; ".join(f"{check.name} ({check.skipped})" for check in skipped)
        lines += textwrap.wrap(f"Not checked: {said}", width, subsequent_indent="  ")
    return "\n".join(lines)


def _headline(audit: Audit) -> str:
    if not audit.findings:
        n_skipped = sum(bool(check.skipped) for check in audit.checks)
        return f"Nothing found by {len(audit.checks) - n_skipped} of {len(audit.checks)} checks."
    counts = [
        f"{n} {name}{'s' if n > 1 and name != 'info' else ''}"
        for name in reversed(SEVERITIES)
        if (n := audit.count(name))
    ]
    return ", ".join(counts)


def _basis(audit: Audit) -> str:
    measured = "all" if audit.n_measured == audit.n_rows else f"{audit.n_measured:,} of the"
    # No score where time was up before the model was fitted.
    reached = f"{audit.metric} {audit.score:.3f}" if audit.score == audit.score else "no score in time"
    return (
        f"A fast model reaches {reached} on {measured} {audit.n_rows:,} rows "
        f"({audit.folds}; {audit.seconds:.1f} s)."
    )


def _finding_lines(finding: Finding, width: int) -> list[str]:
    columns = f": {', '.join(finding.columns[:4])}" if finding.columns else ""
    more = f" and {len(finding.columns) - 4} more" if len(finding.columns) > 4 else ""
    head = f"{finding.severity.upper()} {finding.code}{columns}{more}"
    body = textwrap.wrap(
        finding.message, width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )
    cure = textwrap.wrap(
        finding.cure, width, initial_indent="  > ", subsequent_indent="    ", break_on_hyphens=False
    )
    return [*textwrap.wrap(head, width, subsequent_indent="  ", break_on_hyphens=False), *body, *cure]
