"""Leaks planted into clean tables: one generator per kind, each at several strengths.

A generator takes a clean table and returns one with a leak, with what an audit should say about it, and
with the score that the leak adds: of a gradient boosting of scikit-learn, which is not the audit's own model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Clean:
    """A table without a leak.

    ``task`` is "binary", "multiclass" or "regression"; ``roles`` holds "time" and "group" where there are.
    """

    frame: pd.DataFrame
    target: str
    task: str
    roles: dict[str, str] = field(default_factory=dict)

    @property
    def numbers(self) -> np.ndarray:
        """The target as numbers: ranks of a regression, else codes with the most frequent class last."""
        values = self.frame[self.target]
        if self.task == "regression":
            return values.rank().to_numpy() / len(values)
        order = values.value_counts().index[::-1]
        return order.get_indexer(pd.Index(values)).astype(float)

    @property
    def is_frequent(self) -> np.ndarray:
        """Rows of the most frequent class, or above the median."""
        numbers = self.numbers
        return numbers > 0.5 if self.task == "regression" else numbers == numbers.max()


@dataclass(frozen=True)
class Planted:
    """A table with a leak.

    ``codes`` are those of findings that would be right, ``columns`` those of which one must be named
    (empty: any), ``compare`` how the leak is measured: by leaving out ``columns`` ("columns"), or training
    rows that are twins ("twins", by ``units``), by keeping ``units`` together ("groups"), by going forward
    in them ("times"), by adding them as a feature ("added"), or not at all ("").
    """

    frame: pd.DataFrame
    codes: tuple[str, ...]
    columns: tuple[str, ...] = ()
    compare: str = "columns"
    units: np.ndarray | None = None
    test: pd.DataFrame | None = None


Generator = Callable[[Clean, float, np.random.Generator], Planted]


def target_copy(clean: Clean, strength: float, rng: np.random.Generator) -> Planted:
    """The target itself, in some rows or with noise, under another name."""
    values = clean.frame[clean.target]
    if clean.task == "regression":
        noise = rng.normal(size=len(values)) * values.std() * np.sqrt((1 - strength) / max(strength, 1e-9))
        column = pd.Series(values.to_numpy(float) + noise)
    else:
        codes = pd.factorize(values)[0]
        is_true = rng.random(len(codes)) < strength
        column = pd.Series(np.where(is_true, codes, rng.permutation(codes))).map(lambda code: f"state {code}")
    frame = clean.frame.assign(follow_up=column.to_numpy())
    return Planted(frame, ("target-leak", "dominant-column", "influential-columns"), ("follow_up",))


def target_pair(clean: Clean, strength: float, rng: np.random.Generator) -> Planted:
    """Two columns of noise whose difference is the target."""
    n_rows = len(clean.frame)
    if clean.task == "regression":
        values = clean.frame[clean.target].to_numpy(float)
        first = rng.normal(size=n_rows) * values.std() * 2
        noise = rng.normal(size=n_rows) * values.std() * np.sqrt((1 - strength) / max(strength, 1e-9))
        second = first + values + noise
    else:
        codes = pd.factorize(clean.frame[clean.target])[0]
        n_classes = codes.max() + 1
        first = rng.integers(n_classes, size=n_rows)
        told = np.where(rng.random(n_rows) < strength, codes, rng.permutation(codes))
        second = (first + told) % n_classes
    frame = clean.frame.assign(opening=first, balance=second)
    return Planted(
        frame,
        ("target-leak-pair", "dominant-column", "influential-columns", "target-leak"),
        ("opening", "balance"),
    )


def missing_values(clean: Clean, strength: float, rng: np.random.Generator) -> Planted:
    """A column of noise that is more often missing for one outcome."""
    n_rows = len(clean.frame)
    share = np.where(clean.is_frequent, 0.1 + 0.9 * strength, 0.1)
    column = pd.Series(rng.normal(size=n_rows)).mask(rng.random(n_rows) < share)
    codes = ("target-leak-missing", "target-leak", "dominant-column", "influential-columns")
    return Planted(clean.frame.assign(call_back=column.to_numpy()), codes, ("call_back",))


def duplicate_rows(clean: Clean, strength: float, rng: np.random.Generator) -> Planted:
    """A share of the rows a second time, anywhere in the table."""
    return _copies(clean, strength, rng, lambda frame: frame, "duplicate-rows")


def near_duplicate_rows(clean: Clean, strength: float, rng: np.random.Generator) -> Planted:
    """A share of the rows a second time, with small changes in the numbers and one other value."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame.copy()
        features = [name for name in frame if name != clean.target]
        for name in features:
            if frame[name].dtype.kind == "f":
                frame[name] += rng.normal(size=len(frame)) * clean.frame[name].std() * 1e-3
        name = features[rng.integers(len(features))]
        frame[name] = rng.permutation(clean.frame[name].to_numpy())[: len(frame)]
        return frame

    return _copies(clean, strength, rng, change, "near-duplicate-rows")


