"""The arithmetic of ensemble selection, beside a slow plain version and closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score, make_scorer, mean_pinball_loss

from tabkit import InputError
from tabkit.ensemble import greedy_weights
from tabkit.metrics import METRICS, Metric, get_metric


def plain_greedy(
    stacked: np.ndarray, y: np.ndarray, metric: Metric, classes: tuple, n_rounds: int
) -> np.ndarray:
    """Ensemble selection as Caruana et al. (2004) tell it, one candidate after the other."""

    def loss(members: list[int]) -> float:
        predicted = np.mean([stacked[member] for member in members], axis=0)
        target = y
        if metric.needs == "labels":
            predicted = predicted.argmax(axis=1)
        if metric.needs == "scores" and classes:
            target, predicted = (y == 1).astype(float), predicted[:, 1]
        value = metric.compute(target, predicted, classes)
        return -value if metric.greater_is_better else value

    def less(a: float, b: float) -> bool:
        return a < b - 1e-12 * abs(a)

    def first_best(losses: list[float]) -> int:
        return next(i for i, one in enumerate(losses) if not less(min(losses), one))

    alone = [loss([candidate]) for candidate in range(len(stacked))]
    order: list[int] = []
    while len(order) < min(len(stacked), n_rounds):
        left = [np.inf if i in order else one for i, one in enumerate(alone)]
        order.append(first_best(left))
    best: list[int] = []
    for size in range(1, len(order) + 1):
        if not best or less(loss(order[:size]), loss(best)):
            best = order[:size]
    path = list(best)
    while len(path) < n_rounds:
        path.append(first_best([loss([*path, candidate]) for candidate in range(len(stacked))]))
        if less(loss(path), loss(best)):
            best = list(path)
    return np.bincount(best, minlength=len(stacked)) / len(best)


def make_probabilities(n_classes: int, seed: int, n_rows: int = 80) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n_rows)
    logits = (
        rng.normal(size=(6, n_rows, n_classes)) + rng.uniform(0, 1.5, 6)[:, None, None] * np.eye(n_classes)[y]
    )
    proba = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    return proba, y


CLASSIFICATION = [
    name for name in METRICS if "binary" in METRICS[name].task_kinds and not METRICS[name].needs_groups
]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", CLASSIFICATION)
def test_equals_the_plain_version_for_classes(name: str, n_classes: int) -> None:
    metric = METRICS[name]
    if n_classes == 3 and "multiclass" not in metric.task_kinds:
        pytest.skip("for two classes only")
    for seed in range(2):
        stacked, y = make_probabilities(n_classes, seed)
        expected = plain_greedy(stacked, y, metric, tuple(range(n_classes)), 5)
        np.testing.assert_allclose(greedy_weights(stacked, y, name, n_rounds=5), expected, atol=1e-12)


@pytest.mark.parametrize("name", ["rmse", "mae", "r2"])
@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
def test_equals_the_plain_version_for_values(name: str, scale: float) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        y = scale * rng.normal(size=50)
        stacked = y + scale * rng.normal(size=(7, 50)) * rng.uniform(0.5, 1.5, (7, 1))
        expected = plain_greedy(stacked, y, METRICS[name], (), 15)
        np.testing.assert_allclose(greedy_weights(stacked, y, name, n_rounds=15), expected, atol=1e-12)


def test_metric_of_one_class_is_of_the_positive_one() -> None:
    differ = 0
    for seed in range(5):
        stacked, y = make_probabilities(2, seed)
        expected = greedy_weights(stacked, y, "f1", n_rounds=8)
        differ += not np.allclose(expected, greedy_weights(stacked[:, :, ::-1], 1 - y, "f1", n_rounds=8))
        said, names = np.where(y == 1, "Yes", "no"), np.where(y == 1, "bad", "good")  # either sorts first
        mirrored = stacked[:, :, ::-1]
        np.testing.assert_allclose(greedy_weights(mirrored, said, "f1", n_rounds=8), expected, atol=1e-12)
        told = make_scorer(f1_score, pos_label="bad", zero_division=0)
        np.testing.assert_allclose(greedy_weights(mirrored, names, told, n_rounds=8), expected, atol=1e-12)
    assert differ  # else it would not matter which
    with pytest.raises(
        InputError, match=r"metric 'f1' needs a positive class, .* to sklearn\.metrics\.make_scorer"
    ):
        greedy_weights(mirrored, names, "f1")
    assert greedy_weights(mirrored, names, "roc_auc").sum() == pytest.approx(1)


def test_own_metrics_and_scorers_serve() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=60)
    stacked = y + rng.normal(size=(5, 60))
    scorer = make_scorer(mean_pinball_loss, greater_is_better=False, alpha=0.8)
    own = Metric(
        "mean_cube", "", False, ("regression",), "values", lambda t, p, _: float((abs(t - p) ** 3).mean())
    )
    np.testing.assert_allclose(
        greedy_weights(stacked, y, own, n_rounds=10), plain_greedy(stacked, y, own, (), 10)
    )
    pinball = Metric(
        "p", "", False, ("regression",), "values", lambda t, p, _: mean_pinball_loss(t, p, alpha=0.8)
    )
    np.testing.assert_allclose(
        greedy_weights(stacked, y, scorer, n_rounds=10), plain_greedy(stacked, y, pinball, (), 10)
    )


def test_many_rounds_come_near_the_best_weights_there_are() -> None:
    from scipy.optimize import minimize

    rng = np.random.default_rng(0)
    y = rng.normal(size=400)
    stacked = y + rng.normal(size=(4, 400)) * np.array([[0.5], [0.6], [0.8], [2.0]])

    def rmse(weights: np.ndarray) -> float:
        return float(np.sqrt(np.mean((weights @ stacked - y) ** 2)))

    bounds, total = [(0, 1)] * 4, {"type": "eq", "fun": lambda w: w.sum() - 1}
    best = minimize(rmse, np.full(4, 0.25), bounds=bounds, constraints=total).fun
    assert rmse(greedy_weights(stacked, y, n_rounds=200)) < best * 1.0005


def test_never_worse_than_the_best_candidate_or_the_plain_mean_of_the_best() -> None:
    for seed in range(20):
        stacked, y = make_probabilities(3, seed)
        loss = METRICS["log_loss"].compute
        found = loss(y, np.tensordot(greedy_weights(stacked, y), stacked, axes=1), (0, 1, 2))
        assert found <= min(loss(y, one, (0, 1, 2)) for one in stacked) + 1e-12
        assert found <= loss(y, stacked.mean(axis=0), (0, 1, 2)) + 1e-12


def test_weights_sum_to_one_and_are_multiples_of_one_size() -> None:
    stacked, y = make_probabilities(2, 0)
    weights = greedy_weights(stacked, y, n_rounds=30)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    smallest = 1 / 30
    assert weights[weights > 0].min() >= smallest - 1e-12


def test_of_equal_candidates_the_first_wins_whatever_the_number_of_rows() -> None:
    for n_rows in (7, 64, 1001):
        stacked, y = make_probabilities(2, n_rows, n_rows)
        best = int(np.argmin([METRICS["log_loss"].compute(y, one, (0, 1)) for one in stacked]))
        for metric in ("log_loss", "brier", "accuracy"):
            copies = np.concatenate([stacked[[best]]] * 5)
            assert greedy_weights(copies, y, metric, classes=[0, 1]).tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_a_perfect_candidate_gets_all() -> None:
    y = np.arange(10.0)
    weights = greedy_weights(np.stack([y + 1, y, y - 2]), y)
    assert weights.tolist() == [0.0, 1.0, 0.0]


def test_a_weight_of_two_is_a_row_that_stands_there_twice() -> None:
    stacked, y = make_probabilities(3, 0)
    times = np.random.default_rng(0).integers(0, 3, len(y))
    for name in ("log_loss", "brier"):
        weighted = greedy_weights(stacked, y, name, sample_weight=times)
        repeated = greedy_weights(
            np.repeat(stacked, times, axis=1), np.repeat(y, times), name, classes=[0, 1, 2]
        )
        np.testing.assert_allclose(weighted, repeated, atol=1e-12)
    assert not np.allclose(greedy_weights(stacked, y), greedy_weights(stacked, y, sample_weight=times))


def test_a_metric_without_weights_says_so_and_leaves_out_rows_of_none() -> None:
    stacked, y = make_probabilities(2, 0)
    weight = np.r_[np.zeros(30), np.ones(50)]
    np.testing.assert_allclose(
        greedy_weights(stacked, y, "roc_auc", n_rounds=5, sample_weight=weight),
        greedy_weights(stacked[:, 30:], y[30:], "roc_auc", n_rounds=5),
    )
    with pytest.warns(UserWarning, match="'roc_auc' takes no weights"):
        greedy_weights(stacked, y, "roc_auc", n_rounds=5, sample_weight=1 + weight)


def test_text_labels_and_classes_that_no_row_has() -> None:
    stacked, y = make_probabilities(3, 0)
    names = np.array(["blue", "green", "red"])
    np.testing.assert_allclose(greedy_weights(stacked, names[y]), greedy_weights(stacked, y))
    few = y != 2
    expected = plain_greedy(stacked[:, few], y[few], METRICS["log_loss"], (0, 1, 2), 50)
    np.testing.assert_allclose(greedy_weights(stacked[:, few], names[y[few]], classes=list(names)), expected)


def test_a_metric_of_groups() -> None:
    rng = np.random.default_rng(0)
    y, groups = rng.integers(0, 3, 60).astype(float), np.repeat(np.arange(12), 5)
    stacked = y + rng.normal(size=(4, 60)) * 2
    weights = greedy_weights(stacked, y, "ndcg", groups=groups)
    ndcg = get_metric("ndcg").compute
    assert ndcg(y, weights @ stacked, (), groups) >= max(ndcg(y, one, (), groups) for one in stacked)
    with pytest.raises(InputError, match="'ndcg' needs groups"):
        greedy_weights(stacked, y, "ndcg")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"predictions": np.ones((2, 3))}, r"expected \(n_candidates, 4\).*got \(2, 3\)"),
        ({"predictions": np.ones((0, 4))}, r"got \(0, 4\)"),
        ({"predictions": [[1, 2, 3, 4], [1, np.nan, 3, 4]]}, "those of candidate 1 are not all finite"),
        ({"predictions": np.ones((2, 4, 3))}, "3 columns for 4 classes"),
        ({"n_rounds": 0}, "n_rounds=0: expected a whole number"),
        ({"n_rounds": 1.5}, "n_rounds=1.5: expected a whole number"),
        ({"metric": "roc_auc"}, "'roc_auc' is for binary or multiclass, and this is regression"),
        ({"metric": "rsme"}, "unknown metric 'rsme'"),
        ({"sample_weight": [1, 1]}, "sample_weight: expected 4 values"),
        ({"metric": "r2", "y": [1, 1, 1, 1], "predictions": np.ones((2, 4))}, None),
    ],
)
def test_what_cannot_be_used_is_named(changes: dict[str, Any], message: str | None) -> None:
    arguments = {"predictions": np.eye(2, 4), "y": [1, 2, 3, 4], **changes}
    if message is None:
        assert greedy_weights(**arguments).tolist() == [1.0, 0.0]
        return
    with pytest.raises(InputError, match=message):
        greedy_weights(**arguments)


def test_a_metric_that_is_not_defined_is_named() -> None:
    stacked, _ = make_probabilities(2, 0)
    with pytest.raises(InputError, match="not defined for any candidate"):
        greedy_weights(stacked, np.zeros(80, dtype=int), "roc_auc", classes=[0, 1])
