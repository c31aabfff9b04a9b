"""Statistics that a script computes by hand from all rows: fillings, and means of the target."""

from __future__ import annotations

import ast
from collections.abc import Collection

from tabkit.leakage._code._values import Rows, Taint

_STATISTICS = frozenset({"mean", "median", "mode"})


def find_fill(node: ast.Call, rows: Rows) -> Taint | None:
    """``frame.fillna(frame.mean())``."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "fillna":
        return None
    given = [*node.args, *(word.value for word in node.keywords if word.arg == "value")]
    of_rows = any(
        isinstance(part, ast.Call)
        and isinstance(part.func, ast.Attribute)
        and part.func.attr in _STATISTICS
        and not any(word.arg == "axis" for word in part.keywords)
        and not _is_grouped(part.func.value)
        for value in given
        for part in ast.walk(value)
    )
    return Taint("learned", "fillna", node.lineno, rows.plain) if of_rows else None


def find_target_mean(node: ast.Call, rows: Rows, targets: Collection[str]) -> Taint | None:
    """``frame.groupby("shop")["target"].transform("mean")``, and ``.mean()``."""
    if not isinstance(node.func, ast.Attribute) or not isinstance(node.func.value, ast.Subscript):
        return None
    taken, how = node.func.value, node.func.attr
    if not _is_grouped(taken.value) or not isinstance(taken.slice, ast.Constant):
        return None
    told = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
    is_mean = how in _STATISTICS or (how in ("transform", "agg", "aggregate") and told in _STATISTICS)
    if not is_mean or taken.slice.value not in targets:
        return None
    return Taint("encoded", f"the mean of {taken.slice.value!r}", node.lineno, rows.plain)


def _is_grouped(node: ast.expr) -> bool:
    return any(
        isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "groupby"
        for part in ast.walk(node)
    )
