"""Resampler: what stays, what is made up, and what happens where that cannot be done as asked."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTEN, SMOTENC
from imblearn.pipeline import Pipeline
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import cross_val_predict, cross_validate
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from tabkit._core import InputError
from tabkit._core._random import derive_seed
from tabkit.resampling import Resampler
from tabkit.resampling._resampler import _METHODS

METHODS = list(_METHODS)
MAKING_UP = ["smote", "borderline_smote", "adasyn"]
RARE = 30


@pytest.fixture(scope="module")
def table(awkward_frame) -> tuple[pd.DataFrame, pd.Series]:
    """Columns of every kind and dtype, with missing values, doubled labels of rows and a rare class."""
    rng = np.random.default_rng(0)
    n_rows = 300
    X = awkward_frame("binary", n_rows=n_rows).drop(columns="outcome")
    plan = X["plan"]
    X["zoned"] = pd.to_datetime(X["joined"]).dt.tz_localize("Europe/Berlin")
    X["moment"] = pd.Timestamp("2024-03-30 22:10:05") + pd.to_timedelta(rng.integers(0, 9999, n_rows), "s")
    X["category"] = pd.Categorical(plan, categories=["premium", "basic", "plus", "never"], ordered=True)
    X["whole"] = pd.array(rng.integers(0, 9, n_rows), dtype="Int64")
    X["small"] = rng.integers(0, 255, n_rows).astype(np.uint8)
    X["month"] = pd.period_range("2020-01", periods=n_rows, freq="M")
    X["lasts"] = pd.to_timedelta(rng.integers(0, 1000, n_rows), unit="s")
    X["known"] = pd.array(rng.random(n_rows) < 0.5, dtype="boolean")
    X["arrow"] = pd.array(rng.integers(0, 9, n_rows), dtype="int64[pyarrow]")
    X["letter"] = pd.array(rng.choice(["a", "b"], n_rows), dtype="string")
    X["sparse"] = pd.arrays.SparseArray(np.where(rng.random(n_rows) < 0.5, 0.0, rng.random(n_rows)))
    X["object"] = rng.integers(0, 9, n_rows).astype(object)
    X["empty"] = np.nan
    for column in ("zoned", "moment", "whole", "month", "lasts", "known", "arrow", "letter", "object"):
        X.loc[rng.choice(n_rows, 20, replace=False), column] = None
    X.index = rng.integers(0, 50, n_rows)
    y = pd.Series(np.where(np.arange(n_rows) < RARE, "rare", "common"), index=X.index, name="outcome")
    order = rng.permutation(n_rows)
    return X.iloc[order], y.iloc[order]


@pytest.mark.parametrize("missing", ["inherit", "impute"])
@pytest.mark.parametrize("method", METHODS)
def test_rows_that_stay_are_exactly_what_they_were(method: str, missing: str, table) -> None:
    X, y = table
    before = X.copy()
    sampler = Resampler(method, missing=missing, random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    pd.testing.assert_frame_equal(X, before)
    origins = sampler.original_rows_
    stays = origins >= 0
    assert len(X_new) == len(y_new) == len(origins)
    assert stays.sum() >= 2 * RARE - 5
    expected = X.iloc[origins[stays]]
    pd.testing.assert_frame_equal(X_new[stays].reset_index(drop=True), expected.reset_index(drop=True))
    assert y_new[stays].tolist() == y.iloc[origins[stays]].tolist()
    pd.testing.assert_series_equal(X_new.dtypes, X.dtypes)
    assert X_new.index.equals(y_new.index)
    assert y_new.name == "outcome"
    # First the rows that stay, then those made up.
    assert (np.diff(stays.astype(int)) <= 0).all()
    if method in ("smote", "borderline_smote", "random_over"):
        assert y_new.value_counts().tolist() == [300 - RARE, 300 - RARE]
        assert origins[:300].tolist() == list(range(300))
    if method in ("random_under", "near_miss"):
        assert y_new.value_counts().tolist() == [RARE, RARE]
        assert (np.diff(origins) > 0).all()
    assert hasattr(sampler, "sample_indices_") == (not (~stays).any())


@pytest.mark.parametrize("method", MAKING_UP)
def test_rows_made_up_have_values_that_there_are(method: str, table) -> None:
    X, y = table
    sampler = Resampler(method, random_state=0)
    X_new, _ = sampler.fit_resample(X, y)
    made = X_new[sampler.original_rows_ < 0]
    rare = X[(y == "rare").to_numpy()]
    assert len(made) > 200
    for column in ("plan", "category", "known", "letter", "is member", "city", "comment", "customer id"):
        assert set(made[column].dropna()) <= set(rare[column].dropna()), column
    for column in ("age", "größe", "zoned", "moment", "whole", "small", "month", "lasts", "arrow", "sparse"):
        low, high = rare[column].min(), rare[column].max()
        # The median of all rows stands for a missing value.
        median = np.sort(X[column].dropna().to_numpy())[X[column].notna().sum() // 2]
        if not isinstance(high, pd.Timestamp | pd.Period | pd.Timedelta):
            low, high = min(low, median - 1), max(high, median + 1)
            assert made[column].min() >= low, column
            assert made[column].max() <= high, column
        assert made[column].nunique() > 5, column
    assert (made["zoned"].dropna().dt.normalize() == made["zoned"].dropna()).all()
    assert (made["moment"].dropna().dt.microsecond == 0).all()
    assert made["object"].dropna().map(type).unique().tolist() == [int]


def test_numbers_lie_between_two_neighbours_of_their_class() -> None:
    """Against all segments between a row and its nearest ones, by standardised distances."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3)) * [1.0, 1e4, 1e-3] + [0, 5e5, 0]
    y = np.repeat([0, 1, 2], [130, 40, 30])
    sampler = Resampler(k_neighbors=3, random_state=1)
    X_new, y_new = sampler.fit_resample(X, y)
    scaler = StandardScaler().fit(X)
    for label in (1, 2):
        rows = scaler.transform(X[y == label])
        nearest = NearestNeighbors(n_neighbors=4).fit(rows).kneighbors(rows, return_distance=False)[:, 1:]
        starts, ends = np.repeat(rows, 3, axis=0), rows[nearest.ravel()]
        made = scaler.transform(X_new[200:][y_new[200:] == label])
        assert len(made) == 130 - (y == label).sum()
        for point in made:
            along = ends - starts
            share = ((point - starts) * along).sum(axis=1) / (along**2).sum(axis=1)
            distance = np.linalg.norm(starts + np.clip(share, 0, 1)[:, None] * along - point, axis=1)
            assert distance.min() < 1e-9
    assert len(np.unique(X_new[200:], axis=0)) == len(X_new) - 200


