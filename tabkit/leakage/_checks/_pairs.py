"""Two columns that give the target away together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from tabkit._core._parameters import say_parameter
from tabkit.leakage._check import Check, NotApplicableError
from tabkit.leakage._encoded import Encoded, values_encoded
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding

if TYPE_CHECKING:
    import numpy as np

_KINDS = ("numeric", "category")
_TOO_FEW = "fewer than two features that are numbers or categories"
_MAX_COLUMNS = 40
_MAX_ROWS = 2_000
_MAX_MEASURED = 4
_N_BINS = 8
_MAX_LEVELS = 40
# By so much more a pair explains of the target's variance than either column.
_LEAST_SYNERGY = 0.08
_WARNED_SYNERGY = 0.2
_MIN_WARNED_SKILL = 0.88
# What a model of all columns gains by the two in one.
_LEAST_LIFT = 0.015


def find_telling_pairs(examination: Examination) -> Iterator[Finding]:
    """Yield the pairs whose difference, sum, ratio, product or combination is the target."""
    columns = _usable_columns(examination)
    if len(columns) < 2:
        raise NotApplicableError(_TOO_FEW)
    for (first, second), how, derived in _promising(examination, columns):
        finding = _measure(examination, first, second, how, derived)
        if finding is not None:
            yield finding
            return  # one more that shares a column with it says nothing new


def _usable_columns(examination: Examination) -> list[str]:
    """Numbers and categories, the most important first where there are many."""
    perfect = set(examination.nearly_perfect)
    usable = [
        name for name in examination.columns if examination.kinds.get(name) in _KINDS and name not in perfect
    ]
    if len(usable) > _MAX_COLUMNS:
        usable.sort(key=lambda name: -examination.shuffled.get(name, 0.0))
    return usable[:_MAX_COLUMNS]


def _measure(
    examination: Examination, first: str, second: str, how: str, derived: np.ndarray
) -> Finding | None:
    import numpy as np

    label, chance = examination.encoded_target.label, examination.encoded_target.chance
    is_category = how == "combination"
    extra = values_encoded(how, derived)
    if is_category:
        extra = Encoded(extra.matrix, extra.owners, np.array([True]))
    alone = examination.model.score(extra, np.arange(1), examination.folds).mean
    best = max(examination.score([name]).mean for name in (first, second))
    rest = [name for name in examination.columns if name not in (first, second)]
    without = examination.score(rest).mean
    is_perfect = alone >= examination.nearly_perfect_score and best < alone - 0.02 and alone - without >= 0.02
    is_strong = (alone - best) / (1 - chance) >= _WARNED_SYNERGY
    is_strong &= (alone - chance) / (1 - chance) >= _MIN_WARNED_SKILL and alone - without >= 0.02
    lifted = examination.score_with(extra)
    is_lifting = lifted.is_above(examination.full, _LEAST_LIFT)
    if not (is_perfect or is_strong or is_lifting):
        return None
    return Finding(
        "target-leak-pair",
        "error" if is_perfect else "warning" if is_strong else "info",
        f"The {how} of columns {first!r} and {second!r} alone gives {label} {alone:.3f}, where neither gives "
        f"more than {best:.3f} and all the others together give {without:.3f}. "
        + (
            "The target can be computed from them."
            if is_perfect or is_strong
            else f"Beside all columns it lifts that from {examination.full.mean:.3f} to {lifted.mean:.3f}."
        ),
        f"Ask which of them is known at the moment a prediction is made, and leave the other "
        f"out: {say_parameter('drop', [first])} or {say_parameter('drop', [second])}",
        (first, second),
        evidence={
            "score_alone": alone,
            "score_best_column": best,
            "score": examination.full.mean,
            "score_without": without,
            "score_with": lifted.mean,
            "moved": max(alone, lifted.mean, examination.full.mean) - without,
        },
    )


def _promising(examination: Examination, columns: list[str]) -> list[tuple[tuple[str, str], str, np.ndarray]]:
    """Pairs by how much more of the target they explain than either column, the best first."""
    import numpy as np

    rng = np.random.default_rng(examination.seed)
    n_rows = len(examination.rows)
    chosen = np.sort(rng.permutation(n_rows)[:_MAX_ROWS])
    target = _standardize(_ranks(examination.encoded_target.numbers[chosen]))
    matrix = examination.encoded.matrix
    at = {name: int(examination.encoded.positions([name])[0]) for name in columns}
    is_number = {name: examination.kinds[name] == "numeric" for name in columns}
    bins = {name: _bin(matrix[chosen, at[name]], is_number[name]) for name in columns}
    single = {name: _explained_by_cells(bins[name], target) for name in columns}
    found: list[tuple[float, tuple[str, str], str]] = []
    for first, second in combinations(columns, 2):
        examination.clock.check()
        best = max(single[first], single[second])
        values = [matrix[chosen, at[name]] for name in (first, second)]
        candidates = {"combination": _explained_by_cells(_combine(bins[first], bins[second]), target)}
        if is_number[first] and is_number[second]:
            for how, compute in _ARITHMETIC.items():
                candidates[how] = _explained_by_line(compute(*values), target)
        how = max(candidates, key=lambda name: candidates[name])
        if candidates[how] - best >= _LEAST_SYNERGY:
            found.append((candidates[how] - best, (first, second), how))
    found.sort(key=lambda entry: -entry[0])
    derived = []
    for _, pair, how in found[:_MAX_MEASURED]:
        if how == "combination":
            codes = [_bin(matrix[:, at[name]], is_number[name]) for name in pair]
            derived.append((pair, how, _combine(*codes).astype(float)))
        else:
            derived.append((pair, how, _ARITHMETIC[how](*(matrix[:, at[name]] for name in pair))))
    return derived


def _difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return first - second


def _sum(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return first + second


def _product(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return first * second


def _ratio(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.divide(first, second, out=np.full(len(first), np.nan), where=second != 0)


_ARITHMETIC = {"difference": _difference, "sum": _sum, "product": _product, "ratio": _ratio}


def _ranks(values: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    return rankdata(values, axis=0)


def _standardize(values: np.ndarray) -> np.ndarray:
    centred = values - values.mean(axis=0)
    spread = centred.std(axis=0)
    spread[spread == 0] = 1.0
    return centred / spread


def _explained_by_line(values: np.ndarray, target: np.ndarray) -> float:
    """Largest squared rank correlation with a column of the target."""
    import numpy as np

    known = np.isfinite(values)
    if known.sum() < 10:
        return 0.0
    ranks = _standardize(_ranks(np.where(known, values, np.median(values[known]))).reshape(-1, 1))[:, 0]
    return float((((ranks @ target) / len(ranks)) ** 2).max())


def _explained_by_cells(cells: np.ndarray, target: np.ndarray) -> float:
    """Largest share of a target's variance between cells, less what chance makes."""
    import numpy as np

    counts = np.bincount(cells)
    there = counts > 0
    n_rows, n_cells = len(cells), int(there.sum())
    if n_rows - n_cells < 10:
        return 0.0
    best = 0.0
    for column in target.T:
        sums = np.bincount(cells, column)
        between = float((sums[there] ** 2 / counts[there]).sum()) / n_rows
        # Adjusted R²: cells explain some of pure noise too.
        best = max(best, 1 - (1 - between) * (n_rows - 1) / (n_rows - n_cells))
    return best


def _bin(values: np.ndarray, is_number: bool) -> np.ndarray:
    """Few levels: quantiles of numbers, the most frequent categories; missing is one."""
    import numpy as np

    known = ~np.isnan(values)
    codes = np.zeros(len(values), dtype=np.int64)
    levels, places, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    if len(levels) <= _N_BINS:
        codes[known] = places + 1
    elif is_number:
        edges = np.unique(np.quantile(values[known], np.linspace(0, 1, _N_BINS + 1)[1:-1]))
        codes[known] = np.searchsorted(edges, values[known], side="right") + 1
    else:
        place = np.full(len(levels), 1)
        kept = np.argsort(-counts, kind="stable")[:_MAX_LEVELS]
        place[kept] = np.arange(len(kept)) + 2
        codes[known] = place[places]
    return codes


def _combine(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return first * (second.max() + 1) + second


def _why_not(examination: Examination) -> str:
    n_usable = sum(examination.kinds.get(name) in _KINDS for name in examination.columns)
    return _TOO_FEW if n_usable < 2 else ""


PAIRS = Check(
    "two columns that give the target away together", ("target-leak-pair",), find_telling_pairs, _why_not
)
