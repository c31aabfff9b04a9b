"""No row outside the allowed ones reaches a fit, however deep it is nested, under any splitter.

Every estimator of tabkit that holds another is found by itself; probes inside it keep a record of the rows
that they are fitted on and asked about while it is fitted.
"""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from nested_probes import RECORD, ProbeClassifier, ProbeRegressor
from sklearn.base import clone, is_classifier
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_validate,
)

from tabkit._core._times import Spans
from tabkit.boosting import HistGradientBoostingClassifier, LightGBMClassifier, XGBoostClassifier
from tabkit.calibration import SplitCalibratedClassifier
from tabkit.model_selection import ForwardSplit, PurgedKFold, RoleAwareKFold
from tabkit.model_selection import _early_stopping as early_stopping
from tabkit.neural_network import TabularMLPClassifier
from tabkit.resampling import Resampler

PACKAGES = ("tabkit.calibration", "tabkit.ensemble", "tabkit.resampling")
N_GROUPS, N_EACH = 60, 4
N_ROWS = N_GROUPS * N_EACH
GENERATOR = np.random.default_rng(0)
GROUPS = GENERATOR.permutation(np.repeat(np.arange(N_GROUPS), N_EACH))
# A group's rows lie near each other in time, as admissions of a patient do.
TIMES = GROUPS * 10 + GENERATOR.integers(0, 10, N_ROWS)
# Labels that are known 25 after their rows.
SPANS = pd.Series(pd.arrays.IntervalArray.from_arrays(TIMES, TIMES + 25, closed="left"))
WEIGHTS = GENERATOR.uniform(0.5, 1.5, N_ROWS)
SIGNAL = GENERATOR.normal(size=N_ROWS)
X = np.column_stack([np.arange(N_ROWS), SIGNAL, GENERATOR.normal(size=N_ROWS)])
LABELS = (SIGNAL + GENERATOR.normal(size=N_ROWS) > 0.3).astype(int)
VALUES = SIGNAL + GENERATOR.normal(size=N_ROWS)
ROLES = {"sample_weight": WEIGHTS, "groups": GROUPS, "times": TIMES}


def find_meta_estimators() -> Iterator[type]:
    for package in PACKAGES:
        module = importlib.import_module(package)
        for name in module.__all__:
            found = getattr(module, name)
            if inspect.isclass(found) and {"estimator", "estimators"} & set(
                inspect.signature(found).parameters
            ):
                yield found


META_ESTIMATORS = list(find_meta_estimators())


def build(cls: type) -> Any:
    """Of probes, with folds inside small enough for the rows."""
    is_regressor = "Regressor" in cls.__name__
    probe: Any = ProbeRegressor() if is_regressor else ProbeClassifier()
    parameters = inspect.signature(cls).parameters
    given: dict[str, Any] = {}
    if "random_state" in parameters:
        given["random_state"] = 0
    if "cv" in parameters and parameters["cv"].default == 5:
        given["cv"] = 3
    if "sampler" in parameters:
        given["sampler"] = Resampler("random_over", random_state=0)
    if "estimators" in parameters:
        return cls([("first", probe), ("second", clone(probe))], **given)
    return cls(probe, **given)


def fit(model: Any, y: np.ndarray, roles: dict[str, np.ndarray]) -> None:
    RECORD.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y, **roles)


def target_of(model: Any) -> np.ndarray:
    return LABELS if is_classifier(model) else VALUES


def test_all_estimators_that_hold_another_are_found() -> None:
    names = {cls.__name__ for cls in META_ESTIMATORS}
    assert {"CalibratedClassifier", "TunedThresholdClassifier", "ResampledClassifier"} <= names
    assert {"StackingClassifier", "StackingRegressor", "GreedyEnsembleClassifier"} <= names
    assert {"ConformalClassifier", "ConformalRegressor", "FoldBaggingRegressor"} <= names