@pytest.mark.parametrize("method", [*MAKING_UP, "near_miss", "tomek", "smote_enn", "smote_tomek"])
def test_unit_of_a_column_changes_nothing(method: str) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(150, 3)), np.repeat([0, 1], [120, 30])
    units = np.array([1e5, 1.0, 1e-4])
    plain, _ = Resampler(method, random_state=0).fit_resample(X, y)
    scaled, _ = Resampler(method, random_state=0).fit_resample(X * units, y)
    np.testing.assert_allclose(scaled, plain * units, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("method", ["smote", "borderline_smote", "adasyn", "tomek", "smote_enn"])
def test_large_tables_give_the_same_rows(method: str, table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their points are kept sparse."""
    X, y = table
    dense, _ = Resampler(method, random_state=0).fit_resample(X, y)
    monkeypatch.setattr("tabkit.resampling._encoded_table._MOST_DENSE", 0)
    pd.testing.assert_frame_equal(Resampler(method, random_state=0).fit_resample(X, y)[0], dense)


def test_kinds_of_columns_choose_the_sampler() -> None:
    """Categories alone: SMOTEN's rows. Numbers beside them: SMOTENC's, on scaled numbers."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [100, 20])
    codes = rng.integers(0, 4, (120, 2))
    numbers = rng.normal(size=(120, 2)) * [1, 50]
    words = pd.DataFrame(np.array(["w", "x", "y", "z"])[codes], columns=["first", "second"])
    seed = derive_seed(0, "smote", 1)
    options = {"sampling_strategy": {1: 100}, "random_state": seed, "k_neighbors": 5}
    # Numbered as they come, which decides between equally frequent ones.
    numbered = np.column_stack([pd.factorize(words[name])[0] for name in words])
    expected = SMOTEN(**options).fit_resample(numbered, y)[0]
    made, _ = Resampler(random_state=0).fit_resample(words, y)
    for position, name in enumerate(words):
        assert made[name].tolist() == pd.factorize(words[name])[1][expected[:, position]].tolist()

    scaler = StandardScaler().fit(numbers)
    both = np.hstack([scaler.transform(numbers), numbered])
    expected = SMOTENC([2, 3], **options).fit_resample(both, y)[0]
    frame = pd.concat([words, pd.DataFrame(numbers, columns=["third", "fourth"])], axis="columns")
    made, _ = Resampler(random_state=0).fit_resample(frame, y)
    np.testing.assert_allclose(made[["third", "fourth"]], scaler.inverse_transform(expected[:, :2]))
    for position, name in enumerate(words):
        values = pd.factorize(words[name])[1][expected[:, 2 + position].astype(int)]
        assert made[name].tolist() == values.tolist()


def test_whole_numbers_stay_whole_and_inside_their_range() -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 2, 100), rng.integers(0, 50, 100), rng.normal(size=100)])
    X_new, _ = Resampler(random_state=0).fit_resample(X, np.repeat([0, 1], [80, 20]))
    assert set(X_new[:, 0]) == {0.0, 1.0}
    assert (X_new[:, 1] == np.rint(X_new[:, 1])).all()
    assert (X_new[100:, 2] != np.rint(X_new[100:, 2])).all()
    largest = np.tile(X[:, 1:2].astype(np.int64), 2)
    largest[:, 1] = 2**63 - 1
    X_new, _ = Resampler(random_state=0).fit_resample(largest, np.repeat([0, 1], [80, 20]))
    assert X_new[:, 1].min() > 2**63 - 2000
    small = np.repeat([[0], [255]], [80, 20], axis=0).astype(np.uint8)
    assert set(Resampler(random_state=0).fit_resample(small, np.repeat([0, 1], [80, 20]))[0][100:, 0]) == {
        255
    }
    huge = np.column_stack([X[:, 2] * 1e300, X[:, 2] * 1e-300])
    assert np.isfinite(Resampler(random_state=0).fit_resample(huge, np.repeat([0, 1], [80, 20]))[0]).all()


