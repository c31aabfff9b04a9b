"""What calls do: read, split, fit, transform, predict."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from tabkit.leakage._code import _names as names_of
from tabkit.leakage._code._events import Context, Event
from tabkit.leakage._code._statistics import find_fill, find_target_mean
from tabkit.leakage._code._values import TEST, TRAIN, Estimator, Place, Rows, Several, Taint, Value, unite

_PASSED_ON = frozenset({"next", "list", "tuple", "iter", "tqdm", "sorted"})
_HOLDS_ROWS = frozenset(
    {
        "DataFrame",
        "Series",
        "DMatrix",
        "QuantileDMatrix",
        "Dataset",
        "Pool",
        "Index",
        "TensorDataset",
        "DataLoader",
    }
)
_FITS = frozenset({"fit", "fit_transform", "fit_resample", "fit_predict", "fit_sample"})


class CallFlow:
    """Follows calls.

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.names: dict[str, Value] = {}

    def evaluate(self, node: ast.expr | None) -> Value:
        """What is known of the value of an expression."""
        raise NotImplementedError

    def split(self, number: int, rows: Rows, line: int) -> None:
        """Note that rows are split."""
        self.context.splits[number] = self.context.splits.get(number, frozenset()) | rows.roots
        self.context.events.append(Event("split", line, rows))

    def attribute(self, value: Value) -> Value:
        """Something of a value: of an estimator what it has learned, which is no rows."""
        if isinstance(value, Estimator):
            taint = _taint_of(value)
            return None if taint is None else Rows(taints=frozenset({taint}))
        return value

    def call(self, node: ast.Call) -> Value:
        """Follow a call."""
        name = self._name(node.func)
        receiver = self.evaluate(node.func.value) if isinstance(node.func, ast.Attribute) else None
        args = [self.evaluate(part) for part in node.args]
        named = {word.arg or "": self.evaluate(word.value) for word in node.keywords}
        if name not in self.context.defined:
            for follow in (self._split_rows, self._cross_validate, self._make, self._resample):
                handled, value = follow(node, name, receiver, args, named)
                if handled:
                    return value
        if isinstance(node.func, ast.Attribute) and name in _FITS and not isinstance(receiver, Estimator):
            receiver = self._make_unknown(node.func.value)
        if isinstance(receiver, Estimator):
            return self._use(node, name, receiver, args, named)
        return self._compute(node, name, [receiver, *args, *named.values()])

    def _name(self, func: ast.expr) -> str:
        if isinstance(func, ast.Attribute):
            return func.attr
        return self.context.aliases.get(func.id, func.id) if isinstance(func, ast.Name) else ""

    def _split_rows(
        self, node: ast.Call, name: str, receiver: Value, args: Sequence[Value], named: Mapping[str, Value]
    ) -> tuple[bool, Value]:
        if name == names_of.SPLIT:
            rows = [value for part in args if (value := unite([part])) is not None]
            for part in rows:
                self.split(node.lineno, part, node.lineno)
            sides = [part.on_side(node.lineno, side) for part in rows for side in (TRAIN, TEST)]
            return True, Several(tuple(sides))
        if name == "split" and isinstance(receiver, Estimator) and receiver.name in names_of.SPLITTERS:
            all_rows = unite([*args, *named.values()])
            if all_rows is not None:
                self.split(node.lineno, all_rows, node.lineno)
                self.context.folds.add(node.lineno)
            return True, Several((Place(node.lineno, TRAIN), Place(node.lineno, TEST)))
        return False, None

    def _cross_validate(
        self, node: ast.Call, name: str, receiver: Value, args: Sequence[Value], named: Mapping[str, Value]
    ) -> tuple[bool, Value]:
        if name not in names_of.CROSS_VALIDATIONS:
            return False, None
        rows = unite([*args[1:3], named.get("X"), named.get("y")])
        if rows is not None:
            self.context.events.append(Event("cross-validation", node.lineno, rows))
        return True, None if rows is None else rows.plain

    def _make(
        self, node: ast.Call, name: str, receiver: Value, args: Sequence[Value], named: Mapping[str, Value]
    ) -> tuple[bool, Value]:
        """Build an estimator, or what stops one."""
        is_class = name[:1].isupper() and name not in _HOLDS_ROWS
        if not is_class and name not in names_of.PIPELINES | names_of.STOPPERS:
            return False, None
        inner = _find_estimators([*args, *named.values()])
        return True, Estimator(
            name,
            frozenset({name}).union(*(part.parts for part in inner)),
            name in names_of.ALWAYS_STOPPED | names_of.STOPPERS
            or _is_given(node, "early_stopping_rounds")
            or any(part.is_stopping for part in inner),
        )

    def _resample(
        self, node: ast.Call, name: str, receiver: Value, args: Sequence[Value], named: Mapping[str, Value]
    ) -> tuple[bool, Value]:
        """``sklearn.utils.resample``: rows drawn more than once."""
        is_drawn = name == "resample" and isinstance(node.func, ast.Name) and not _is_false(node, "replace")
        rows = unite(args)
        if not is_drawn or rows is None:
            return False, None
        taint = Taint("resampled", "resample", node.lineno, rows.plain)
        drawn = tuple(part.with_taint(taint) for part in args if isinstance(part, Rows))
        return True, drawn[0] if len(drawn) == 1 else Several(drawn)

    def _make_unknown(self, node: ast.expr) -> Estimator:
        estimator = Estimator("")
        if isinstance(node, ast.Name):
            estimator.name = node.id
            self.names[node.id] = estimator
        return estimator

    def _use(
        self,
        node: ast.Call,
        name: str,
        estimator: Estimator,
        args: Sequence[Value],
        named: Mapping[str, Value],
    ) -> Value:
        """A method of an estimator."""
        parts = [part for part in (*args, named.get("X"), named.get("y")) if unite([part]) is not None]
        rows = unite(parts)
        if name in _FITS:
            return self._fit(node, name, estimator, parts, named)
        if rows is None:
            return self.attribute(estimator)
        taint = _taint_of(estimator)
        past = {"estimator": estimator, "fitted_on": estimator.fitted_on, "fitted_line": estimator.line}
        if name == "transform" and taint is not None:
            self.context.events.append(Event("transform", node.lineno, rows, taint=taint, **past))  # type: ignore[arg-type]
            return rows.with_taint(taint)
        if name in names_of.PREDICTIONS:
            stopped_on = tuple(estimator.stopped_on)
            event = Event("predict", node.lineno, rows, stopped_on=stopped_on, **past)  # type: ignore[arg-type]
            self.context.events.append(event)
            return rows.plain
        return rows

    def _fit(
        self,
        node: ast.Call,
        name: str,
        estimator: Estimator,
        parts: Sequence[Value],
        named: Mapping[str, Value],
    ) -> Value:
        rows = unite(parts)
        if rows is None:
            return estimator
        line = node.lineno
        estimator.fitted_on, estimator.line = rows.plain, line
        estimator.stopped_on = [] if name == "fit" else estimator.stopped_on
        if estimator.name in names_of.SEARCHES:
            self.context.events.append(Event("cross-validation", line, rows))
        self.context.events.append(Event("fit", line, rows, estimator))
        judged = next((named[word] for word in names_of.JUDGED_ON if word in named), None)
        if judged is not None and (estimator.is_stopping or _is_stopped(node, named)):
            last = _last_pair(judged)
            if last is not None:
                estimator.stopped_on.append((line, last))
        if name == "fit":
            return estimator
        taint = _taint_of(estimator)
        made = [unite([part]) for part in parts]
        tainted = [part if taint is None else part.with_taint(taint) for part in made if part is not None]
        if name in ("fit_resample", "fit_sample"):
            return Several(tuple(tainted)) if len(tainted) > 1 else tainted[0]
        return tainted[0]

    def _compute(self, node: ast.Call, name: str, values: Sequence[Value]) -> Value:
        """Anything else: its rows are those that went in, or new ones."""
        if name in _PASSED_ON and len(values) >= 2:
            return values[1]
        if name == "enumerate" and len(values) >= 2:
            return Several((None, values[1]))
        rows = unite(values)
        if rows is None:
            return Rows(frozenset({f"{name} in line {node.lineno}"}))
        taint = find_fill(node, rows) or find_target_mean(node, rows, self.context.targets)
        rows = rows if taint is None else rows.with_taint(taint)
        is_in_place = isinstance(node.func, ast.Attribute) and _is_given(node, "inplace")
        if is_in_place and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            self.names[node.func.value.id] = rows
        return rows


