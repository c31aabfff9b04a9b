"""Every public classifier and regressor, found automatically, small enough to be fitted often."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.linear_model import LinearRegression, LogisticRegression

import tabkit
from tabkit._core._optional import is_installed

_PACKAGES = ("boosting", "calibration", "ensemble", "neural_network", "resampling")
_SMALL = {
    "n_estimators": 5,
    "iterations": 5,
    "max_iter": 5,
    "early_stopping_rounds": None,
    "max_epochs": 2,
    "cv": 2,
    "n_splits": 2,
    "random_state": 0,
}
# Whose own choice among many takes most of the time.
_CHOSEN = {"CalibratedClassifier": {"method": "sigmoid"}, "TunedThresholdClassifier": {"objective": "f1"}}


def find_estimators(kind: type) -> list[type]:
    """The public classes of tabkit that are of a kind: `ClassifierMixin` or `RegressorMixin`."""
    packages = [importlib.import_module(f"tabkit.{package}") for package in _PACKAGES]
    public = [getattr(package, name) for package in packages for name in package.__all__]
    found = [cls for cls in public if inspect.isclass(cls) and issubclass(cls, kind)]
    return [cls for cls in found if is_installed("catboost") or not cls.__name__.startswith("CatBoost")]


def build(cls: type) -> Any:
    """An estimator of a class, around a linear model where it needs one inside."""
    inner: BaseEstimator = LogisticRegression() if issubclass(cls, ClassifierMixin) else LinearRegression()
    needed = {"estimator": inner, "estimators": [("one", inner)]}
    parameters = inspect.signature(cls).parameters
    wanted = {name: needed[name] for name in parameters if name in needed}
    return shrink(cls(**wanted, **_CHOSEN.get(cls.__name__, {})))


def build_from_catalog(name: str, task: str) -> Any:
    """The Pipeline behind a name of the catalog."""
    return shrink(tabkit.make_model(name, task=task))


def shrink(model: Any) -> Any:
    """Few trees, rounds and epochs, in all parts of a model."""
    given = model.get_params(deep=True)
    few = {key: _SMALL[last] for key in given if (last := key.rpartition("__")[2]) in _SMALL}
    return model.set_params(**few)


CLASSIFIERS = find_estimators(ClassifierMixin)
REGRESSORS = find_estimators(RegressorMixin)
