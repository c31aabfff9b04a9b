"""The score on other folds beside that on the given ones, of the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tabkit.leakage._encoded import encode_columns
from tabkit.leakage._encoded_target import encode_target
from tabkit.leakage._examination import Examination, restrict_pairs
from tabkit.leakage._fast_model import FastModel

if TYPE_CHECKING:
    import numpy as np

    Pair = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Rescored:
    """Scores on given and on other folds.

    Attributes
    ----------
    given, other : float
    error : float
        Standard error of their difference, as if folds were independent.
    """

    given: float
    other: float
    error: float


def rescore(
    examination: Examination, rows: np.ndarray, pairs: Sequence[Pair], *, same_sizes: bool = False
) -> Rescored | None:
    """Score the fast model on other folds and on the given ones.

    Columns that know the target by themselves stay out, since beside them no folds make a difference.

    Parameters
    ----------
    examination : Examination
    rows : ndarray of int
        Positions in the table.
    pairs : sequence of (train, test)
        The other folds: positions among ``rows``.
    same_sizes : bool, default=False
        Whether the training rows of the given folds are thinned to as many as those of the others.

    Returns
    -------
    rescored : Rescored or None
        None where no fold can be scored.
    """
    import numpy as np

    table = examination.table.take(rows)
    encoded = encode_columns(table.frame, examination.kinds)
    weights = None if table.weights is None else table.weights.to_numpy()
    encoded_target = encode_target(examination.task, table.target)
    model = FastModel(encoded_target, weights, examination.n_threads, examination.clock.check)
    given = restrict_pairs(examination.pairs[: len(pairs)], rows, examination.table.n_rows)
    if same_sizes and given:
        rng = np.random.default_rng(examination.seed)
        given = tuple(
            (np.sort(rng.permutation(given[at % len(given)][0])[: len(train)]), given[at % len(given)][1])
            for at, (train, _) in enumerate(pairs)
        )
    perfect = set(examination.nearly_perfect)
    chosen = encoded.positions([name for name in examination.columns if name not in perfect])
    if not len(chosen):
        chosen = np.arange(len(encoded.owners))
    there = model.score(encoded, chosen, given)
    elsewhere = model.score(encoded, chosen, pairs)
    if np.isnan(there.mean) or np.isnan(elsewhere.mean):
        return None
    return Rescored(there.mean, elsewhere.mean, there.error_beside(elsewhere))
