"""`set_output` and `get_feature_names_out` of every candidate's Pipeline."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pytest

from tabkit.catalog import CATALOG, make_model
from tabkit.data import Table, build_table, infer_task
from tabkit.evaluation import fit_rows

NAMES = [candidate.name for candidate in CATALOG if "binary" in candidate.tasks]


@pytest.fixture(scope="module")
def table(awkward_frame) -> Table:
    return build_table(awkward_frame("binary", n_rows=120), target="outcome")


@pytest.mark.parametrize(("library", "frame_type"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame)])
@pytest.mark.parametrize("name", [name for name in NAMES if len(make_model(name, task="binary").steps) > 1])
def test_features_of_the_model_have_the_names_of_the_preparation(
    name: str, library: Any, frame_type: type, table: Table
) -> None:
    pipeline = make_model(name, task=infer_task(table)).set_output(transform=library)
    preparation = pipeline[:-1].fit(table.frame, table.target)
    prepared = preparation.transform(table.frame)
    assert isinstance(prepared, frame_type)
    assert list(prepared.columns) == list(preparation.get_feature_names_out())
    columns = tuple(table.frame.columns)
    assert all(feature.startswith(columns) for feature in preparation.get_feature_names_out())


@pytest.mark.parametrize("name", ["linear", "hist_gradient_boosting", "lightgbm", "xgboost", "catboost"])
def test_model_fits_on_a_named_frame(name: str, table: Table) -> None:
    pipeline = make_model(name, task=infer_task(table)).set_output(transform="pandas")
    fitted, _ = fit_rows(pipeline, table, table.frame.index.to_numpy(), n_threads=1)
    assert list(fitted[-1].feature_names_in_) == list(fitted[:-1].get_feature_names_out())
    assert fitted.predict_proba(table.frame).shape == (120, 2)
