"""The fast model: a few trees of LightGBM, scored on the very folds of the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tabkit.leakage._encoded import Encoded
from tabkit.leakage._encoded_target import EncodedTarget

if TYPE_CHECKING:
    import numpy as np

    Pair = tuple[np.ndarray, np.ndarray]

_STANDARD_ERRORS = 1.5
_N_TREES = 50
# Each is one per class.
_N_TREES_OF_CLASSES = 30
# Of one column there is less to learn.
_N_ROUGH_TREES = 15
_ROUGH = {"learning_rate": 0.3, "num_leaves": 8}
_SETTINGS: dict[str, Any] = {
    "learning_rate": 0.1,
    "num_leaves": 15,
    "min_data_in_leaf": 10,
    "min_data_per_group": 20,
    "cat_smooth": 10.0,
    "max_bin": 63,
    "seed": 0,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


@dataclass(frozen=True)
class FittedFold:
    """The model of one fold.

    Attributes
    ----------
    predict : callable
        Of a matrix with the columns that it was fitted on.
    test : ndarray of int
        Rows to be scored.
    """

    predict: Callable[[np.ndarray], np.ndarray]
    test: np.ndarray


@dataclass(frozen=True)
class FoldScores:
    """Scores on the folds.

    Attributes
    ----------
    by_fold : tuple of float
        NaN where a fold has one class only.
    """

    by_fold: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean over the folds that have a score."""
        known = [score for score in self.by_fold if score == score]
        return sum(known) / len(known) if known else float("nan")

    def is_above(self, other: FoldScores, least: float) -> bool:
        """Whether these scores are higher by at least so much, and not by the chance of the folds.

        That is by 1.5 standard errors, or in every fold where there are four or more.
        """
        moved = self.mean - other.mean
        if not moved >= least:
            return False
        pairs = zip(self.by_fold, other.by_fold, strict=True)
        falls = [one > two for one, two in pairs if one == one and two == two]
        return moved >= _STANDARD_ERRORS * self.error_of(other) or (len(falls) >= 4 and all(falls))

    def error_of(self, other: FoldScores) -> float:
        """Standard error of the difference to the scores on the same folds, as if folds were independent."""
        import numpy as np

        differences = np.array(self.by_fold) - np.array(other.by_fold)
        differences = differences[~np.isnan(differences)]
        if len(differences) < 2:
            return 0.0
        return float(differences.std(ddof=1) / np.sqrt(len(differences)))

    def error_beside(self, other: FoldScores) -> float:
        """Standard error of the difference to the scores on other folds, as if all were independent."""
        import numpy as np

        parts: list[np.ndarray] = [np.array(scores.by_fold) for scores in (self, other)]
        known = [part[~np.isnan(part)] for part in parts]
        return float(np.sqrt(sum(part.var(ddof=1) / len(part) for part in known if len(part) > 1)))


