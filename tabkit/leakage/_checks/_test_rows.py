"""Rows of the test table that training has seen: themselves, their groups, or their time."""

from __future__ import annotations

from collections.abc import Iterator

from tabkit._core._parameters import say_parameter
from tabkit._core._wording import agree, say_value
from tabkit.data import Table
from tabkit.leakage._check import Check, require_test, why_no_test
from tabkit.leakage._checks._duplicate_rows import MAX_LISTED
from tabkit.leakage._copies import say_columns
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding
from tabkit.leakage._twins import digest_rows

_LEAST_SHARE = 0.01
_ERROR_SHARE = 0.1


def find_known_test_rows(examination: Examination) -> Iterator[Finding]:
    """Yield what the rows for a last score share with those to learn from."""
    test = require_test(examination)
    yield from _shared_rows(examination, test)
    yield from _shared_groups(examination, test)
    yield from _earlier_rows(examination, test)
    yield from _new_categories(examination, test)


def say_test_rows(examination: Examination) -> str:
    """Name the rows for a last score: those of another table, or put away from this one."""
    return "rows put away for the last score" if examination.is_test_of_table else "rows of the test table"


def _shared_rows(examination: Examination, test: Table) -> Iterator[Finding]:
    import numpy as np
    import pandas as pd

    table = examination.table
    names = list(table.frame.columns)
    both = pd.concat([table.frame, test.frame[names]], ignore_index=True)
    target = pd.concat([table.target, test.target], ignore_index=True)
    digests = digest_rows(both.assign(**{"the target": target.astype(object)}))
    known = np.isin(digests[table.n_rows :], digests[: table.n_rows])
    share = float(known.mean())
    if not known.any():
        return
    yield Finding(
        "test-rows-in-training",
        "error" if share >= _ERROR_SHARE else "warning" if share >= _LEAST_SHARE else "info",
        f"{int(known.sum()):,} of {test.n_rows:,} {say_test_rows(examination)} ({share:.0%}) "
        f"{agree(int(known.sum()), 'is', 'are')} in the table that models learn from, target included: the "
        "score of such rows is one of memory.",
        f"If they are copies, keep one of each: {say_parameter('deduplicate', True)}"
        if examination.is_test_of_table
        else "Remove them from one of the two tables.",
        rows=tuple(np.flatnonzero(known)[:MAX_LISTED].tolist()),
        n_rows=int(known.sum()),
        evidence={"rows": float(known.sum()), "share": share},
    )


def _shared_groups(examination: Examination, test: Table) -> Iterator[Finding]:
    table = examination.table
    if table.groups is None or test.groups is None:
        return
    known = test.groups.astype(str).isin(set(table.groups.astype(str))).to_numpy()
    if known.any():
        share = float(known.mean())
        yield Finding(
            "test-groups-in-training",
            "warning",
            f"{int(known.sum()):,} of {test.n_rows:,} rows of the test table ({share:.0%}) "
            f"{agree(int(known.sum()), 'belongs', 'belong')} to groups that models learn from.",
            "Keep whole groups in one of the two tables.",
            n_rows=int(known.sum()),
            evidence={"rows": float(known.sum()), "share": share},
        )


def _earlier_rows(examination: Examination, test: Table) -> Iterator[Finding]:
    """Yield the columns of dates in which test rows do not come after the training rows."""
    for column in examination.table.columns:
        if column.kind != "date" or column.name not in examination.table.frame:
            continue
        last = examination.table.frame[column.name].max()
        earlier = (test.frame[column.name] <= last).to_numpy()
        later = ~earlier & test.frame[column.name].notna().to_numpy()
        is_declared = column.role == "time"
        if earlier.any() and (is_declared or later.any()):
            share = float(earlier.mean())
            yield Finding(
                "test-rows-not-later",
                "warning" if is_declared else "info",
                f"{int(earlier.sum()):,} of {test.n_rows:,} rows of the test table ({share:.0%}) "
                f"{agree(int(earlier.sum()), 'is', 'are')} no later in {column.name!r} than the last row to "
                f"learn from ({last}).",
                "Where models predict what comes later, the test table begins after the other one ends.",
                (column.name,),
                n_rows=int(earlier.sum()),
                evidence={"rows": float(earlier.sum()), "share": share},
            )


def _new_categories(examination: Examination, test: Table) -> Iterator[Finding]:
    categories = [name for name in examination.columns if examination.kinds.get(name) == "category"]
    for names in examination.merge_copies(categories):
        name = names[0]
        known = set(examination.table.frame[name].dropna().astype(str))
        values = test.frame[name].dropna().astype(str)
        is_new = ~values.isin(known)
        share = float(is_new.sum() / test.n_rows)
        if share < _LEAST_SHARE:
            continue
        example = values[is_new].iloc[0]
        is_one = examination.is_test_of_table
        yield Finding(
            "new-categories",
            "warning" if share >= _ERROR_SHARE and not is_one else "info",
            f"{int(is_new.sum()):,} of {test.n_rows:,} {say_test_rows(examination)} "
            f"{agree(int(is_new.sum()), 'has', 'have')} a value of {say_columns(names, 'column')} that no "
            f"row to learn from has, such as {say_value(example)}.",
            "Nothing to do: such values are as new to the model as those that it will meet."
            if is_one
            else "Look whether the two tables are written alike and stem from the same source.",
            names,
            n_rows=int(is_new.sum()),
            evidence={"rows": float(is_new.sum()), "share": share},
        )


TEST_ROWS = Check(
    "test rows that training has seen",
    ("test-rows-in-training", "test-groups-in-training", "test-rows-not-later", "new-categories"),
    find_known_test_rows,
    why_no_test,
)
