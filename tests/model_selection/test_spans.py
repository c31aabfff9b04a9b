"""Times that are intervals, from when a row is known to when its label is."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate

from tabkit import InputError
from tabkit._core._times import Spans
from tabkit.calibration import CalibratedClassifier
from tabkit.model_selection import (
    ForwardSplit,
    PurgedKFold,
    RoleAwareKFold,
    inspect_splits,
    split_for_validation,
)
from tabkit.model_selection._row_roles import RowRoles

SPLITTERS = [
    ForwardSplit(3),
    ForwardSplit(None, train_size="300", test_size="60", gap="5"),
    PurgedKFold(4),
    PurgedKFold(4, horizon=3, embargo=2),
    RoleAwareKFold(4, random_state=0),
    RoleAwareKFold(4, partition=True),
    RoleAwareKFold(4, gap=4, random_state=0),
]


def make_spans(seed: int, closed: Any = "left", n_rows: int = 300) -> pd.arrays.IntervalArray:
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, 600, n_rows)
    return pd.arrays.IntervalArray.from_arrays(starts, starts + rng.integers(0, 40, n_rows), closed=closed)


def overlap(one: pd.Interval, other: pd.Interval, *, is_closed: bool) -> bool:
    if is_closed:
        return one.left <= other.right and other.left <= one.right
    return one.left < other.right and other.left < one.right


@pytest.mark.parametrize("closed", ["left", "right"])
@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
def test_no_training_row_reaches_into_the_time_of_the_tested_rows(splitter: Any, closed: Any) -> None:
    spans = make_spans(0, closed)
    n_folds = 0
    for train, test in splitter.split(np.zeros((300, 1)), np.arange(300) % 2, times=spans):
        n_folds += 1
        # Of the block as a whole, which is what is tested.
        block = pd.Interval(spans[test].left.min(), spans[test].right.max())
        assert not any(overlap(spans[row], block, is_closed=closed == "right") for row in train)
    assert n_folds >= 3


@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
def test_spans_take_training_rows_away_and_nothing_else(splitter: Any) -> None:
    spans, X, y = make_spans(1), np.zeros((300, 1)), np.arange(300) % 2
    with_spans = list(splitter.split(X, y, times=spans))
    without = list(splitter.split(X, y, times=spans.left))
    assert len(with_spans) == len(without)
    for (train, test), (all_train, all_test) in zip(with_spans, without, strict=True):
        np.testing.assert_array_equal(test, all_test)
        purged = np.setdiff1d(all_train, train)
        assert len(train)
        assert set(train) <= set(all_train)
        first, last = spans[test].left.min(), spans[test].right.max() + getattr(splitter, "embargo", 0)
        assert all(spans[row].right > first and spans[row].left <= last for row in purged)


def test_a_constant_length_is_a_gap() -> None:
    starts = np.random.default_rng(0).permutation(200)
    spans = pd.arrays.IntervalArray.from_arrays(starts, starts + 12, closed="left")
    y = starts % 3
    for spanned, gapped in zip(
        RoleAwareKFold(4).split(y, y, times=spans),
        RoleAwareKFold(4, gap=12).split(y, y, times=starts),
        strict=True,
    ):
        np.testing.assert_array_equal(spanned[0], gapped[0])
    spanned = split_for_validation(y, is_classification=False, times=spans)
    gapped = split_for_validation(y, is_classification=False, times=starts, gap=12)
    np.testing.assert_array_equal(spanned[0], gapped[0])
    horizon = pd.arrays.IntervalArray.from_arrays(starts, starts + 12, closed="right")
    for spanned, purged in zip(
        PurgedKFold(4).split(y, times=horizon), PurgedKFold(4, horizon=12).split(y, times=starts), strict=True
    ):
        np.testing.assert_array_equal(spanned[0], purged[0])


DAYS = pd.date_range("2024-01-01", periods=6, freq="D")
DATES = pd.IntervalIndex.from_arrays(DAYS, DAYS + pd.Timedelta("2D"), closed="left")


@pytest.mark.parametrize(
    "times",
    [
        DATES,
        DATES.array,
        list(DATES),
        np.array(list(DATES), dtype=object),
        pd.Series(DATES, index=list("fedcba")),
        pd.Series(DATES).astype(object),
        pd.DataFrame({"span": DATES}),
        pd.IntervalIndex.from_arrays(
            DAYS.tz_localize("Europe/Berlin"),
            DAYS.tz_localize("Europe/Berlin") + pd.Timedelta("2D"),
            closed="left",
        ),
    ],
    ids=["index", "array", "list", "objects", "series", "series of objects", "frame", "zone"],
)
def test_every_form_of_intervals_is_read(times: Any) -> None:
    spans = Spans.of(times, 6)
    assert spans.ends is not None
    assert not spans.is_closed
    assert (spans.ends - spans.starts == np.timedelta64(2, "D")).all()
    assert spans.clear_of(np.arange(6) == 4).tolist() == [True, True, True, False, False, False]
    roles = RowRoles.check(6, times=times).take(np.array([3, 1]))
    assert [span.length for span in roles.division["times"]] == [pd.Timedelta("2D")] * 2


def test_intervals_without_a_time_are_named() -> None:
    missing = pd.arrays.IntervalArray([pd.Interval(0, 1), np.nan, pd.Interval(1, 2)])
    with pytest.raises(InputError, match="times: 1 of 3 rows has no time"):
        Spans.of(missing, 3)


def test_intervals_that_leave_nothing_are_refused() -> None:
    everything = pd.arrays.IntervalArray.from_arrays(np.arange(20), np.arange(20) + 100)
    with pytest.raises(InputError, match="shorter intervals"):
        split_for_validation(np.arange(20) % 2, is_classification=True, times=everything)
    with pytest.raises(InputError, match="no row left to train on"):
        list(ForwardSplit(2).split(np.zeros((20, 1)), times=everything))


def test_scikit_learn_hands_them_on() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2))
    y = (X[:, 0] + rng.normal(size=400) > 0).astype(int)
    starts = rng.permutation(400)
    times = pd.Series(pd.arrays.IntervalArray.from_arrays(starts, starts + 30, closed="left"))
    model = CalibratedClassifier(LogisticRegression(), cv=3, random_state=0)
    with config_context(enable_metadata_routing=True):
        scores = cross_validate(model, X, y, cv=ForwardSplit(3), params={"times": times})
        search = GridSearchCV(model, {"estimator__C": [0.1, 1.0]}, cv=ForwardSplit(3)).fit(X, y, times=times)
    assert np.isfinite(scores["test_score"]).all()
    assert np.isfinite(search.best_score_)


def test_they_can_be_inspected() -> None:
    frame = inspect_splits(ForwardSplit(3), np.zeros((300, 1)), times=make_spans(2)).frame()
    assert (frame["n_train_not_earlier"] == 0).all()


def test_the_embargo_begins_where_the_last_label_of_the_block_ends() -> None:
    starts = np.arange(12)
    spans = pd.arrays.IntervalArray.from_arrays(starts, starts + 2, closed="right")
    with_spans = list(PurgedKFold(3, embargo=2).split(starts, times=spans))
    with_horizon = list(PurgedKFold(3, embargo=2, horizon=2).split(starts, times=starts))
    for (train, _), (expected, _) in zip(with_spans, with_horizon, strict=True):
        np.testing.assert_array_equal(train, expected)


@pytest.mark.parametrize(
    "times",
    [
        [pd.Interval(0, 1), pd.Interval(1, 2, closed="left")],
        [pd.Interval(0, 1), 3],
        [pd.Interval(0, 1), pd.Interval(pd.Timestamp(0), pd.Timestamp(1))],
        [
            pd.Interval(pd.Timestamp("2024", tz=zone), pd.Timestamp("2025", tz=zone))
            for zone in ("UTC", "Asia/Kolkata")
        ],
    ],
    ids=["sides", "numbers", "dates", "zones"],
)
def test_intervals_of_several_kinds_are_refused(times: list[Any]) -> None:
    with pytest.raises(InputError, match="not all are intervals of one kind"):
        Spans.of(times, 2)


def test_what_pandas_cut_makes_is_read() -> None:
    spans = Spans.of(pd.cut(pd.Series([1.0, 5.0, 9.0]), [0, 2, 6, 10]), 3)
    assert spans.starts.tolist() == [0, 2, 6]
    assert spans.is_closed


def test_encoded_categories_tell_nothing_of_labels_that_were_not_known_yet() -> None:
    """Entities come every 60 days, and the label says whether something happens within 200 days."""
    from sklearn.metrics import roc_auc_score

    from tabkit.preprocessing import TablePreprocessor

    rng = np.random.default_rng(0)
    rows = []
    for entity in range(480):
        events, start = np.cumsum(rng.exponential(300, 20)), rng.integers(0, 800)
        for visit in range(4):
            at = start + 60 * visit
            rows.append((at, f"e{entity}", int(((events > at) & (events <= at + 200)).any())))
    frame = pd.DataFrame(rows, columns=["at", "entity", "happens"])
    X, y, times = frame[["entity"]], frame["happens"], frame["at"].to_numpy()
    spans = pd.arrays.IntervalArray.from_arrays(times, times + 200, closed="right")
    scores = []
    for known in (times, spans):
        prepare = TablePreprocessor("linear", max_categories=20, random_state=0)
        encoded = np.asarray(prepare.fit_transform(X, y, times=known))
        scores.append(roc_auc_score(y, encoded[:, 0]))
    assert scores[0] > 0.6
    assert abs(scores[1] - 0.5) < 0.06


def test_a_plain_splitter_that_takes_times_is_not_called_deaf() -> None:
    class Plain:
        def split(self, X: Any, y: Any = None, groups: Any = None, times: Any = None) -> Any:
            assert times is not None
            yield from RoleAwareKFold(3).split(X, y, times=times)

        def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
            return 3

    X = np.random.default_rng(0).normal(size=(400, 2))
    model = CalibratedClassifier(LogisticRegression(), cv=Plain(), random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(X, (X[:, 0] > 0).astype(int), times=np.arange(400))


def test_folds_of_rows_without_weight_are_left_out() -> None:
    X = np.random.default_rng(0).normal(size=(400, 2))
    y = (X[:, 0] > 0).astype(int)
    folds = [(np.arange(200), np.arange(200, 400)), (np.arange(100), np.arange(100, 200))]
    weight = (np.arange(400) < 200).astype(float)
    model = CalibratedClassifier(LogisticRegression(), method="sigmoid", cv=folds, random_state=0)
    assert model.fit(X, y, sample_weight=weight).n_calibration_rows_ == 100