def _taint_of(estimator: Estimator) -> Taint | None:
    """What a fitted estimator makes part of what it transforms."""
    if estimator.fitted_on is None:
        return None
    found = {work: part for part in sorted(estimator.parts) if (work := names_of.find_work(part))}
    for work in ("resampled", "selected", "encoded", "learned"):
        if work in found:
            return Taint(work, found[work], estimator.line, estimator.fitted_on)
    return None


def _find_estimators(values: Sequence[Value]) -> list[Estimator]:
    found: list[Estimator] = []
    for value in values:
        if isinstance(value, Several):
            found += _find_estimators(value.values)
        elif isinstance(value, Estimator):
            found.append(value)
    return found


def _last_pair(value: Value) -> Rows | None:
    """Rows of the last pair of ``[(X_train, y_train), (X_valid, y_valid)]``, by which a fit is stopped."""
    if isinstance(value, Several) and value.values and isinstance(value.values[-1], Several):
        return unite([value.values[-1]])
    return unite([value])


def _is_stopped(node: ast.Call, named: Mapping[str, Value]) -> bool:
    return _is_given(node, "early_stopping_rounds") or any(
        part.is_stopping for part in _find_estimators([named.get("callbacks")])
    )


def _is_given(node: ast.Call, word: str) -> bool:
    """Whether a keyword has a value that is neither None nor False."""
    return any(
        part.arg == word and not (isinstance(part.value, ast.Constant) and part.value.value in (None, False))
        for part in node.keywords
    )


def _is_false(node: ast.Call, word: str) -> bool:
    return any(
        part.arg == word and isinstance(part.value, ast.Constant) and part.value.value is False
        for part in node.keywords
    )
