"""A script followed line by line without being run: which rows go where, and what was fitted on them."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from tabkit.leakage._code._calls import CallFlow
from tabkit.leakage._code._values import TEST, TRAIN, Estimator, Place, Rows, Several, Value, unite

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BLOCKS = ("body", "orelse", "handlers", "finalbody")


class Flow(CallFlow):
    """Follows the statements of one scope.

    Parameters
    ----------
    context : Context
        What holds in all scopes.
    """

    def run(self, statements: Sequence[ast.stmt]) -> None:
        """Follow statements, those of branches one after the other; functions have a flow of their own."""
        for statement in statements:
            if isinstance(statement, _SCOPES):
                continue
            self._follow(statement)
            for block in _BLOCKS:
                for part in getattr(statement, block, []):
                    self.run(part.body if isinstance(part, ast.ExceptHandler) else [part])
            for case in getattr(statement, "cases", []):
                self.run(case.body)

    def _follow(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Assign):
            value = self.evaluate(statement.value)
            for target in statement.targets:
                self._bind(target, value)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            self._bind(statement.target, self.evaluate(statement.value))
        elif isinstance(statement, ast.AugAssign):
            self._bind(
                statement.target, unite([self.evaluate(statement.target), self.evaluate(statement.value)])
            )
        elif isinstance(statement, ast.For | ast.AsyncFor):
            self._bind(statement.target, self.evaluate(statement.iter))
        elif isinstance(statement, ast.With | ast.AsyncWith):
            for item in statement.items:
                value = self.evaluate(item.context_expr)
                if item.optional_vars is not None:
                    self._bind(item.optional_vars, value)
        elif isinstance(statement, ast.If | ast.While):
            self.evaluate(statement.test)
        elif isinstance(statement, ast.Expr | ast.Return) and statement.value is not None:
            self.evaluate(statement.value)

    def _bind(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            several = value.values if isinstance(value, Several) else ()
            fits = len(several) == len(target.elts)
            for at, part in enumerate(target.elts):
                self._bind(part, several[at] if fits else value if isinstance(value, Rows) else None)
        elif isinstance(target, ast.Starred):
            self._bind(target.value, None)
        else:
            self._put_into(target, value)

    def _put_into(self, target: ast.expr, value: Value) -> None:
        """``frame["column"] = value``: what was learned is part of the frame now."""
        while isinstance(target, ast.Subscript | ast.Attribute):
            target = target.value
        added = unite([value])
        if not isinstance(target, ast.Name) or added is None:
            return
        old = self.names.get(target.id)
        if isinstance(old, Rows):
            self.names[target.id] = Rows(old.roots, old.sides, old.taints | added.taints)

    def evaluate(self, node: ast.expr | None) -> Value:
        """What is known of the value of an expression."""
        if node is None or isinstance(node, ast.Constant | ast.Lambda):
            return None
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.Subscript):
            return self._take(node)
        if isinstance(node, ast.Attribute):
            return self.attribute(self.evaluate(node.value))
        if isinstance(node, ast.Tuple | ast.List):
            return Several(tuple(self.evaluate(part) for part in node.elts))
        if isinstance(node, ast.Starred | ast.Await):
            return self.evaluate(node.value)
        if isinstance(node, ast.NamedExpr):
            value = self.evaluate(node.value)
            self._bind(node.target, value)
            return value
        values = [self.evaluate(part) for part in _expressions(node)]
        estimator = next((value for value in values if isinstance(value, Estimator)), None)
        return estimator or unite(values)

    def _take(self, node: ast.Subscript) -> Value:
        """Some rows, or some columns."""
        base = self.evaluate(node.value)
        if isinstance(base, Several):
            at = node.slice.value if isinstance(node.slice, ast.Constant) else None
            is_there = isinstance(at, int) and -len(base.values) <= at < len(base.values)
            return base.values[at] if is_there and isinstance(at, int) else unite([base])
        if not isinstance(base, Rows):
            return None
        rows = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
        if isinstance(rows, ast.Slice):
            return self._cut(node, base, rows)
        place = self.evaluate(rows)
        if isinstance(place, Place):
            return base.on_side(place.split, place.side)
        by = unite([self.evaluate(node.slice)])
        return base if by is None else Rows(base.roots, base.sides, base.taints | by.taints)

    def _cut(self, node: ast.Subscript, base: Rows, part: ast.Slice) -> Rows:
        """``rows[:n]`` and ``rows[n:]``: a split, once both are there."""
        if part.step is not None or (part.lower is None) == (part.upper is None):
            return base
        bound = part.upper if part.lower is None else part.lower
        key = f"{ast.dump(node.value)} {ast.dump(bound)}" if bound is not None else ""
        number, sides = self.context.cuts.setdefault(key, (-1 - len(self.context.cuts), set()))
        side = TRAIN if part.lower is None else TEST
        sides.add(side)
        if len(sides) == 2:
            self.split(number, base, node.lineno)
        return base.on_side(number, side)


def _expressions(node: ast.expr) -> list[ast.expr]:
    parts: list[ast.expr] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            parts.append(child)
        elif isinstance(child, ast.comprehension):
            parts.append(child.iter)
    return parts
