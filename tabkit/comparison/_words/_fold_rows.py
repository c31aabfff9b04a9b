"""Which rows each fold uses, and which it leaves out."""

from __future__ import annotations

from collections.abc import Sequence

from tabkit._core._wording import say_count
from tabkit.comparison._results._left_out import FoldRows, count_fold_rows
from tabkit.data import Table
from tabkit.evaluation import Evaluation, Folds

_MAX_FOLDS = 10
# In percent: folds that keep groups together differ by some.
_SAME_SHARE = 10


def describe_fold_rows(table: Table, folds: Folds) -> list[str]:
    """Say for each fold how many rows it uses and leaves out, and why.

    Parameters
    ----------
    table : Table
    folds : Folds

    Returns
    -------
    lines : list of str
        One for each fold, the first ten of them; empty where every fold uses every row.
    """
    counts = count_fold_rows(table, folds)
    if not any(fold.n_left_out for fold in counts):
        return []
    lines = [
        f"fold {number}: {fold.n_train:,} train, {fold.n_test:,} test{_say_left_out(fold)}"
        for number, fold in enumerate(counts[:_MAX_FOLDS], start=1)
    ]
    n_more = len(counts) - _MAX_FOLDS
    return [*lines, f"and {say_count(n_more, 'more fold')}: all are in the report"] if n_more > 0 else lines


def find_shortened(evaluations: Sequence[Evaluation], folds: Folds) -> dict[str, int]:
    """Find the ranked candidates that were trained on fewer rows than the folds have, for want of time.

    Parameters
    ----------
    evaluations : sequence of Evaluation
    folds : Folds

    Returns
    -------
    shortened : dict of str to int
        The fewest training rows of a fold, by name.
    """
    fewest = {e.name: min(result.n_train for result in e.folds) for e in evaluations if e.is_finished}
    return {name: n_rows for name, n_rows in fewest.items() if n_rows < folds.fewest_train}


def list_shortened(evaluations: Sequence[Evaluation], folds: Folds) -> str:
    """Name those that `find_shortened` finds: "tree on 1,000, svm on 2,000"; empty where there are none."""
    return ", ".join(f"{name} on {n_rows:,}" for name, n_rows in find_shortened(evaluations, folds).items())


def say_training_share(table: Table, folds: Folds, evaluations: Sequence[Evaluation]) -> str:
    """Say which part of the rows the models of the folds are fitted on.

    Parameters
    ----------
    table : Table
    folds : Folds
    evaluations : sequence of Evaluation

    Returns
    -------
    share : str
        "90 % of the rows", or "17 to 83 % of the rows" where folds differ; with those that had fewer.
    """
    fewer = list_shortened(evaluations, folds)
    shares = [100 * len(train) / table.n_rows for train, _ in folds.pairs]
    low, high = min(shares), max(shares)
    share = f"{sum(shares) / len(shares):.0f}" if high - low < _SAME_SHARE else f"{low:.0f} to {high:.0f}"
    return f"{share} % of the rows" + (f" (but {fewer} rows)" if fewer else "")


def _say_left_out(fold: FoldRows) -> str:
    reasons: Sequence[tuple[int, str]] = (
        (fold.n_later, "later"),
        (fold.n_of_test_groups, "of groups that are tested"),
        (fold.n_other, fold.why_other),
    )
    said = ", ".join(f"{count:,} {why}" for count, why in reasons if count)
    return f"; left out: {said}" if said else ""
