"""What may make the scores too good to be true."""

from __future__ import annotations

from tabkit._core._wording import agree, say_count
from tabkit.comparison import Comparison
from tabkit.leakage import Audit, Finding
from tabkit.reporting._blocks import Block, Bullets, Cell, Paragraph, Section, TableBlock, TableColumn, Tone
from tabkit.reporting._format import ABSENT, format_count, format_number, shorten
from tabkit.reporting._leaderboard_table import number_cell

_MAX_FINDINGS = 100
_MAX_COLUMNS = 4
_TEXT_LENGTH = 500
_TONES: dict[str, Tone] = {"error": "bad", "warning": "tied", "info": "muted"}


def build(comparison: Comparison) -> Section | None:
    """List the findings with what they move the score by; None where there was no audit."""
    audit = comparison.audit
    if audit is None:
        return None
    blocks: list[Block] = [Paragraph(_introduce(audit))]
    if audit.findings:
        blocks.append(_list_findings(audit))
    skipped = tuple(f"{check.name}: {check.skipped}" for check in audit.checks if check.skipped)
    if skipped:
        blocks += [Paragraph("Not checked, or not to the end:"), Bullets(skipped)]
    return Section("Leaks", tuple(blocks), "leaks")


def _introduce(audit: Audit) -> str:
    rows = "all" if audit.n_measured == audit.n_rows else f"{audit.n_measured:,} of the"
    found = say_count(len(audit.findings), "finding") if audit.findings else "Nothing was found"
    n_done = len(audit.checks) - sum(bool(check.skipped) for check in audit.checks)
    of_all = f" of {len(audit.checks)}" if n_done < len(audit.checks) else ""
    score = format_number(audit.score, 4)
    return (
        f"{found} by {n_done}{of_all} {agree(len(audit.checks), 'check', 'checks')}. Each is measured by a "
        f"fast model on the folds of the leaderboard, with and without the suspect; with all columns it has "
        f"{audit.metric} {score} on {rows} {audit.n_rows:,} rows."
    )


def _list_findings(audit: Audit) -> TableBlock:
    shown = audit.findings[:_MAX_FINDINGS]
    n_more = len(audit.findings) - len(shown)
    caption = (
        "An error makes the scores worthless, a warning is a question to answer before they are believed."
    )
    if n_more:
        caption += f" {say_count(n_more, 'finding')} more: all are in audit.json."
    return TableBlock(
        (
            TableColumn("severity"),
            TableColumn("what"),
            TableColumn("columns"),
            TableColumn("rows", is_number=True),
            TableColumn(f"moves {audit.metric} by", is_number=True),
            TableColumn("in words"),
        ),
        tuple(_as_row(finding) for finding in shown),
        caption=caption,
    )


def _as_row(finding: Finding) -> tuple[Cell, ...]:
    columns = ", ".join(shorten(name, 40) for name in finding.columns[:_MAX_COLUMNS])
    if len(finding.columns) > _MAX_COLUMNS:
        columns += f" and {len(finding.columns) - _MAX_COLUMNS} more"
    moved = finding.evidence.get("moved")
    return (
        Cell(finding.severity, tone=_TONES[finding.severity]),
        Cell(finding.code),
        Cell(columns or ABSENT),
        number_cell(format_count(finding.n_rows) if finding.n_rows else ABSENT, finding.n_rows),
        number_cell(ABSENT if moved is None else format_number(moved, 4), moved),
        Cell(shorten(f"{finding.message} {finding.cure}", _TEXT_LENGTH)),
    )
