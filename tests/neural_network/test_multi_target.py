"""One network for several targets: classes and values mixed, with a head and a weight each."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.metrics import r2_score
from sklearn.model_selection import cross_val_score

import tabkit
from tabkit import InputError
from tabkit.neural_network import TabularMLPMultiTarget, TabularMLPRegressor
from tabkit.neural_network._training._losses import TargetLoss, build_loss, make_loss
from tabkit.neural_network._training._mixup import Mixup, mix

QUICK: dict[str, Any] = {
    "hidden_sizes": (32,),
    "max_epochs": 30,
    "batch_size": 64,
    "n_jobs": 1,
    "random_state": 0,
}
CLASSES = {"loss": "cross_entropy", "is_classification": True, "n_classes": 3, "label_smoothing": 0.1}
TWO = {"loss": "focal", "is_classification": True, "n_classes": 2}
VALUES = {"loss": "huber", "is_classification": False}
MIXED = [TargetLoss(CLASSES, 3, 2.0), TargetLoss(VALUES, 1, 1.0), TargetLoss(TWO, 2, 5.0)]


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, pd.DataFrame]:
    """A shared cause: which of three, how much, and whether."""
    generator = np.random.default_rng(0)
    X = pd.DataFrame(generator.normal(size=(600, 4)), columns=list("abcd"))
    cause = X["a"] + X["b"] ** 2
    y = pd.DataFrame(
        {
            "size": pd.qcut(cause, 3, labels=["small", "middle", "large"]).astype(str),
            "price": 1000 * cause + generator.normal(size=600),
            "sold": cause + generator.normal(scale=0.3, size=600) > 1,
        },
        index=X.index,
    )
    return X, y


@pytest.fixture(scope="module")
def fitted(table: Any) -> TabularMLPMultiTarget:
    X, y = table
    return TabularMLPMultiTarget(**QUICK | {"max_epochs": 100}).fit(X[:400], y[:400])


@pytest.mark.slow
def test_every_target_is_learnt(fitted: TabularMLPMultiTarget, table: Any) -> None:
    X, y = table
    predicted = fitted.predict(X[400:])
    assert list(predicted) == ["size", "price", "sold"]
    assert predicted.index.equals(X.index[400:])
    assert (predicted["size"] == y["size"][400:]).mean() > 0.85
    assert r2_score(y["price"][400:], predicted["price"]) > 0.9
    assert (predicted["sold"] == y["sold"][400:]).mean() > 0.85
    assert fitted.score(X[400:], y[400:]) > 0.85


def test_probabilities_come_by_target(fitted: TabularMLPMultiTarget, table: Any) -> None:
    X, _ = table
    proba = fitted.predict_proba(X)
    assert {name: part.shape for name, part in proba.items()} == {"size": (600, 3), "sold": (600, 2)}
    for part in proba.values():
        assert part.dtype == np.float64
        np.testing.assert_allclose(part.sum(axis=1), 1.0, atol=1e-12)
    assert fitted.classes_["size"].tolist() == ["large", "middle", "small"]


@pytest.mark.parametrize("n_members", [1, 3])
def test_the_loss_is_the_weighted_mean_of_the_losses(n_members: int) -> None:
    torch.manual_seed(0)
    loss = build_loss(MIXED)
    assert loss.n_outputs(6) == 3 + 1 + 1
    output = torch.randn(20, n_members, 5)
    codes, values, flags = torch.randint(3, (20,)), torch.randn(20), torch.randint(2, (20,))
    target = torch.stack([codes.float(), values, flags.float()], dim=1)
    parts = [
        make_loss(**CLASSES)(output[..., :3], codes),
        make_loss(**VALUES)(output[..., 3:4], values.unsqueeze(1)),
        make_loss(**TWO)(output[..., 4:], flags),
    ]
    expected = (2 * parts[0] + parts[1] + 5 * parts[2]) / 8
    torch.testing.assert_close(loss(output, target), expected)
    assert loss.to_prediction(output).shape == (20, n_members, 6)


def test_mixed_rows_have_shares_of_the_classes_of_each_target() -> None:
    loss = build_loss(MIXED)
    output = torch.randn(8, 2, 5)
    target = torch.tensor([[2.0, 0.5, 1.0], [0.0, -1.0, 0.0]]).repeat(4, 1)
    soft = loss.soften(target, 6)
    assert soft[0].tolist() == [0.0, 0.0, 1.0, 0.5, 0.0, 1.0]
    torch.testing.assert_close(loss(output, soft), loss(output, target))
    partners, share = Mixup(1.0).draw(8, torch.Generator().manual_seed(0))
    assert loss(output, mix(soft, partners, share)).shape == (8, 2)


@pytest.mark.slow
def test_a_target_without_weight_is_not_learnt(table: Any) -> None:
    X, y = table
    weights = {"size": 0.0, "sold": 0.0}
    model = TabularMLPMultiTarget(**QUICK | {"max_epochs": 80}, target_weights=weights).fit(X, y)
    proba = model.predict_proba(X)["size"]
    truth = proba[np.arange(600), np.searchsorted(model.classes_["size"], y["size"])]
    assert -np.log(truth).mean() > 0.9
    assert r2_score(y["price"], model.predict(X)["price"]) > 0.9


@pytest.mark.parametrize(
    "change",
    [
        {"mixup": 0.5},
        {"n_members": 3},
        {"preset": "classic", "learning_rate": 1e-3},
        {"loss": {"price": "huber", "sold": "focal"}},
        {"loss": "absolute_error"},
        {"scoring": {"sold": "roc_auc", "price": "r2"}},
        {"class_weight": {"sold": "balanced"}},
        {"refit": True},
        {"early_stopping": False},
        {"kinds": {"sold": "classification"}},
    ],
)
def test_every_option_trains(change: dict[str, Any], table: Any) -> None:
    X, y = table
    model = TabularMLPMultiTarget(**QUICK | {"max_epochs": 8} | change).fit(X, y)
    assert len(model.predict(X)) == 600
    losses = model.history_["train_loss"]
    assert losses.iloc[-1] < losses.iloc[0]


def test_kinds_are_found_and_can_be_given(table: Any) -> None:
    X, y = table
    stars = y.assign(stars=np.arange(600) % 5)
    brief = QUICK | {"max_epochs": 2}
    assert set(TabularMLPMultiTarget(**brief).fit(X, stars).classes_) == {"size", "sold", "stars"}
    given = TabularMLPMultiTarget(**brief, kinds={"stars": "regression"}).fit(X, stars)
    assert set(given.classes_) == {"size", "sold"}


def test_targets_without_names_have_positions(table: Any) -> None:
    X, y = table
    model = TabularMLPMultiTarget(**QUICK).fit(X, y.to_numpy())
    assert model.targets_ == [0, 1, 2]
    assert set(model.classes_) == {0, 2}
    assert model.score(X, y.to_numpy()) > 0.5


def test_targets_are_matched_by_name(fitted: TabularMLPMultiTarget, table: Any) -> None:
    X, y = table
    assert fitted.score(X, y[["sold", "price", "size"]]) == fitted.score(X, y)
    with pytest.raises(InputError, match=r"y has no \['price'\]"):
        fitted.score(X, y.drop(columns="price"))


def test_same_seed_same_model_and_pickles_predict_alike(table: Any, tmp_path: Any) -> None:
    X, y = table
    first = TabularMLPMultiTarget(**QUICK).fit(X, y)
    again = clone(first).fit(X, y)
    pd.testing.assert_frame_equal(first.predict(X), again.predict(X))
    pd.testing.assert_frame_equal(first.predict(X), pickle.loads(pickle.dumps(first)).predict(X))
    saved = tabkit.load(tabkit.save(first, tmp_path / "model.skops"))
    pd.testing.assert_frame_equal(first.predict(X), saved.predict(X))


def test_goes_on_from_where_it_was(table: Any) -> None:
    X, y = table
    model = TabularMLPMultiTarget(**QUICK).partial_fit(X, y)
    before = model.history_["train_loss"].iloc[0]
    for _ in range(10):
        model.partial_fit(X, y)
    assert model.history_["train_loss"].iloc[-1] < before
    further = TabularMLPMultiTarget(**QUICK | {"max_epochs": 1}, start_from=model).fit(X, y)
    assert further.history_["train_loss"].iloc[0] < before


@pytest.mark.slow
def test_cross_validates_with_its_own_score(table: Any) -> None:
    X, y = table
    assert cross_val_score(TabularMLPMultiTarget(**QUICK), X, y, cv=3).mean() > 0.6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kinds": {"colour": "classification"}}, r"kinds has \['colour'\]"),
        ({"kinds": {"size": "label"}}, "expected 'classification' or 'regression'"),
        ({"kinds": {"size": "regression"}}, "target 'size'"),
        ({"target_weights": {"price": -1.0}}, "expected numbers from 0 on"),
        ({"scoring": "r2"}, "expected a scorer for one or more of the targets"),
        ({"loss": {"price": "focal"}}, "no loss for values"),
        ({"loss": {"prices": "huber"}}, r"loss has \['prices'\]"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], message: str, table: Any) -> None:
    X, y = table
    with pytest.raises(InputError, match=message):
        TabularMLPMultiTarget(**QUICK | change).fit(X, y)


def test_missing_labels_name_the_target(table: Any) -> None:
    X, y = table
    with pytest.raises(InputError, match="target 'size'"):
        TabularMLPMultiTarget(**QUICK).fit(X, y.assign(size=y["size"].where(y.index > 3)))


@pytest.mark.slow
def test_the_regressor_takes_several_values(table: Any) -> None:
    X, y = table
    both = np.column_stack([y["price"], X["c"] * 1e-3])
    model = TabularMLPRegressor(**QUICK | {"max_epochs": 100}).fit(X, both)
    assert model.predict(X).shape == (600, 2)
    assert r2_score(both, model.predict(X), multioutput="raw_values").min() > 0.9
    quantiles = TabularMLPRegressor(**QUICK, loss="quantile", quantiles=(0.1, 0.9)).fit(X, both).predict(X)
    assert quantiles.shape == (600, 4)
    assert (quantiles[:, 0] <= quantiles[:, 1]).all()
    assert (quantiles[:, 2] <= quantiles[:, 3]).all()
    with pytest.raises(InputError, match="1 column, and 2"):
        model.partial_fit(X, both[:, 0])
