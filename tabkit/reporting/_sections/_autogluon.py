"""What AutoGluon was, what it was given and what it did."""

from __future__ import annotations

from tabkit.comparison import Comparison
from tabkit.evaluation import Evaluation
from tabkit.reporting._blocks import Block, Cell, Facts, Notice, Paragraph, Section, TableBlock, TableColumn
from tabkit.reporting._format import ABSENT, format_digits, shorten
from tabkit.reporting._leaderboard_table import number_cell

AUTOGLUON = "autogluon"
_VALUE_LENGTH = 400


def build(comparison: Comparison) -> Section | None:
    """Show what it says of itself; None when it took no part."""
    evaluation = next((one for one in comparison.evaluations if one.name == AUTOGLUON), None)
    if evaluation is None:
        return None
    blocks: list[Block] = [
        Paragraph(
            "AutoGluon got the same folds as every other model, and for each fold the seconds that all other "
            "candidates got together. What counts is its score on the test rows, which it never saw; its own "
            "validation scores are not used. It is a yardstick: the model that is saved is tabkit's."
        )
    ]
    if not evaluation.is_finished:
        blocks.append(
            Notice(f"{evaluation.status}: {evaluation.reason}" if evaluation.reason else evaluation.status)
        )
    if evaluation.folds:
        same, varying = _split_details(evaluation)
        if same:
            blocks.append(
                Facts(tuple((_title(key), shorten(value, _VALUE_LENGTH)) for key, value in same.items()))
            )
        blocks.append(_list_folds(evaluation, varying))
    return Section("AutoGluon", tuple(blocks), "autogluon")


def _split_details(evaluation: Evaluation) -> tuple[dict[str, str], list[str]]:
    """The details that are the same on every fold, and the names of those that are not."""
    same: dict[str, str] = {}
    varying: list[str] = []
    for key in dict.fromkeys(key for fold in evaluation.folds for key in fold.details):
        values = {fold.details.get(key, "") for fold in evaluation.folds}
        if len(values) == 1:
            same[key] = values.pop()
        else:
            varying.append(key)
    return same, varying


def _list_folds(evaluation: Evaluation, keys: list[str]) -> TableBlock:
    columns = (
        TableColumn("fold", is_number=True),
        TableColumn("seconds used", is_number=True, title="to fit, wall time"),
        TableColumn("threads", is_number=True),
        *(TableColumn(_title(key)) for key in keys),
    )
    rows = tuple(
        (
            Cell(str(fold.fold + 1)),
            number_cell(format_digits(fold.fit_seconds), fold.fit_seconds),
            Cell(str(fold.n_threads)),
            *(Cell(shorten(fold.details.get(key, ABSENT), _VALUE_LENGTH)) for key in keys),
        )
        for fold in evaluation.folds
    )
    return TableBlock(columns, rows)


def _title(key: str) -> str:
    return key.replace("_", " ")
