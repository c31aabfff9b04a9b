"""Combinations of two numeric columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from tabkit.preprocessing._made._choices import check_choices
from tabkit.preprocessing._made._find import find_arithmetic
from tabkit.preprocessing._made._maker import FeatureMaker, Made
from tabkit.preprocessing._made._parameters import SCREENED
from tabkit.preprocessing._made._screen import Screen, ScreenRows

OPERATIONS = ("product", "quotient", "sum", "difference")


class ArithmeticFeatures(FeatureMaker):
    """Add products, quotients, sums and differences of two numeric columns that help trees.

    A tree cuts one column at a time, and needs many cuts for what hangs on a quotient. Candidates are
    judged inside the training rows by a screen: a small booster and a linear model of the columns as they
    are, cross-fitted on at most `screen_rows` rows, leave residuals; eighteen bins of a candidate must
    explain more of them, on rows that the bins' means are not from, than its two sources do and than any
    candidate explains of twenty shadows, the same residuals with random signs. The best is kept, what it
    explains is taken away, and the rest judged again. What is correlated above 0.95 with a column that there
    is is left out. Where columns only add up, nothing is made, or nearly nothing.

    Columns of numbers take part; all columns pass through as they are. A made column is missing where a
    source is, at a division by zero, and beyond the range of float32.

    Parameters
    ----------
    operations : sequence of str, default=("product", "quotient", "sum", "difference")
        Some of "product", "quotient", "sum" and "difference".
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
    n_pairs_ : int
        Pairs of columns that were tried.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Only when X is a frame whose labels are all text.

    See Also
    --------
    MadeFeatures : All kinds of made columns together.

    References
    ----------
    A. Płońska, P. Płoński, "MLJAR: State-of-the-art Automated Machine Learning Framework for Tabular Data"
    (2021), whose golden features are pairs judged by small trees.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from tabkit.preprocessing import ArithmeticFeatures
    >>> X = pd.DataFrame(np.random.default_rng(0).uniform(1, 9, (600, 2)), columns=["debt", "income"])
    >>> y = (X["debt"] / X["income"]).clip(upper=2)
    >>> features = ArithmeticFeatures(random_state=0).fit(X, y)
    >>> features.get_feature_names_out()[2:3]
    array(['debt / income'], dtype=object)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {"operations": ["array-like"], **SCREENED}

    def __init__(
        self,
        *,
        operations: Sequence[str] = ("product", "quotient", "sum", "difference"),
        max_features: int = 10,
        max_pairs: int = 300,
        min_gain: float = 0.005,
        screen_rows: int = 2500,
        exclude: Sequence[Any] = (),
        task_kind: str = "auto",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.operations = operations
        self.max_features = max_features
        self.max_pairs = max_pairs
        self.min_gain = min_gain
        self.screen_rows = screen_rows
        self.exclude = exclude
        self.task_kind = task_kind
        self.random_state = random_state

    def _make(self, rows: ScreenRows) -> list[Made]:
        check_choices("operations", self.operations, OPERATIONS)
        screen = Screen(rows, n_rows=self.screen_rows, max_pairs=self.max_pairs, min_gain=self.min_gain)
        self.n_pairs_ = len(screen.numeric) * (len(screen.numeric) - 1) // 2
        return find_arithmetic(screen, self.reader_, list(self.operations), self.max_features)
