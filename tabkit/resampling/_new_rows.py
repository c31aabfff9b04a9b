"""Rows made up for the rare classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from imblearn.over_sampling import ADASYN, SMOTE, SMOTEN, SMOTENC, BorderlineSMOTE
from scipy import sparse
from sklearn.neighbors import NearestNeighbors

from tabkit._core._random import derive_seed
from tabkit._core._wording import say_count
from tabkit.resampling._encoded_table import EncodedSparseMatrix, EncodedTable

Encoded: TypeAlias = EncodedTable | EncodedSparseMatrix

# Borderline-SMOTE asks so many neighbours whether a row is in danger.
_N_BORDERLINE_NEIGHBORS = 10


@dataclass(frozen=True)
class NewRows:
    """Rows made up, as `EncodedTable.restore` takes them.

    Attributes
    ----------
    numbers, codes : array of shape (n_new, n_numbers) and (n_new, n_categories)
    labels : ndarray of int of shape (n_new,)
        Codes of their classes.
    donors : ndarray of int of shape (n_new,)
        A row of its class near each; 0 where nobody asks.
    is_copy : ndarray of bool of shape (n_new,)
        Those that are their donor, not made up.
    """

    numbers: Any
    codes: np.ndarray
    labels: np.ndarray
    donors: np.ndarray
    is_copy: np.ndarray

    def take(self, rows: np.ndarray) -> NewRows:
        """Some of them."""
        return NewRows(
            self.numbers[rows], self.codes[rows], self.labels[rows], self.donors[rows], self.is_copy[rows]
        )


@dataclass(frozen=True)
class Recipe:
    """How rows are made up.

    Attributes
    ----------
    method : {"smote", "borderline_smote", "adasyn"}
    k_neighbors : int
        At most.
    seed : int
    """

    method: str
    k_neighbors: int
    seed: int


def make_rows(
    table: Encoded, y: np.ndarray, wanted: dict[int, int], names: np.ndarray, recipe: Recipe
) -> tuple[NewRows, list[str]]:
    """Make rows up for each class that wants some.

    Parameters
    ----------
    table : EncodedTable or EncodedSparseMatrix
    y : ndarray of int of shape (n_rows,)
        Codes of the classes.
    wanted : dict of int to int
        Number of new rows by class.
    names : ndarray
        The classes themselves, for the notes.
    recipe : Recipe

    Returns
    -------
    rows : NewRows
        By class; with "adasyn" about as many as wanted.
    notes : list of str
        Where it was done otherwise than asked.
    """
    parts, notes = [_nothing(table)], []
    for label, n_new in wanted.items():
        if n_new > 0:
            rows, said = _make_rows_of_class(table, y, label, n_new, recipe)
            parts.append(rows)
            notes += [f"class {_show(names[label])} {text}" for text in said]
    return _concatenate(parts), notes


def _make_rows_of_class(
    table: Encoded, y: np.ndarray, label: int, n_new: int, recipe: Recipe
) -> tuple[NewRows, list[str]]:
    members, notes = np.flatnonzero(y == label), []
    seed = derive_seed(recipe.seed, recipe.method, label)
    if not table.numbers.shape[1] + table.codes.shape[1]:
        return _copy(table, members, label, n_new, seed), [
            "is oversampled at random: no column has numbers or few categories to make rows up from"
        ]
    if len(members) == 1:
        return _copy(table, members, label, n_new, seed), [
            "has 1 row, so it is oversampled at random: there is no neighbour to make rows up with"
        ]
    k = min(recipe.k_neighbors, len(members) - 1)
    if k < recipe.k_neighbors:
        notes.append(
            f"has {say_count(len(members), 'row')}: k_neighbors={recipe.k_neighbors} is shrunk to {k} for it"
        )
    if recipe.method != "smote":
        made = _make_by_difficulty(table, y, label, n_new, recipe.method, k, seed)
        if made is not None:
            return made, notes
        notes.append(
            f"has no row that {recipe.method} would start from, so SMOTE makes rows up from all of them"
        )
    return _make_by_smote(table, y, label, n_new, k, seed), notes


def _make_by_smote(table: Encoded, y: np.ndarray, label: int, n_new: int, k: int, seed: int) -> NewRows:
    """SMOTE for numbers, SMOTEN for categories, SMOTENC for both."""
    n_numbers, n_categories = table.numbers.shape[1], table.codes.shape[1]
    options = {
        "sampling_strategy": {label: int((y == label).sum()) + n_new},
        "k_neighbors": k,
        "random_state": seed,
    }
    if not n_categories:
        numbers = SMOTE(**options).fit_resample(table.numbers, y)[0][len(y) :]
        codes = np.empty((n_new, 0), dtype=np.int64)
    elif not n_numbers:
        numbers = np.empty((n_new, 0))
        codes = SMOTEN(**options).fit_resample(table.codes, y)[0][len(y) :]
    else:
        columns = list(range(n_numbers, n_numbers + n_categories))
        both = np.hstack([table.numbers, table.codes])
        made = SMOTENC(columns, **options).fit_resample(both, y)[0][len(y) :]
        numbers, codes = made[:, :n_numbers], made[:, n_numbers:].astype(np.int64)
    donors = np.zeros(n_new, dtype=np.int64)
    if table.needs_donors:
        donors = _find_donors(table, y, label, table.place(numbers, codes))
    return _of_class(label, numbers, codes, donors)


def _make_by_difficulty(
    table: Encoded, y: np.ndarray, label: int, n_new: int, method: str, k: int, seed: int
) -> NewRows | None:
    """Borderline-SMOTE or ADASYN, with the categories of the nearest row; None where they find no start."""
    points = table.place(table.numbers, table.codes)
    options = {"sampling_strategy": {label: int((y == label).sum()) + n_new}, "random_state": seed}
    if method == "adasyn":
        sampler = ADASYN(n_neighbors=k, **options)
    else:
        m = min(_N_BORDERLINE_NEIGHBORS, len(y) - 1)
        sampler = BorderlineSMOTE(k_neighbors=k, m_neighbors=m, **options)
    try:
        made = sampler.fit_resample(points, y)[0][len(y) :]
    except (RuntimeError, ValueError):  # of ADASYN, where no row has a neighbour of another class
        if method != "adasyn":
            raise
        return None
    if not made.shape[0]:
        return None
    donors = np.zeros(made.shape[0], dtype=np.int64)
    n_numbers, numbers = table.numbers.shape[1], made
    if table.needs_donors or table.codes.shape[1]:
        donors = _find_donors(table, y, label, made)
    if table.codes.shape[1]:
        numbers = made[:, :n_numbers]
        numbers = numbers.toarray() if sparse.issparse(numbers) else numbers
    return _of_class(label, numbers, table.codes[donors], donors)


def _find_donors(table: Encoded, y: np.ndarray, label: int, points: Any) -> np.ndarray:
    """For each point the nearest row of its class."""
    members = np.flatnonzero(y == label)
    known = table.place(table.numbers[members], table.codes[members])
    nearest = NearestNeighbors(n_neighbors=1).fit(known).kneighbors(points, return_distance=False)
    return members[nearest[:, 0]]


def _copy(table: Encoded, members: np.ndarray, label: int, n_new: int, seed: int) -> NewRows:
    donors = np.random.default_rng(seed).choice(members, n_new)
    made = _of_class(label, table.numbers[donors], table.codes[donors], donors)
    return NewRows(made.numbers, made.codes, made.labels, donors, np.ones(n_new, dtype=bool))


def _of_class(label: int, numbers: Any, codes: np.ndarray, donors: np.ndarray) -> NewRows:
    n_new = len(donors)
    return NewRows(numbers, codes, np.full(n_new, label), donors, np.zeros(n_new, dtype=bool))


def _nothing(table: Encoded) -> NewRows:
    none = np.empty(0, dtype=np.int64)
    return NewRows(table.numbers[none], table.codes[none], none, none, none.astype(bool))


def _concatenate(parts: list[NewRows]) -> NewRows:
    numbers = [part.numbers for part in parts]
    is_sparse = sparse.issparse(numbers[0])
    return NewRows(
        sparse.vstack(numbers, format="csr") if is_sparse else np.vstack(numbers),
        np.vstack([part.codes for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.donors for part in parts]),
        np.concatenate([part.is_copy for part in parts]),
    )


def _show(label: object) -> str:
    return repr(label.item() if isinstance(label, np.generic) else label)