class FastModel:
    """Fits and scores the fast model.

    Parameters
    ----------
    encoded_target : EncodedTarget
    weights : ndarray of shape (n_rows,) or None
    n_threads : int
    before_fit : callable
        Called before every fit; raises when time is up.
    """

    def __init__(
        self,
        encoded_target: EncodedTarget,
        weights: np.ndarray | None,
        n_threads: int,
        before_fit: Callable[[], None],
    ) -> None:
        self.encoded_target = encoded_target
        self._weights = weights
        self._n_threads = n_threads
        self._before_fit = before_fit

    def score(
        self, encoded: Encoded, positions: np.ndarray, pairs: Sequence[Pair], *, is_rough: bool = False
    ) -> FoldScores:
        """Score the model of some columns on folds.

        Parameters
        ----------
        encoded : Encoded
        positions : ndarray of int of shape (n_positions,)
        pairs : sequence of (train, test)
        is_rough : bool, default=False
            Whether fewer trees with larger steps will do.

        Returns
        -------
        scores : FoldScores
            Those of chance where there is no column.
        """
        if not len(positions):
            return FoldScores((self.encoded_target.chance,) * len(pairs))
        matrix = encoded.matrix[:, positions]
        fits = self.fit(matrix, encoded.is_category[positions], pairs, is_rough=is_rough)
        return FoldScores(
            tuple(self.encoded_target.score(fit.test, fit.predict(matrix[fit.test])) for fit in fits)
        )

    def fit(
        self, matrix: np.ndarray, is_category: np.ndarray, pairs: Sequence[Pair], *, is_rough: bool = False
    ) -> list[FittedFold]:
        """Fit the model of each fold.

        Parameters
        ----------
        matrix : ndarray of shape (n_rows, n_positions)
        is_category : ndarray of bool of shape (n_positions,)
        pairs : sequence of (train, test)
        is_rough : bool, default=False

        Returns
        -------
        fits : list of FittedFold
        """
        return [FittedFold(self._fit(matrix, is_category, train, is_rough), test) for train, test in pairs]

    def _fit(
        self, matrix: np.ndarray, is_category: np.ndarray, train: np.ndarray, is_rough: bool
    ) -> Callable[[np.ndarray], np.ndarray]:
        import lightgbm
        import numpy as np

        self._before_fit()
        if len(np.unique(self.encoded_target.values[train])) < 2:
            return self._constant(train)
        data = lightgbm.Dataset(
            matrix[train],
            self.encoded_target.values[train],
            weight=None if self._weights is None else self._weights[train],
            categorical_feature=np.flatnonzero(is_category).tolist(),
            params={"max_bin": _SETTINGS["max_bin"]},
        )
        settings = self._settings() | (_ROUGH if is_rough else {})
        n_trees = _N_TREES_OF_CLASSES if self.encoded_target.n_classes > 2 else _N_TREES
        booster = lightgbm.train(settings, data, num_boost_round=_N_ROUGH_TREES if is_rough else n_trees)
        n_threads = self._n_threads
        return lambda rows: np.asarray(booster.predict(rows, num_threads=n_threads))

    def _settings(self) -> dict[str, Any]:
        if not self.encoded_target.n_classes:
            objective: dict[str, Any] = {"objective": "regression"}
        elif self.encoded_target.n_classes == 2:
            objective = {"objective": "binary"}
        else:
            objective = {"objective": "multiclass", "num_class": self.encoded_target.n_classes}
        return {**_SETTINGS, **objective, "num_threads": self._n_threads}

    def _constant(self, train: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        import numpy as np

        value = float(self.encoded_target.values[train][0]) if len(train) else 0.0
        shape = (self.encoded_target.n_classes,) if self.encoded_target.n_classes > 2 else ()
        return lambda rows: np.full((len(rows), *shape), value)


def measure_shuffled(
    encoded_target: EncodedTarget,
    encoded: Encoded,
    fits: Sequence[FittedFold],
    seed: int,
    *,
    before_each: Callable[[], None] = lambda: None,
) -> dict[str, float]:
    """By how much the score falls once a column is shuffled among the test rows.

    Parameters
    ----------
    encoded_target : EncodedTarget
    encoded : Encoded
    fits : sequence of FittedFold
        Of all columns.
    seed : int
    before_each : callable, default=lambda: None
        Called before every column; raises when time is up.

    Returns
    -------
    falls : dict of str to float
        For each column of the table.

    References
    ----------
    Breiman, L.: Random Forests. Machine Learning 45 (2001).
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    falls: dict[str, list[float]] = {owner: [] for owner in dict.fromkeys(encoded.owners)}
    for fold in fits:
        rows = encoded.matrix[fold.test]
        whole = encoded_target.score(fold.test, fold.predict(rows))
        for owner, found in falls.items():
            before_each()
            positions = encoded.positions([owner])
            kept = rows[:, positions]
            rows[:, positions] = kept[rng.permutation(len(rows))]
            found.append(whole - encoded_target.score(fold.test, fold.predict(rows)))
            rows[:, positions] = kept
    return {owner: float(np.nanmean(found)) if found else 0.0 for owner, found in falls.items()}
