"""The checks in the order they run: one file each, and one line here."""

from __future__ import annotations

from tabkit.leakage._check import Check
from tabkit.leakage._checks._dominant_column import DOMINANT_COLUMN
from tabkit.leakage._checks._duplicate_rows import DUPLICATE_ROWS
from tabkit.leakage._checks._encodings import ENCODINGS
from tabkit.leakage._checks._groups import GROUPS
from tabkit.leakage._checks._identifiers import IDENTIFIERS
from tabkit.leakage._checks._later_times import LATER_TIMES
from tabkit.leakage._checks._leaky_names import LEAKY_NAMES
from tabkit.leakage._checks._missing_values import MISSING_VALUES
from tabkit.leakage._checks._near_duplicates import NEAR_DUPLICATES
from tabkit.leakage._checks._pairs import PAIRS
from tabkit.leakage._checks._row_order import ROW_ORDER
from tabkit.leakage._checks._target_leak import TARGET_LEAK
from tabkit.leakage._checks._test_rows import TEST_ROWS
from tabkit.leakage._checks._test_shift import TEST_SHIFT
from tabkit.leakage._checks._test_target import TEST_TARGET
from tabkit.leakage._checks._time_copies import TIME_COPIES
from tabkit.leakage._checks._times import TIMES
from tabkit.leakage._checks._weak_spots import WEAK_SPOTS

CHECKS: tuple[Check, ...] = (
    DUPLICATE_ROWS,
    TARGET_LEAK,
    DOMINANT_COLUMN,
    LEAKY_NAMES,
    MISSING_VALUES,
    IDENTIFIERS,
    ENCODINGS,
    GROUPS,
    TIMES,
    TIME_COPIES,
    LATER_TIMES,
    PAIRS,
    NEAR_DUPLICATES,
    ROW_ORDER,
    TEST_ROWS,
    TEST_SHIFT,
    TEST_TARGET,
    WEAK_SPOTS,
)
