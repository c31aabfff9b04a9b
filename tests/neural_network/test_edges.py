"""What once went wrong without a word, and what cannot be used."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import d2_pinball_score, make_scorer, r2_score
from sklearn.model_selection import cross_val_score
from skorch.callbacks import Checkpoint, EarlyStopping, EpochScoring, GradientNormClipping, LRScheduler

from tabkit import InputError
from tabkit.neural_network import (
    TabularMLPClassifier,
    TabularMLPMultiTarget,
    TabularMLPRegressor,
    TabularPretrainer,
    TrainingDivergedError,
)

QUICK: dict[str, Any] = {
    "hidden_sizes": (16,),
    "max_epochs": 4,
    "batch_size": 32,
    "n_jobs": 1,
    "random_state": 0,
}


@pytest.fixture(scope="module")
def data() -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    X = pd.DataFrame(generator.normal(size=(200, 3)), columns=list("abc"))
    values = X["a"].to_numpy() + 0.1 * generator.normal(size=200)
    return X, values, np.where(values > 0.5, "q", "p")


@pytest.mark.parametrize(
    "change",
    [
        {"loss": "focal"},
        {"label_smoothing": 0.3},
        {"class_weight": {"p": 50.0}},
        {"balanced_sampling": True},
        {"scoring": "accuracy"},
        {"validation_fraction": 0.3},
    ],
    ids=str,
)
def test_checkpoints_of_another_training_are_not_taken_up(
    change: dict[str, Any], data: Any, tmp_path: Path
) -> None:
    X, _, labels = data
    TabularMLPClassifier(**QUICK, checkpoint_dir=tmp_path).fit(X, labels)
    beside = TabularMLPClassifier(**QUICK, **change, checkpoint_dir=tmp_path).fit(X, labels)
    alone = TabularMLPClassifier(**QUICK, **change).fit(X, labels)
    assert (beside.predict_proba(X) == alone.predict_proba(X)).all()


def test_checkpoints_do_not_stop_training_from_going_on(data: Any, tmp_path: Path) -> None:
    X, values, _ = data
    model = TabularMLPRegressor(**QUICK, checkpoint_dir=tmp_path, warm_start=True).fit(X, values)
    first = model.predict(X)
    assert (model.fit(X, values).predict(X) != first).any()
    streamed = TabularMLPRegressor(**QUICK, checkpoint_dir=tmp_path).partial_fit(X, values)
    first = streamed.predict(X)
    assert (streamed.partial_fit(X, values).predict(X) != first).any()


def test_files_that_are_no_states_are_left_alone(data: Any, tmp_path: Path) -> None:
    X, values, _ = data
    model = TabularMLPRegressor(**QUICK, refit=False, checkpoint_dir=tmp_path, n_checkpoints=4).fit(X, values)
    expected = model.predict(X)
    states = sorted(tmp_path.iterdir())
    assert len(states) == 4
    states[3].write_bytes(b"no state")
    torch.save({"other": 1}, states[2])
    assert (clone(model).fit(X, values).predict(X) == expected).all()


def test_each_training_in_a_folder_keeps_its_own_states(data: Any, tmp_path: Path) -> None:
    X, values, _ = data
    TabularMLPRegressor(**QUICK, refit=True, checkpoint_dir=tmp_path).fit(X, values)
    TabularMLPRegressor(**QUICK | {"max_epochs": 1}, refit=False, checkpoint_dir=tmp_path).fit(X, values)
    trainings = [path.name.split("-")[0] for path in tmp_path.iterdir()]
    assert sorted(trainings.count(name) for name in set(trainings)) == [1, 2, 2]


@pytest.mark.parametrize("early_stopping", [True, False])
def test_rows_without_weight_do_not_count(early_stopping: bool, data: Any) -> None:
    X, values, _ = data
    both = pd.concat([X, X + 3])
    targets = np.concatenate([values, np.full(200, 1e6)])
    weight = np.repeat([1.0, 0.0], 200)
    model = TabularMLPRegressor(**QUICK | {"max_epochs": 20}, early_stopping=early_stopping)
    predicted = model.fit(both, targets, sample_weight=weight).predict(X)
    assert np.sqrt(np.mean((predicted - values) ** 2)) < 0.5


def test_a_batch_of_rows_without_weight_teaches_nothing(data: Any) -> None:
    X, values, _ = data
    weight = np.array([1.0] * 10 + [0.0] * 190)
    model = TabularMLPRegressor(**QUICK | {"batch_size": 8}, early_stopping=False)
    for options in ({}, {"n_accumulated": 4}):
        clone(model).set_params(**options).fit(X, values, sample_weight=weight)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_only_ratios_of_weights_count(scale: float, data: Any) -> None:
    X, values, _ = data
    weight = np.linspace(0.5, 2.0, 200)
    model = TabularMLPRegressor(**QUICK)
    plain = clone(model).fit(X, values, sample_weight=weight).predict(X)
    np.testing.assert_allclose(
        model.fit(X, values, sample_weight=weight * scale).predict(X), plain, rtol=1e-3
    )


def test_classes_are_balanced_where_a_part_lacks_one(data: Any) -> None:
    X, _, labels = data
    rare = np.array([*labels[:199], "r"])
    with pytest.warns(UserWarning, match="without early stopping"):
        TabularMLPClassifier(**QUICK, class_weight="balanced").fit(X, rare, times=np.arange(200))
    TabularMLPClassifier(**QUICK, class_weight="balanced").fit(X, rare)
    model = TabularMLPClassifier(**QUICK, class_weight="balanced")
    model.partial_fit(X, labels, classes=["p", "q", "r"]).partial_fit(X, rare)


def test_parameters_that_change_count_when_training_goes_on(data: Any) -> None:
    X, _, _ = data
    labels = np.random.default_rng(0).choice(["p", "q"], 200)
    model = TabularMLPClassifier(**QUICK | {"max_epochs": 10}, warm_start=True).fit(X, labels)
    before = model.predict_proba(X)[:, 1].mean()
    model.set_params(class_weight={"q": 20.0}).fit(X, labels)
    assert model.predict_proba(X)[:, 1].mean() > before + 0.1


def test_a_stream_takes_every_row(data: Any) -> None:
    X, values, _ = data
    seen = []

    class Watch(EarlyStopping):
        def __init__(self) -> None:
            super().__init__(monitor="train_loss")

        def on_batch_begin(self, net: Any, batch: Any = None, **kwargs: Any) -> None:
            seen.append(len(batch))

    model = TabularMLPRegressor(**QUICK | {"batch_size": 64}, callbacks=[Watch()])
    model.partial_fit(X, values).partial_fit(X[:70], values[:70])
    assert seen == [50, 50, 50, 50, 35, 35]
    assert model.history_["epoch"].tolist() == [1, 2]


def test_starts_with_the_architecture_of_what_it_starts_from(data: Any) -> None:
    X, values, labels = data
    source = TabularPretrainer(hidden_sizes=(24,), max_epochs=2, random_state=0).fit(X)
    quick = {name: value for name, value in QUICK.items() if name != "hidden_sizes"}
    for model, y in ((TabularMLPClassifier, labels), (TabularMLPRegressor, values)):
        fitted = model(**quick, start_from=source, frozen=("trunk",)).fit(X, y)
        assert fitted.settings_.hidden_sizes == (24,)
        assert fitted.settings_.activation == source.settings_.activation
    with pytest.raises(InputError, match="whose layers are others"):
        TabularMLPRegressor(**QUICK, start_from=source, frozen=("trunk",)).fit(X, values)
    with pytest.warns(UserWarning, match="weights are drawn anew"):
        TabularMLPRegressor(**QUICK, start_from=source).fit(X, values)
    with pytest.raises(InputError, match="pass start_from or warm_start"):
        TabularMLPRegressor(**QUICK, frozen=("trunk",)).fit(X, values)


def test_what_it_starts_from_survives_cloning_when_frozen(data: Any) -> None:
    X, values, _ = data
    source = TabularMLPRegressor(**QUICK | {"max_epochs": 30}).fit(X, values)
    started = TabularMLPRegressor(**QUICK | {"max_epochs": 1}, start_from=FrozenEstimator(source))
    alone = clone(started).set_params(start_from=None)
    scores = [cross_val_score(model, X, values, cv=3).mean() for model in (alone, started)]
    assert scores[1] > scores[0] + 0.3
    with pytest.raises(InputError, match=r"pass sklearn\.frozen\.FrozenEstimator"):
        clone(started).set_params(start_from=clone(source)).fit(X, values)
    curve = started.set_params(start_from=source).find_learning_rate(X, values, n_steps=5)
    assert len(curve.frame()) >= 3


def test_fits_in_threads_are_those_of_one_after_the_other(data: Any) -> None:
    X, values, _ = data
    models = [TabularMLPRegressor(**QUICK) for _ in range(4)]
    expected = clone(models[0]).fit(X, values).predict(X)
    with ThreadPoolExecutor(4) as pool:
        fitted = list(pool.map(lambda model: model.fit(X, values), models))
    assert all((model.predict(X) == expected).all() for model in fitted)


@pytest.mark.parametrize(
    ("callback", "instead"),
    [
        (GradientNormClipping(1.0), "clip_norm"),
        (LRScheduler(), "schedule"),
        (EpochScoring("r2"), "scoring"),
        (("clip", GradientNormClipping), "clip_norm"),
        (3, "expected callbacks of skorch"),
    ],
)
def test_callbacks_that_would_do_nothing_are_refused(callback: Any, instead: str, data: Any) -> None:
    X, values, _ = data
    with pytest.raises(InputError, match=instead):
        TabularMLPRegressor(**QUICK, callbacks=[callback]).fit(X, values)


def test_callbacks_of_skorch_that_watch_or_keep_work(data: Any, tmp_path: Path) -> None:
    X, values, _ = data
    kept = Checkpoint(dirname=str(tmp_path), f_history=None)
    model = TabularMLPRegressor(**QUICK | {"max_epochs": 50}, callbacks=[EarlyStopping(patience=2), kept])
    model.fit(X, values)
    assert (tmp_path / "params.pt").exists()
    assert len(model.history_) < 50


BAD: list[tuple[dict[str, Any], str]] = [
    ({"hidden_sizes": 16}, "hidden_sizes"),
    ({"hidden_sizes": (1.5,)}, "hidden_sizes"),
    ({"dropout": "a"}, "dropout"),
    ({"dropout": 1.0}, "dropout"),
    ({"n_members": 1.5}, "n_members"),
    ({"numeric_embedding_size": 2.5}, "numeric_embedding_size"),
    ({"embedding_size": "x"}, "embedding_size"),
    ({"residual": "x"}, "residual"),
    ({"mixup": "a"}, "mixup"),
    ({"warmup": "a"}, "warmup"),
    ({"max_epochs": "3"}, "max_epochs"),
    ({"batch_size": 0}, "batch_size"),
    ({"n_accumulated": None}, "n_accumulated"),
    ({"learning_rate": -0.01}, "learning_rate"),
    ({"learning_rate": float("nan")}, "learning_rate"),
    ({"weight_decay": -1}, "weight_decay"),
    ({"l1": float("nan")}, "l1"),
    ({"clip_norm": -1}, "clip_norm"),
    ({"optimizer_options": 3}, "optimizer_options"),
    ({"validation_fraction": None}, "validation_fraction"),
    ({"validation_fraction": 0.0}, "validation_fraction"),
    ({"callbacks": 3}, "callbacks"),
    ({"frozen": None}, "frozen"),
    ({"early_stopping": "no"}, "early_stopping"),
    ({"max_categories": -1}, "max_categories"),
    ({"unfreeze_after": 0}, "unfreeze_after"),
    ({"huber_delta": "a"}, "huber_delta"),
    ({"quantiles": 0.5}, "quantiles"),
    ({"n_jobs": "a"}, "n_jobs"),
    ({"random_state": "x"}, "random_state"),
    ({"device": "gpu"}, "device"),
    ({"device": "cuda:99"}, "device"),
    ({"normalization": "batch", "n_accumulated": 32}, "normalization"),
    ({"scoring": "x"}, "scoring"),
    ({"scoring": 3}, "scoring"),
    ({"scoring": "roc_auc"}, "scoring"),
    ({"schedule": "plateau", "schedule_options": {"x": 1}}, "no option 'x'"),
    ({"schedule": "x"}, "plateau"),
    ({"validate_every": 1_000}, "validate_every"),
    ({"activation": "rleu"}, "activation"),
]


@pytest.mark.parametrize(("change", "name"), BAD, ids=str)
def test_a_value_that_can_be_nothing_is_named(change: dict[str, Any], name: str, data: Any) -> None:
    X, values, _ = data
    with pytest.raises(InputError, match=name) as caught:
        TabularMLPRegressor(**QUICK | change).fit(X, values)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"class_weight": "x"}, "class_weight='x'"),
        ({"class_weight": {"zz": 1.0}}, "class_weight has 'zz'"),
        ({"class_weight": "balanced", "loss": torch.nn.CrossEntropyLoss()}, "class_weight: not for a loss"),
        ({"scoring": "r2"}, "scoring='r2' cannot be computed"),
        ({"balanced_sampling": "x"}, "balanced_sampling"),
    ],
    ids=str,
)
def test_a_value_that_classes_cannot_have_is_named(change: dict[str, Any], name: str, data: Any) -> None:
    X, _, labels = data
    with pytest.raises(InputError, match=name):
        TabularMLPClassifier(**QUICK | change).fit(X, labels)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"kinds": "regression"}, "kinds"),
        ({"target_weights": 3.0}, "target_weights"),
        ({"target_weights": {"v": float("nan")}}, "target_weights"),
        ({"class_weight": "balanced"}, "class_weight"),
        ({"class_weight": {"v": "balanced"}}, "which are values"),
        ({"scoring": {}}, "scoring"),
        (
            {"scoring": {"v": "r2"}, "target_weights": {"v": 0.0}},
            "no target of these has a scorer and a weight",
        ),
    ],
    ids=str,
)
def test_a_value_that_several_targets_cannot_have_is_named(
    change: dict[str, Any], name: str, data: Any
) -> None:
    X, values, labels = data
    y = pd.DataFrame({"v": values, "u": labels})
    with pytest.raises(InputError, match=name):
        TabularMLPMultiTarget(**QUICK | change).fit(X, y)


def test_targets_may_be_a_list_of_lists_and_no_target_is_a_name_for_each_row(data: Any) -> None:
    X, values, labels = data
    model = TabularMLPMultiTarget(**QUICK)
    model.fit(X, [list(row) for row in zip(values, labels, strict=True)])
    assert set(model.classes_) == {1}
    with pytest.raises(InputError, match="too many for labels"):
        model.fit(X, pd.DataFrame({"v": values, "name": [f"row {row}" for row in range(200)]}))


@pytest.mark.parametrize(
    "change", [{"method": "x"}, {"corruption": 1.0}, {"max_epochs": 0}, {"learning_rate": -1}]
)
def test_a_value_that_pretraining_cannot_have_is_named(change: dict[str, Any], data: Any) -> None:
    with pytest.raises(InputError, match=next(iter(change))):
        TabularPretrainer(**change).fit(data[0])


def test_pretraining_that_diverges_says_so(data: Any) -> None:
    with pytest.raises(TrainingDivergedError, match="NaN or infinite"):
        TabularPretrainer(method="scarf", learning_rate=1e30, max_epochs=3, random_state=0).fit(data[0])


def test_an_unfitted_network_says_so(data: Any) -> None:
    X, values, labels = data
    model = TabularMLPRegressor()
    for ask in (lambda: model.history_, lambda: model.n_parameters_, model.diagnose):
        with pytest.raises(NotFittedError, match="not fitted"):
            ask()
    with pytest.raises(NotFittedError, match="not fitted"):
        TabularMLPMultiTarget().score(X, pd.DataFrame({"v": values, "u": labels}))


def test_a_fitted_network_is_one_that_predicts(data: Any) -> None:
    X, values, _ = data
    assert not TabularMLPRegressor(**QUICK).fit(X, values).network_.training


def test_columns_of_one_name_are_refused(data: Any) -> None:
    X, values, _ = data
    with pytest.raises(InputError, match="more than one column named 'a'"):
        TabularMLPRegressor(**QUICK).fit(pd.concat([X, X["a"]], axis=1), values)


def test_a_fit_that_fails_leaves_the_network_as_it_was(data: Any) -> None:
    X, _, labels = data
    model = TabularMLPClassifier(**QUICK, scoring=None).fit(X, labels)
    before = model.predict_proba(X)
    other = np.where(X["b"] > 0, "u", np.where(X["c"] > 0, "v", "w"))
    model.set_params(scoring=lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError, match="division"):
        model.fit(X[["b", "c"]], other)
    assert list(model.classes_) == ["p", "q"]
    np.testing.assert_array_equal(model.predict_proba(X), before)
    # The first call of a stream that fails leaves nothing behind.
    fresh = TabularMLPClassifier(**QUICK, learning_rate=1e30)
    with pytest.raises(TrainingDivergedError, match="loss"):
        fresh.partial_fit(X, labels, classes=["p", "q"])
    with pytest.raises(NotFittedError, match="not fitted"):
        fresh.predict(X)


def test_a_stream_goes_on_with_the_moments_of_its_optimiser(data: Any) -> None:
    X, values, _ = data
    model = TabularMLPRegressor(**QUICK)
    model.partial_fit(X, values)
    n_steps = [float(state["step"]) for state in model._net.optimizer_.state.values()]
    model.partial_fit(X, values)
    assert [float(state["step"]) for state in model._net.optimizer_.state.values()] == [
        2 * n for n in n_steps
    ]
    # Another optimiser, and another learning rate, are those of now.
    before = float(model._net.optimizer_.param_groups[0]["initial_lr"])
    model.set_params(learning_rate=0.5 * model.settings_.learning_rate).partial_fit(X, values)
    assert float(model._net.optimizer_.param_groups[0]["initial_lr"]) == pytest.approx(0.5 * before)
    model.set_params(optimizer="sgd").partial_fit(X, values)
    assert type(model._net.optimizer_) is torch.optim.SGD


@pytest.mark.parametrize(
    "change",
    [{"lowest": 0.0}, {"lowest": 1.0, "highest": 0.1}, {"highest": np.inf}, {"n_steps": 1}, {"n_steps": 2.5}],
    ids=str,
)
def test_learning_rates_that_cannot_be_tried_are_named(change: dict[str, Any], data: Any) -> None:
    X, values, _ = data
    with pytest.raises(InputError, match=next(iter(change))):
        TabularMLPRegressor(**QUICK).find_learning_rate(X, values, **change)


def test_cells_that_hold_lists_are_named(data: Any) -> None:
    X, values, _ = data
    with pytest.raises(InputError, match="column 'tags' cannot be compared"):
        TabularMLPRegressor(**QUICK).fit(X.assign(tags=[[1, 2]] * len(X)), values)


def test_names_of_targets_have_one_level(data: Any) -> None:
    X, values, _ = data
    y = pd.DataFrame({("u", "a"): values, ("u", "b"): values})
    with pytest.raises(InputError, match="several levels"):
        TabularMLPMultiTarget(**QUICK).fit(X, y)


@pytest.mark.parametrize("mixup", [0.0, 0.5])
def test_what_is_to_be_compiled_is(mixup: float, data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    X, _, labels = data
    n_calls = 0

    def count(part: Any, **_: Any) -> Any:
        def counted(*arguments: Any) -> Any:
            nonlocal n_calls
            n_calls += 1
            return part(*arguments)

        return counted

    monkeypatch.setattr(torch, "compile", count)
    TabularMLPClassifier(**QUICK, mixup=mixup, compile_network=True).fit(X, labels)
    assert n_calls > 0


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_last_step_that_breaks_the_weights_is_an_error(method: str, data: Any) -> None:
    X, values, _ = data
    settings = QUICK | {"max_epochs": 1, "batch_size": len(X), "early_stopping": False, "optimizer": "sgd"}
    model = TabularMLPRegressor(**settings, learning_rate=1e25)
    with pytest.raises(TrainingDivergedError, match="learning_rate"):
        getattr(model, method)(X, values)


def test_parts_of_a_batch_are_of_one_size(data: Any) -> None:
    X, values, _ = data
    settings = QUICK | {"batch_size": 7, "normalization": "batch", "n_members": 1}
    TabularMLPRegressor(**settings, n_accumulated=3).fit(X, values)


def test_scorers_without_weights(data: Any) -> None:
    X, _, labels = data
    weight = np.linspace(0.1, 2.0, len(X))
    plain = make_scorer(lambda truth, predicted: float(np.mean(truth == predicted)))
    for scoring in (plain, lambda model, X, y: float(np.mean(model.predict(X) == y)), "accuracy"):
        TabularMLPClassifier(**QUICK, scoring=scoring).fit(X, labels, sample_weight=weight)


def test_several_quantiles_score_by_the_pinball_loss(data: Any) -> None:
    X, values, _ = data
    settings = QUICK | {"max_epochs": 30, "loss": "quantile"}
    several = TabularMLPRegressor(**settings, quantiles=(0.1, 0.9)).fit(X, values)
    each = [
        d2_pinball_score(values, column, alpha=quantile)
        for quantile, column in zip((0.1, 0.9), several.predict(X).T, strict=True)
    ]
    assert several.score(X, values) == pytest.approx(np.mean(each))
    median = TabularMLPRegressor(**settings, quantiles=(0.5,)).fit(X, values)
    assert median.score(X, values) == pytest.approx(r2_score(values, median.predict(X)))
    with pytest.raises(InputError, match="loss='quantile'"):
        TabularMLPRegressor(**QUICK, quantiles=(0.1, 0.9)).fit(X, values)


@pytest.mark.parametrize("callback", [EarlyStopping, Checkpoint])
def test_callbacks_of_skorch_where_epochs_are_not_validated(callback: Any, data: Any) -> None:
    X, _, labels = data
    settings = QUICK | {"batch_size": 16, "max_epochs": 4}
    no_files = dict.fromkeys(("f_params", "f_optimizer", "f_criterion", "f_history"))
    watcher = EarlyStopping(patience=3) if callback is EarlyStopping else Checkpoint(**no_files)
    TabularMLPClassifier(**settings, validate_every=15, callbacks=[watcher]).fit(X, labels)


@pytest.mark.parametrize("alpha", [{"p": 0.2}, "all", 2.0, [0.1]], ids=str)
def test_focal_alpha_that_cannot_be_is_named(alpha: Any, data: Any) -> None:
    X, _, labels = data
    with pytest.raises(InputError, match="focal_alpha"):
        TabularMLPClassifier(**QUICK, loss="focal", focal_alpha=alpha).fit(X, labels)
    TabularMLPClassifier(**QUICK, loss="focal", focal_alpha=np.float32(0.25)).fit(X, labels == "q")


def test_number_as_focal_alpha_is_of_the_positive_class(data: Any) -> None:
    X, _, labels = data
    said = r"focal_alpha=0\.75 is the weight of the positive class, and neither 'p' nor 'q' says that it is"
    with pytest.raises(
        InputError, match=said + r": pass one weight per class, focal_alpha=\(of 'p', of 'q'\)$"
    ):
        TabularMLPClassifier(**QUICK, loss="focal", focal_alpha=0.75).fit(X, labels)
    said_so = np.where(labels == "q", "no", "Yes")  # the positive class sorts first
    number, each = (
        TabularMLPClassifier(**QUICK, loss="focal", focal_alpha=alpha).fit(X, said_so).predict_proba(X)
        for alpha in (0.75, (0.75, 0.25))
    )
    np.testing.assert_array_equal(number, each)
