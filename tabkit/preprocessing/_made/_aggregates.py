"""Numeric columns within the rows of a category."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from tabkit.preprocessing._made._choices import check_choices
from tabkit.preprocessing._made._find import find_aggregates
from tabkit.preprocessing._made._maker import FeatureMaker, Made
from tabkit.preprocessing._made._parameters import SCREENED
from tabkit.preprocessing._made._screen import Screen, ScreenRows

STATISTICS = ("mean", "std", "difference")


class GroupAggregates(FeatureMaker):
    """Add how numeric columns are within categories: mean, standard deviation, difference from the mean.

    They come from the training rows alone and are judged as the combinations of `ArithmeticFeatures` are. An
    unseen category, and one without a number, has the value of all training rows. Missing is a category.

    Parameters
    ----------
    statistics : sequence of {"mean", "std", "difference"}, default=("mean", "std", "difference")
        "difference" is the row's number less the mean of its category; "std" divides by the number of rows.
    max_features : int, default=10
        Columns that are made, at most.
    max_pairs : int, default=300
        Pairs of columns that are tried, at most; of more columns the most useful ones are.
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
        Draws the rows of the screen, its splits and its shadows; None draws a new seed for each fit.

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
    MadeFeatures : All kinds of made columns together.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from tabkit.preprocessing import GroupAggregates
    >>> rng = np.random.default_rng(0)
    >>> city = rng.integers(40, size=2000)
    >>> X = pd.DataFrame({"city": pd.Categorical(city), "income": 9.0 * city + rng.normal(size=2000)})
    >>> y = (X["income"] - 9.0 * city) > 0
    >>> list(GroupAggregates(random_state=0).fit(X, y).get_feature_names_out())
    ['city', 'income', 'income - mean by city']
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {"statistics": ["array-like"], **SCREENED}

    def __init__(
        self,
        *,
        statistics: Sequence[str] = ("mean", "std", "difference"),
        max_features: int = 10,
        max_pairs: int = 300,
        min_gain: float = 0.005,
        screen_rows: int = 2500,
        exclude: Sequence[Any] = (),
        task_kind: str = "auto",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.statistics = statistics
        self.max_features = max_features
        self.max_pairs = max_pairs
        self.min_gain = min_gain
        self.screen_rows = screen_rows
        self.exclude = exclude
        self.task_kind = task_kind
        self.random_state = random_state

    def _make(self, rows: ScreenRows) -> list[Made]:
        check_choices("statistics", self.statistics, STATISTICS)
        screen = Screen(rows, n_rows=self.screen_rows, max_pairs=self.max_pairs, min_gain=self.min_gain)
        return find_aggregates(screen, self.reader_, rows, list(self.statistics), self.max_features)
