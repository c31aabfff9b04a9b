"""What each family of models wants, and which part prepares which column for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from tabkit.preprocessing._blocks import NumberBlock
from tabkit.preprocessing._categories import CategoryCodes, CategoryIndex, OneHot
from tabkit.preprocessing._columns import ColumnReading, ReadTable
from tabkit.preprocessing._date_differences import DateDifferences, DateGaps
from tabkit.preprocessing._dates import DateCycles, DateParts, ElapsedTime
from tabkit.preprocessing._numbers import NumberColumns
from tabkit.preprocessing._target_encoding import TargetMeans
from tabkit.preprocessing._text import TextComponents
from tabkit.preprocessing._training_target import TrainingTarget

# Many-valued categories of several words, most with fewer rows than this, share more in
# their wording than in their own target.
_FEW_ROWS = 10


@dataclass(frozen=True)
class FamilyRules:
    """What a family of models wants.

    Attributes
    ----------
    is_scaled : bool
        Numbers scaled and filled, dates as cycles; else numbers with NaN, dates as parts.
    keeps_categories : bool
        Categories as pandas categoricals; else as indicators.
    max_categories : int
        A column with more has them encoded as numbers.
    """

    is_scaled: bool
    keeps_categories: bool
    max_categories: int


FAMILIES: dict[str, FamilyRules] = {
    "linear": FamilyRules(is_scaled=True, keeps_categories=False, max_categories=40),
    "tree": FamilyRules(is_scaled=False, keeps_categories=False, max_categories=10),
    # HistGradientBoosting takes 255 categories at most.
    "boosting": FamilyRules(is_scaled=False, keeps_categories=True, max_categories=255),
    "net": FamilyRules(is_scaled=True, keeps_categories=True, max_categories=255),
}


def family_rules(model_family: str, max_categories: int | None) -> FamilyRules:
    """Return what a family wants, with another limit for many-valued categories if given."""
    rules = FAMILIES[model_family]
    return rules if max_categories is None else replace(rules, max_categories=max_categories)


@dataclass(frozen=True)
class Plan:
    """The parts that prepare a table.

    Attributes
    ----------
    measured : list of NumberBlock
        Their numbers have a scale of their own, which some families want changed.
    indicated : list of NumberBlock
        Their numbers are fit for every family.
    categorical : list of CategoryCodes
        Their columns come out as pandas categoricals.
    """

    measured: list[NumberBlock] = field(default_factory=list)
    indicated: list[NumberBlock] = field(default_factory=list)
    categorical: list[CategoryCodes] = field(default_factory=list)


def plan_blocks(
    table: ReadTable,
    columns: Sequence[ColumnReading],
    rules: FamilyRules,
    rows: TrainingTarget,
    n_text_components: int,
    outliers: str = "keep",
) -> Plan:
    """Choose the part that prepares each column.

    Parameters
    ----------
    table : ReadTable
        The training rows.
    columns : sequence of ColumnReading
        Those that are used.
    rules : FamilyRules
    rows : TrainingTarget
    n_text_components : int
    outliers : {"keep", "clip"}, default="keep"
        See `NumberColumns`.
    """
    plan = Plan()
    numeric = [column.label for column in columns if column.kind == "numeric"]
    if numeric:
        plan.measured.append(NumberColumns(numeric, outliers))
    dates = [column.label for column in columns if column.kind == "date"]
    # With an order in time, every elapsed time to predict for is beyond those learned from.
    has_elapsed = rows.times is None
    if rules.is_scaled and len(dates) > 1:
        plan.measured.append(DateDifferences(dates, has_elapsed=has_elapsed))
        plan.indicated.append(DateGaps(dates))
    elif has_elapsed:
        plan.measured.extend(ElapsedTime(label) for label in dates)
    for column in columns:
        if column.kind == "date":
            plan.indicated.append(DateCycles(column.label) if rules.is_scaled else DateParts(column.label))
        elif column.kind == "category":
            _plan_category(plan, table[column.label], rules, rows, n_text_components)
        elif column.kind == "text":
            plan.indicated.append(TextComponents(column.label, n_text_components, marks_gaps=rules.is_scaled))
    return plan


def _plan_category(
    plan: Plan,
    column: pd.Series,
    rules: FamilyRules,
    rows: TrainingTarget,
    n_text_components: int,
) -> None:
    label, index = column.name, CategoryIndex(column)
    if len(index) > rules.max_categories:
        if rows.can_encode and not _is_wordy(column, index):
            plan.measured.append(TargetMeans(label, index, marks_gaps=rules.is_scaled))
        else:
            plan.indicated.append(TextComponents(label, n_text_components, marks_gaps=rules.is_scaled))
    elif rules.keeps_categories:
        plan.categorical.append(CategoryCodes(label, index))
    elif index.is_ordered and not rules.is_scaled:
        plan.measured.append(CategoryCodes(label, index))
    else:
        plan.indicated.append(OneHot(label, index, marks_gaps=rules.is_scaled))


def _is_wordy(column: pd.Series, index: CategoryIndex) -> bool:
    """Whether most categories are several words and have few rows."""
    n_wordy = sum(len(text.split()) > 1 for text in index.categories)
    if n_wordy <= len(index) / 2:
        return False
    codes = index.encode(column)
    return bool(np.median(np.bincount(codes[codes >= 0])) < _FEW_ROWS)
