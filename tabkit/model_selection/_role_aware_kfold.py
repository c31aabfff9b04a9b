"""Inner folds that follow the roles that arrive with the data."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.model_selection import (
    BaseCrossValidator,
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
)

from tabkit._core._lengths import Length, read_length
from tabkit._core._pairs import Pairs
from tabkit._core._random import draw_seed
from tabkit._core._sklearn import check_parameters
from tabkit._core._times import Spans
from tabkit.model_selection._roles import (
    TooFewRowsError,
    check_n_splits,
    count_rows,
    encode_groups,
    number_blocks,
)


class RoleAwareKFold(BaseCrossValidator):
    """Folds for the cross-validation inside an estimator, following the roles that arrive.

    - ``times`` arrive: forward in time as `ForwardSplit`; with groups, training rows of the
      test block's groups are left out. With ``partition=True`` contiguous blocks in time, each
      tested once with the earlier and the later rows to train on.
    - ``groups`` arrive: no group is torn apart, stratified where ``y`` holds labels. With
      ``partition=True`` groups decide alone, whether or not times arrive.
    - neither: k folds, stratified where ``y`` holds labels.

    Times are numbers or dates, or intervals of them from when a row is known to when its label is:
    a row whose interval reaches into the test block is not trained on.

    Where groups, distinct times or rows of the rarest class are too few, there are fewer
    folds. Requests ``groups`` and ``times`` by default where metadata routing is enabled.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds at most; at least 2.
    shuffle : bool, default=True
        Whether rows or groups are shuffled first; folds in time never are.
    random_state : int, RandomState or None, default=None
        Seed of the shuffling; None draws a new one for each split.
    partition : bool, default=False
        Whether every row must be tested exactly once, as `TargetEncoder` and
        ``cross_val_predict`` ask for.
    stratify : bool or None, default=None
        Whether ``y`` holds labels; None takes text, booleans and whole numbers of an
        integer dtype as labels, and floats as values.
    gap : number, str or Timedelta, default=0
        Where ``times`` decide: training rows are older than the start of the test block by at
        least this much, and with ``partition=True`` younger than its end by as much on the other
        side. A number in the unit of numeric times, a ``Timedelta`` or text like ``"7D"`` for dates.

    Examples
    --------
    >>> import numpy as np
    >>> from tabkit.model_selection import RoleAwareKFold
    >>> folds = RoleAwareKFold(5, random_state=0)
    >>> folds.get_n_splits(np.zeros((6, 1)), groups=["a", "a", "b", "b", "c", "c"])
    3
    """

    __metadata_request__split: ClassVar[dict[str, bool]] = {"groups": True, "times": True}

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "shuffle": ["boolean"],
        "partition": ["boolean"],
        "stratify": ["boolean", None],
    }

    def __init__(
        self,
        n_splits: int = 5,
        *,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        partition: bool = False,
        stratify: bool | None = None,
        gap: Length = 0,
    ) -> None:
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state
        self.partition = partition
        self.stratify = stratify
        self.gap = gap

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None, times: Any = None) -> int:
        """Number of folds for these rows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features), default=None
            Without it, the number that was asked for is returned.
        y : array-like of shape (n_rows,), default=None
        groups : array-like of shape (n_rows,), default=None
        times : array-like of shape (n_rows,), default=None

        Returns
        -------
        n_splits : int
        """
        return self.n_splits if X is None else len(self._pairs(X, y, groups, times, self._seed_to_count()))

    def split(
        self, X: Any, y: Any = None, groups: Any = None, times: Any = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the positions of the training and the test rows of each fold.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
        y : array-like of shape (n_rows,), default=None
        groups : array-like of shape (n_rows,), default=None
        times : array-like of shape (n_rows,), default=None

        Yields
        ------
        train, test : ndarray
            Increasing row positions.

        Raises
        ------
        TooFewRowsError
            If not even two folds can be made; a subclass of `InputError`.
        """
        yield from self._pairs(X, y, groups, times, draw_seed(self.random_state))

    def _pairs(self, X: Any, y: Any, groups: Any, times: Any, seed: int) -> Pairs:
        check_n_splits(self.n_splits, least=2)
        check_parameters(self, self._parameter_constraints)
        n_rows = count_rows(X)
        labels = self._labels(y)
        codes = None if groups is None else encode_groups(groups, n_rows)
        if times is not None and not (self.partition and codes is not None):
            return self._pairs_in_time(Spans.of(times, n_rows), codes, labels)
        n_splits = min(self.n_splits, n_rows if codes is None else int(codes.max()) + 1)
        if n_splits < 2:
            what = "1 row" if codes is None else "1 group"
            raise TooFewRowsError(f"{what} cannot be divided into folds: at least 2 are needed")
        if labels is not None:
            counts = np.bincount(labels)
            n_splits = max(2, min(n_splits, int(counts[counts > 0].min())))
        splitter = self._splitter(n_splits, labels, codes, seed)
        placeholder = np.zeros(n_rows)
        return [
            (train, test)
            for train, test in splitter.split(placeholder, labels, codes)
            if len(test) and len(train)
        ]

    def _seed_to_count(self) -> int:
        """A seed that leaves a RandomState as it is: to count folds draws nothing from it."""
        return draw_seed(self.random_state) if isinstance(self.random_state, Integral) else 0

    def _labels(self, y: Any) -> np.ndarray | None:
        """Codes of the labels to stratify by, each on two rows or more; None for values."""
        is_label = np.asarray(y).dtype.kind in "OUSbiu" if self.stratify is None else self.stratify
        if y is None or not is_label:
            return None
        labels = encode_groups(y, len(y))
        counts = np.bincount(labels)
        # A class with one row cannot be spread over folds: it goes along with the largest.
        return np.where(counts[labels] == 1, counts.argmax(), labels)

    def _splitter(
        self, n_splits: int, labels: np.ndarray | None, codes: np.ndarray | None, seed: int
    ) -> BaseCrossValidator:
        if codes is None:
            kind = KFold if labels is None else StratifiedKFold
        else:
            kind = GroupKFold if labels is None else StratifiedGroupKFold
        return kind(n_splits, shuffle=self.shuffle, random_state=seed if self.shuffle else None)

    def _pairs_in_time(self, spans: Spans, codes: np.ndarray | None, labels: np.ndarray | None) -> Pairs:
        values = spans.starts
        n_blocks = min(self.n_splits + (not self.partition), len(np.unique(values)))
        if n_blocks < 2:
            raise TooFewRowsError("times: all rows have the same time, so no fold can be made")
        blocks, _ = number_blocks(values, n_blocks)
        gap = read_length("gap", self.gap, values)
        pairs = []
        for block in range(not self.partition, n_blocks):
            is_test = blocks == block
            is_train = ~is_test if self.partition else blocks < block
            if gap:
                tested = values[is_test]
                is_train &= (values <= tested.min() - gap) | (values >= tested.max() + gap)
            is_train &= spans.clear_of(is_test)
            if codes is not None:
                is_train &= ~np.isin(codes, codes[is_test])
            pairs.append((np.flatnonzero(is_train), np.flatnonzero(is_test)))
        if not self.partition:
            return _usable(pairs, labels)
        if not all(len(train) for train, _ in pairs):
            raise TooFewRowsError(
                "the gap, or intervals as times, leave a fold without a row to train on: take shorter ones"
            )
        return pairs


def _usable(pairs: Pairs, labels: np.ndarray | None) -> Pairs:
    """Forward folds with something to train on, preferring those that train on every class."""
    pairs = [(train, test) for train, test in pairs if len(train)]
    if labels is not None:
        n_classes = [len(np.unique(labels[train])) for train, _ in pairs]
        most = max(n_classes, default=0)
        pairs = [pair for pair, n in zip(pairs, n_classes, strict=True) if n == most]
    if not pairs:
        raise TooFewRowsError(
            "no fold forward in time keeps the gap and intervals, keeps groups apart and has rows left to "
            "train on"
        )
    return pairs
