"""Weights, groups and times on their way into estimators, whatever the configuration of routing."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline as make_sampling_pipeline
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tabkit import InputError
from tabkit.boosting import LightGBMClassifier
from tabkit.calibration import CalibratedClassifier
from tabkit.ensemble import StackingClassifier
from tabkit.model_selection import RoleAwareKFold
from tabkit.model_selection._row_roles import RowRoles, fit_with_roles


class Listening(ClassifierMixin, BaseEstimator):
    __metadata_request__fit = {"sample_weight": True, "groups": True, "times": True}

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None, times: Any = None) -> Any:
        self.heard_ = {"sample_weight": sample_weight, "groups": groups, "times": times}
        self.classes_ = np.unique(y)
        return self


ROLES = RowRoles.check(6, [1, 2, 3, 1, 2, 3], list("aabbcc"), np.arange(6))
X = np.arange(12.0).reshape(6, 2)
Y = np.array([0, 1, 0, 1, 0, 1])


def test_all_roles_arrive_through_a_pipeline_without_a_word_from_the_user() -> None:
    model = fit_with_roles(make_pipeline(StandardScaler(), Listening()), X, Y, ROLES)
    heard = model.steps[-1][1].heard_
    assert heard["sample_weight"].tolist() == [1, 2, 3, 1, 2, 3]
    assert heard["groups"].tolist() == [0, 0, 1, 1, 2, 2]
    assert heard["times"].tolist() == list(range(6))


def test_rows_are_taken_from_all_roles() -> None:
    taken = ROLES.take(np.array([5, 0]))
    assert {name: values.tolist() for name, values in taken.present.items()} == {
        "sample_weight": [3, 1],
        "groups": [2, 0],
        "times": [5, 0],
    }
    assert RowRoles().take(np.array([0])).present == {}
    assert list(ROLES.division) == ["groups", "times"]


def test_roles_of_another_length_are_refused() -> None:
    for lacking in ({"sample_weight": [1.0]}, {"groups": ["a"]}, {"times": [1]}):
        with pytest.raises(InputError, match=next(iter(lacking))):
            RowRoles.check(6, **lacking)


def test_a_split_inside_that_groups_do_not_reach_is_named() -> None:
    division = RowRoles(groups=ROLES.groups)
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=3)
    with pytest.warns(UserWarning, match=r"groups do not reach the split inside GridSearchCV: pass cv="):
        fit_with_roles(search, X, Y, division)
    with pytest.warns(UserWarning, match="groups and times do not reach .* HistGradientBoostingClassifier"):
        fit_with_roles(
            HistGradientBoostingClassifier(early_stopping=True, validation_fraction=0.5), X, Y, ROLES
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit_with_roles(search.set_params(cv=RoleAwareKFold(3)), X, Y, division)
        fit_with_roles(HistGradientBoostingClassifier(early_stopping=False), X, Y, division)
        fit_with_roles(Listening(), X, Y, ROLES)


def test_a_search_inside_follows_the_groups() -> None:
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=RoleAwareKFold(5, random_state=0))
    fit_with_roles(search, X, Y, RowRoles(groups=ROLES.groups))
    assert search.n_splits_ == 3  # as many as there are groups


def test_weights_that_nothing_takes_are_named() -> None:
    with pytest.warns(UserWarning, match="fitted without weights"):
        fit_with_roles(KNeighborsClassifier(1), X, Y, RowRoles(sample_weight=ROLES.sample_weight))


def test_roles_stay_outside_where_a_sampler_changes_the_rows() -> None:
    """A step behind the sampler would get weights of other rows, or of other lengths."""
    X = np.random.default_rng(0).normal(size=(60, 2))
    y = (np.arange(60) % 6 == 0).astype(int)
    groups, weight = np.arange(60) % 10, np.ones(60)
    boosted = make_sampling_pipeline(SMOTE(k_neighbors=1), LightGBMClassifier(n_estimators=5, random_state=0))
    with pytest.warns(UserWarning, match="without groups: SMOTE changes .*ResampledClassifier"):
        CalibratedClassifier(boosted, random_state=0).fit(X, y, groups=groups)
    plain = make_sampling_pipeline(SMOTE(k_neighbors=1), LogisticRegression())
    with pytest.warns(UserWarning, match="without weights: SMOTE changes"):
        StackingClassifier([("plain", plain)]).fit(X, y, sample_weight=weight)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CalibratedClassifier(plain, random_state=0).fit(X, y, groups=groups)
