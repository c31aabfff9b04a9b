"""A table as each family of models wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags, check_consistent_length
from sklearn.utils.validation import check_is_fitted

from tabkit._core import InputError
from tabkit._core._constraints import COUNT
from tabkit._core._random import draw_seed
from tabkit._core._series import as_series
from tabkit._core._sklearn import check_parameters, make_interval, make_options
from tabkit.data import ColumnKind, as_pandas, mark_told
from tabkit.preprocessing._blocks import make_unique, names_of
from tabkit.preprocessing._columns import ReadTable, read_table, settle_columns
from tabkit.preprocessing._families import FAMILIES, family_rules, plan_blocks
from tabkit.preprocessing._features import take_tables
from tabkit.preprocessing._frames import as_frame, match_frame
from tabkit.preprocessing._number_features import NumberFeatures
from tabkit.preprocessing._numeric_options import NUMERIC_CONSTRAINTS, NumericOptions
from tabkit.preprocessing._ranges import TrainingRanges
from tabkit.preprocessing._refused_columns import refuse_complex
from tabkit.preprocessing._targets import TASK_KINDS
from tabkit.preprocessing._training_target import TrainingTarget


class TablePreprocessor(TransformerMixin, BaseEstimator):
    """Turn a table into what a family of models wants.

    What is learned comes from the training rows alone, so that it belongs inside a
    ``Pipeline``. Columns are found by name at predict, in any order and among others, in frames
    of pandas, polars, Arrow and other libraries; those of an array go by position, and only where
    an array was learned from. Values count, not how they are stored, and each for itself: a row
    alone comes out as it does among others.

    =============  ========================  ========================  =====================
    kind           "linear" and "net"        "tree"                    "boosting"
    =============  ========================  ========================  =====================
    numeric        scaled, smoothly clipped  as it is, NaN if missing  as for "tree"
                   and filled; an indicator
                   of missing values
    category       indicators; for "net" a   indicators; codes when    pandas categorical
                   pandas categorical        ordered
    many-valued    mean target, cross-       mean target               mean target
    category       fitted and scaled
    date           elapsed days, month,      elapsed days, year,       as for "tree"
                   weekday and hour as sine  month, day, hour...
                   and cosine; of several
                   dates, elapsed days of
                   one and days from one to
                   the next
    text           components of TF-IDF      the same                  the same
    =============  ========================  ========================  =====================

    Identifiers, constants and columns without any value are set aside. Many-valued
    categories become components of their text, like texts, when there is no target to encode
    them by, or when most are several words and have few rows. Numbers too large for float32
    count as missing. An unseen category is treated as a missing one (pandas categoricals, codes), as a
    rare one where some are (indicators), or as an average one (mean target for trees).

    For "linear" and "net", whatever the model has learned nothing of is filled by what the rest of the row
    leads to expect, as the training rows go together: missing numbers, dates, texts and, for "linear",
    categories, and an unseen category that is not like a rare one. A missing text or category that enough
    training rows had, 5 or 1 in 200, is a value of its own. No prediction is far from all others because
    a cell is empty.

    ``fit_transform(X, y)`` is not ``fit(X, y).transform(X)`` where categories are encoded by
    their mean target: a training row is encoded by other rows only (see
    `sklearn.preprocessing.TargetEncoder`), in folds that tear no group apart where ``groups``
    are given, and are blocks in time where ``times`` are. Without such columns they are the same.

    Parameters
    ----------
    model_family : {"linear", "tree", "boosting", "net"}, default="boosting"
        "linear" serves linear models, nearest neighbours and support vector machines; "tree"
        scikit-learn's trees and forests; "boosting" LightGBM, XGBoost, CatBoost and
        HistGradientBoosting; "net" neural networks with embeddings.
    kinds : mapping of column to kind, default=None
        "numeric", "category", "date", "text", "identifier" or "constant" for columns whose
        kind is known; that of others is found on the training rows. The columns of an array
        are named ``x0``, ``x1`` and so on.
    written_as : mapping of column to str, default=None
        How numbers or dates are written as text in columns of known kind: a format of
        `pandas.to_datetime`, or a number as `tabkit.data.examine_column` has it. That of
        others is found on the training rows, and kept: text that is written otherwise later cannot
        be read. Where those have a dtype of their own, later text is to be plain numbers and ISO
        dates.
    na_values : sequence of str, default=()
        What else stands for a missing value, as text or as a number, in any column ("-999").
    keep : sequence of column, default=()
        Columns given as numeric in `kinds` that come out under their name even when the training
        rows have no value of them, for a model that is told something of them.
    task_kind : {"auto", "binary", "multiclass", "regression"}, default="auto"
        Of the target. With "auto", numbers are a regression when they have a fraction or more
        than 20 distinct values; say what it is where that is wrong.
    max_categories : int, default=None
        A column with more categories is many-valued. None is 40 for "linear", 10 for "tree"
        and 255 for "boosting" and "net".
    n_text_components : int, default=30
        Numbers that a column of text becomes, at most.
    n_folds : int, default=5
        Inner folds for the mean target of training rows.
    scaling : {"auto", "none", "standard", "min_max", "robust", "quantile", "power", "log"}, default="auto"
        Of numeric columns, elapsed days, mean targets and codes. "auto" is the family's: smoothly clipped
        for "linear" and "net", none for others. Then scikit-learn's `StandardScaler`, `MinMaxScaler`,
        `RobustScaler` (only centred where the quartiles are the same), `QuantileTransformer` to a normal
        distribution and `PowerTransformer` (Yeo-Johnson); "log" is ``sign(x) * log1p(abs(x))``,
        standardised. With "quantile" and "power" values outside of the training range are as at its end;
        with others they are not limited.
    imputation : {"auto", "mean", "median", "most_frequent", "model", "none"}, default="auto"
        What fills missing numbers, all that come out, once scaled; a column that had gaps has an indicator
        ``NAME__missing`` then. "auto" is the family's: "model" for "linear" and "net", "none" for others.
        "mean", "median" and "most_frequent" are of the column on the training rows
        (`sklearn.impute.SimpleImputer`), "model" is what the rest of the row leads to expect, by regression
        on all other numbers that it has; beyond 1,000 columns it is the mean. "none" leaves NaN, without
        indicators, for models that take it. Categories that come out as such are not filled.
    outliers : {"keep", "clip"}, default="keep"
        "clip" brings values of numeric columns below the quantile at 0.5 % or above that at 99.5 % of the
        training rows to these, before they are scaled. Where the two are the same, nothing is clipped.
    expansion : {"splines", "bins", "polynomial"} or None, default=None
        What each numeric column becomes, once scaled and filled. "splines": the cubic B-splines of
        `sklearn.preprocessing.SplineTransformer` with 5 knots at quantiles, straight beyond the training
        range. "bins": indicators of 5 bins of as many rows each (`sklearn.preprocessing.KBinsDiscretizer`).
        A column of two values, or without distinct quantiles for these, stays as it is. "polynomial":
        the columns, their squares and products of any two, 1,000 columns at most.
    n_numeric_components : int, float or None, default=None
        Numeric columns become so many principal components, or as many as have this share of the variance
        (`sklearn.decomposition.PCA`), once scaled and filled. For "linear" and "net" only.
    strict : bool, default=False
        Whether text, infinite numbers and whatever else cannot be read in a column of numbers or dates is
        refused, at fit and later. By default it counts as missing, with an `UnreadableValuesWarning`
        that counts it; the usual markers of missing values ("", "?", "NA") go without a word.
    random_state : int, RandomState or None, default=None
        Shuffles the inner folds and starts the decomposition of texts; None draws a new seed for each fit.

    Attributes
    ----------
    kinds_ : dict of column to kind
        Of every column of X.
    used_columns_ : list of column
        Those that are not set aside: what `transform` needs.
    feature_sources_ : tuple of hashable
        For each column that comes out, the label of the one that it was made from. A product or principal
        component of several columns has a tuple of their labels, in the order of the table.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Only when X is a frame whose labels are all text.

    Examples
    --------
    >>> import pandas as pd
    >>> from tabkit.preprocessing import TablePreprocessor
    >>> X = pd.DataFrame({"age": [39, None, 50, 25], "city": ["Rome", "Oslo", "Rome", None]})
    >>> prepare = TablePreprocessor("linear").set_output(transform="pandas").fit(X)
    >>> list(prepare.get_feature_names_out())
    ['age', 'age__missing', 'city=Oslo', 'city=Rome', 'city__missing']
    >>> prepare.feature_sources_
    ('age', 'age', 'city', 'city', 'city')
    >>> prepare.transform(pd.DataFrame({"city": ["Paris"], "age": [50]})).round(2)
        age  age__missing  city=Oslo  city=Rome  city__missing
    0  1.14           0.0       0.25       0.74           0.01
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True, "times": True}
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "model_family": [make_options(*FAMILIES)],
        "kinds": [Mapping, None],
        "written_as": [Mapping, None],
        "na_values": ["array-like"],
        "keep": ["array-like"],
        "task_kind": [make_options(*TASK_KINDS)],
        "max_categories": [COUNT, None],
        "n_text_components": [COUNT],
        "n_folds": [make_interval(Integral, 2, None, closed="left")],
        **NUMERIC_CONSTRAINTS,
        "strict": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        model_family: str = "boosting",
        *,
        kinds: Mapping[Any, ColumnKind] | None = None,
        written_as: Mapping[Any, str] | None = None,
        na_values: Sequence[str] = (),
        keep: Sequence[Any] = (),
        task_kind: str = "auto",
        max_categories: int | None = None,
        n_text_components: int = 30,
        n_folds: int = 5,
        scaling: str = "auto",
        imputation: str = "auto",
        outliers: str = "keep",
        expansion: str | None = None,
        n_numeric_components: float | None = None,
        strict: bool = False,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.model_family = model_family
        self.kinds = kinds
        self.written_as = written_as
        self.na_values = na_values
        self.keep = keep
        self.task_kind = task_kind
        self.max_categories = max_categories
        self.n_text_components = n_text_components
        self.n_folds = n_folds
        self.scaling = scaling
        self.imputation = imputation
        self.outliers = outliers
        self.expansion = expansion
        self.n_numeric_components = n_numeric_components
        self.strict = strict
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, *, groups: Any = None, times: Any = None) -> TablePreprocessor:
        """Learn from the training rows.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,), default=None
            The target; without it no category is encoded by it.
        groups : array-like of shape (n_rows,), default=None
            Inner folds do not tear groups apart.
        times : array-like of shape (n_rows,), default=None
            Inner folds are blocks in time; not used when there are groups.

        Returns
        -------
        self : TablePreprocessor

        Raises
        ------
        InputError
            If a parameter is not one of those allowed or does not go with another, or if X has no rows, no
            columns, a column twice, or none that can be used; with ``strict`` if a value cannot be read.
        """
        self._learn(X, y, groups, times)
        return self

    def fit_transform(
        self, X: Any, y: Any = None, *, groups: Any = None, times: Any = None
    ) -> np.ndarray | pd.DataFrame:
        """Learn from the training rows and return them, each encoded by other rows only.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,), default=None
        groups : array-like of shape (n_rows,), default=None
        times : array-like of shape (n_rows,), default=None
            All as for `fit`.

        Returns
        -------
        X_out : ndarray or DataFrame of shape (n_rows, n_features_out)
            As `transform` returns it.
        """
        return self._learn(X, y, groups, times)

    def transform(self, X: Any) -> np.ndarray | pd.DataFrame:
        """Prepare rows.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_columns)
            With at least the columns of the training rows that are used. Numbers and dates beyond the
            range of these by more than its width raise a `DistantValuesWarning`.

        Returns
        -------
        X_out : ndarray or DataFrame of shape (n_rows, n_features_out)
            A DataFrame for "boosting" and "net": numbers first, then categories. An array of
            float64 ("linear") or float32 ("tree") otherwise, unless `set_output` says so.

        Raises
        ------
        InputError
            If a column is missing or of another kind altogether, such as dates where numbers were, or X is
            an array and a frame was learned from; with ``strict`` if a value cannot be read.
        """
        check_is_fitted(self)
        frame = match_frame(
            X, self.columns_, self.used_columns_, is_named=self.is_labelled_, owner=type(self).__name__
        )
        table = read_table(self._mark_missing(frame), self.readings_, strict=self.strict)
        self.ranges_.report(table)
        return self._assemble(table, frame.index, self.numbers_.transform(table))

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
        if input_features is not None and list(input_features) != list(map(str, self.columns_)):
            if hasattr(self, "feature_names_in_"):
                raise InputError("input_features is not equal to feature_names_in_")
            if len(input_features) != self.n_features_in_:
                raise InputError(
                    f"input_features should have length equal to number of features ({self.n_features_in_}), "
                    f"got {len(input_features)}"
                )
        return np.asarray(self.feature_names_out_, dtype=object)

    def _learn(self, X: Any, y: Any, groups: Any, times: Any) -> np.ndarray | pd.DataFrame:
        check_parameters(self, self._parameter_constraints)
        rules = family_rules(self.model_family, self.max_categories)
        options = NumericOptions.of(self)
        options.check(
            model_family=self.model_family, is_scaled=rules.is_scaled, keeps_columns=len(self.keep) > 0
        )
        seed = draw_seed(self.random_state)
        X, y = as_pandas(X), as_series(y)
        refuse_complex(X)
        frame = self._mark_missing(as_frame(X))
        check_consistent_length(frame, y, groups, times)
        self._remember_columns(frame, is_labelled=isinstance(X, pd.DataFrame))
        columns = settle_columns(frame, self.kinds, self.written_as, self.keep)
        self.kinds_ = {column.label: column.kind for column in columns}
        self.readings_ = tuple(column for column in columns if column.kind not in ("identifier", "constant"))
        self.used_columns_ = [column.label for column in self.readings_]
        table = read_table(frame, self.readings_, strict=self.strict)
        rows = TrainingTarget(len(frame), y, groups, times, self.task_kind, self.n_folds, seed)
        numeric, dates = (
            [column.label for column in self.readings_ if column.kind == kind] for kind in ("numeric", "date")
        )
        # With an order in time, dates to predict for are beyond those of the training rows.
        self.ranges_ = TrainingRanges(numeric, dates if times is None else []).fit(table)
        plan = plan_blocks(table, self.readings_, rules, rows, self.n_text_components, options.outliers)
        self.categorical_ = plan.categorical
        self.numbers_ = NumberFeatures(
            plan.measured, plan.indicated, options, n_numeric=len(numeric), is_scaled=rules.is_scaled
        )
        numbers = self.numbers_.fit_transform(table, rows)
        self._name_outputs(len(frame))
        return self._assemble(table, frame.index, numbers)

    def _mark_missing(self, frame: pd.DataFrame) -> pd.DataFrame:
        return mark_told(frame, self.na_values) if self.na_values else frame

    def _assemble(self, table: ReadTable, index: pd.Index, numbers: np.ndarray) -> np.ndarray | pd.DataFrame:
        """Bring numbers and categories into the form that the family takes."""
        if self.model_family == "tree":
            return numbers.astype(np.float32)
        if self.model_family == "linear":
            return numbers
        if not self.categorical_:
            return pd.DataFrame(numbers, index=index, columns=self.feature_names_out_, copy=False)
        columns = [
            *numbers.T,
            *(block.transform_to_categorical(table) for block in self.categorical_),
        ]
        named = dict(zip(self.feature_names_out_, columns, strict=True))
        return pd.DataFrame(named, index=index, copy=False)

    def _name_outputs(self, n_rows: int) -> None:
        names, sources = names_of([self.numbers_, *self.categorical_])
        if not names:
            raise InputError(
                f"X has no column to learn from: in its rows (n_samples={n_rows}), "
                "all are identifiers, constant or without values"
            )
        self.feature_names_out_ = make_unique(names)
        self.feature_sources_ = tuple(sources)

    def _remember_columns(self, frame: pd.DataFrame, *, is_labelled: bool) -> None:
        self.columns_ = list(frame.columns)
        self.is_labelled_ = is_labelled
        self.n_features_in_ = len(self.columns_)
        if self.is_labelled_ and all(isinstance(label, str) for label in self.columns_):
            self.feature_names_in_ = np.asarray(self.columns_, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def __sklearn_tags__(self) -> Tags:
        tags = take_tables(super().__sklearn_tags__())
        tags.transformer_tags.preserves_dtype = []
        return tags