def _copies(
    clean: Clean,
    strength: float,
    rng: np.random.Generator,
    change: Callable[[pd.DataFrame], pd.DataFrame],
    code: str,
) -> Planted:
    n_rows = len(clean.frame)
    chosen = np.sort(rng.permutation(n_rows)[: int(strength * n_rows)])
    frame = pd.concat([clean.frame, change(clean.frame.iloc[chosen])], ignore_index=True)
    order = rng.permutation(len(frame))
    units = np.append(np.arange(n_rows), chosen)[order]
    return Planted(frame.iloc[order].reset_index(drop=True), (code,), compare="twins", units=units)


def conflicting_labels(clean: Clean, strength: float, rng: np.random.Generator) -> Planted:
    """A share of the rows a second time, with the label of another row."""
    n_rows = len(clean.frame)
    chosen = rng.permutation(n_rows)[: int(strength * n_rows)]
    copies = clean.frame.iloc[chosen].copy()
    labels = np.array(sorted(set(clean.frame[clean.target].astype(object)), key=str), dtype=object)
    codes = pd.Index(labels).get_indexer(pd.Index(copies[clean.target].astype(object)))
    copies[clean.target] = labels[(codes + 1) % len(labels)]
    frame = pd.concat([clean.frame, copies], ignore_index=True).infer_objects()
    return Planted(frame, ("conflicting-labels",), compare="")


def identifier(clean: Clean, strength: float, rng: np.random.Generator) -> Planted:
    """A number of each row that was given in the order of the outcome, more or less."""
    place = _noisy_order(clean, strength, rng)
    frame = clean.frame.assign(record_id=place + 1)
    return Planted(frame, ("identifier-carries-target",), ("record_id",), "added", place)


def row_order(clean: Clean, strength: float, rng: np.random.Generator) -> Planted:
    """Rows sorted by the outcome, more or less."""
    place = _noisy_order(clean, strength, rng)
    frame = clean.frame.iloc[np.argsort(place)].reset_index(drop=True)
    return Planted(frame, ("row-order-carries-target",), (), "added", np.arange(len(frame)))


def _noisy_order(clean: Clean, strength: float, rng: np.random.Generator) -> np.ndarray:
    numbers = pd.Series(clean.numbers).rank().to_numpy()
    numbers = (numbers - numbers.mean()) / numbers.std()
    return np.argsort(
        np.argsort(strength * numbers + np.sqrt(1 - strength**2) * rng.normal(size=len(numbers)))
    )


