"""Which class a threshold is for, and what is said of a threshold that gives every row the same class."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer, precision_score, recall_score
from sklearn.model_selection import KFold

import tabkit
from tabkit import InputError
from tabkit.calibration import Costs, MaxPrecision, MaxRecall, TunedThresholdClassifier
from tabkit.calibration._fixed_threshold import FixedThreshold

RNG = np.random.default_rng(0)
X = RNG.normal(size=(600, 2))
IS_BAD = X[:, 0] + RNG.normal(0, 0.7, 600) > 0.8
NAMES = np.where(IS_BAD, "bad", "good")
# The same rows whichever label sorts first.
FOLDS = list(KFold(3, shuffle=True, random_state=0).split(X))


def tune(labels: np.ndarray, objective: Any, **options: Any) -> TunedThresholdClassifier:
    model = TunedThresholdClassifier(LogisticRegression(), objective=objective, cv=FOLDS, **options)
    return model.fit(X, labels)


@pytest.mark.parametrize(
    "objective",
    [
        "f1",
        "recall",
        "positive_likelihood_ratio",
        MaxRecall(min_precision=0.9),
        MaxPrecision(min_recall=0.5),
        Costs(),
        make_scorer(recall_score),
    ],
)
def test_labels_that_do_not_say_which_is_meant_are_refused(objective: Any) -> None:
    with pytest.raises(
        InputError,
        match=r"neither 'bad' nor 'good' says that it is: pass pos_label='bad' or pos_label='good'$",
    ):
        tune(NAMES, objective)


@pytest.mark.parametrize(
    "objective",
    [
        "accuracy",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("balanced_accuracy", "matthews_corrcoef", "f1_macro")
        ),
    ],
)
def test_nobody_asks_where_both_classes_are_alike(objective: str) -> None:
    model = tune(NAMES, objective)
    assert model.pos_label_ == "good"
    as_numbers = tune(np.where(IS_BAD, 0, 1), objective)
    assert model.threshold_ == as_numbers.threshold_


def test_threshold_is_for_the_class_that_was_meant() -> None:
    model = tune(NAMES, MaxRecall(min_precision=0.9), pos_label="bad")
    assert (model.pos_label_, model.is_met_) == ("bad", True)
    same = tune(IS_BAD.astype(int), MaxRecall(min_precision=0.9))
    assert model.threshold_ == pytest.approx(same.threshold_, abs=1e-3)
    said = model.predict(X)
    assert ((said == "bad") == (same.predict(X) == 1)).mean() > 0.99
    assert precision_score(NAMES, said, pos_label="bad") > 0.85
    assert 0.2 < recall_score(NAMES, said, pos_label="bad") < 0.95
    np.testing.assert_array_equal(said == "bad", model.predict_proba(X)[:, 0] >= model.threshold_)


@pytest.mark.parametrize(
    ("no", "yes"),
    [
        ("no", "Yes"),
        *(pytest.param(*pair, marks=pytest.mark.slow) for pair in (("n", "Y"), ("not bad", "bad"), (-1, 1))),
    ],
)
def test_label_that_says_so_is_positive_wherever_it_sorts(no: Any, yes: Any) -> None:
    model = tune(np.where(IS_BAD, yes, no), "f1")
    assert model.pos_label_ == yes
    assert model.threshold_ == pytest.approx(tune(IS_BAD.astype(int), "f1").threshold_, abs=1e-3)


def test_default_of_a_users_own_function_is_its_positive_class() -> None:
    def hits(y_true: np.ndarray, y_pred: np.ndarray, pos_label: str = "bad") -> float:
        return float(((y_true == pos_label) & (y_pred == pos_label)).sum() - (y_pred == pos_label).sum() / 2)

    assert tune(NAMES, make_scorer(hits)).pos_label_ == "bad"


@pytest.mark.parametrize(
    ("objective", "said", "threshold"),
    [
        (
            Costs(false_positive=0.0, true_positive=-1.0, true_negative=1.0),
            "predicts 'bad' for every row",
            -np.inf,
        ),
        (Costs(false_positive=1.0, false_negative=0.0), "predicts 'good' for every row", np.inf),
    ],
)
def test_threshold_at_an_edge_warns_in_one_line(objective: Any, said: str, threshold: float) -> None:
    with pytest.warns(UserWarning, match=said) as told:
        model = tune(NAMES, objective, pos_label="bad")
    assert model.threshold_ == threshold
    (message,) = [str(one.message) for one in told]
    assert message.startswith(f"threshold_={threshold:g} predicts")
    assert f"objective={objective!r}" in message
    assert message.endswith("the positive class is 'bad', see pos_label")


def test_edge_among_thresholds_of_ones_own_warns() -> None:
    with pytest.warns(UserWarning, match=r"^threshold_=0 predicts 'bad' for every row"):
        tune(NAMES, MaxRecall(min_precision=0.01), pos_label="bad", thresholds=[0.0, 0.5])


def test_missed_minimum_and_edge_are_one_warning() -> None:
    with pytest.warns(
        UserWarning, match=r"is not met on held-out rows: .*, and threshold_=-?\w+ predicts"
    ) as told:
        tune(NAMES, MaxRecall(min_precision=0.99), pos_label="bad", thresholds=[-np.inf, np.inf])
    assert len(told) == 1


def test_threshold_inside_is_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tune(NAMES, "f1", pos_label="bad")


def test_given_threshold_is_of_the_same_class() -> None:
    proba = LogisticRegression().fit(X, NAMES).predict_proba(X)[:, 0]
    model = FixedThreshold(LogisticRegression(), threshold=0.3, pos_label="bad").fit(X, NAMES)
    assert model.pos_label_ == "bad"
    np.testing.assert_array_equal(model.predict(X) == "bad", proba >= 0.3)
    untold = FixedThreshold(LogisticRegression(), threshold=0.3)
    with pytest.raises(InputError, match=r"threshold=0\.3 needs a positive class"):
        untold.fit(X, NAMES)
    said = untold.fit(X, np.where(IS_BAD, "Yes", "no")).predict(X)  # "no" sorts last
    np.testing.assert_array_equal(said == "Yes", proba >= 0.3)


def test_saved_model_keeps_its_positive_class(tmp_path: Path) -> None:
    fixed = FixedThreshold(LogisticRegression(), threshold=0.3, pos_label="bad").fit(X, NAMES)
    for model in (tune(NAMES, "f1", pos_label="bad"), fixed):
        again = tabkit.load(tabkit.save(model, tmp_path / "model.skops"))
        assert again.pos_label_ == "bad"
        np.testing.assert_array_equal(again.predict(X), model.predict(X))