def test_missing_values_of_rows_made_up() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"near": rng.normal(size=200), "gap": rng.normal(size=200), "word": list("ab") * 100})
    y = np.repeat([0, 1], [150, 50])
    X.loc[X["near"] > 0, ["gap", "word"]] = [np.nan, None]
    made, _ = Resampler(random_state=0).fit_resample(X, y)
    is_lacking = made.loc[200:, "gap"].isna()
    # Which side of 0 a row is on is known but for those between the two rows nearest to it.
    assert (is_lacking == (made.loc[200:, "near"] > 0)).mean() > 0.95
    assert (made.loc[200:, "word"].isna() == is_lacking).all()
    filled, _ = Resampler(random_state=0, missing="impute").fit_resample(X, y)
    assert filled.loc[200:].notna().all(axis=None)
    assert (filled.loc[200:, "gap"] == X["gap"].median()).any()
    pd.testing.assert_series_equal(made["near"], filled["near"])


def test_text_comes_from_the_nearest_row_of_the_class() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"number": rng.normal(size=90)})
    X["text"] = [f"Row {row} says something of its own, number {row}" for row in range(90)]
    y = np.repeat(["common", "rare"], [70, 20])
    made, _ = Resampler(random_state=0).fit_resample(X, y)
    rare = X[70:]
    for number, text in made.loc[90:].itertuples(index=False):
        assert rare["text"].iloc[(rare["number"] - number).abs().argmin()] == text


@pytest.mark.parametrize("method", MAKING_UP)
def test_rare_class_gets_fewer_neighbours(method: str) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), np.repeat([0, 1], [57, 3])
    message = r"Resampler: class 1 has 3 rows: k_neighbors=5 is shrunk to 2 for it"
    with pytest.warns(UserWarning, match=message) as caught:
        _, y_new = Resampler(method, random_state=0).fit_resample(X, y)
    assert caught[0].filename == __file__
    assert abs((y_new == 1).sum() - 57) <= 5


def test_only_the_rare_class_gets_fewer_neighbours() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(103, 2)), np.repeat([0, 1, 2], [60, 40, 3])
    with pytest.warns(UserWarning, match="class 2 has 3 rows") as caught:
        shrunk, y_new = Resampler(random_state=0).fit_resample(X, y)
    assert len(caught) == 1
    among, y_among = Resampler(random_state=0, sampling_strategy={1: 60}).fit_resample(X, y)
    np.testing.assert_array_equal(shrunk[103:][y_new[103:] == 1], among[103:][y_among[103:] == 1])