def entities(clean: Clean, strength: float, rng: np.random.Generator, n_each: int = 5) -> Planted:
    """Each row five times with changes, as of one customer; the target stays as far as the strength says."""
    n_rows = len(clean.frame)
    owners = np.sort(np.tile(np.arange(n_rows // n_each), n_each))
    base = rng.permutation(n_rows)[: n_rows // n_each]
    rows = base[owners]
    frame = clean.frame.iloc[rows].reset_index(drop=True)
    for name in frame:
        if name == clean.target:
            continue
        if frame[name].dtype.kind == "f":
            frame[name] += rng.normal(size=len(frame)) * clean.frame[name].std() * 0.3
        else:
            other = clean.frame[name].iloc[rng.integers(n_rows, size=len(frame))].to_numpy()
            frame[name] = np.where(rng.random(len(frame)) < 0.3, other, frame[name].to_numpy())
            frame[name] = frame[name].astype(clean.frame[name].dtype)
    anyone = clean.frame[clean.target].iloc[rng.integers(n_rows, size=len(frame))].to_numpy()
    frame[clean.target] = np.where(rng.random(len(frame)) < strength, frame[clean.target], anyone)
    frame[clean.target] = frame[clean.target].astype(clean.frame[clean.target].dtype)
    frame["customer_id"] = rng.permutation(90_000)[: n_rows // n_each][owners] + 10_000
    frame["birth_year"] = rng.integers(1940, 2005, n_rows // n_each)[owners]
    order = rng.permutation(len(frame))
    frame = frame.iloc[order].reset_index(drop=True)
    return Planted(frame, ("undeclared-groups",), ("customer_id",), "groups", owners[order])


def times(clean: Clean, strength: float, rng: np.random.Generator) -> Planted:
    """A date of each row, and an outcome that drifts: what is usual changes from month to month."""
    n_rows = len(clean.frame)
    when = np.sort(rng.integers(0, 720, n_rows))
    month = rng.permutation(24)[when // 30]
    frame = clean.frame.copy()
    if clean.task == "regression":
        values = frame[clean.target].to_numpy(float)
        frame[clean.target] = values + strength * values.std() * (month / 24 - 0.5) * 4
    else:
        labels = np.array(sorted(frame[clean.target].value_counts().index[:2], key=str), dtype=object)
        usual = labels[(month > 12).astype(int)]
        is_drawn = rng.random(n_rows) < 0.6 * strength
        frame[clean.target] = pd.Series(
            np.where(is_drawn, usual, frame[clean.target].astype(object))
        ).infer_objects()
    frame["signed_on"] = pd.Timestamp("2022-01-01") + pd.to_timedelta(when, unit="D")
    order = rng.permutation(n_rows)
    return Planted(
        frame.iloc[order].reset_index(drop=True), ("undeclared-time",), ("signed_on",), "times", when[order]
    )


def encoding(clean: Clean, strength: float, rng: np.random.Generator) -> Planted:
    """A random category, replaced by the mean of the target over all rows that have it."""
    n_rows = len(clean.frame)
    n_levels = max(5, int(strength * n_rows / 3))
    level = rng.integers(n_levels, size=n_rows)
    if clean.task == "regression":
        values = clean.frame[clean.target].to_numpy(float)
    else:
        values = clean.is_frequent.astype(float)
    means = pd.Series(values).groupby(level).transform("mean").to_numpy()
    return Planted(clean.frame.assign(region_score=means), ("encoded-on-all-rows",), ("region_score",))


def leaky_name(clean: Clean, strength: float, rng: np.random.Generator) -> Planted:
    """A noisy copy of the target that has its name."""
    planted = target_copy(clean, strength, rng)
    name = "cancellation_reason"
    frame = planted.frame.rename(columns={"follow_up": name})
    return Planted(frame, ("leaky-name", "target-leak"), (name,))


def test_shift(clean: Clean, strength: float, rng: np.random.Generator) -> Planted:
    """A test table in which rows with high numbers or frequent categories are drawn more often."""
    features = [name for name in clean.frame if name != clean.target]
    counts = clean.frame[features].nunique()
    name = str(counts[counts < len(clean.frame)].idxmax())
    values = clean.frame[name]
    place = (values if values.dtype.kind in "fiM" else pd.Series(pd.factorize(values)[0])).rank(pct=True)
    weights = np.exp(6 * strength * place.fillna(0.5).to_numpy())
    test = rng.choice(len(values), len(values) // 3, replace=False, p=weights / weights.sum())
    rest = np.setdiff1d(np.arange(len(values)), test)
    parts = [clean.frame.iloc[rows].reset_index(drop=True) for rows in (rest, test)]
    return Planted(parts[0], ("train-test-shift",), compare="", test=parts[1])


def known_test_rows(clean: Clean, strength: float, rng: np.random.Generator) -> Planted:
    """A test table of which a share of the rows is in the other one."""
    order = rng.permutation(len(clean.frame))
    n_test = len(order) // 4
    n_shared = max(1, int(strength * n_test))
    test = np.append(order[:n_test], order[n_test : n_test + n_shared])
    parts = [clean.frame.iloc[rows].reset_index(drop=True) for rows in (order[n_test:], test)]
    return Planted(parts[0], ("test-rows-in-training",), compare="", test=parts[1])


GENERATORS: dict[str, tuple[Generator, tuple[float, ...]]] = {
    "target copy": (target_copy, (1.0, 0.8, 0.5, 0.25)),
    "target pair": (target_pair, (1.0, 0.9, 0.7)),
    "missing values": (missing_values, (1.0, 0.6, 0.3)),
    "duplicate rows": (duplicate_rows, (1.0, 0.5, 0.2)),
    "near duplicate rows": (near_duplicate_rows, (1.0, 0.5, 0.2)),
    "conflicting labels": (conflicting_labels, (0.2, 0.02)),
    "identifier": (identifier, (1.0, 0.8, 0.5)),
    "row order": (row_order, (1.0, 0.8, 0.5)),
    "entities": (entities, (1.0, 0.8, 0.5)),
    "times": (times, (1.0, 0.6, 0.3)),
    "encoding": (encoding, (1.0, 0.3, 0.1)),
    "leaky name": (leaky_name, (1.0, 0.5, 0.25)),
    "test shift": (test_shift, (1.0, 0.5)),
    "known test rows": (known_test_rows, (0.5, 0.05)),
}


def fits(kind: str, clean: Clean) -> bool:
    """Whether a kind of leak can be planted into a table."""
    n_features = clean.frame.shape[1] - 1 - len(clean.roles)
    if kind == "conflicting labels":
        return clean.task != "regression"
    if kind == "near duplicate rows":
        return n_features >= 5
    if kind in ("entities", "times", "row order"):
        return not clean.roles and n_features >= 2
    return not (kind == "test shift" and n_features < 2)


def plant(kind: str, clean: Clean, strength: float, seed: int = 0) -> Planted:
    """Plant one kind of leak."""
    generator, _ = GENERATORS[kind]
    return generator(clean, strength, np.random.default_rng([seed, int(1000 * strength)]))


def measure_leak(clean: Clean, planted: Planted, folds: Callable[..., Iterator[Any]]) -> float:
    """By how much the leak lifts ROC AUC or R² of a model that is not the audit's; NaN where there is none.

    ``folds(frame, units=None, kind="")`` yields (train, test) as a user would draw them, or with "groups" or
    "times" as the units demand.
    """
    if not planted.compare:
        return float("nan")
    frame = planted.frame
    names = [name for name in frame if name not in (clean.target, *clean.roles.values())]
    given = list(folds(frame))
    if planted.compare == "columns":
        rest = [name for name in names if name not in planted.columns]
        return _score(clean, frame, names, given) - _score(clean, frame, rest, given)
    if planted.compare == "added":
        rest = [name for name in names if name not in planted.columns]
        added = frame[rest].assign(**{"the place": planted.units})
        return _score(clean, frame, None, given, added) - _score(clean, frame, rest, given)
    assert planted.units is not None
    if planted.compare == "twins":
        other = [(train[~np.isin(planted.units[train], planted.units[test])], test) for train, test in given]
    else:
        other = list(folds(frame, planted.units, planted.compare))
    return _score(clean, frame, names, given) - _score(clean, frame, names, other)


def _score(
    clean: Clean, frame: pd.DataFrame, names: Any, pairs: list[Any], features: pd.DataFrame | None = None
) -> float:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.metrics import roc_auc_score

    matrix = _as_numbers(frame[names] if features is None else features)
    if not matrix.shape[1]:
        return 0.0 if clean.task == "regression" else 0.5
    settings = {"max_iter": 50, "max_leaf_nodes": 15, "early_stopping": False, "random_state": 0}
    scores = []
    for train, test in pairs:
        if clean.task == "regression":
            target = frame[clean.target].to_numpy(float)
            model = HistGradientBoostingRegressor(**settings).fit(matrix[train], target[train])
            error = ((target[test] - model.predict(matrix[test])) ** 2).mean()
            scores.append(1 - error / target.var())
            continue
        # The four most frequent classes, and the rest: enough to see a leak.
        counts = clean.frame[clean.target].value_counts()
        codes = np.minimum(counts.index.get_indexer(pd.Index(frame[clean.target])), 4)
        model = HistGradientBoostingClassifier(**settings).fit(matrix[train], codes[train])
        proba = model.predict_proba(matrix[test])
        for_each = [
            (roc_auc_score(codes[test] == code, proba[:, at]), (codes[test] == code).sum())
            for at, code in enumerate(model.classes_)
            if 0 < (codes[test] == code).sum() < len(test)
        ]
        if for_each:
            scores.append(np.average([auc for auc, _ in for_each], weights=[n for _, n in for_each]))
    return float(np.mean(scores))


def _count_words(values: pd.Series) -> list[np.ndarray]:
    """Length of a text, and which of the frequent words it has."""
    from sklearn.feature_extraction.text import CountVectorizer

    texts = values.fillna("").astype(str)
    words = CountVectorizer(max_features=300, binary=True, token_pattern=r"\w+").fit_transform(texts)
    return [texts.str.len().to_numpy(float), *words.toarray().astype(float).T]


def _as_numbers(frame: pd.DataFrame) -> np.ndarray:
    columns = []
    for values in (frame[name] for name in frame):
        if values.dtype.kind == "M":
            columns.append((values - pd.Timestamp(0)) / pd.Timedelta(days=1))
        elif values.dtype.kind in "fiu":
            columns.append(values.astype(float))
        elif values.nunique() > 0.5 * len(values):
            columns += _count_words(values)
        else:
            columns.append(pd.Series(pd.factorize(values)[0]).astype(float).replace(-1, np.nan))
    if not columns:
        return np.empty((len(frame), 0))
    return np.column_stack([np.asarray(column, dtype=float) for column in columns])
