"""Training from Parquet files: every row, in random order, never all at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from skorch.callbacks import Callback

from tabkit import InputError
from tabkit.neural_network import TabularMLPClassifier, TabularMLPMultiTarget, TabularMLPRegressor
from tabkit.neural_network import _parquet_source as module
from tabkit.neural_network._encoder import TableEncoder
from tabkit.neural_network._parquet import ParquetTable, RowGroup, open_parquet
from tabkit.neural_network._parquet_source import EncodedRows, ParquetSource
from tabkit.neural_network._targets import ValueTarget

N_ROWS = 1_000
QUICK: dict[str, Any] = {
    "hidden_sizes": (32,),
    "max_epochs": 6,
    "batch_size": 64,
    "n_jobs": 1,
    "random_state": 0,
}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(N_ROWS, 3)), columns=["a", "b", "c"])
    frame["city"] = generator.choice(["Ulm", "Rom", None], N_ROWS)
    frame["number"] = np.arange(N_ROWS, dtype=float)
    frame["price"] = 100 * (frame["a"] + (frame["city"] == "Ulm")) + generator.normal(size=N_ROWS)
    frame["sold"] = np.where(frame["price"] > 50, "yes", "no")
    frame["weight"] = generator.uniform(0.5, 2.0, N_ROWS)
    return frame


@pytest.fixture
def folder(frame: pd.DataFrame, tmp_path: Path) -> Path:
    """Two files, in row groups of 100."""
    folder = tmp_path / "table"
    folder.mkdir()
    for name, part in (("first", frame[:600]), ("second", frame[600:])):
        part.to_parquet(folder / f"{name}.parquet", row_group_size=100, index=False)
    return folder


def make_source(folder: Path, n_workers: int = 0) -> ParquetSource:
    table = open_parquet(folder, target="price", weight="weight", drop=["sold"])
    X, y, _ = table.read_all(table.groups)
    encoder = TableEncoder()
    numbers, codes = encoder.fit_transform(X)
    rows = EncodedRows(table, table.groups, encoder, ValueTarget.learn(y, None, {}))
    return ParquetSource(rows, module.TensorRows(numbers, codes), n_workers)


def take_epochs(source: ParquetSource, n_epochs: int) -> list[list[torch.Tensor]]:
    """The column "number" of each batch, scaled back to whole numbers."""
    feed = source.open(96, torch.device("cpu"), seed=0)
    scaled = source.sample.numbers[:, 3]
    number_of = {float(value): number for number, value in enumerate(scaled)}
    return [
        [torch.tensor([number_of[float(value)] for value in batch.numbers[:, 3]]) for batch in feed]
        for _ in range(n_epochs)
    ]


def test_an_epoch_takes_every_row_once_but_for_what_fills_no_batch(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 250)
    first, second = take_epochs(make_source(folder), 2)
    assert [len(batch) for batch in first] == [96] * 10
    for epoch in (first, second):
        assert len(torch.cat(epoch).unique()) == 960
    assert not torch.equal(torch.cat(first), torch.cat(second))
    # Rows of three row groups are mixed in a batch.
    assert len({int(number) // 100 for number in first[0]}) == 3


def test_rows_keep_their_targets_and_weights(folder: Path, frame: pd.DataFrame) -> None:
    source = make_source(folder)
    batch = next(iter(source.open(50, torch.device("cpu"), seed=0)))
    scaled = source.sample.numbers[:, 3]
    rows = [int((scaled == value).nonzero()) for value in batch.numbers[:, 3]]
    assert batch.weight is not None
    assert batch.target is not None
    np.testing.assert_allclose(batch.weight, frame["weight"].iloc[rows], rtol=1e-6)
    prices = source.rows.target.decode(batch.target.double().numpy())  # type: ignore[attr-defined]
    np.testing.assert_allclose(prices, frame["price"].iloc[rows], rtol=1e-4, atol=1e-3)


def test_batches_are_the_same_for_any_number_of_workers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 150)
    alone, helped = (take_epochs(make_source(folder, n_workers), 2) for n_workers in (0, 2))
    for one, other in zip(alone, helped, strict=True):
        assert all(torch.equal(*pair) for pair in zip(one, other, strict=True))


def test_never_more_rows_than_are_mixed_are_read_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 150)
    monkeypatch.setattr("tabkit.neural_network._parquet._MOST_SAMPLED", 200)
    read_rows = []
    read = ParquetTable.read

    def counting(table: ParquetTable, groups: Any, columns: Any) -> pd.DataFrame:
        result = read(table, groups, columns)
        if "a" in columns:
            read_rows.append(len(result))
        return result

    monkeypatch.setattr(ParquetTable, "read", counting)
    TabularMLPClassifier(**QUICK).fit_parquet(folder, target="sold", drop=["price"], n_workers=0)
    assert max(read_rows) == 200


@pytest.mark.slow
def test_learns_as_from_memory(folder: Path, frame: pd.DataFrame) -> None:
    X = frame.drop(columns=["price", "sold", "weight"])
    drop = ["price", "weight"]
    model = TabularMLPClassifier(**QUICK | {"max_epochs": 30})
    streamed = model.fit_parquet(folder, target="sold", drop=drop, n_workers=0).score(X, frame["sold"])
    assert streamed > 0.9
    assert list(model.feature_names_in_) == list(X)
    assert abs(streamed - model.fit(X, frame["sold"]).score(X, frame["sold"])) < 0.05


def test_the_number_of_workers_does_not_change_the_model(folder: Path, frame: pd.DataFrame) -> None:
    X = frame.drop(columns=["price", "sold", "weight"])
    predicted = [
        TabularMLPRegressor(**QUICK)
        .fit_parquet(folder, target="price", weight="weight", drop=["sold"], n_workers=n_workers)
        .predict(X)
        for n_workers in (0, 2)
    ]
    assert (predicted[0] == predicted[1]).all()


def test_several_targets_come_from_several_columns(folder: Path, frame: pd.DataFrame) -> None:
    model = TabularMLPMultiTarget(**QUICK | {"max_epochs": 30})
    model.fit_parquet(folder, target=["sold", "price"], drop=["weight"], n_workers=0)
    assert model.score(frame[["a", "b", "c", "city", "number"]], frame[["sold", "price"]]) > 0.85


def test_a_class_of_one_row_group_alone_is_known(tmp_path: Path, frame: pd.DataFrame) -> None:
    path = tmp_path / "rare.parquet"
    labels = frame["sold"].where(frame.index < 950, "returned")
    frame.assign(sold=labels).to_parquet(path, row_group_size=50)
    model = TabularMLPClassifier(**QUICK).fit_parquet(path, target="sold", n_workers=0)
    assert model.classes_.tolist() == ["no", "returned", "yes"]


def test_the_last_row_groups_validate_where_files_are_in_order_of_time(folder: Path) -> None:
    table = open_parquet(folder, target="price")
    training, held = table.split(0.2, "last", seed=0)
    assert [group.position for group in held] == [2, 3]
    assert all(group.path.endswith("second.parquet") for group in held)
    training, held = table.split(0.2, "random", seed=0)
    assert len(held) == 2
    assert set(training) | set(held) == set(table.groups)
    assert table.split(0.0, "random", seed=0) == (list(table.groups), [])


def test_row_groups_that_are_too_large_are_not_set_aside() -> None:
    groups = tuple(RowGroup("a", position, size) for position, size in enumerate([5_000, *[10] * 9]))
    table = ParquetTable(groups, ("x",), "y", None)
    for seed in range(5):
        _, held = table.split(0.2, "random", seed)
        assert sum(group.n_rows for group in held) <= 90
    two = ParquetTable((RowGroup("a", 0, 1_000), RowGroup("a", 1, 900)), ("x",), "y", None)
    assert [group.n_rows for group in two.split(0.2, "random", 0)[1]] == [900]
    assert [group.n_rows for group in two.split(0.2, "last", 0)[1]] == [900]


def test_files_of_a_frame_with_an_index_and_files_that_lack_a_value(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    shuffled = frame.sample(frac=1, random_state=0)
    shuffled[:500].to_parquet(tmp_path / "a.parquet", row_group_size=100)
    shuffled[500:].assign(city=None).to_parquet(tmp_path / "b.parquet", row_group_size=100)
    model = TabularMLPClassifier(**QUICK)
    model.fit_parquet(tmp_path, target="sold", drop=["price", "weight"], n_workers=0)
    assert list(model.feature_names_in_) == ["a", "b", "c", "city", "number"]
    shuffled[500:].assign(city=1.5).to_parquet(tmp_path / "b.parquet", row_group_size=100)
    with pytest.raises(InputError, match=r"b\.parquet: column 'city' holds numbers, and text"):
        model.fit_parquet(tmp_path, target="sold", n_workers=0)


def test_weights_are_checked_in_every_row_group(tmp_path: Path, frame: pd.DataFrame) -> None:
    weights = frame["weight"].where(frame.index != 990, -1.0)
    frame.assign(weight=weights).to_parquet(tmp_path / "a.parquet", row_group_size=100)
    with pytest.raises(InputError, match="not negative"):
        TabularMLPRegressor(**QUICK).fit_parquet(tmp_path, target="price", weight="weight")


def test_a_stopped_training_goes_on_to_the_same_weights(folder: Path, tmp_path: Path) -> None:
    class Stop(Callback):
        def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
            if len(net.history) == 3:
                raise RuntimeError("killed")

    def fit(checkpoint_dir: Path | None, callbacks: list[Any]) -> TabularMLPRegressor:
        model = TabularMLPRegressor(**QUICK, checkpoint_dir=checkpoint_dir, callbacks=callbacks)
        return model.fit_parquet(folder, target="price", drop=["sold"], n_workers=0)

    whole = fit(None, []).network_.state_dict()
    with pytest.raises(RuntimeError, match="killed"):
        fit(tmp_path / "states", [Stop()])
    resumed = fit(tmp_path / "states", []).network_.state_dict()
    assert all(torch.equal(weight, resumed[name]) for name, weight in whole.items())


def test_trains_once_more_on_all_rows_when_asked(folder: Path) -> None:
    model = TabularMLPRegressor(**QUICK, refit=True)
    model.fit_parquet(folder, target="price", drop=["sold"], n_workers=0)
    assert len(model._net.history) == model.n_epochs_


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"target": "prize"}, "no column 'prize'"),
        ({"target": "price", "weight": "w"}, "no column 'w'"),
        ({"target": "price", "validation": "first"}, "expected 'random' or 'last'"),
        ({"target": "price", "weight": "price"}, "expected columns, each once"),
        ({"target": []}, "expected columns, each once"),
        ({"target": "price", "drop": "solds"}, "no column 'solds'"),
        ({"target": "price", "n_workers": -1}, "n_workers=-1"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict[str, Any], message: str, folder: Path) -> None:
    with pytest.raises(InputError, match=message):
        TabularMLPRegressor(**QUICK).fit_parquet(folder, **arguments)


def test_files_that_cannot_be_used_are_named(folder: Path, tmp_path: Path, frame: pd.DataFrame) -> None:
    model = TabularMLPClassifier(**QUICK)
    with pytest.raises(InputError, match=r"missing\.parquet: cannot be read"):
        model.fit_parquet(tmp_path / "missing.parquet", target="sold")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="without"):
        model.fit_parquet(tmp_path / "empty", target="sold")
    frame.to_parquet(tmp_path / "one.parquet")
    with pytest.raises(InputError, match="1 row group with rows"):
        model.fit_parquet(tmp_path / "one.parquet", target="sold")
    frame[["a", "sold"]].to_parquet(tmp_path / "other.parquet")
    with pytest.raises(InputError, match="not those of the first file"):
        model.fit_parquet([tmp_path / "one.parquet", tmp_path / "other.parquet"], target="sold")
    with pytest.raises(InputError, match="balanced_sampling"):
        TabularMLPClassifier(**QUICK, balanced_sampling=True).fit_parquet(folder, target="sold")


def test_gaps_in_the_target_are_named(tmp_path: Path, frame: pd.DataFrame) -> None:
    frame.assign(price=frame["price"].where(frame.index != 3)).to_parquet(
        tmp_path / "gap.parquet", row_group_size=100
    )
    with pytest.raises(InputError, match="column 'price', the target, has 1 gaps"):
        TabularMLPRegressor(**QUICK).fit_parquet(tmp_path / "gap.parquet", target="price", n_workers=0)
