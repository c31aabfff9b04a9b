"""How often categories occur."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from tabkit.preprocessing._made._find import learn_share
from tabkit.preprocessing._made._maker import FeatureMaker, Made
from tabkit.preprocessing._made._parameters import EXCLUDE
from tabkit.preprocessing._made._screen import ScreenRows


class FrequencyEncoder(FeatureMaker):
    """Add, for each categorical column, how often the row's category occurs among the training rows.

    It is a share, of weights where there are any. An unseen category has 0; missing is a category. The target
    is not looked at, and no column is left out.

    Parameters
    ----------
    exclude : sequence of column, default=()
        Columns that nothing is made of. The columns of an array are named ``x0``, ``x1`` and so on.

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
    MadeFeatures : Frequencies, among others, where they help.

    Examples
    --------
    >>> import pandas as pd
    >>> from tabkit.preprocessing import FrequencyEncoder
    >>> encode = FrequencyEncoder().fit(pd.DataFrame({"city": ["Rome", "Oslo", "Rome", "Rome"]}))
    >>> encode.transform(pd.DataFrame({"city": ["Rome", "Paris"]}))
        city  city: frequency
    0   Rome             0.75
    1  Paris             0.00
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = EXCLUDE
    _needs_target: ClassVar[bool] = False

    def __init__(self, *, exclude: Sequence[Any] = ()) -> None:
        self.exclude = exclude

    def _make(self, rows: ScreenRows) -> list[Made]:
        reason = "its share of the training rows"
        return [
            Made(learn_share(self.reader_, rows, position), reason)
            for position in range(len(self.reader_.categorical))
        ]
