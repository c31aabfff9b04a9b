"""Weights, groups and times of rows, on their way into an estimator."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn import config_context
from sklearn.utils.metadata_routing import get_routing_for_object

from tabkit._core._sklearn import find_undivided, request_weights
from tabkit._core._times import check_times
from tabkit._core._weights import check_weight
from tabkit.model_selection._roles import encode_groups

# By the parameter that makes an estimator divide its rows.
_CURES = {
    "cv": "tabkit.model_selection.RoleAwareKFold()",
    "early_stopping": "False",
    "n_iter_no_change": "None",
}
_CALLED = {"sample_weight": "weights", "groups": "groups", "times": "times"}


@dataclass(frozen=True)
class RowRoles:
    """Weights, groups and times of rows, as far as there are any.

    Attributes
    ----------
    sample_weight : ndarray of float64 of shape (n_rows,) or None
    groups : ndarray of int of shape (n_rows,) or None
    times : ndarray or Series of shape (n_rows,) or None
        Numbers or datetime64; a Series of intervals where labels take time to be known.
    metadata : mapping of str
        What else an estimator requests that has a value for each row, by its name there.
    options : mapping of str
        What else it requests that is not of rows.
    """

    sample_weight: np.ndarray | None = None
    groups: np.ndarray | None = None
    times: np.ndarray | pd.Series | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def check(cls, n_rows: int, sample_weight: Any = None, groups: Any = None, times: Any = None) -> RowRoles:
        """Take what a user passed to ``fit``.

        Parameters
        ----------
        n_rows : int
        sample_weight, groups, times : array-like of shape (n_rows,) or None

        Returns
        -------
        roles : RowRoles

        Raises
        ------
        InputError
            If one of them has another length, or cannot be used.
        """
        return cls(
            check_weight(sample_weight, n_rows),
            None if groups is None else encode_groups(groups, n_rows),
            None if times is None else check_times(times, n_rows),
        )

    def add_metadata(self, params: Mapping[str, Any], n_rows: int) -> RowRoles:
        """Those, and what metadata routing has for an estimator, a splitter or a scorer.

        Parameters
        ----------
        params : mapping of str
        n_rows : int
            What has this length is of rows.

        Returns
        -------
        roles : RowRoles
        """
        of_rows = {
            name: values if hasattr(values, "shape") else np.asarray(values)
            for name, values in params.items()
            if _count_rows(values) == n_rows
        }
        others = {name: value for name, value in params.items() if name not in of_rows}
        return replace(self, metadata=of_rows, options=others)

    @property
    def present(self) -> dict[str, np.ndarray | pd.Series]:
        """Those that are there, by their names in ``fit``."""
        return {name: values for name in _CALLED if (values := getattr(self, name)) is not None}

    @property
    def division(self) -> dict[str, np.ndarray | pd.Series]:
        """Groups and times, as far as they are there: what splits follow."""
        return {name: values for name, values in self.present.items() if name != "sample_weight"}

    def take(self, rows: np.ndarray) -> RowRoles:
        """Those of some rows.

        Parameters
        ----------
        rows : ndarray of int or bool

        Returns
        -------
        roles : RowRoles
        """
        return replace(
            self,
            **{name: take_rows(values, rows) for name, values in self.present.items()},
            metadata={name: take_rows(values, rows) for name, values in self.metadata.items()},
        )


def _count_rows(values: Any) -> int | None:
    """How many rows metadata have an entry for; None where they are not of rows."""
    if hasattr(values, "shape"):
        return values.shape[0] if values.shape else None
    return len(values) if hasattr(values, "__len__") and not isinstance(values, str | Mapping) else None


def choose_roles(estimator: Any, names: Collection[str], *, is_whole: bool = True) -> set[str]:
    """Which roles an estimator asks for, itself or for a part of it.

    Weights are asked for on its behalf wherever a part of it takes them. What it does not take, and a
    cross-validation inside that groups or times do not reach, is said in a warning.

    Parameters
    ----------
    estimator : estimator
        Changed in place: its parts request weights.
    names : collection of {"sample_weight", "groups", "times"}
        Those that there are.
    is_whole : bool, default=True
        Whether it is all of a model: a part need not take weights.

    Returns
    -------
    wanted : set of str
        To be passed to ``fit`` with metadata routing.
    """
    if not names:
        return set()
    owner_name = type(estimator).__name__
    try:
        with config_context(enable_metadata_routing=True):
            if "sample_weight" in names:
                request_weights(estimator)
            wanted = set(get_routing_for_object(estimator).consumes("fit", names))
            undivided = list(find_undivided(estimator, [name for name in names if name != "sample_weight"]))
    except NotImplementedError as error:
        called = " and ".join(_CALLED[name] for name in names)
        warnings.warn(f"{owner_name} is fitted without {called}: {error}", stacklevel=3)
        return set()
    sampler = _find_sampler(estimator)
    if wanted and sampler is not None:
        called = " and ".join(_CALLED[name] for name in _CALLED if name in wanted)
        warnings.warn(
            f"{owner_name} is fitted without {called}: {sampler} changes the rows they belong to; put it "
            "into tabkit.resampling.ResampledClassifier instead",
            stacklevel=3,
        )
        return set()
    if is_whole and "sample_weight" in names and "sample_weight" not in wanted:
        warnings.warn(f"{owner_name} is fitted without weights: no part of it takes them", stacklevel=3)
    for owner, parameter, lacking in undivided:
        warnings.warn(
            f"{' and '.join(lacking)} do not reach the split inside {owner}: "
            f"pass {parameter}={_CURES[parameter]}",
            stacklevel=3,
        )
    return wanted


def _find_sampler(estimator: Any) -> str | None:
    """The step of a Pipeline of imbalanced-learn that adds rows or leaves some out."""
    for _, step in getattr(estimator, "steps", ()):
        if hasattr(step, "fit_resample"):
            return type(step).__name__
    return None


def find_asked(estimator: Any, names: Collection[str], method: str = "fit") -> set[str]:
    """Which metadata a method of an estimator, or of a part of it, asks for.

    Parameters
    ----------
    estimator : estimator
    names : collection of str
    method : str, default="fit"

    Returns
    -------
    asked : set of str
    """
    if not names:
        return set()
    with config_context(enable_metadata_routing=True):
        return set(get_routing_for_object(estimator).consumes(method, names))


def fit_with_roles(estimator: Any, X: Any, y: Any, roles: RowRoles) -> Any:
    """Fit an estimator, with the weights, groups and times that it or a part of it asks for.

    Metadata routing is enabled for it, whatever the caller's configuration: the estimators and splitters
    of tabkit ask by default.

    Parameters
    ----------
    estimator : estimator
        Fitted in place.
    X : array-like of shape (n_rows, n_features)
    y : array-like of shape (n_rows,)
    roles : RowRoles
        Of these rows.

    Returns
    -------
    estimator : estimator
        The same.
    """
    wanted = choose_roles(estimator, roles.present)
    given = {name: roles.present[name] for name in wanted} | {**roles.metadata, **roles.options}
    with config_context(enable_metadata_routing=bool(given)):
        return estimator.fit(X, y, **given)


def take_rows(X: Any, rows: np.ndarray) -> Any:
    """Some rows of a frame, series, array or sparse matrix, by position."""
    return X.iloc[rows] if isinstance(X, pd.DataFrame | pd.Series) else X[rows]
