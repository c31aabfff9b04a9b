"""A target that has nothing to do with the columns scores at chance through the longest chain there is."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from tabkit.calibration import CalibratedClassifier, TunedThresholdClassifier
from tabkit.ensemble import StackingClassifier
from tabkit.model_selection import ForwardSplit, RoleAwareKFold
from tabkit.preprocessing import TablePreprocessor
from tabkit.resampling import ResampledClassifier

N_EACH = 3


def build_chain() -> Any:
    """Search, a threshold, calibration, a stack of models that overfit, and SMOTE below each of them."""
    members = [
        ("tree", ResampledClassifier(DecisionTreeClassifier(random_state=0), random_state=0)),
        ("neighbour", ResampledClassifier(KNeighborsClassifier(3), random_state=0)),
    ]
    stack = StackingClassifier(members, cv=2, random_state=0)
    model = Pipeline([("prepare", TablePreprocessor("linear", random_state=0)), ("model", stack)])
    tuned = TunedThresholdClassifier(
        CalibratedClassifier(model, cv=2, random_state=0), objective="f1", cv=2, random_state=0
    )
    folds = RoleAwareKFold(2, random_state=0)
    return GridSearchCV(
        tuned, {"estimator__method": ["auto", "sigmoid"]}, cv=folds, scoring="roc_auc", error_score="raise"
    )


@pytest.mark.slow
# Forward in time, each of four splits inside one another leaves a third of the groups to the next one.
@pytest.mark.parametrize(
    ("divided_by", "n_groups"),
    [
        ("nothing", 160),
        ("groups", 160),
        ("groups and times", 1200),
    ],
)
def test_a_random_target_scores_at_chance(divided_by: str, n_groups: int) -> None:
    generator = np.random.default_rng(3)
    group = np.repeat(np.arange(n_groups), N_EACH)
    n_rows = len(group)
    # Rows of a group look alike and share the target: whatever tears a group apart sees it.
    like_group = generator.normal(size=(n_groups, 4))[group]
    X = pd.DataFrame(like_group + 0.05 * generator.normal(size=(n_rows, 4)), columns=list("abcd"))
    X["city"] = generator.choice(["Rome", "Oslo", "Lima"], n_rows)
    is_one = generator.random(n_groups) < 0.35
    y = np.where(is_one[group], "yes", "no")
    time = generator.permutation(n_groups)[group] * 10 + generator.integers(0, 10, n_rows)
    if divided_by == "nothing":
        X, y = X.iloc[::N_EACH], y[::N_EACH]
        roles, splitter = {}, RoleAwareKFold(3, random_state=0)
    elif divided_by == "groups":
        roles, splitter = {"groups": group}, RoleAwareKFold(3, random_state=0)
    else:
        roles, splitter = {"groups": group, "times": time}, ForwardSplit(3)
    proba = np.full(len(X), np.nan)
    with sklearn.config_context(enable_metadata_routing=True), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for train, test in splitter.split(X, y, **roles):
            of_train = {name: values[train] for name, values in roles.items()}
            proba[test] = (
                build_chain().fit(X.iloc[train], y[train], **of_train).predict_proba(X.iloc[test])[:, 1]
            )
    tested = ~np.isnan(proba)
    # One row per group is independent of the others: the error of the Mann-Whitney statistic.
    firsts = np.flatnonzero(tested) if divided_by == "nothing" else np.flatnonzero(tested)[::N_EACH]
    n_positive = int((y[firsts] == "yes").sum())
    error = np.sqrt((len(firsts) + 1) / (12 * n_positive * (len(firsts) - n_positive)))
    assert abs(roc_auc_score(y[tested] == "yes", proba[tested]) - 0.5) < 2.6 * error
