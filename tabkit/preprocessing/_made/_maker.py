"""What all transformers that make features have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags, check_consistent_length
from sklearn.utils.validation import check_is_fitted

from tabkit._core import InputError
from tabkit._core._random import draw_seed
from tabkit._core._series import as_series
from tabkit._core._sklearn import check_parameters
from tabkit._core._weights import check_weight, find_counting
from tabkit.preprocessing._blocks import make_unique
from tabkit.preprocessing._features import check_features, take_tables
from tabkit.preprocessing._made._columns import ColumnReader, as_labelled
from tabkit.preprocessing._made._formulas import Formula
from tabkit.preprocessing._made._screen import ScreenRows
from tabkit.preprocessing._targets import read_targets


@dataclass(frozen=True)
class Made:
    """A made column.

    Attributes
    ----------
    formula : Formula
    reason : str
        Why it was made, a part of a sentence.
    training_values : ndarray of shape (n_rows,) or None
        Of the training rows, where they come out otherwise than other rows.
    """

    formula: Formula
    reason: str
    training_values: np.ndarray | None = None


class FeatureMaker(TransformerMixin, BaseEstimator, ABC):
    """A template: the columns that come in, and after them those that `_make` finds on the training rows."""

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True, "times": True}
    _parameter_constraints: ClassVar[dict[str, Any]] = {}
    _needs_target: ClassVar[bool] = True

    exclude: Any
    task_kind: str = "auto"
    random_state: Any = None

    @abstractmethod
    def _make(self, rows: ScreenRows) -> list[Made]:
        """Find what to make, on training rows."""

    def fit(
        self, X: Any, y: Any = None, *, groups: Any = None, times: Any = None, sample_weight: Any = None
    ) -> FeatureMaker:
        """Find what to make on the training rows.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,), default=None
            The target.
        groups : array-like of shape (n_rows,), default=None
            No group is on both sides of a split inside.
        times : array-like of shape (n_rows,), default=None
            Splits inside are blocks in time; not used when there are groups.
        sample_weight : array-like of shape (n_rows,), default=None
            Rows of weight 0 are as if they were not there.

        Returns
        -------
        self : FeatureMaker

        Raises
        ------
        InputError
            If a parameter is not one of those allowed, there is no target but it is needed, a number is
            infinite, or X has no rows, no columns or a column twice.
        """
        self._learn(X, y, groups, times, sample_weight)
        return self

    def fit_transform(
        self, X: Any, y: Any = None, *, groups: Any = None, times: Any = None, sample_weight: Any = None
    ) -> pd.DataFrame | np.ndarray:
        """Find what to make and make it; means of the target are those of other training rows.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,), default=None
        groups : array-like of shape (n_rows,), default=None
        times : array-like of shape (n_rows,), default=None
        sample_weight : array-like of shape (n_rows,), default=None
            All as for `fit`.

        Returns
        -------
        X_out : DataFrame or ndarray of shape (n_rows, n_features_out)
            As `transform` returns it.
        """
        checked, counting, made = self._learn(X, y, groups, times, sample_weight)
        columns = self._compute(checked)
        for position, one in enumerate(made):
            if one.training_values is not None:
                columns[position][counting] = one.training_values
        return self._assemble(checked, columns)

    def transform(self, X: Any) -> pd.DataFrame | np.ndarray:
        """Make the columns of any rows.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_columns)
            With the columns of the training rows.

        Returns
        -------
        X_out : DataFrame or ndarray of shape (n_rows, n_features_out)
            The columns of X as they are and the made ones after them: a frame where X is one, else an array,
            of objects where X is one of objects.

        Raises
        ------
        InputError
            If a column is missing or of another kind altogether, or a number is infinite.
        """
        check_is_fitted(self)
        checked = check_features(self, X, reset=False)
        return self._assemble(checked, self._compute(checked))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns that come out.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Checked against the columns at fit, and not needed.

        Returns
        -------
        names : ndarray of str of shape (n_features_out,)
        """
        check_is_fitted(self)
        if input_features is not None:
            known = getattr(self, "feature_names_in_", None)
            if known is not None and list(input_features) != list(known):
                raise InputError("input_features is not equal to feature_names_in_")
            if len(input_features) != self.n_features_in_:
                raise InputError(
                    f"input_features should have length equal to number of features ({self.n_features_in_}), "
                    f"got {len(input_features)}"
                )
        return np.asarray(self.feature_names_out_, dtype=object)

    def describe(self) -> list[str]:
        """Say what was made of what, and why.

        Returns
        -------
        sentences : list of str
            One for each made column, or one that says that there is none.
        """
        check_is_fitted(self)
        return list(self.sentences_) or ["No column was made: none explains what the others do not."]

    def _learn(
        self, X: Any, y: Any, groups: Any, times: Any, sample_weight: Any
    ) -> tuple[Any, np.ndarray, list[Made]]:
        """Checked rows, the positions of those that count, and what was made."""
        check_parameters(self, self._parameter_constraints)
        seed = draw_seed(self.random_state)
        if y is None and self._needs_target:
            raise InputError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        X = check_features(self, X, y if self._needs_target else "no_validation", reset=True)
        frame, y = as_labelled(X), as_series(y)
        check_consistent_length(frame, y, groups, times)
        weight = check_weight(sample_weight, len(frame))
        counting = find_counting(weight, len(frame))
        self._check_exclude(list(frame.columns))
        self.reader_ = ColumnReader(self.exclude).fit(frame.iloc[counting])
        rows = ScreenRows(
            columns=self.reader_.read(frame.iloc[counting]),
            targets=None if y is None else read_targets(_take(y, counting), self.task_kind),
            weights=np.ones(len(counting)) if weight is None else weight[counting],
            groups=_take(groups, counting),
            times=_take(times, counting),
            seed=seed,
        )
        made = self._make(rows)
        self.recipes_: list[Formula] = [one.formula for one in made]
        labels = list(frame.columns)
        names = make_unique([*map(str, labels), *(formula.name for formula in self.recipes_)])
        self.feature_names_out_ = names
        self.feature_sources_: tuple[tuple[Hashable, ...], ...] = (
            *((label,) for label in labels),
            *(formula.sources for formula in self.recipes_),
        )
        self.sentences_ = [
            f"{name!r} is made of {_listed(one.formula.sources)}: {one.reason}."
            for name, one in zip(names[len(labels) :], made, strict=True)
        ]
        return X, counting, made

    def _check_exclude(self, labels: list[Hashable]) -> None:
        unknown = [label for label in self.exclude if label not in labels]
        if unknown:
            raise InputError(f"exclude names column {unknown[0]!r}, which X does not have: leave it out")

    def _compute(self, checked: Any) -> list[np.ndarray]:
        columns = self.reader_.read(as_labelled(checked))
        return [np.array(formula.compute(columns), dtype=np.float64) for formula in self.recipes_]

    def _assemble(self, checked: Any, made: list[np.ndarray]) -> pd.DataFrame | np.ndarray:
        if not made:
            return checked
        n_before = len(self.feature_names_out_) - len(made)
        if not isinstance(checked, pd.DataFrame):
            return np.column_stack([checked, *made])
        named = dict(zip(self.feature_names_out_[n_before:], made, strict=True))
        before = checked.set_axis(self.feature_names_out_[:n_before], axis="columns")
        return pd.concat([before, pd.DataFrame(named, index=checked.index)], axis="columns")

    def __sklearn_tags__(self) -> Tags:
        tags = take_tables(super().__sklearn_tags__())
        tags.transformer_tags.preserves_dtype = []
        tags.target_tags.required = self._needs_target
        return tags


def _take(values: Any, rows: np.ndarray) -> Any:
    """Some of the values, one for each row; None where there are none."""
    if values is None:
        return None
    values = as_series(values)
    if not hasattr(values, "__len__"):
        values = np.asarray(values)
    if len(rows) == len(values):
        return values
    return values.iloc[rows] if hasattr(values, "iloc") else np.asarray(values)[rows]


def _listed(sources: tuple[Hashable, ...]) -> str:
    return " and ".join(map(repr, sources))