@pytest.mark.parametrize("method", [*MAKING_UP, "smote_tomek"])
def test_class_of_one_row_is_repeated(method: str, table) -> None:
    X, _ = table
    y = np.where(np.arange(len(X)) == 7, "alone", "common")
    sampler = Resampler(method, random_state=0)
    with pytest.warns(UserWarning, match="class 'alone' has 1 row, so it is oversampled at random"):
        X_new, y_new = sampler.fit_resample(X, y)
    alone = X_new[y_new == "alone"].reset_index(drop=True)
    assert len(alone) >= 290
    pd.testing.assert_frame_equal(alone, X.iloc[[7] * len(alone)].reset_index(drop=True))
    assert set(sampler.original_rows_[y_new == "alone"]) == {7}


def test_text_alone_is_oversampled_at_random() -> None:
    X = pd.DataFrame({"text": [f"Row {row} says something of its own, number {row}" for row in range(40)]})
    y = np.repeat([0, 1], [30, 10])
    with pytest.warns(UserWarning, match="class 1 is oversampled at random: no column has numbers"):
        made, _ = Resampler(random_state=0).fit_resample(X, y)
    assert set(made.loc[40:, "text"]) <= set(X.loc[30:, "text"])
    with pytest.raises(InputError, match="method='near_miss' needs distances, and no column has numbers"):
        Resampler("near_miss").fit_resample(X, y)


