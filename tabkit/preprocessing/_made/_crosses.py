"""Crosses of categorical columns."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from tabkit._core._constraints import FROM_ZERO
from tabkit._core._sklearn import make_interval
from tabkit.preprocessing._made._find import find_crosses
from tabkit.preprocessing._made._maker import FeatureMaker, Made
from tabkit.preprocessing._made._parameters import SCREENED
from tabkit.preprocessing._made._screen import Screen, ScreenRows


class CategoryCrosses(FeatureMaker):
    """Add the mean target of combinations of two or three categorical columns that help trees.

    The combinations are judged as those of `ArithmeticFeatures` are. Of a training row the mean target is
    that of other rows, in folds that tear no group apart where there are groups and are blocks in time where
    there are times, so that ``fit_transform`` is not ``fit`` and ``transform``; the row's own target is in
    none of it, but for which combinations are chosen. The mean is ``(sum + smoothing * overall) / (rows +
    smoothing)``. An unseen combination has the overall mean; missing is a category. A target of several
    classes becomes a column for each of at most three classes, those that the combination tells most of.

    Parameters
    ----------
    max_order : int, default=2
        Columns in a combination, at most: 2 or 3.
    max_features : int, default=10
        Columns that are made, at most.
    smoothing : float, default=10.0
        Rows of the overall mean that each combination is given.
    n_folds : int, default=5
        For the mean target of training rows.
    max_pairs : int, default=300
        Combinations that are tried, at most; of more columns the most useful ones are.
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
    MadeFeatures : All kinds of made columns together.
    sklearn.preprocessing.TargetEncoder : The mean target of single columns.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from tabkit.preprocessing import CategoryCrosses
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({name: rng.choice(list("abcdefgh"), 800) for name in ("city", "plan")})
    >>> y = rng.normal(size=(8, 8))[X["city"].map(ord) - 97, X["plan"].map(ord) - 97]
    >>> list(CategoryCrosses(random_state=0).fit(X, y).get_feature_names_out())
    ['city', 'plan', 'city x plan: mean target']
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "max_order": [make_interval(Integral, 2, 3, closed="both")],
        "smoothing": [FROM_ZERO],
        "n_folds": [make_interval(Integral, 2, None, closed="left")],
        **SCREENED,
    }

    def __init__(
        self,
        *,
        max_order: int = 2,
        max_features: int = 10,
        smoothing: float = 10.0,
        n_folds: int = 5,
        max_pairs: int = 300,
        min_gain: float = 0.005,
        screen_rows: int = 2500,
        exclude: Sequence[Any] = (),
        task_kind: str = "auto",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.max_order = max_order
        self.max_features = max_features
        self.smoothing = smoothing
        self.n_folds = n_folds
        self.max_pairs = max_pairs
        self.min_gain = min_gain
        self.screen_rows = screen_rows
        self.exclude = exclude
        self.task_kind = task_kind
        self.random_state = random_state

    def _make(self, rows: ScreenRows) -> list[Made]:
        screen = Screen(rows, n_rows=self.screen_rows, max_pairs=self.max_pairs, min_gain=self.min_gain)
        return find_crosses(
            screen,
            self.reader_,
            rows,
            max_order=self.max_order,
            smoothing=self.smoothing,
            n_folds=self.n_folds,
            max_features=self.max_features,
        )
