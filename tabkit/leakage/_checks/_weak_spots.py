"""What makes scores hard to read, though nothing leaks: rare classes, uneven folds, columns that repeat."""

from __future__ import annotations

from collections.abc import Iterator

from tabkit._core._parameters import say_parameter
from tabkit._core._wording import agree, say_value
from tabkit.leakage._check import Check
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding

_IMBALANCED = 0.1
_RARE = 30
_UNEVEN = 0.1
_CORRELATED = 0.98
_MIN_USELESS_COLUMNS = 3


def find_weak_spots(examination: Examination) -> Iterator[Finding]:
    """Yield rare classes, uneven folds, columns that say the same, and columns that say nothing."""
    yield from _classes(examination)
    yield from _uneven_folds(examination)
    yield from _correlated(examination)
    yield from _useless(examination)


def _classes(examination: Examination) -> Iterator[Finding]:
    if not examination.task.is_classification:
        return
    counts = examination.table.target.value_counts()
    share = float(counts.min() / counts.sum())
    if share < _IMBALANCED:
        yield Finding(
            "class-imbalance",
            "info",
            f"Class {say_value(counts.idxmin())} has {share:.1%} of the rows: accuracy says little.",
            f"Rank by average precision or a metric of costs ({say_parameter('metric', ...)}).",
            evidence={"share": share},
        )
    rare = counts[counts < _RARE]
    if len(rare):
        yield Finding(
            "rare-class",
            "info",
            f"{len(rare)} of {len(counts)} classes {agree(len(rare), 'has', 'have')} fewer than {_RARE} "
            f"rows, {say_value(rare.index[-1])} only {int(rare.iloc[-1])}: what is measured on them is "
            "mostly chance.",
            "Merge classes, or collect more rows of them.",
            evidence={"classes": float(len(rare)), "fewest": float(rare.min())},
        )


def _uneven_folds(examination: Examination) -> Iterator[Finding]:
    scores = [score for score in examination.full.by_fold if score == score]
    if len(scores) >= 3 and max(scores) - min(scores) >= _UNEVEN:
        yield Finding(
            "uneven-folds",
            "info",
            f"{examination.encoded_target.label} of the fast model goes from {min(scores):.3f} to "
            f"{max(scores):.3f} over the {len(scores)} folds.",
            f"Take the interval of a score seriously; more rows or {say_parameter('n_repeats')} make it "
            "narrower.",
            evidence={"lowest": min(scores), "highest": max(scores)},
        )


def _correlated(examination: Examination) -> Iterator[Finding]:
    import numpy as np

    numeric = [name for name in examination.columns if examination.kinds.get(name) == "numeric"]
    if len(numeric) < 2:
        return
    ranks = examination.sample.frame[numeric].astype(float).rank()
    correlation = np.abs(ranks.corr().to_numpy(copy=True))
    np.fill_diagonal(correlation, 0.0)
    first, second = np.nonzero(np.triu(np.nan_to_num(correlation) >= _CORRELATED))
    if len(first):
        names = tuple(dict.fromkeys(numeric[at] for at in np.column_stack([first, second]).ravel()))
        yield Finding(
            "correlated-columns",
            "info",
            f"{len(names)} columns have a twin with a rank correlation of {_CORRELATED} or more: "
            f"{numeric[first[0]]!r} and {numeric[second[0]]!r}. Importances are shared among them, and "
            "leaving one out changes little.",
            "Keep one of each where a model shall be explained.",
            names,
            evidence={"pairs": float(len(first)), "highest": float(correlation.max())},
        )


def _useless(examination: Examination) -> Iterator[Finding]:
    if len(examination.columns) <= _MIN_USELESS_COLUMNS:
        return
    falls = examination.shuffled
    chance = examination.encoded_target.chance
    useless = tuple(
        name
        for name in examination.columns
        if falls.get(name, 1.0) <= 0 and name in examination.alone and examination.alone[name].mean <= chance
    )
    if useless:
        yield Finding(
            "useless-columns",
            "info",
            f"{len(useless)} of {len(examination.columns)} columns "
            f"{agree(len(useless), 'tells', 'tell')} the fast model nothing, alone or beside the others.",
            "They do no harm to trees; without them, models are smaller.",
            useless,
            evidence={"columns": float(len(useless))},
        )


WEAK_SPOTS = Check(
    "what makes scores hard to read",
    (
        "class-imbalance",
        "rare-class",
        "uneven-folds",
        "correlated-columns",
        "useless-columns",
    ),
    find_weak_spots,
)
