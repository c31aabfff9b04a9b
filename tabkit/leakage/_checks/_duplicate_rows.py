"""Equal rows in training and in test, and equal rows with different targets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tabkit._core._parameters import say_parameter
from tabkit._core._wording import agree
from tabkit.leakage._check import Check
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding, Severity
from tabkit.leakage._twins import digest_rows, expected_twins, find_across, find_rows_to_keep

if TYPE_CHECKING:
    import numpy as np

    from tabkit.leakage._fast_model import FoldScores

MAX_LISTED = 50
_WARNED_MOVED = 0.01
_ERROR_MOVED = 0.05
# So large a part of the training rows are twins of test rows where columns are few and coarse.
_COARSE_SHARE = 0.5
_BY_CHANCE = 0.3


def find_duplicates(examination: Examination) -> Iterator[Finding]:
    """Yield the rows that come more than once, with the same target and with another."""
    import numpy as np
    import pandas as pd

    table = examination.table
    features = pd.Series(digest_rows(table.frame))
    whole = pd.Series(digest_rows(pd.concat([table.frame, table.target.rename("target")], axis=1)))
    is_twin = whole.duplicated(keep=False).to_numpy()
    if is_twin.any():
        yield _equal_rows(examination, whole.to_numpy(), np.flatnonzero(is_twin))
    if examination.task.is_classification:
        clashing = features.duplicated(keep=False).to_numpy() & (
            features.map(features.value_counts()) > whole.map(whole.value_counts())
        )
        rows = np.flatnonzero(clashing)
        if len(rows):
            yield _conflicts(examination, features.to_numpy(), rows)


def _equal_rows(examination: Examination, labels: np.ndarray, rows: np.ndarray) -> Finding:
    across = find_across(labels, examination.pairs)
    measured = find_across(labels[examination.rows], examination.folds)
    n_chance = expected_twins(examination.sample.frame, examination.seed)
    n_measured = len(measured.rows)
    is_chance = n_chance > _BY_CHANCE * max(1, n_measured)
    evidence = {"rows": float(len(rows)), "rows_across_folds": float(len(across.rows))}
    moved = float("nan")
    severity: Severity = "info"
    effect = "None of them is in training and in test at once."
    if len(across.rows):
        are = agree(len(across.rows), "is", "are")
        effect = f"{len(across.rows):,} of them {are} tested by a model that has seen their twin."
        if len(measured.rows) and measured.removed_share <= _COARSE_SHARE:
            scores = examination.model.score(
                examination.encoded, examination.encoded.positions(examination.columns), measured.pairs
            )
            moved = examination.full.mean - scores.mean
            severity = "info" if is_chance else _judge(moved, examination.full, scores)
            effect += (
                f" {examination.encoded_target.label} is {examination.full.mean:.3f}, and "
                f"{scores.mean:.3f} once the "
                "training rows that are twins of test rows are left out."
            )
            evidence |= {"score": examination.full.mean, "score_without": scores.mean, "moved": moved}
    if is_chance:
        effect += " The columns are so coarse that equal rows arise by chance."
    return Finding(
        "duplicate-rows",
        severity,
        f"{len(rows):,} of {examination.table.n_rows:,} rows come more than once, target included. {effect}",
        f"{_advise(examination)}; if they are different cases that look alike, they are right as they are.",
        rows=tuple(examination.source_positions(rows[:MAX_LISTED]).tolist()),
        n_rows=len(rows),
        evidence=evidence,
    )


def _advise(examination: Examination) -> str:
    n_removed = examination.table.n_rows - len(find_rows_to_keep(examination.table))
    told = say_parameter("deduplicate", True)
    if n_removed:
        return f"If they are copies, keep one of each ({told} leaves {n_removed:,} out)"
    return (
        f"If they are copies, keep one of each in the file ({told} leaves none out: they differ in "
        "their weights, or in columns that are no features)"
    )


def _judge(moved: float, full: FoldScores, without: FoldScores) -> Severity:
    if not full.is_above(without, _WARNED_MOVED):
        return "info"
    return "error" if moved >= _ERROR_MOVED and moved >= 2 * full.error_of(without) else "warning"


def _conflicts(examination: Examination, labels: np.ndarray, rows: np.ndarray) -> Finding:
    import pandas as pd

    n_rows = examination.table.n_rows
    target = examination.table.target.astype(str)
    counts = pd.crosstab(pd.Series(labels[rows]), target.iloc[rows].to_numpy())
    n_wrong = len(rows) - int(counts.max(axis=1).sum())
    return Finding(
        "conflicting-labels",
        "warning" if n_wrong >= 0.05 * n_rows else "info",
        f"{len(rows):,} rows agree in every feature with a row of another class. No model can be right on "
        f"all: at least {n_wrong:,} of {n_rows:,} rows ({n_wrong / n_rows:.1%}) "
        f"{agree(n_wrong, 'is', 'are')} predicted wrong.",
        "Look whether the labels are right, or a column that tells the rows apart is missing.",
        rows=tuple(examination.source_positions(rows[:MAX_LISTED]).tolist()),
        n_rows=len(rows),
        evidence={"rows": float(len(rows)), "least_wrong": float(n_wrong), "share_wrong": n_wrong / n_rows},
    )


DUPLICATE_ROWS = Check(
    "rows that come more than once", ("duplicate-rows", "conflicting-labels"), find_duplicates
)