@pytest.mark.parametrize("cls", META_ESTIMATORS, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("divided_by", [(), ("groups",), ("times",), ("groups", "times")], ids=str)
def test_what_learns_from_predictions_gets_those_of_models_that_had_not_seen_the_row(
    cls: type, divided_by: tuple[str, ...]
) -> None:
    model = build(cls)
    fit(model, target_of(model), {name: ROLES[name] for name in (*divided_by, "sample_weight")})
    assert RECORD.fits
    for fitted, asked in RECORD.predictions:
        assert not fitted & asked
        if "groups" in divided_by:
            assert not set(GROUPS[list(fitted)]) & set(GROUPS[list(asked)])
        if "times" in divided_by:
            assert TIMES[list(fitted)].max() < TIMES[list(asked)].min()


@pytest.mark.parametrize("cls", META_ESTIMATORS, ids=lambda cls: cls.__name__)
def test_labels_that_take_time_to_be_known_keep_their_distance_inside_too(cls: type) -> None:
    model = build(cls)
    fit(model, target_of(model), {"times": SPANS})
    assert RECORD.fits
    assert RECORD.predictions or cls.__name__ in ("ResampledClassifier", "ConformalRegressor")
    for fitted, asked in RECORD.predictions:
        assert TIMES[list(fitted)].max() + 25 <= TIMES[list(asked)].min()


@pytest.mark.parametrize("cls", META_ESTIMATORS, ids=lambda cls: cls.__name__)
def test_every_fit_inside_is_given_weights_groups_and_times(cls: type) -> None:
    model = build(cls)
    fit(model, target_of(model), ROLES)
    assert RECORD.lacking == [] if cls.__name__ != "ResampledClassifier" else "times" not in RECORD.lacking


SPLITTERS: list[Callable[[], Any]] = [
    lambda: KFold(3, shuffle=True, random_state=0),
    lambda: StratifiedKFold(3, shuffle=True, random_state=0),
    lambda: GroupKFold(3),
    lambda: StratifiedGroupKFold(3),
    lambda: TimeSeriesSplit(3),
    lambda: ForwardSplit(3),
    lambda: ForwardSplit(3, train_size=80, gap="20", horizon="10"),
    lambda: PurgedKFold(3, horizon="15"),
    lambda: RoleAwareKFold(3, random_state=0),
]


def slow_but(quick: tuple[str, ...]) -> list[Any]:
    """The splitters, those that divide the rows no other way than the quick ones among the slow tests."""
    names = {make: type(make()).__name__ for make in SPLITTERS}
    return [
        pytest.param(make, id=repr(make()), marks=() if name in quick else pytest.mark.slow)
        for make, name in names.items()
    ]


@pytest.mark.parametrize("make_splitter", slow_but(("GroupKFold", "PurgedKFold", "RoleAwareKFold")))
@pytest.mark.parametrize("cls", META_ESTIMATORS, ids=lambda cls: cls.__name__)
def test_no_row_outside_the_training_rows_reaches_a_fit(cls: type, make_splitter: Callable[[], Any]) -> None:
    model = build(cls)
    y, splitter = target_of(model), make_splitter()
    known = inspect.signature(splitter.split).parameters
    division = {name: ROLES[name] for name in ("groups", "times") if name in known}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for train, test in splitter.split(X, LABELS, **division):
            RECORD.clear()
            clone(model).fit(X[train], y[train], **{name: values[train] for name, values in ROLES.items()})
            assert RECORD.fits
            for rows in RECORD.fits:
                assert rows <= set(train.tolist())
                assert not rows & set(test.tolist())


@pytest.mark.parametrize(
    "make_splitter", [lambda: ForwardSplit(3), lambda: PurgedKFold(3)], ids=["forward", "purged"]
)
@pytest.mark.parametrize("cls", META_ESTIMATORS, ids=lambda cls: cls.__name__)
def test_cross_validate_routes_the_roles_without_a_request(
    cls: type, make_splitter: Callable[[], Any]
) -> None:
    model = build(cls)
    RECORD.clear()
    with sklearn.config_context(enable_metadata_routing=True), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cross_validate(
            model,
            X,
            target_of(model),
            cv=make_splitter(),
            params={"groups": GROUPS, "times": TIMES},
            scoring=lambda fitted, X, y: 0.0,
        )
    assert not {"groups", "times"} & set(RECORD.lacking) or cls.__name__ == "ResampledClassifier"


QUICK_BASES = [
    LightGBMClassifier(n_estimators=4, n_jobs=1, random_state=0),
    XGBoostClassifier(n_estimators=4, n_jobs=1, random_state=0),
    HistGradientBoostingClassifier(max_iter=4, early_stopping=True, random_state=0),
    TabularMLPClassifier(hidden_sizes=(4,), max_epochs=2, n_jobs=1, random_state=0),
]
CLASSIFIERS = [cls for cls in META_ESTIMATORS if "Classifier" in cls.__name__]


@pytest.mark.parametrize(
    ("cls", "base"),
    [
        (cls, base)
        for cls in CLASSIFIERS
        for base in QUICK_BASES
        if cls is not SplitCalibratedClassifier or hasattr(base, "decision_function")
    ],
    ids=lambda one: one.__name__ if inspect.isclass(one) else type(one).__name__,
)
def test_early_stopping_inside_follows_groups_and_times_without_a_word(
    cls: type, base: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Any, Any, Any]] = []
    original = early_stopping.split_for_validation

    def spy(y: Any, **arguments: Any) -> Any:
        split = original(y, **arguments)
        seen.append((arguments.get("groups"), arguments.get("times"), split))
        return split

    monkeypatch.setattr(early_stopping, "split_for_validation", spy)
    model = build(cls)
    model.set_params(
        **{name: clone(base) for name in ("estimator", "first", "second") if name in model.get_params()}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, LABELS, groups=GROUPS, times=SPANS)
    assert seen
    for groups, times, (train, validation) in seen:
        assert times is not None
        spans = Spans.of(times, len(times))
        if spans.ends is None:  # of ResampledClassifier, which has divided by the intervals itself
            assert cls.__name__ == "ResampledClassifier"
            assert spans.starts[train].max() < spans.starts[validation].min()
        else:
            assert spans.ends[train].max() <= spans.starts[validation].min()
        if groups is not None:
            assert not set(np.asarray(groups)[train]) & set(np.asarray(groups)[validation])
    if cls.__name__ == "ResampledClassifier":
        assert isinstance(seen[0][1].dtype, pd.IntervalDtype)
    else:
        assert all(groups is not None for groups, _, _ in seen)