@pytest.mark.parametrize("method", ["adasyn", "borderline_smote"])
def test_methods_that_find_no_start_become_smote(method: str) -> None:
    """Two clouds far apart: no row has a neighbour of the other class."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(90, 2)) + np.repeat([0, 1000], [70, 20])[:, None], np.repeat([0, 1], [70, 20])
    with pytest.warns(UserWarning, match=f"class 1 has no row that {method} would start from"):
        X_new, y_new = Resampler(method, random_state=0).fit_resample(X, y)
    assert (y_new == 1).sum() == 70
    assert X_new[90:].min() > 900


def test_cleaning_spares_a_class_that_it_would_wipe_out() -> None:
    """Rare rows far from each other, each among others."""
    X = np.concatenate([np.arange(0.0, 90.0), [10.5, 40.5, 70.5]])[:, None]
    sampler = Resampler("smote_enn", k_neighbors=2, random_state=0, sampling_strategy={1: 4})
    with pytest.warns(UserWarning, match="class 1 is left as it is: cleaning would take every row"):
        _, y_new = sampler.fit_resample(X + 0.1, np.repeat([0, 1], [90, 3]))
    assert (y_new == 1).sum() == 4


@pytest.mark.parametrize(
    "method",
    [
        pytest.param(method, marks=() if method in ("smote", "random_under") else pytest.mark.slow)
        for method in METHODS
    ],
)
def test_same_seed_same_rows(method: str, table) -> None:
    X, y = table
    first, second = (Resampler(method, random_state=3).fit_resample(X, y)[0] for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    if method not in ("tomek", "near_miss"):
        assert not Resampler(method, random_state=4).fit_resample(X, y)[0].equals(first)
        state = np.random.get_state()[1].copy()  # noqa: NPY002
        unseeded = [Resampler(method).fit_resample(X, y)[0] for _ in range(2)]
        assert not unseeded[0].equals(unseeded[1])
        np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


@pytest.mark.parametrize(
    ("strategy", "expected"), [(0.5, 40), ("minority", 80), ({"rare": 25}, 25), ("all", 80)]
)
def test_sampling_strategy_is_that_of_imbalanced_learn(strategy: Any, expected: int) -> None:
    X, y = np.random.default_rng(0).normal(size=(100, 2)), np.repeat(["common", "rare"], [80, 20])
    _, y_new = Resampler(sampling_strategy=strategy, random_state=0).fit_resample(X, y)
    assert dict(zip(*np.unique(y_new, return_counts=True), strict=True)) == {"common": 80, "rare": expected}


@pytest.mark.parametrize("dtype", ["category", "string", "boolean", "Int64"])
def test_labels_keep_their_dtype(dtype: str) -> None:
    values = {"boolean": [False, True], "Int64": [3, 7]}.get(dtype, ["no", "yes"])
    y = pd.Series(np.repeat(values, [30, 10])).astype(dtype)
    _, y_new = Resampler(random_state=0).fit_resample(np.random.default_rng(0).normal(size=(40, 2)), y)
    assert y_new.dtype == y.dtype
    assert y_new.value_counts().to_dict() == dict.fromkeys(values, 30)


def test_refit_forgets(table) -> None:
    X, y = table
    sampler = Resampler("random_under", random_state=0)
    sampler.fit_resample(X, y)
    sampler.set_params(method="smote").fit_resample(X[["age", "größe"]], y)
    assert not hasattr(sampler, "sample_indices_")
    assert sampler.n_features_in_ == 2


@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array])
def test_sparse_counts_stay_sparse_and_whole(form: Any) -> None:
    counts = np.random.default_rng(0).poisson(0.3, size=(120, 8)).astype(np.float32)
    X_new, y_new = Resampler(random_state=0).fit_resample(form(counts), np.repeat([0, 1], [90, 30]))
    assert (type(X_new), X_new.dtype) == (form, np.float32)
    np.testing.assert_array_equal(X_new[:120].toarray(), counts)
    assert set(np.unique(X_new.toarray())) <= set(range(int(counts.max()) + 1))
    assert (y_new == 1).sum() == 90


@pytest.mark.parametrize(
    ("options", "X", "message"),
    [
        ({"method": "smoothe"}, None, "The 'method' parameter of Resampler must be a str among"),
        ({"k_neighbors": 0}, None, r"The 'k_neighbors' parameter .* in the range \[1, inf\)"),
        ({"missing": "drop"}, None, "The 'missing' parameter of Resampler must be a str among"),
        ({}, [[1.0, np.inf], [2, 3], [3, 4]], "column 1 contains infinity: replace it"),
        ({}, sparse.csr_matrix([[1.0, np.nan], [2, 3], [3, 4]]), "X is sparse and contains NaN"),
        (
            {},
            pd.DataFrame([[1, 2], [3, 4], [5, 6]], columns=["a", "a"]),
            "X has more than one column named 'a'",
        ),
        ({}, pd.DataFrame(index=range(3)), "X has no columns"),
    ],
)
def test_what_cannot_be_used_is_one_line(options: dict[str, Any], X: Any, message: str) -> None:
    X = np.arange(6.0).reshape(3, 2) if X is None else X
    with pytest.raises(InputError, match=message):
        Resampler(**options).fit_resample(X, [0, 0, 1])


def test_one_class_and_wrong_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="more than 1 class"):
        Resampler().fit_resample([[1.0], [2.0]], [0, 0])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        Resampler().fit_resample([[1.0], [2.0]], [0, 1, 1])


class Diary(ClassifierMixin, BaseEstimator):
    """Keeps, for the whole class, what it was fitted on and asked."""

    fitted: list[Any] = []
    asked: list[Any] = []

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        Diary.fitted.append((X, y))
        return self

    def predict(self, X):
        Diary.asked.append(X)
        return np.repeat(self.classes_[:1], len(X))


@pytest.mark.parametrize("method", METHODS)
def test_pipeline_resamples_at_fit_alone_and_from_its_own_fold(method: str) -> None:
    """Each fold has numbers of its own range: a row of another fold, or a mixture with one, would show."""
    Diary.fitted.clear()
    Diary.asked.clear()
    rng = np.random.default_rng(0)
    folds = np.arange(120) % 3
    X = pd.DataFrame({"x": folds * 100 + rng.normal(size=120), "fold": folds.astype(str)})
    y = np.where(np.arange(120) < 30, "rare", "common")
    # Trained on one fold and tested on another.
    splits = [(np.flatnonzero(folds == fold), np.flatnonzero(folds == (fold + 1) % 3)) for fold in range(3)]
    model = Pipeline([("resample", Resampler(method, random_state=0)), ("model", Diary())])
    cross_validate(model, X, y, cv=splits, scoring="accuracy")
    for fold in range(3):
        seen, labels = Diary.fitted[fold]
        assert set(seen["fold"]) == {str(fold)}
        assert (abs(seen["x"] - 100 * fold) < 10).all()
        pd.testing.assert_frame_equal(Diary.asked[fold], X.iloc[splits[fold][1]])
        if method not in ("tomek", "adasyn", "smote_enn"):
            assert (labels == "rare").mean() == 0.5


def test_pipeline_predicts_every_row_once() -> None:
    Diary.asked.clear()
    X, y = np.arange(60.0).reshape(-1, 1), np.repeat([0, 1], [45, 15])
    cross_val_predict(Pipeline([("resample", Resampler(random_state=0)), ("model", Diary())]), X, y, cv=3)
    assert sorted(np.concatenate(Diary.asked).ravel()) == X.ravel().tolist()


def test_nothing_to_do_changes_nothing() -> None:
    X, y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in ("smote", "random_over", "random_under", "near_miss", "borderline_smote", "adasyn"):
            X_new, y_new = Resampler(method, random_state=0).fit_resample(X, y)
            np.testing.assert_array_equal(X_new, X)
            np.testing.assert_array_equal(y_new, y)
