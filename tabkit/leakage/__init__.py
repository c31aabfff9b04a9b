"""Checks for what makes a score too good to be true, measured with and without each suspect."""

from tabkit.leakage._audit import Audit, CheckRun, describe_audit
from tabkit.leakage._audit_data import audit
from tabkit.leakage._audit_table import NO_TIME, audit_table
from tabkit.leakage._code import CodeAudit, CodeFinding, audit_code
from tabkit.leakage._finding import Finding
from tabkit.leakage._twins import find_rows_to_keep

__all__ = [
    "NO_TIME",
    "Audit",
    "CheckRun",
    "CodeAudit",
    "CodeFinding",
    "Finding",
    "audit",
    "audit_code",
    "audit_table",
    "describe_audit",
    "find_rows_to_keep",
]
