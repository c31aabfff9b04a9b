"""Rows that agree in nearly all columns, in training and in test."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from tabkit._core._parameters import say_parameter
from tabkit._core._wording import agree
from tabkit.leakage._check import Check
from tabkit.leakage._checks._duplicate_rows import MAX_LISTED
from tabkit.leakage._encoded import Encoded
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding
from tabkit.leakage._twins import digest_rows

if TYPE_CHECKING:
    import numpy as np

_MIN_COLUMNS = 5
_N_NEIGHBORS = 15
# Numbers agree when they differ by less than this part of their spread.
_TOLERANCE = 0.02
_BIN = 0.1
_LEAST_AGREEMENT = 0.85
# The columns that agree would do so by chance in fewer pairs of rows than this.
_MAX_CHANCE_PAIRS = 0.02
_INDEPENDENT = 0.7
_LEAST_SHARE = 0.01
_WARNED_MOVED = 0.012
_CATEGORY_DIMENSIONS = 3


def find_near_duplicates(examination: Examination) -> Iterator[Finding]:
    """Yield the test rows with a near twin in training, and the score once such twins are left out."""
    import numpy as np

    partners = _find_partners(examination)
    is_torn = np.zeros(len(examination.rows), dtype=bool)
    pairs, n_removed, n_train = [], 0, 0
    for train, test in examination.folds:
        is_train = np.zeros(len(is_torn), dtype=bool)
        is_train[train] = True
        is_test = np.zeros(len(is_torn), dtype=bool)
        is_test[test] = True
        # Either of two rows may have the other among its nearest.
        forth = partners[is_test[partners[:, 0]] & is_train[partners[:, 1]]]
        back = partners[is_test[partners[:, 1]] & is_train[partners[:, 0]]][:, ::-1]
        both = np.vstack([forth, back])
        is_torn[both[:, 0]] = True
        kept = np.setdiff1d(train, both[:, 1])
        pairs.append((kept, test))
        n_removed, n_train = n_removed + len(train) - len(kept), n_train + len(train)
    rows = np.flatnonzero(is_torn)
    share = len(rows) / max(1, len(is_torn))
    if share < _LEAST_SHARE or n_removed > 0.6 * n_train:
        return
    encoded = examination.encoded
    scores = examination.model.score(encoded, encoded.positions(examination.columns), pairs)
    moved = examination.full.mean - scores.mean
    label = examination.encoded_target.label
    yield Finding(
        "near-duplicate-rows",
        "warning" if examination.full.is_above(scores, _WARNED_MOVED) else "info",
        f"{len(rows):,} of {len(is_torn):,} rows ({share:.0%}) "
        f"{agree(len(rows), 'is', 'are')} tested by a model that has seen a row which agrees in "
        f"nearly all columns. {label} is {examination.full.mean:.3f}, and {scores.mean:.3f} "
        "once such training rows are left out.",
        "If they are copies, or measurements of one thing, keep them together: declare what they "
        f"belong to as {say_parameter('group', ...)}.",
        rows=tuple(examination.source_positions(examination.rows[rows[:MAX_LISTED]]).tolist()),
        n_rows=len(rows),
        evidence={
            "score": examination.full.mean,
            "score_without": scores.mean,
            "moved": moved,
            "share": share,
        },
    )


def _why_not(examination: Examination) -> str:
    return f"fewer than {_MIN_COLUMNS} features" if len(examination.columns) < _MIN_COLUMNS else ""


def _find_partners(examination: Examination) -> np.ndarray:
    """Pairs of rows that agree in nearly all columns, but not in all; shape (n_pairs, 2)."""
    import numpy as np
    from sklearn.neighbors import NearestNeighbors

    encoded = examination.encoded
    digests = digest_rows(examination.sample.frame)
    space = _as_space(encoded, examination.seed)
    examination.clock.check()
    n_neighbors = min(_N_NEIGHBORS, len(space) - 1)
    near = NearestNeighbors(n_neighbors=n_neighbors, algorithm="brute").fit(space)
    found = near.kneighbors(return_distance=False)
    pairs = np.column_stack([np.repeat(np.arange(len(space)), n_neighbors), found.ravel()])
    pairs = np.vstack([pairs, _alike_but_for_one(encoded, examination.columns, examination.seed)])
    pairs = pairs[digests[pairs[:, 0]] != digests[pairs[:, 1]]]
    return pairs[_are_near(examination, pairs)]


def _alike_but_for_one(encoded: Encoded, columns: Collection[str], seed: int) -> np.ndarray:
    """Pairs of rows that agree in all columns but one, up to the width of a bin; shape (n_pairs, 2).

    Where that one column is far off, the two are not among the nearest.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    n_rows, n_encoded = encoded.matrix.shape
    widths = np.where(encoded.is_category, 1.0, _BIN * np.nan_to_num(np.nanstd(encoded.matrix, axis=0)))
    widths[widths == 0] = 1.0
    cells = np.floor(encoded.matrix / widths + rng.random(n_encoded) * ~encoded.is_category)
    # A sum of random numbers, one for each cell of each column: take a column away by subtraction.
    shares = np.empty((n_encoded, n_rows), dtype=np.uint64)
    for position in range(n_encoded):
        codes = np.unique(cells[:, position], return_inverse=True)[1]
        shares[position] = rng.integers(2**63, size=codes.max() + 1, dtype=np.uint64)[codes]
    total = shares.sum(axis=0, dtype=np.uint64)
    pairs = []
    for name in columns:
        rest = total - shares[encoded.positions([name])].sum(axis=0, dtype=np.uint64)
        order = np.argsort(rest, kind="stable")
        same = rest[order[:-1]] == rest[order[1:]]
        pairs.append(np.column_stack([order[:-1][same], order[1:][same]]))
    return np.vstack(pairs)


