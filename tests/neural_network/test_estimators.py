"""The estimators on tables as they come: what they take, what they give, what they keep."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from torch import nn

from tabkit import InputError
from tabkit.neural_network import TabularMLPClassifier, TabularMLPRegressor
from tabkit.neural_network._training._errors import TrainingDivergedError
from tabkit.preprocessing import TablePreprocessor

QUICK: dict[str, Any] = {"hidden_sizes": (32,), "max_epochs": 15, "n_jobs": 1, "random_state": 0}
ESTIMATORS = {
    "binary": TabularMLPClassifier,
    "multiclass": TabularMLPClassifier,
    "regression": TabularMLPRegressor,
}


@pytest.fixture(scope="module")
def binary(awkward_frame) -> tuple[pd.DataFrame, pd.Series]:
    frame = awkward_frame("binary", n_rows=300)
    return frame.drop(columns=["outcome", "customer id", "comment"]), frame["outcome"]


@pytest.fixture(scope="module")
def regression(awkward_frame) -> tuple[pd.DataFrame, pd.Series]:
    frame = awkward_frame("regression", n_rows=300)
    return frame.drop(columns=["outcome", "customer id", "comment"]), frame["outcome"]


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_learns_from_a_table_as_it_is(kind: str, awkward_frame) -> None:
    frame = awkward_frame(kind, n_rows=400)
    target = frame.pop("outcome")
    frame = frame.drop(columns=["customer id", "comment"])
    model = ESTIMATORS[kind](**QUICK | {"max_epochs": 60}).fit(frame[:300], target[:300])
    later = frame[300:].assign(plan="a plan that training had not", city=None)
    assert len(model.predict(later)) == 100
    assert (
        model.score(frame[300:], target[300:]) > {"binary": 0.65, "multiclass": 0.45, "regression": 0.3}[kind]
    )


def test_probabilities_are_probabilities(binary: Any) -> None:
    X, y = binary
    model = TabularMLPClassifier(**QUICK).fit(X, y)
    proba = model.predict_proba(X)
    assert proba.dtype == np.float64
    assert proba.shape == (300, 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, atol=1e-12)
    assert list(model.classes_) == ["no", "yes"]
    assert set(model.predict(X)) <= {"no", "yes"}
    one_by_one = np.vstack([model.predict_proba(X[row : row + 1]) for row in range(20)])
    assert (one_by_one == proba[:20]).all()


def test_shows_a_progress_bar_or_lines(binary: Any, capsys: pytest.CaptureFixture[str]) -> None:
    model = TabularMLPClassifier(**QUICK | {"max_epochs": 3, "refit": False}, verbose=1).fit(*binary)
    shown = capsys.readouterr()
    assert "3/3" in shown.err
    assert "valid_loss=" in shown.err
    assert not shown.out
    pickle.loads(pickle.dumps(model.set_params(verbose=2).fit(*binary)))
    assert len(capsys.readouterr().out.splitlines()) == 2 + 3


@pytest.mark.parametrize("labels", [(False, True), (3, 7), ("b", "a"), (np.int8(0), np.int8(1))])
def test_labels_of_any_kind_come_back(labels: tuple[Any, Any], binary: Any) -> None:
    X, y = binary
    model = TabularMLPClassifier(**QUICK).fit(X, np.where(y == "yes", *labels))
    assert list(model.classes_) == sorted(labels)
    assert model.predict(X).dtype == model.classes_.dtype


def test_same_seed_same_numbers_and_no_global_state(binary: Any) -> None:
    X, y = binary
    torch.manual_seed(1)
    before = torch.get_rng_state()
    n_threads = torch.get_num_threads()
    first = TabularMLPClassifier(**QUICK).fit(X, y).predict_proba(X)
    assert (torch.get_rng_state() == before).all()
    assert torch.get_num_threads() == n_threads
    torch.manual_seed(2)
    assert (TabularMLPClassifier(**QUICK).fit(X, y).predict_proba(X) == first).all()
    other = TabularMLPClassifier(**QUICK | {"random_state": 1}).fit(X, y).predict_proba(X)
    assert np.abs(other - first).max() > 1e-3


def test_clone_grid_search_and_pipeline(binary: Any) -> None:
    X, y = binary
    pipeline = make_pipeline(TablePreprocessor("net", random_state=0), TabularMLPClassifier("fast", **QUICK))
    assert clone(pipeline).get_params()["tabularmlpclassifier__preset"] == "fast"
    search = GridSearchCV(pipeline, {"tabularmlpclassifier__dropout": [0.0, 0.3]}, cv=2, scoring="roc_auc")
    assert search.fit(X, y).best_score_ > 0.6
    assert search.best_estimator_[-1].settings_.dropout in (0.0, 0.3)


def test_pickle_is_plain_and_predicts_the_same(binary: Any) -> None:
    X, y = binary
    model = TabularMLPClassifier(**QUICK, n_members=2).fit(X, y)
    content = pickle.dumps(model)
    assert b"torch" not in content  # readable where the device, or another torch, is not
    loaded = pickle.loads(content)
    assert (loaded.predict_proba(X) == model.predict_proba(X)).all()
    pd.testing.assert_frame_equal(loaded.history_, model.history_)


def test_the_net_of_skorch_is_private(binary: Any) -> None:
    from skorch import NeuralNet

    X, y = binary
    fitted = TabularMLPClassifier(**QUICK).fit(X, y)
    public = {name: getattr(fitted, name) for name in dir(fitted) if not name.startswith("_")}
    assert not [name for name, value in public.items() if isinstance(value, NeuralNet)]
    assert isinstance(fitted._net, NeuralNet)  # else nothing was looked at
    assert isinstance(public["network_"], torch.nn.Module)


def test_best_weights_are_kept_and_patience_ends_training(binary: Any) -> None:
    X, y = binary
    model = TabularMLPClassifier(**QUICK | {"max_epochs": 200, "learning_rate": 0.02}, patience=5).fit(X, y)
    history = model.history_
    assert model.n_epochs_ == int(history["valid_score"].idxmax()) + 1
    assert len(history) == model.n_epochs_ + 5
    assert history["is_best"].iloc[model.n_epochs_ - 1]
    assert {"train_loss", "valid_loss", "learning_rate", "gradient_norm", "rows_per_second", "memory"} <= set(
        history
    )


def test_early_stopping_honours_groups_and_times(binary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from tabkit.neural_network import _estimator

    X, y = binary
    met: list[Any] = []
    split = _estimator.split_for_early_stopping
    monkeypatch.setattr(
        _estimator, "split_for_early_stopping", lambda *a, **k: met.append(split(*a, **k)) or met[-1]
    )
    groups, times = np.arange(300) % 20, np.arange(300)[::-1]
    TabularMLPClassifier(**QUICK).fit(X, y, groups=groups)
    TabularMLPClassifier(**QUICK).fit(X, y, times=times)
    assert not set(groups[met[0][0]]) & set(groups[met[0][1]])
    assert times[met[1][0]].max() < times[met[1][1]].min()


def test_weights_change_the_model_and_rows_without_weight_do_not_count(binary: Any) -> None:
    X, y = binary
    weight = np.where(y == "yes", 10.0, 1.0)
    plain = TabularMLPClassifier(**QUICK).fit(X, y).predict_proba(X)[:, 1].mean()
    weighted = TabularMLPClassifier(**QUICK).fit(X, y, sample_weight=weight).predict_proba(X)[:, 1].mean()
    assert weighted > plain + 0.1
    balanced = TabularMLPClassifier(**QUICK, class_weight={"yes": 10.0, "no": 1.0}).fit(X, y)
    assert balanced.predict_proba(X)[:, 1].mean() > plain + 0.1


OPTIONS: dict[str, dict[str, Any]] = {
    "members": {"n_members": 4},
    "members at the input": {"n_members": 4, "member_adapters": "input"},
    "piecewise linear": {"numeric_embedding": "piecewise_linear"},
    "plr": {"numeric_embedding": "plr"},
    "no embedding": {"numeric_embedding": "none"},
    "batch norm": {"normalization": "batch"},
    "layer norm, residual": {"normalization": "layer", "residual": True, "hidden_sizes": (32, 32, 32)},
    "group norm": {"normalization": "group"},
    "linear": {"hidden_sizes": ()},
    "relu, kaiming": {"activation": "relu", "initialization": "kaiming"},
    "mixup": {"mixup": 0.5},
    "l1": {"l1": 1e-3},
    "sgd": {"optimizer": "sgd", "learning_rate": 0.05},
    "rmsprop": {"optimizer": "rmsprop"},
    "torch class": {"optimizer": torch.optim.NAdam, "optimizer_options": {"betas": (0.8, 0.9)}},
    "one cycle": {"schedule": "one_cycle"},
    "cosine": {"schedule": "cosine", "warmup": 0.1},
    "restarts": {"schedule": "cosine_restarts", "schedule_options": {"n_cycles": 2}},
    "linear schedule": {"schedule": "linear", "warmup": 5},
    "polynomial": {"schedule": "polynomial"},
    "step": {"schedule": "step"},
    "plateau": {"schedule": "plateau", "schedule_options": {"patience": 2}},
    "constant": {"schedule": "constant"},
    "accumulated": {"n_accumulated": 4},
    "clipped": {"clip_norm": 0.5},
    "averaged": {"average_decay": 0.95},
    "averaged pieces": {"average_decay": 0.95, "numeric_embedding": "piecewise_linear"},
    "checkpointed": {"checkpoint_gradients": True},
    "every 3 steps": {"validate_every": 3},
    "refit": {"refit": True},
    "no early stopping": {"early_stopping": False},
    "no early stopping, averaged": {"early_stopping": False, "average_decay": 0.95},
    "scaled rate": {"scale_learning_rate": True, "batch_size": 64},
    "few categories": {"max_categories": 3},
    "embedded": {"max_one_hot": 0, "embedding_size": 3},
}


# One of each kind: an architecture, an optimiser, a schedule, a way to walk through the epochs. The others
# differ by a part that has tests of its own.
OF_EACH_KIND = {
    "members at the input",
    "layer norm, residual",
    "mixup",
    "torch class",
    "restarts",
    "plateau",
    "accumulated",
    "averaged pieces",
    "checkpointed",
    "refit",
    "no early stopping, averaged",
    "embedded",
}


def mark_others_slow(options: dict[str, Any]) -> list[Any]:
    assert options.keys() >= OF_EACH_KIND
    return [
        pytest.param(name, marks=() if name in OF_EACH_KIND else pytest.mark.slow, id=name)
        for name in options
    ]


@pytest.mark.parametrize("name", mark_others_slow(OPTIONS))
def test_every_option_trains(name: str, binary: Any) -> None:
    X, y = binary
    model = TabularMLPClassifier(**QUICK | {"batch_size": 32, "max_epochs": 25} | OPTIONS[name]).fit(X, y)
    assert roc_auc_score(y, model.predict_proba(X)[:, 1]) > 0.7
    assert np.isfinite(model.history_["train_loss"]).all()


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"loss": "focal", "focal_gamma": 2.0, "focal_alpha": 0.25}, marks=pytest.mark.slow),
        {"loss": "focal", "focal_alpha": "balanced"},
        pytest.param({"label_smoothing": 0.2}, marks=pytest.mark.slow),
        pytest.param({"loss": nn.CrossEntropyLoss()}, marks=pytest.mark.slow),
        pytest.param({"class_weight": "balanced"}, marks=pytest.mark.slow),
        pytest.param({"balanced_sampling": True}, marks=pytest.mark.slow),
        {"scoring": "roc_auc"},
        pytest.param({"scoring": "f1_macro"}, marks=pytest.mark.slow),
        {"preset": "classic"},
        pytest.param({"preset": "classic-fast"}, marks=pytest.mark.slow),
        pytest.param({"preset": "classic-accurate"}, marks=pytest.mark.slow),
        {"preset": "fast"},
        pytest.param({"preset": "accurate"}, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_every_option_of_classes_trains(options: dict[str, Any], binary: Any) -> None:
    X, y = binary
    rate = {"learning_rate": 3e-3} if "classic" in options.get("preset", "") else {}
    model = TabularMLPClassifier(**QUICK | {"max_epochs": 25, "batch_size": 32} | rate | options).fit(X, y)
    assert roc_auc_score(y, model.predict_proba(X)[:, 1]) > 0.65


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"loss": "absolute_error"}, marks=pytest.mark.slow),
        pytest.param({"loss": "huber", "huber_delta": 0.5}, marks=pytest.mark.slow),
        {"loss": "quantile"},
        {"loss": nn.SmoothL1Loss()},
        pytest.param({"scoring": "neg_mean_absolute_error"}, marks=pytest.mark.slow),
        {"preset": "classic"},
        pytest.param({"mixup": 0.4}, marks=pytest.mark.slow),
        {"n_members": 3},
    ],
    ids=str,
)
def test_every_option_of_values_trains(options: dict[str, Any], regression: Any) -> None:
    X, y = regression
    rate = {"learning_rate": 3e-3} if "preset" in options else {}
    model = TabularMLPRegressor(**QUICK | {"max_epochs": 40, "batch_size": 32} | rate | options).fit(X, y)
    assert np.corrcoef(model.predict(X), y)[0, 1] > 0.6


def test_several_quantiles_do_not_cross_and_cover_their_share(regression: Any) -> None:
    X, y = regression
    model = TabularMLPRegressor(**QUICK | {"max_epochs": 60}, loss="quantile", quantiles=(0.1, 0.5, 0.9))
    predicted = model.fit(X, y).predict(X)
    assert predicted.shape == (300, 3)
    assert (np.diff(predicted, axis=1) >= 0).all()
    assert 0.6 < np.mean((y > predicted[:, 0]) & (y < predicted[:, 2])) < 0.97


def test_64_rows_are_learnt_by_heart() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(64, 8)), rng.integers(2, size=64)
    model = TabularMLPClassifier(
        early_stopping=False,
        dropout=0.0,
        label_smoothing=0.0,
        weight_decay=0.0,
        max_epochs=150,
        n_jobs=1,
        random_state=0,
    )
    assert model.fit(X, y).score(X, y) == 1.0


def test_shuffled_target_scores_at_chance() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(1_200, 6)), rng.integers(2, size=1_200)
    model = TabularMLPClassifier(**QUICK).fit(X[:600], y[:600])
    # The standard deviation of the area is 0.024 for 600 rows.
    assert abs(roc_auc_score(y[600:], model.predict_proba(X[600:])[:, 1]) - 0.5) < 0.075


def test_four_parts_of_64_equal_one_batch_of_256() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(512, 5)), rng.normal(size=512)
    settings: dict[str, Any] = {"dropout": 0.0, "mixup": 0.0, "batch_size": 256, "max_epochs": 5}
    predicted = [
        TabularMLPRegressor(**QUICK | settings, n_accumulated=parts, early_stopping=False)
        .fit(X, y, sample_weight=rng.random(512) if parts < 0 else np.linspace(0.5, 2, 512))
        .predict(X)
        for parts in (1, 4)
    ]
    # Sums in another order, in float32, over 10 steps.
    np.testing.assert_allclose(predicted[0], predicted[1], atol=2e-4)


def test_warm_start_goes_on_and_a_plain_fit_forgets(binary: Any) -> None:
    X, y = binary
    model = TabularMLPClassifier(**QUICK, warm_start=True, early_stopping=False, schedule="constant").fit(
        X, y
    )
    first = float(model.history_["train_loss"].iloc[-1])
    assert float(model.fit(X, y).history_["train_loss"].iloc[0]) < first + 0.05
    forgotten = TabularMLPClassifier(**QUICK, early_stopping=False, schedule="constant").fit(X, y).fit(X, y)
    assert float(forgotten.history_["train_loss"].iloc[0]) > first + 0.05


def test_partial_fit_learns_from_a_stream(binary: Any) -> None:
    X, y = binary
    model = TabularMLPClassifier(**QUICK, batch_size=32, learning_rate=5e-3)
    for _ in range(15):
        for start in range(0, 300, 100):
            model.partial_fit(X[start : start + 100], y[start : start + 100], classes=["no", "yes"])
    assert len(model.history_) == 45
    assert roc_auc_score(y, model.predict_proba(X)[:, 1]) > 0.75
    with pytest.raises(InputError, match="the label 'maybe' is none of the classes"):
        model.partial_fit(X[:2], ["no", "maybe"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"preset": "blanced"}, "did you mean 'balanced'"),
        ({"loss": "focl"}, "did you mean 'focal'"),
        ({"optimizer": "adamm"}, "did you mean"),
        ({"schedule": "one-cycle"}, "did you mean 'one_cycle'"),
        ({"activation": "rellu"}, "did you mean 'relu'"),
        ({"max_epochs": 0}, "'max_epochs' parameter of"),
        ({"on_divergence": "hope"}, "'on_divergence' parameter of"),
        ({"precision": "int8"}, "precision='int8'"),
        ({"dropout": 1.5}, "dropout"),
    ],
    ids=str,
)
def test_parameters_that_cannot_be_used(options: dict[str, Any], message: str, binary: Any) -> None:
    X, y = binary
    with pytest.raises(InputError, match=message) as caught:
        TabularMLPClassifier(**QUICK | options).fit(X, y)
    assert "\n" not in str(caught.value)


def test_a_score_that_is_no_number_is_refused(binary: Any) -> None:
    with pytest.raises(InputError, match="scoring: NaN"):
        TabularMLPClassifier(**QUICK, scoring=lambda model, X, y: float("nan")).fit(*binary)


def test_divergence_says_what_to_change_or_tries_again(regression: Any) -> None:
    X, y = regression
    wild = QUICK | {"optimizer": "sgd", "learning_rate": 1e6, "schedule": "constant", "weight_decay": 0.0}
    with pytest.raises(TrainingDivergedError, match="lower learning_rate"):
        TabularMLPRegressor(**wild).fit(X, y)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tame = wild | {"learning_rate": 30.0}
        model = TabularMLPRegressor(**tame, on_divergence="retry").fit(X, y)
    tried = [str(warning.message) for warning in caught if "trying again" in str(warning.message)]
    assert tried[-1].endswith(f"learning_rate={model.settings_.learning_rate:g}")
    assert np.isfinite(model.predict(X)).all()


def test_callbacks_of_skorch_listen_and_stop(binary: Any) -> None:
    from skorch.callbacks import Callback

    class StopAfterThree(Callback):
        n_batches = 0

        def on_batch_end(self, net: Any, **arguments: Any) -> None:
            self.n_batches += 1

        def on_epoch_end(self, net: Any, **arguments: Any) -> None:
            if len(net.history) == 3:
                raise KeyboardInterrupt

    X, y = binary
    callback = StopAfterThree()
    model = TabularMLPClassifier(**QUICK, batch_size=32, callbacks=[callback]).fit(X, y)
    assert len(model.history_) == 3
    assert callback.n_batches == 3 * (240 // 32)


def test_ctrl_c_in_an_epoch_is_no_end_of_training(binary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from tabkit.neural_network._training import _net

    def interrupt(*arguments: Any) -> None:
        raise KeyboardInterrupt

    X, y = binary
    monkeypatch.setattr(_net.TabularNet, "_take_step", interrupt)
    with pytest.raises(KeyboardInterrupt):  # noqa: PT011 - it has no message
        TabularMLPClassifier(**QUICK).fit(X, y)
