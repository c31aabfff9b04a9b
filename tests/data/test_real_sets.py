"""Kinds, targets and tasks of the sixteen real sets."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tabkit.data import build_table, infer_task, read_table

pytestmark = pytest.mark.real_data

NO_FOLDER = "TABKIT_BENCHMARK_DATA names no folder with the real sets (index.json)"
# Everything else is a number where the file has numbers, and a category where it has text.
SPECIAL_KINDS = {
    "telco_churn": {"customerID": "identifier", "TotalCharges": "numeric"},
    "titanic": {"name": "text"},
    "sms_spam": {"text": "text"},
    "pollution": {"timestamp": "date"},
}
POSITIVE = {
    "adult": ">50K",
    "telco_churn": "Yes",
    "german_credit": "bad",
    "bank_marketing": "yes",
    "mammography": "calcification",
    "phoneme": 1,
    "titanic": 1,
    "sms_spam": "spam",
}


def _folder() -> Path | None:
    folder = os.environ.get("TABKIT_BENCHMARK_DATA")
    return Path(folder) if folder and (Path(folder) / "index.json").is_file() else None


def _index() -> dict[str, dict[str, Any]]:
    folder = _folder()
    return {} if folder is None else json.loads((folder / "index.json").read_text(encoding="utf-8"))


@pytest.fixture(params=list(_index()) or ["none"])
def real_set(request: pytest.FixtureRequest) -> tuple[str, Path, dict[str, Any]]:
    """Name, file and description of one set."""
    folder = _folder()
    if folder is None:
        pytest.skip(NO_FOLDER)
    facts = _index()[request.param]
    return request.param, folder / facts["file"], facts


@pytest.mark.slow
def test_same_values_as_pandas(real_set: tuple[str, Path, dict[str, Any]]) -> None:
    _, path, facts = real_set
    frame, _ = read_table(path)
    expected = pd.read_csv(path, float_precision="round_trip", keep_default_na=False, na_values=["", " "])
    assert frame.shape == (facts["rows"], facts["columns"])
    for name in frame:
        column = frame[name].astype(str) if frame[name].dtype.kind == "M" else frame[name]
        if column.dtype == object and expected[name].dtype == np.float64:
            column = pd.to_numeric(column)
        is_missing = expected[name].isna()
        assert (column.isna() == is_missing).all()
        pd.testing.assert_series_equal(column[~is_missing], expected[name][~is_missing])


def test_kinds_target_and_task(real_set: tuple[str, Path, dict[str, Any]]) -> None:
    name, path, facts = real_set
    table = build_table(path, target=facts["target"], time=facts.get("time"), group=facts.get("group"))
    task = infer_task(table)
    assert task.kind == facts["task"]
    assert task.positive == POSITIVE.get(name)
    assert table.name == name
    assert table.n_rows == facts["rows"]
    assert [column.name for column in table.columns] == list(read_table(path)[0])
    raw = pd.read_csv(path, low_memory=False)
    for column in table.columns:
        usual = "category" if raw[column.name].dtype == object else "numeric"
        assert column.kind == SPECIAL_KINDS.get(name, {}).get(column.name, usual), column
    n_roles = 1 + ("group" in facts) + sum(column.role == "set aside" for column in table.columns)
    assert table.frame.shape[1] == facts["columns"] - n_roles


@pytest.mark.skipif(_folder() is None, reason=NO_FOLDER)
def test_notes_on_telco_churn() -> None:
    table = build_table(_folder() / "telco_churn.csv.gz", target="Churn")
    charges = next(column for column in table.columns if column.name == "TotalCharges")
    assert charges.note == "11 values ' ' read as missing; text read as numbers"
    assert table.frame["TotalCharges"].isna().sum() == 11
    assert table.notes == ("set aside: 'customerID' (identifier)",)