def _are_near(examination: Examination, pairs: np.ndarray) -> np.ndarray:
    """Whether the rows of each pair agree in nearly all columns, and not by chance."""
    import numpy as np

    encoded = examination.encoded
    n_rows = len(encoded.matrix)
    rng = np.random.default_rng(examination.seed)
    strangers = rng.integers(n_rows, size=(5_000, 2))
    agreed = np.zeros(len(pairs))
    surprise = np.zeros(len(pairs))
    for name in examination.columns:
        positions = encoded.positions([name])
        agree = _agree(encoded, positions, pairs)
        usual = _agree(encoded, positions, strangers).mean()
        agreed += agree
        surprise += agree * -np.log(np.clip(usual, 1e-4, 1.0))
    n_columns = len(examination.columns)
    is_most = agreed >= min(_LEAST_AGREEMENT * n_columns, n_columns - 1)
    # Columns hang together, so that by chance rows agree more often than their product says.
    is_rare = 0.5 * n_rows * (n_rows - 1) * np.exp(-_INDEPENDENT * surprise) < _MAX_CHANCE_PAIRS * n_rows
    return is_most & is_rare


def _agree(encoded: Encoded, positions: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    import numpy as np

    agree = np.ones(len(pairs), dtype=bool)
    for position in positions:
        values = encoded.matrix[:, position]
        first, second = values[pairs[:, 0]], values[pairs[:, 1]]
        if encoded.is_category[position]:
            close = first == second
        else:
            close = np.abs(first - second) <= _TOLERANCE * (np.nanstd(values) or 1.0)
        agree &= close | (np.isnan(first) & np.isnan(second))
    return agree


def _as_space(encoded: Encoded, seed: int) -> np.ndarray:
    """Rows as points: numbers by their spread, categories at random places far from one another."""
    import numpy as np

    rng = np.random.default_rng(seed)
    blocks = []
    for position, is_category in enumerate(encoded.is_category):
        values = encoded.matrix[:, position]
        if is_category:
            codes = np.nan_to_num(values, nan=-1.0).astype(np.int64) + 1
            blocks.append(rng.normal(size=(codes.max() + 1, _CATEGORY_DIMENSIONS))[codes])
        else:
            known = values[~np.isnan(values)]
            middle, spread = (np.median(known), known.std()) if len(known) else (0.0, 1.0)
            points = (np.nan_to_num(values, nan=middle) - middle) / (spread or 1.0)
            blocks.append(np.clip(points, -5, 5).reshape(-1, 1))
    return np.hstack(blocks).astype(np.float32)


NEAR_DUPLICATES = Check(
    "rows that agree in nearly all columns", ("near-duplicate-rows",), find_near_duplicates, _why_not
)
