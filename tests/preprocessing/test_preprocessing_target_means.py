"""Target encodings: the estimate against a plain version, and that no row sees its own target."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from tabkit._core import InputError
from tabkit.preprocessing import TablePreprocessor
from tabkit.preprocessing._target_encoding import shrunken_means
from tabkit.preprocessing._targets import read_targets


def _plain_shrunken_means(codes: np.ndarray, n_codes: int, y: np.ndarray) -> list[float]:
    """One-way analysis of variance with random effects, row by row and group by group."""
    groups = {code: [value for c, value in zip(codes, y, strict=True) if c == code] for code in set(codes)}
    n, k, mean = len(y), len(groups), sum(y) / len(y)
    within = sum((value - sum(g) / len(g)) ** 2 for g in groups.values() for value in g) / (n - k)
    ms_between = sum(len(g) * (sum(g) / len(g) - mean) ** 2 for g in groups.values()) / (k - 1)
    n_typical = (n - sum(len(g) ** 2 for g in groups.values()) / n) / (k - 1)
    between = max(0.0, (ms_between - within) / n_typical)
    result = []
    for code in range(n_codes):
        group = groups.get(code, [])
        weight = len(group) * between / (len(group) * between + within) if group else 0.0
        result.append(weight * (sum(group) / len(group) if group else 0.0) + (1 - weight) * mean)
    return result


def _codes_frame(rng: np.random.Generator, n_rows: int, n_categories: int) -> pd.DataFrame:
    codes = rng.integers(n_categories, size=n_rows)
    return pd.DataFrame({"code": pd.Series(codes).map("code-{}".format), "x": rng.normal(size=n_rows)})


@pytest.mark.parametrize("spread", [0.0, 0.3, 3.0])
def test_means_are_those_of_a_plain_version(spread: float) -> None:
    rng = np.random.default_rng(3)
    codes = rng.integers(12, size=300)
    y = rng.normal(size=12)[codes] * spread + rng.normal(size=300)
    means = shrunken_means(codes, 14, y[:, np.newaxis])[:, 0]
    np.testing.assert_allclose(means, _plain_shrunken_means(codes, 14, y), rtol=1e-10)


def test_each_target_has_its_own_shrinkage() -> None:
    rng = np.random.default_rng(4)
    codes = rng.integers(8, size=200)
    targets = np.column_stack([codes + rng.normal(size=200), rng.normal(size=200)])
    both = shrunken_means(codes, 8, targets)
    for position in range(2):
        alone = shrunken_means(codes, 8, targets[:, [position]])
        np.testing.assert_allclose(both[:, position], alone[:, 0], rtol=1e-12)


def test_unshrunken_where_codes_explain_everything_and_flat_where_every_row_is_alone() -> None:
    codes = np.repeat([0, 1, 2], 4)
    np.testing.assert_allclose(shrunken_means(codes, 3, codes[:, np.newaxis] * 1.0)[:, 0], [0, 1, 2])
    alone = shrunken_means(np.arange(5), 5, np.arange(5.0)[:, np.newaxis])
    np.testing.assert_allclose(alone, 2.0)


@pytest.mark.parametrize("family", ["tree", "boosting"])
@pytest.mark.parametrize("roles", ["none", "groups", "times"])
def test_own_target_is_never_used(family: str, roles: str) -> None:
    rng = np.random.default_rng(0)
    X = _codes_frame(rng, 400, 20)
    y = rng.normal(size=400)
    given = {} if roles == "none" else {roles: rng.integers(40, size=400)}
    prepare = TablePreprocessor(family, max_categories=5, random_state=7)
    before = np.asarray(prepare.fit_transform(X, y, **given))
    for row in (0, 17, 399):
        changed = y.copy()
        changed[row] += 100.0
        after = np.asarray(prepare.fit_transform(X, changed, **given))
        np.testing.assert_array_equal(after[row], before[row])
        assert not np.array_equal(after, before)


def test_no_target_of_the_own_group_is_used() -> None:
    rng = np.random.default_rng(1)
    X = _codes_frame(rng, 400, 15)
    y, groups = rng.normal(size=400), rng.integers(30, size=400)
    prepare = TablePreprocessor("tree", max_categories=5, random_state=0)
    before = prepare.fit_transform(X, y, groups=groups)
    after = prepare.fit_transform(X, y + 100.0 * (groups == 3), groups=groups)
    np.testing.assert_array_equal(after[groups == 3], before[groups == 3])


def test_training_rows_are_encoded_by_the_plain_definition() -> None:
    rng = np.random.default_rng(2)
    X = _codes_frame(rng, 200, 12)
    times = rng.permutation(200)
    y = rng.normal(size=200) + X["code"].map(lambda code: int(code[5:])).to_numpy()
    prepare = TablePreprocessor("tree", max_categories=5, n_folds=4)
    encoded = prepare.fit_transform(X[["code"]], y, times=times)[:, 0]
    codes = pd.factorize(X["code"])[0]
    for block in range(4):
        test = (times >= 50 * block) & (times < 50 * (block + 1))
        means = np.array(_plain_shrunken_means(codes[~test], 12, y[~test]))
        np.testing.assert_allclose(encoded[test], means[codes[test]], rtol=1e-5)  # float32
    means = np.array(_plain_shrunken_means(codes, 12, y))
    np.testing.assert_allclose(prepare.transform(X[["code"]])[:, 0], means[codes], rtol=1e-5)


@pytest.mark.parametrize("family", ["linear", "tree", "boosting", "net"])
def test_noise_does_not_leak(family: str) -> None:
    rng = np.random.default_rng(5)
    X = _codes_frame(rng, 3000, 1000)[["code"]]
    y = rng.integers(2, size=3000)
    encoded = TablePreprocessor(family, random_state=0).fit_transform(X, y)
    assert roc_auc_score(y, np.asarray(encoded)[:, 0]) == pytest.approx(0.5, abs=0.04)


def test_signal_is_kept() -> None:
    rng = np.random.default_rng(6)
    X = _codes_frame(rng, 6000, 500)[["code"]]
    y = rng.random(6000) < X["code"].map(lambda code: 0.1 + 0.8 * (int(code[5:]) % 2))
    encoded = TablePreprocessor("boosting", random_state=0).fit_transform(X, y)
    assert roc_auc_score(y, encoded.iloc[:, 0]) > 0.85  # 0.9 with the true rates


def test_multiclass_has_a_column_for_each_class() -> None:
    rng = np.random.default_rng(7)
    X = _codes_frame(rng, 600, 300)[["code"]]
    y = np.array(["red", "green", "blue"])[rng.integers(3, size=600)]
    prepare = TablePreprocessor(random_state=0)
    encoded = prepare.fit_transform(X, y)
    assert list(encoded) == ["code__target=blue", "code__target=green", "code__target=red"]
    np.testing.assert_allclose(encoded.mean(), 1 / 3, atol=0.05)
    assert prepare.feature_sources_ == ("code", "code", "code")


def test_unseen_is_average_and_missing_is_a_category() -> None:
    rng = np.random.default_rng(8)
    X = _codes_frame(rng, 500, 20)[["code"]]
    X.loc[:99, "code"] = None
    y = rng.normal(size=500) + 5.0 * (np.arange(500) < 100)
    prepare = TablePreprocessor("tree", max_categories=5, random_state=0).fit(X, y)
    unseen, missing = prepare.transform(pd.DataFrame({"code": ["never met", None]}))[:, 0]
    assert unseen == pytest.approx(y.mean(), rel=1e-6)
    assert missing > y.mean() + 2.0


@pytest.mark.parametrize(
    ("y", "kind", "n_targets"),
    [
        (np.arange(30) % 2, "auto", 1),
        (np.array(["a", "b", "c"] * 10), "auto", 3),
        (np.arange(30), "auto", 1),
        (np.arange(30) % 7, "regression", 1),
        (np.arange(30) % 7, "multiclass", 7),
        (np.linspace(0, 1, 30), "auto", 1),
        (np.ones(30), "binary", 1),
    ],
)
def test_target_kinds(y: np.ndarray, kind: str, n_targets: int) -> None:
    targets = read_targets(y, kind)
    assert targets.values.shape == (30, n_targets)
    assert len(targets.names) == n_targets


def test_a_missing_target_is_refused() -> None:
    X = pd.DataFrame({"code": list("abcdefgh") * 3})
    y = np.full(24, np.nan)
    with pytest.raises(InputError, match=r"y: 24 of \d+ rows have no label"):
        TablePreprocessor(max_categories=3).fit(X, y)
