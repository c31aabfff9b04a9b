"""Saved models: what is read back, and what is not trusted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tabkit
from tabkit._core import InputError
from tabkit.catalog import CATALOG


@pytest.mark.parametrize(
    ("name", "task"),
    [(c.name, task) for c in CATALOG for task in ("multiclass", "regression") if task in c.tasks],
)
def test_every_candidate_predicts_the_same_when_read_back(
    name: str, task: str, awkward_frame, shorten, tmp_path: Path
) -> None:
    frame = awkward_frame(task, n_rows=120)
    X, y = frame.drop(columns="outcome"), frame["outcome"]
    model = shorten(tabkit.make_model(name, task=task))
    fewer = {"model__n_estimators": 10, "model__iterations": 10}
    model.set_params(**{key: value for key, value in fewer.items() if key in model.get_params()})
    model.fit(X, y)
    again = tabkit.load(tabkit.save(model, tmp_path / "model.skops"))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    if task == "multiclass":
        np.testing.assert_allclose(again.predict_proba(X), model.predict_proba(X), rtol=1e-12)


def test_foreign_types_are_refused_unless_named(tmp_path: Path) -> None:
    from misbehaving_model import Foreign

    path = tabkit.save(Foreign().fit(), tmp_path / "model.skops")
    with pytest.raises(InputError, match=r"types that are not trusted: misbehaving_model\.Foreign"):
        tabkit.load(path)
    assert tabkit.load(path, trusted=["misbehaving_model.Foreign"]).fitted_ == 1


def test_functions_of_trusted_packages_are_not_trusted(tmp_path: Path) -> None:
    from sklearn.preprocessing import FunctionTransformer

    path = tabkit.save(FunctionTransformer(np.load), tmp_path / "model.skops")
    with pytest.raises(InputError, match="not trusted"):
        tabkit.load(path)


def test_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        tabkit.load(tmp_path / "model.skops")
