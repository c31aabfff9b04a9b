"""All kinds of made columns, those that help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from tabkit.preprocessing._made._aggregates import STATISTICS
from tabkit.preprocessing._made._arithmetic import OPERATIONS
from tabkit.preprocessing._made._find import (
    find_aggregates,
    find_arithmetic,
    find_crosses,
    find_shares,
)
from tabkit.preprocessing._made._maker import FeatureMaker, Made
from tabkit.preprocessing._made._parameters import SCREENED
from tabkit.preprocessing._made._screen import Screen, ScreenRows

_SMOOTHING = 10.0
_N_FOLDS = 5


class MadeFeatures(FeatureMaker):
    """Add made columns of all kinds where a screen finds that they help; where none does, change nothing.

    Combinations of numbers, crosses of categories, numbers within categories and frequencies are judged one
    kind after the other on the same residuals: what one explains is not explained again by the next. See
    `ArithmeticFeatures` for the screen and `CategoryCrosses` for means of the target.

    Parameters
    ----------
    arithmetic : bool, default=True
        Whether `ArithmeticFeatures` are tried.
    crosses : bool, default=True
        Whether `CategoryCrosses` of two columns are.
    aggregates : bool, default=True
        Whether `GroupAggregates` are.
    frequencies : bool, default=True
        Whether the frequencies of `FrequencyEncoder` are.
    max_features : int, default=20
        Columns that are made, at most.
    max_pairs : int, default=300
        Pairs of columns of one kind that are tried, at most; of more columns the most useful ones are.
    min_gain : float, default=0.005
        Least share of what is unexplained otherwise that a made column must explain, in [0, 1).
    screen_rows : int, default=2500
        Training rows that the screen looks at, at most; with fewer than 100 nothing is made.
    exclude : sequence of column, default=()
        Columns that nothing is made of, such as those that a model is monotone in. The columns of an
        array are named ``x0``, ``x1`` and so on.
    task_kind : {"auto", "binary", "multiclass", "regression"}, default="auto"
        Of the target; see `tabkit.preprocessing.TablePreprocessor`.
    random_state : int, RandomState or None, default=None
        Draws the rows of the screen, its splits and shadows, and the folds of the means; None draws a new
        seed for each fit.

    Attributes
    ----------
    feature_sources_ : tuple of tuple of hashable
        For each column that comes out, the labels of the columns of X that it was made from: itself alone for
        one that was there, two or more for most that were made. Where explanations are summed back to
        columns, that of a made one belongs to its sources in equal parts.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Only when X is a frame whose labels are all text.

    See Also
    --------
    ArithmeticFeatures, CategoryCrosses, GroupAggregates, FrequencyEncoder : Each of them alone.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from tabkit.preprocessing import MadeFeatures
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame(rng.uniform(1, 9, (600, 3)), columns=["debt", "income", "age"])
    >>> features = MadeFeatures(random_state=0).fit(X, X["age"] + rng.normal(size=600))
    >>> list(features.get_feature_names_out())
    ['debt', 'income', 'age']
    >>> features.describe()
    ['No column was made: none explains what the others do not.']
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "arithmetic": ["boolean"],
        "crosses": ["boolean"],
        "aggregates": ["boolean"],
        "frequencies": ["boolean"],
        **SCREENED,
    }

    def __init__(
        self,
        *,
        arithmetic: bool = True,
        crosses: bool = True,
        aggregates: bool = True,
        frequencies: bool = True,
        max_features: int = 20,
        max_pairs: int = 300,
        min_gain: float = 0.005,
        screen_rows: int = 2500,
        exclude: Sequence[Any] = (),
        task_kind: str = "auto",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.arithmetic = arithmetic
        self.crosses = crosses
        self.aggregates = aggregates
        self.frequencies = frequencies
        self.max_features = max_features
        self.max_pairs = max_pairs
        self.min_gain = min_gain
        self.screen_rows = screen_rows
        self.exclude = exclude
        self.task_kind = task_kind
        self.random_state = random_state

    def _make(self, rows: ScreenRows) -> list[Made]:
        screen = Screen(rows, n_rows=self.screen_rows, max_pairs=self.max_pairs, min_gain=self.min_gain)
        made: list[Made] = []
        if self.arithmetic:
            made += find_arithmetic(screen, self.reader_, OPERATIONS, self.max_features)
        if self.crosses:
            made += find_crosses(
                screen,
                self.reader_,
                rows,
                max_order=2,
                smoothing=_SMOOTHING,
                n_folds=_N_FOLDS,
                max_features=self.max_features - len(made),
            )
        if self.aggregates:
            left = self.max_features - len(made)
            made += find_aggregates(screen, self.reader_, rows, STATISTICS, left)
        if self.frequencies:
            made += find_shares(screen, self.reader_, rows, self.max_features - len(made))
        return made
