"""The usual leaks in a script, found by reading it."""

from tabkit.leakage._code._audit_code import CodeAudit, CodeFinding, audit_code

__all__ = ["CodeAudit", "CodeFinding", "audit_code"]
