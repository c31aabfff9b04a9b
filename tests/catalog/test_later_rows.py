"""Winners on later rows that another reader has read: zeros lost, other names, missing values as told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import tabkit
from tabkit.boosting import LightGBMClassifier
from tabkit.data import build_table, infer_task

_CODES = ["00501", "00544", "10001", "90210"]


def _codes(n_rows: int = 800) -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"zip": rng.choice(_CODES, n_rows), "size": rng.normal(size=n_rows)})
    return X, pd.Series(X["zip"].isin(["00501", "90210"]) ^ (rng.random(n_rows) < 0.1), name="y")


def _models() -> dict[str, Any]:
    names = ("linear", "tree", "lightgbm", "mlp")
    return {name: tabkit.make_model(name, task="binary") for name in names} | {
        "LightGBMClassifier": LightGBMClassifier(n_estimators=20)
    }


@pytest.mark.parametrize("name", _models())
def test_codes_whose_zeros_were_lost_are_the_codes(name: str) -> None:
    X, y = _codes()
    model = _models()[name].fit(X, y)
    later = pd.DataFrame({"zip": _CODES, "size": 0.1})
    expected = model.predict_proba(later)[:, 1]
    assert np.ptp(expected) > 0.3, "the codes matter"
    for read in (later["zip"].astype(int), later["zip"].astype(float), later["zip"].astype(int).astype(str)):
        np.testing.assert_array_equal(model.predict_proba(later.assign(zip=read))[:, 1], expected)


def test_codes_of_several_widths_stay_what_they_are() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"code": rng.choice(["01", "1", "22"], 200), "size": rng.normal(size=200)})
    model = tabkit.make_model("tree", task="binary").fit(X, X["code"] == "01")
    later = pd.DataFrame({"code": ["01", "1"], "size": 0.0})
    assert model.predict(later).tolist() == [True, False]


def test_missing_values_that_were_told_are_missing_in_later_rows() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"area": rng.uniform(1, 9, 200), "kind": rng.choice(["a", "b", "none"], 200)})
    frame["y"] = 10 * frame["area"] + rng.normal(size=200)
    frame.loc[::7, "area"] = -999
    table = build_table(frame, target="y", reading={"na_values": ["-999", "none"]})
    model = tabkit.make_model("linear", task=infer_task(table)).fit(table.frame, table.target)
    told = pd.DataFrame({"area": [-999.0, 5.0, -999.0], "kind": ["a", "none", "b"]})
    missing = pd.DataFrame({"area": [np.nan, 5.0, np.nan], "kind": ["a", None, "b"]})
    np.testing.assert_array_equal(model.predict(told), model.predict(missing))
    as_text = told.astype({"area": object}).assign(area=["-999", "5.0", "-999"])
    np.testing.assert_array_equal(model.predict(as_text), model.predict(missing))


def test_names_are_found_without_the_white_space_around_them() -> None:
    X, y = _codes()
    model = tabkit.make_model("tree", task="binary").fit(X, y)
    renamed = X.rename(columns={"zip": " zip", "size": "size "})
    np.testing.assert_array_equal(model.predict(renamed), model.predict(X))
    bare = LightGBMClassifier(n_estimators=5).fit(X, y)
    np.testing.assert_array_equal(bare.predict(renamed), bare.predict(X))


def test_booleans_are_the_same_however_they_are_spelled() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"flag": rng.random(300) < 0.5, "size": rng.normal(size=300)})
    model = tabkit.make_model("linear", task="binary").fit(X, X["flag"])
    later = pd.DataFrame({"flag": [True, False], "size": 0.0})
    for spelled in (["true", "false"], ["True", "False"], [1, 0], ["TRUE", "FALSE"]):
        np.testing.assert_array_equal(
            model.predict_proba(later.assign(flag=spelled)), model.predict_proba(later)
        )
