"""One front door to imbalanced-learn's samplers, for tables as they are."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from imblearn.base import BaseSampler
from imblearn.utils import check_target_type
from sklearn.utils import Tags, check_consistent_length

from tabkit._core import InputError
from tabkit._core._constraints import COUNT, SHARE_OR_ALL
from tabkit._core._random import derive_seed, draw_seed
from tabkit._core._series import as_series
from tabkit._core._sklearn import check_parameters, make_options
from tabkit.data import as_pandas
from tabkit.model_selection._row_roles import take_rows
from tabkit.preprocessing._features import check_features
from tabkit.preprocessing._labels import as_labels
from tabkit.resampling._concatenate import concatenate_rows
from tabkit.resampling._encoded_table import encode
from tabkit.resampling._kept_rows import (
    keep_among_their_own,
    keep_at_random,
    keep_near_miss,
    keep_without_tomek_links,
    spare_lost_classes,
)
from tabkit.resampling._new_rows import Encoded, NewRows, Recipe, make_rows

# What each method does, in imbalanced-learn's words.
_METHODS: Mapping[str, str] = {
    "smote": "over-sampling",
    "borderline_smote": "over-sampling",
    "adasyn": "over-sampling",
    "random_over": "over-sampling",
    "smote_enn": "over-sampling",
    "smote_tomek": "over-sampling",
    "random_under": "under-sampling",
    "near_miss": "under-sampling",
    "tomek": "clean-sampling",
}
_WITH_INDICES = ("random_over", "random_under", "near_miss", "tomek")
# Imbalanced-learn checks beside it which of them suits the method.
_STRATEGIES = ("auto", "majority", "minority", "not majority", "not minority", "all")
_CONSTRAINTS: dict[str, Any] = {
    "method": [make_options(*_METHODS)],
    "sampling_strategy": [SHARE_OR_ALL, make_options(*_STRATEGIES), Mapping, list, callable],
    "k_neighbors": [COUNT],
    "missing": [make_options("inherit", "impute")],
    "random_state": ["random_state"],
}


class Resampler(BaseSampler):
    """Resample the rows of a table so that no class drowns: one door to imbalanced-learn's samplers.

    Takes a frame as it is, with numbers, booleans, dates, categories, text and missing values, or an
    array. Rows that stay come back exactly as they were, dtypes and missing values included; rows that
    are made up follow them.

    The neighbours for that are searched among scaled numbers, so that no column rules by its unit;
    missing values count as the median or the most frequent category of these rows. In a row made up

    - numbers, dates and durations lie between those of two rows of its class, whole where the column has
      whole numbers only, and dates on the days, hours or seconds that the column keeps to;
    - categories and booleans are the most frequent ones among the neighbours (SMOTENC, and SMOTEN where
      there are no numbers); with "borderline_smote" and "adasyn" those of the nearest row of its class;
    - text, identifiers, categories of more than 50 levels, and columns without any value take no part in
      the search and are those of the nearest row of its class.

    A class with too few rows gets fewer neighbours; one with a single row is oversampled at random; each
    with a warning. To be used on training rows only: in `imblearn.pipeline.Pipeline`, or inside
    `ResampledClassifier`.

    Parameters
    ----------
    method : str, default="smote"
        Makes rows up: "smote", "borderline_smote", "adasyn". Repeats rows: "random_over". Leaves rows out:
        "random_under", "near_miss" (version 1), "tomek" (Tomek links). Makes rows up and then leaves out
        those that lie among others: "smote_enn", "smote_tomek".
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn. "auto" brings every class to the size of the largest, or of the
        smallest where rows are left out. A number is the ratio to aim at, of the rare to the frequent
        class of two.
    k_neighbors : int, default=5
        Neighbours between which rows are made up.
    missing : {"inherit", "impute"}, default="inherit"
        What a row made up has where values are missing: nothing where the nearest row of its class has
        nothing, or the filled-in value always. With "impute" a missing value becomes a mark of the
        classes that had no rows made up, which a model that sees missing values learns.
    random_state : int, RandomState or None, default=None
        Seed of the rows drawn and made up; None draws a new one for each call.

    Attributes
    ----------
    sampling_strategy_ : dict
        By class the number of rows to make up, or to keep.
    original_rows_ : ndarray of int of shape (n_rows_new,)
        The row of X that each row is, -1 for one made up.
    sample_indices_ : ndarray of int of shape (n_rows_new,)
        The same, for the methods that make nothing up.
    n_features_in_ : int
        Columns seen.
    feature_names_in_ : ndarray of str
        Their names, where all are text.

    References
    ----------
    Chawla, N. et al.: SMOTE: Synthetic Minority Over-sampling Technique. JAIR 16 (2002).
    Lemaître, G. et al.: Imbalanced-learn: A Python Toolbox to Tackle the Curse of Imbalanced Datasets in
    Machine Learning. JMLR 18 (2017).

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"income": [900, 2000, 1500, None, 700, 3100], "city": list("aababb")})
    >>> X_new, y_new = Resampler(random_state=0, k_neighbors=1).fit_resample(X, [0, 0, 0, 0, 1, 1])
    >>> len(X_new), X_new[:6].equals(X)
    (8, True)
    """

    # imbalanced-learn would raise another error: `check_parameters` is called below.
    _parameter_constraints: ClassVar[dict[str, Any]] = {}

    def __init__(
        self,
        method: str = "smote",
        *,
        sampling_strategy: Any = "auto",
        k_neighbors: int = 5,
        missing: str = "inherit",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.method = method
        self.sampling_strategy = sampling_strategy
        self.k_neighbors = k_neighbors
        self.missing = missing
        self.random_state = random_state

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Resample rows.

        Parameters
        ----------
        X : frame of any library, array-like or sparse matrix of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,)
            Labels.

        Returns
        -------
        X_new : of the type of X, of shape (n_rows_new, n_columns)
            A frame is of pandas, whatever X is of.
            The rows that stay, in their order, then those made up or repeated. The index of a frame is
            numbered anew.
        y_new : of the type of y, of shape (n_rows_new,)
            A column of another library is one of pandas too.

        Raises
        ------
        InputError
            If a parameter or a column cannot be used.
        ValueError
            If y has one class only, or ``sampling_strategy`` does not fit its classes.
        """
        return super().fit_resample(as_pandas(X), as_series(as_pandas(y)))

    @property
    def _sampling_type(self) -> str:
        return _METHODS[self.method]

    def _check_X_y(self, X: Any, y: Any) -> tuple[Any, np.ndarray, bool]:  # noqa: N802 - imbalanced-learn's
        check_parameters(self, _CONSTRAINTS)
        labels, is_one_vs_all = check_target_type(y, indicate_one_vs_all=True)
        labels = as_labels(labels)
        X = check_features(self, X, y, reset=True, accept_sparse=["csr", "csc"])
        check_consistent_length(X, labels)
        return X, labels, is_one_vs_all

    def _fit_resample(self, X: Any, y: np.ndarray) -> tuple[Any, np.ndarray]:
        if hasattr(self, "sample_indices_"):
            delattr(self, "sample_indices_")  # of an earlier call with another method
        names, codes = np.unique(y, return_inverse=True)
        targets = {
            int(np.flatnonzero(names == label)[0]): int(n) for label, n in self.sampling_strategy_.items()
        }
        seed = draw_seed(self.random_state)
        if self.method in _WITH_INDICES:
            rows, notes = self._choose_rows(X, codes, targets, seed)
            self.sample_indices_ = self.original_rows_ = rows
            X_new = take_rows(X, rows)
            labels = y[rows]
        else:
            X_new, labels, notes = self._make_up(X, codes, targets, names, seed)
        for note in notes:
            # The level of whoever called `fit_resample`, above four frames of imbalanced-learn and ours.
            warnings.warn(f"{type(self).__name__}: {note}", UserWarning, stacklevel=6)
        return X_new.reset_index(drop=True) if isinstance(X_new, pd.DataFrame) else X_new, labels

    def _choose_rows(
        self, X: Any, y: np.ndarray, targets: dict[int, int], seed: int
    ) -> tuple[np.ndarray, list[str]]:
        if self.method == "random_over":
            rng = np.random.default_rng(derive_seed(seed, self.method))
            drawn = [rng.choice(np.flatnonzero(y == label), n_new) for label, n_new in targets.items()]
            return np.concatenate([np.arange(len(y)), *drawn]), []
        if self.method == "random_under":
            return keep_at_random(y, targets, seed), []
        table = encode(X)
        points = table.place(table.numbers, table.codes)
        if not points.shape[1]:
            raise InputError(
                f"method={self.method!r} needs distances, and no column has numbers or few categories: "
                "pass 'random_under'"
            )
        if self.method == "near_miss":
            return keep_near_miss(points, y, targets)
        return spare_lost_classes(keep_without_tomek_links(points, y, targets), y, np.unique(y))

    def _make_up(
        self, X: Any, y: np.ndarray, targets: dict[int, int], names: np.ndarray, seed: int
    ) -> tuple[Any, np.ndarray, list[str]]:
        table = encode(X)
        # "smote_enn" is SMOTE and then a cleaning; "borderline_smote" is one word.
        start, cleaning = (
            ("smote", self.method[6:]) if self.method.startswith("smote_") else (self.method, "")
        )
        made, notes = make_rows(table, y, targets, names, Recipe(start, self.k_neighbors, seed))
        kept = np.arange(len(y) + len(made.labels))
        if cleaning:
            kept, said = _clean(table, y, made, names, cleaning)
            notes += said
        originals, made = kept[kept < len(y)], made.take(kept[kept >= len(y)] - len(y))
        rows = table.restore(
            made.numbers, made.codes, made.donors, made.is_copy, inherits=self.missing == "inherit"
        )
        self.original_rows_ = np.concatenate([originals, np.where(made.is_copy, made.donors, -1)])
        labels = names[np.concatenate([y[originals], made.labels])]
        return concatenate_rows(take_rows(X, originals), rows), labels, notes

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.sampler_tags.sample_indices = self.method in _WITH_INDICES
        return tags


def _clean(
    table: Encoded, y: np.ndarray, made: NewRows, names: np.ndarray, cleaning: str
) -> tuple[np.ndarray, list[str]]:
    """Positions among the rows and those made up after them that stay."""
    points = concatenate_rows(table.place(table.numbers, table.codes), table.place(made.numbers, made.codes))
    labels = np.concatenate([y, made.labels])
    if not points.shape[1]:
        return np.arange(len(labels)), []
    if cleaning == "enn":
        kept = keep_among_their_own(points, labels)
    else:
        kept = keep_without_tomek_links(points, labels, range(len(names)))
    return spare_lost_classes(kept, labels, names)
