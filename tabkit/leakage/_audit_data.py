"""`tabkit.audit`: a file in, what may leak out."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tabkit._core import InputError
from tabkit._core._parameters import say_parameter
from tabkit._core._random import derive_seed
from tabkit.data import ColumnKind, ReadingOptions, Table, Task, TaskKind, build_table, infer_task, read_alike
from tabkit.evaluation import Folds, split_table
from tabkit.leakage._audit import Audit
from tabkit.leakage._audit_table import audit_table


def audit(
    data: Any,
    *,
    query: str | None = None,
    target: Any = None,
    task: TaskKind | None = None,
    positive: Any = None,
    time: str | None = None,
    group: str | None = None,
    weight: str | None = None,
    drop: Sequence[str] = (),
    kinds: Mapping[str, ColumnKind] | None = None,
    reading: ReadingOptions | Mapping[str, Any] | None = None,
    test: Any = None,
    codes: Collection[str] | None = None,
    n_folds: int = 5,
    time_limit: float | None = 60.0,
    max_rows: int = 3000,
    n_threads: int = 1,
    random_state: int = 0,
) -> Audit:
    """Look for leaks in a table before models are compared on it.

    The folds are those that `tabkit.compare` draws with the same roles, number of folds and seed.

    Parameters
    ----------
    data : str, path-like, sequence of such, or table in memory
        See `tabkit.data.build_table`, as for all options up to ``kinds``.
    query : str, default=None
        Of a database.
    target : str or array-like of shape (n_rows,), default=None
    task : {"binary", "multiclass", "regression"}, default=None
        None lets the target decide.
    positive : object, default=None
        The positive label of a binary target.
    time, group, weight : str, default=None
        Columns with a role.
    drop : sequence of str, default=()
        Columns that are no features. They are still looked at as groups and times.
    kinds : mapping of str to kind, default=None
    reading : ReadingOptions or mapping, default=None
    test : str, path-like or table in memory, default=None
        Rows for a last score, compared with the others.
    codes : collection of str, default=None
        Only the checks that may yield findings of these codes; None for all.
    n_folds : int, default=5
    time_limit : float or None, default=60.0
        Seconds for the checks, reading not included; those that there is no time for are named.
    max_rows : int, default=3000
        The fast model is measured on so many rows at most.
    n_threads : int, default=1
    random_state : int, default=0

    Returns
    -------
    audit : Audit

    Raises
    ------
    InputError
        If the data cannot be used.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame({"size": rng.normal(size=200), "rooms": rng.integers(1, 6, 200)})
    >>> frame["price"] = 3 * frame["size"] + frame["rooms"] + rng.normal(size=200)
    >>> frame["fee"] = 0.03 * frame["price"]
    >>> found = audit(frame, target="price").findings[0]
    >>> found.code, found.severity, found.columns
    ('target-leak', 'error', ('fee',))
    """
    if isinstance(drop, str):
        raise InputError(f"drop={drop!r} is one name: pass a list, [{drop!r}]")
    if n_folds < 2:
        raise InputError(f"{say_parameter('n_folds')} is {n_folds}: at least two are needed")
    table = build_table(
        data,
        query=query,
        target=target,
        time=time,
        group=group,
        weight=weight,
        drop=drop,
        kinds=kinds,
        reading=reading,
    )
    settled = infer_task(table, kind=task, positive=positive)
    return audit_table(
        table,
        settled,
        _draw_folds(table, settled, n_folds, random_state),
        test=None if test is None else read_alike(test, table, settled, reading=reading),
        codes=codes,
        time_limit=time_limit,
        max_rows=max_rows,
        n_threads=n_threads,
        random_state=random_state,
    )


def _draw_folds(table: Table, task: Task, n_folds: int, random_state: int) -> Folds:
    """Draw the folds of `tabkit.compare`, also where a class is too rare for one."""
    from tabkit.model_selection import choose_splitter, describe_splitter

    most = min(n_folds, table.n_rows // 2)
    if table.groups is not None:
        most = min(most, table.groups.nunique())
    if most < 2:
        raise InputError("too few rows or groups for two folds")
    splitter = choose_splitter(task, n_splits=most, random_state=derive_seed(random_state, "folds"))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class", category=UserWarning)
        try:
            pairs = split_table(splitter, table)
        except ValueError as error:
            raise InputError(f"no folds can be drawn: {error} ({say_parameter('n_folds')})") from error
    return Folds(pairs, describe_splitter(splitter), table.source_rows)
