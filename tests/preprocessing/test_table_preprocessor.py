"""The preprocessor as a whole: the contract, and everything a table can be at predict."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contract_checks import contracts, find_broken
from sklearn import config_context
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from tabkit._core import InputError
from tabkit.preprocessing import TablePreprocessor

FAMILIES = ("linear", "tree", "boosting", "net")

Maker = Callable[..., pd.DataFrame]


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def table(awkward_frame: Maker) -> tuple[pd.DataFrame, pd.Series]:
    frame = awkward_frame("binary", n_rows=400, seed=1)
    frame["joined"] = pd.to_datetime(frame["joined"])
    frame["joined"] = frame["joined"].mask(frame.index % 11 == 0)
    frame["code"] = [f"code {number % 300}" for number in range(400)]
    return frame.drop(columns="outcome"), frame["outcome"]


def _same(first: Any, second: Any) -> None:
    if isinstance(first, pd.DataFrame):
        pd.testing.assert_frame_equal(first, second)
    else:
        np.testing.assert_array_equal(first, second)


@contracts("preprocessing", {name: partial(TablePreprocessor, name) for name in FAMILIES})
def test_scikit_learn_contract(build: Callable[[], TablePreprocessor]) -> None:
    assert not (broken := find_broken(build())), broken


def test_output_is_what_the_family_wants(family: str, table: tuple) -> None:
    X, y = table
    before = X.copy(deep=True)
    out = TablePreprocessor(family, random_state=0).fit_transform(X, y)
    pd.testing.assert_frame_equal(X, before)
    if family in ("boosting", "net"):
        assert isinstance(out, pd.DataFrame)
        assert out.index.equals(X.index)
        assert isinstance(out["plan"].dtype, pd.CategoricalDtype)
        assert list(out["plan"].cat.categories) == ["basic", "plus", "premium"]
        numbers = out.select_dtypes("number").to_numpy()
    else:
        assert out.dtype == (np.float64 if family == "linear" else np.float32)
        numbers = out
    assert np.isnan(numbers).any() == (family in ("tree", "boosting"))
    assert not np.isinf(numbers).any()


def test_names_and_sources(family: str, table: tuple) -> None:
    X, y = table
    prepare = TablePreprocessor(family, random_state=0).fit(X, y)
    names = list(prepare.get_feature_names_out())
    assert len(set(names)) == len(names) == len(prepare.feature_sources_)
    assert np.asarray(prepare.transform(X)).shape[1] == len(names)
    for name, source in zip(names, prepare.feature_sources_, strict=True):
        assert name.startswith(str(source))
    assert set(prepare.feature_sources_) == set(prepare.used_columns_)
    assert {"customer id", "country"}.isdisjoint(prepare.used_columns_)
    expected = {
        "linear": ["age__missing", "plan=basic", "plan__missing", "joined__month_sin", "comment__svd_0"],
        "tree": ["age", "plan=basic", "joined__year", "city__target"],
        "boosting": ["age", "plan", "joined__month", "city", "code__svd_0"],
        "net": ["age__missing", "plan", "joined__elapsed_days", "joined__month_cos"],
    }
    assert not set(expected[family]) - set(names)


def test_set_output(family: str, table: tuple) -> None:
    X, y = table
    X = X.set_axis(range(1000, 1400), axis="index")
    prepare = TablePreprocessor(family, random_state=0).set_output(transform="pandas")
    for out in (prepare.fit_transform(X, y), prepare.transform(X)):
        assert list(out.columns) == list(prepare.get_feature_names_out())
        assert out.index.equals(X.index)


def test_fit_transform_is_fit_then_transform_without_target_means(family: str, table: tuple) -> None:
    X, y = table
    X = X.drop(columns=["city", "code"])
    prepare = TablePreprocessor(family, random_state=0)
    _same(prepare.fit_transform(X, y), prepare.fit(X, y).transform(X))


def test_fit_learns_the_same_as_fit_transform(family: str, table: tuple) -> None:
    X, y = table
    first = TablePreprocessor(family, max_categories=8, random_state=0).fit(X, y)
    second = clone(first)
    second.fit_transform(X, y)
    _same(first.transform(X), second.transform(X))


def test_one_row_equals_the_batch(family: str, table: tuple) -> None:
    X, y = table
    prepare = TablePreprocessor(family, random_state=0).fit(X, y)
    batch = prepare.transform(X)
    for row in (0, 5, 399):
        _same(prepare.transform(X.iloc[[row]]), batch[row : row + 1])
    shuffled = np.random.default_rng(0).permutation(len(X))
    expected = batch.iloc[shuffled] if isinstance(batch, pd.DataFrame) else batch[shuffled]
    _same(prepare.transform(X.iloc[shuffled]), expected)


def test_values_count_not_their_storage(family: str, table: tuple) -> None:
    X, y = table
    prepare = TablePreprocessor(family, random_state=0).fit(X, y)
    stored = X.copy()
    stored["age"] = stored["age"].map("{:g}".format).replace("nan", " ")
    stored["plan"] = pd.Categorical(stored["plan"], ["premium", "unused", "basic", "plus"])
    stored["joined"] = stored["joined"].dt.strftime("%Y-%m-%d")
    stored["city"] = stored["city"].astype("string")
    stored["größe"] = stored["größe"].astype("Float64")
    stored["is member"] = stored["is member"].astype(object)
    stored["comment"] = stored["comment"].astype("category")
    stored["rarely known"] = stored["rarely known"].astype(object)
    _same(prepare.transform(stored), prepare.transform(X))
    reordered = X[X.columns[::-1]].assign(extra=1.0).drop(columns=["customer id", "country"])
    _same(prepare.transform(reordered), prepare.transform(X))


def test_a_row_of_objects(family: str, table: tuple) -> None:
    """``X.iloc[3].to_frame().T`` has the object dtype throughout."""
    X, y = table
    prepare = TablePreprocessor(family, random_state=0).fit(X, y)
    _same(prepare.transform(X.iloc[3].to_frame().T), prepare.transform(X.iloc[[3]]))


def test_permuted_category_order_changes_nothing(family: str) -> None:
    rng = np.random.default_rng(0)
    values, y = rng.choice(list("abcdefgh"), 300), rng.integers(2, size=300)
    outs = []
    for order in ("abcdefgh", "hgfedcba", "cahgbdfe"):
        X = pd.DataFrame({"x": pd.Categorical(values, list(order))})
        outs.append(TablePreprocessor(family, random_state=0).fit_transform(X, y))
    _same(outs[0], outs[1])
    _same(outs[0], outs[2])


def test_unseen_and_missing_values_anywhere(family: str, table: tuple) -> None:
    X, y = table
    prepare = TablePreprocessor(family, random_state=0).fit(X, y)
    nothing = pd.DataFrame({column: [None, None] for column in X.columns})
    strange = X.iloc[:2].assign(plan="gold", city="atlantis", code="new", comment="unheard", age=1e300)
    for rows in (nothing, strange):
        out = pd.DataFrame(prepare.transform(rows))
        assert len(out) == 2
        if family in ("linear", "net"):
            assert not out.select_dtypes("number").isna().to_numpy().any()
        if family in ("boosting", "net"):
            assert out["plan"].isna().all()


def test_columns_without_values_in_the_training_rows_are_set_aside(family: str) -> None:
    X = pd.DataFrame({"a": [1.0, 2.5, 4.0, 3.0], "b": [None] * 4, "c": [np.nan] * 4})
    kinds = {"a": "numeric", "b": "category", "c": "numeric"}
    prepare = TablePreprocessor(family, kinds=kinds).fit(X)
    assert prepare.used_columns_ == ["a"]
    assert prepare.kinds_ == {"a": "numeric", "b": "constant", "c": "constant"}


def test_columns_to_keep_come_out_without_values_too(family: str) -> None:
    X = pd.DataFrame({"a": [1.0, 2.5, 4.0, 3.0], "b": [np.nan] * 4})
    prepare = TablePreprocessor(family, kinds={"a": "numeric", "b": "numeric"}, keep=["b"]).fit(X)
    assert prepare.kinds_ == {"a": "numeric", "b": "numeric"}
    assert list(prepare.get_feature_names_out())[:2] == ["a", "b"]
    later = pd.DataFrame(prepare.transform(X.assign(b=7.0)))
    assert (later.iloc[:, 1] == (7.0 if family in ("tree", "boosting") else later.iloc[0, 1])).all()


def test_columns_to_keep_must_be_numeric(table: tuple) -> None:
    X, y = table
    with pytest.raises(InputError, match="keep names column 'plan': kinds must say that it is numeric"):
        TablePreprocessor(kinds={"plan": "category"}, keep=["plan"]).fit(X, y)


def test_given_kinds_prevail(table: tuple) -> None:
    X, y = table
    kinds = {"city": "text", "age": "category", "customer id": "category", "größe": "identifier"}
    prepare = TablePreprocessor("linear", kinds=kinds).fit(X, y)
    names = set(prepare.get_feature_names_out())
    assert {"city__svd_0", "customer id__target", "age__target"} <= names
    assert "größe" not in names
    assert {column: prepare.kinds_[column] for column in kinds} == kinds


def test_how_the_training_rows_write_dates_and_numbers_is_remembered() -> None:
    days = pd.date_range("2023-01-01", periods=60)
    X = pd.DataFrame({"day": days.strftime("%d/%m/%Y"), "price": [f"1.{i:03d},50" for i in range(60)]})
    for kinds in (None, {"day": "date", "price": "numeric"}):
        prepare = TablePreprocessor("boosting", kinds=kinds).fit(X)
        one = prepare.transform(pd.DataFrame({"day": ["02/01/2023"], "price": ["1.007,50"]}))
        assert one["day__elapsed_days"].item() == 1.0
        assert one["price"].item() == 1007.5


@pytest.mark.parametrize("y", [None, np.arange(400) % 60], ids=["no target", "60 classes"])
def test_many_categories_without_a_usable_target_become_components(family: str, y: Any) -> None:
    X = pd.DataFrame({"code": [f"code{number % 300}" for number in range(400)]})
    prepare = TablePreprocessor(family, task_kind="multiclass", random_state=0).fit(X, y)
    assert all(name.startswith("code__svd_") for name in prepare.get_feature_names_out())


def test_rare_categories_of_several_words_become_components() -> None:
    rng = np.random.default_rng(0)
    jobs = [f"{a} {b}" for a in ("senior", "junior", "chief") for b in map("field{}".format, range(100))]
    X = pd.DataFrame({"job": rng.choice(jobs, 900)})
    prepare = TablePreprocessor(kinds={"job": "category"}, random_state=0).fit(X, rng.integers(2, size=900))
    assert prepare.get_feature_names_out()[0] == "job__svd_0"


def test_ordered_categories_are_codes_for_trees() -> None:
    dtype = pd.CategoricalDtype(["low", "mid", "high"], ordered=True)
    X = pd.DataFrame({"size": pd.Series(["high", "low", "mid", None] * 5, dtype=dtype)})
    out = TablePreprocessor("tree").fit_transform(X)
    np.testing.assert_array_equal(out[:4, 0], [2, 0, 1, np.nan])


def test_weird_names(family: str) -> None:
    rng = np.random.default_rng(0)
    labels: list[Any] = ['a,b:{"c"}[d]<e>', "🦊", "", " ", 7, 2.5, "7", ("x", 1), "x=a", "x"]
    values = [rng.normal(size=50) for _ in labels[:-1]]
    X = pd.DataFrame(dict(enumerate(values)))
    X[9] = rng.choice(["a", "b"], 50)
    X.columns = pd.Index(labels, tupleize_cols=False)
    prepare = TablePreprocessor(family).fit(X)
    names = list(prepare.get_feature_names_out())
    assert len(set(names)) == len(names)
    assert set(prepare.feature_sources_) == set(labels)
    assert np.asarray(prepare.transform(X.iloc[:, ::-1])).shape == (50, len(names))
    assert not hasattr(prepare, "feature_names_in_")


def test_arrays_and_lists(family: str) -> None:
    rng = np.random.default_rng(0)
    X = np.empty((60, 3), dtype=object)
    X[:, 0], X[:, 1], X[:, 2] = rng.normal(size=60), rng.choice(list("abc"), 60), rng.integers(9, size=60)
    prepare = TablePreprocessor(family, kinds={"x2": "category"}, random_state=0).fit(X)
    assert prepare.kinds_ == {"x0": "numeric", "x1": "category", "x2": "category"}
    _same(prepare.transform(X.tolist()), prepare.transform(X))
    with pytest.warns(UserWarning, match="X has feature names"):
        prepare.transform(pd.DataFrame(X, columns=list("pqr")))


def test_an_array_for_a_frame_is_refused(family: str) -> None:
    X = pd.DataFrame({"a": [1.0, 2.5, 3.0], "b": [2.0, 7.5, 1.0]})
    prepare = TablePreprocessor(family).fit(X)
    for array in (X.to_numpy(), X.to_numpy().tolist()):
        with pytest.raises(InputError, match=r"X has no column names.*pass one with the columns 'a', 'b'"):
            prepare.transform(array)


def test_numbered_columns_go_by_their_numbers(family: str) -> None:
    X = pd.DataFrame([[1.0, 2.0], [2.5, 7.5], [3.0, 1.0]])
    prepare = TablePreprocessor(family).fit(X)
    for same in (X[[1, 0]], X.to_numpy()):
        _same(prepare.transform(same), prepare.transform(X))


def test_refit_forgets() -> None:
    prepare = TablePreprocessor("linear").fit(pd.DataFrame({"a": [1.0, 2.5, np.nan], "b": ["x", "y", "x"]}))
    prepare.fit(np.array([[1.0], [2.5], [4.0]]))
    assert list(prepare.get_feature_names_out()) == ["x0"]
    assert not hasattr(prepare, "feature_names_in_")
    assert prepare.transform(np.array([[3.0]])).shape == (1, 1)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (pd.DataFrame({"a": []}), "X has no rows"),
        (pd.DataFrame(index=range(3)), "X has no columns"),
        (pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]), "more than one column named 'a'"),
        (pd.DataFrame({"a": ["x", "x"]}), "no column to learn from"),
        (np.zeros((0, 2)), "0 sample"),
        (np.zeros(3), "Expected 2D array"),
    ],
)
def test_what_cannot_be_learned_from(X: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        TablePreprocessor().fit(X)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"model_family": "forest"}, "'model_family' parameter of TablePreprocessor must be a str among"),
        ({"task_kind": "continuous"}, "'task_kind' parameter of TablePreprocessor must be a str among"),
        (
            {"max_categories": 0},
            r"'max_categories' parameter of TablePreprocessor must be an int in the range \[1",
        ),
        ({"n_folds": 1}, r"'n_folds' parameter of TablePreprocessor must be an int in the range \[2"),
        (
            {"n_text_components": 2.5},
            r"'n_text_components' parameter of TablePreprocessor must be an int in the range \[1",
        ),
        ({"kinds": {"b": "numeric"}}, "kinds names column 'b'"),
        ({"kinds": {"a": "number"}}, "column 'a' must be one of"),
    ],
)
def test_parameters_are_checked_at_fit(parameters: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        TablePreprocessor(**parameters).fit(pd.DataFrame({"a": [1.0, 2.5]}))


def test_missing_columns_are_named(table: tuple) -> None:
    X, y = table
    prepare = TablePreprocessor().fit(X, y)
    with pytest.raises(InputError, match=r"lacks 2 columns of those at fit: 'age', 'plan'"):
        prepare.transform(X.drop(columns=["plan", "age"]))
    prepare.fit(np.arange(6.0).reshape(2, 3))
    with pytest.raises(InputError, match="X has 2 features, but TablePreprocessor is expecting 3"):
        prepare.transform(np.zeros((1, 2)))


@pytest.mark.parametrize("routing", [True, False])
def test_roles_arrive_through_a_pipeline(routing: bool) -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"code": [f"c{number}" for number in rng.integers(300, size=900)]})
    y, groups = rng.integers(2, size=900), rng.integers(25, size=900)
    alone = TablePreprocessor("linear", random_state=0).fit_transform(X, y, groups=groups)

    class Probe(DummyClassifier):
        def fit(self, X: Any, y: Any) -> Any:
            self.seen_ = X
            return super().fit(X, y)

    pipeline = make_pipeline(TablePreprocessor("linear", random_state=0), Probe())
    with config_context(enable_metadata_routing=routing):
        name = "groups" if routing else "tablepreprocessor__groups"
        pipeline.fit(X, y, **{name: groups})
    np.testing.assert_array_equal(pipeline[-1].seen_, alone)
    other = TablePreprocessor("linear", random_state=0).fit_transform(X, y)
    assert not np.array_equal(other, alone)


def test_global_generators_are_left_alone(family: str, table: tuple) -> None:
    X, y = table
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    TablePreprocessor(family).fit(X, y)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_random_state_decides(table: tuple) -> None:
    X, y = table
    first, again, other = (
        TablePreprocessor("tree", max_categories=5, random_state=seed).fit_transform(X, y)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other, equal_nan=True)


def test_files(family: str, table: tuple) -> None:
    import skops.io

    X, y = table
    prepare = TablePreprocessor(family, max_categories=30, random_state=0).fit(X, y)
    expected = prepare.transform(X)
    _same(pickle.loads(pickle.dumps(prepare)).transform(X), expected)
    dumped = skops.io.dumps(prepare)
    types = skops.io.get_untrusted_types(data=dumped)
    assert all(name.startswith("tabkit.preprocessing.") for name in types)
    loaded = skops.io.loads(dumped, trusted=types)
    _same(loaded.transform(X), expected)
    assert loaded.feature_sources_ == prepare.feature_sources_


def test_no_warnings(family: str, table: tuple) -> None:
    X, y = table
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        prepare = TablePreprocessor(family, random_state=0)
        prepare.fit_transform(X, y)
        prepare.transform(X)


def test_shuffled_target_scores_at_chance() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({f"code{number}": rng.integers(200, size=1500).astype(str) for number in range(4)})
    y = rng.integers(2, size=1500)
    kinds = dict.fromkeys(X, "category")
    pipeline = make_pipeline(TablePreprocessor("linear", kinds=kinds, random_state=0), LogisticRegression())
    pipeline.fit(X[:1000], y[:1000])
    assert pipeline.score(X[1000:], y[1000:]) == pytest.approx(0.5, abs=0.08)


@pytest.mark.slow
def test_five_thousand_columns_and_ten_thousand_categories(family: str) -> None:
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.normal(size=(100, 5000))).add_prefix("v")
    assert np.asarray(TablePreprocessor(family).fit_transform(wide)).shape == (100, 5000)
    codes = pd.DataFrame({f"c{number}": rng.integers(10_000, size=30_000) for number in range(10)})
    kinds = dict.fromkeys(codes, "category")
    out = TablePreprocessor(family, kinds=kinds).fit_transform(codes, rng.integers(2, size=30_000))
    assert np.asarray(out).shape == (30_000, 10)


@pytest.mark.real_data
def test_numbers_stored_as_text_at_predict(benchmark_data: Any, family: str) -> None:
    X = pd.read_csv(benchmark_data / "telco_churn.csv.gz")
    y = X.pop("Churn")
    prepare = TablePreprocessor(family, random_state=0).fit(X, y)
    assert prepare.kinds_["TotalCharges"] == "numeric"
    assert prepare.kinds_["customerID"] == "identifier"
    as_numbers = X.assign(TotalCharges=pd.to_numeric(X["TotalCharges"], errors="coerce"))
    _same(prepare.transform(as_numbers), prepare.transform(X))


def test_later_text_is_read_as_the_table_was_written() -> None:
    native = pd.DataFrame(
        {"day": pd.to_datetime(["2020-01-31", "2020-04-03", "2020-02-15"]), "size": [1.5, 1.234, 3.25]}
    )
    prepare = TablePreprocessor(
        "tree",
        kinds={"day": "date", "size": "numeric"},
        written_as={"day": "%d/%m/%Y", "size": "1.234,5"},
    ).fit(native)
    later = pd.DataFrame({"day": ["03/04/2020"], "size": ["1,234"]})
    np.testing.assert_array_equal(prepare.transform(later), prepare.transform(native)[1:2])


@pytest.mark.parametrize(
    ("written_as", "message"),
    [
        ({"weight": "1.234,5"}, "written_as names column 'weight': kinds must say"),
        ({"size": "one"}, "no way to write numbers is known as 'one'"),
    ],
)
def test_unknown_way_of_writing_is_refused(written_as: dict[str, str], message: str) -> None:
    prepare = TablePreprocessor("tree", kinds={"size": "numeric"}, written_as=written_as)
    with pytest.raises(InputError, match=message):
        prepare.fit(pd.DataFrame({"size": ["1,5", "2,5"]}))
