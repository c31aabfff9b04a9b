"""Every public estimator and splitter, found automatically, small enough to be fitted often."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import BaseCrossValidator

import tabkit
from tabkit._core._optional import is_installed

_PACKAGES = ("automl", "boosting", "calibration", "ensemble", "neural_network", "resampling")
_ALL_PACKAGES = (*_PACKAGES, "feature_selection", "preprocessing", "model_selection")
_SMALL = {
    "n_estimators": 5,
    "max_rounds": 5,
    "iterations": 5,
    "max_iter": 5,
    "early_stopping_rounds": None,
    "max_epochs": 2,
    "cv": 2,
    "n_splits": 2,
    "random_state": 0,
}
# Whose own choice among many takes most of the time.
_CHOSEN = {
    "AutoClassifier": {"max_candidates": 2, "isolate": False, "n_jobs": 1},
    "AutoRegressor": {"max_candidates": 2, "isolate": False, "n_jobs": 1},
    "CalibratedClassifier": {"method": "sigmoid"},
    "TunedThresholdClassifier": {"objective": "accuracy"},
}


def find_estimators(kind: type) -> list[type]:
    """The public classes of tabkit that are of a kind: `ClassifierMixin` or `RegressorMixin`."""
    return [cls for cls in _find(_PACKAGES) if issubclass(cls, kind)]


def find_all() -> list[type]:
    """Every public class of tabkit that has parameters as scikit-learn's have, splitters too."""
    kinds = (BaseEstimator, BaseCrossValidator)
    return [cls for cls in _find(_ALL_PACKAGES) if issubclass(cls, kinds)]


def _find(names: tuple[str, ...]) -> list[type]:
    packages = [importlib.import_module(f"tabkit.{package}") for package in names]
    public = [getattr(package, name) for package in packages for name in package.__all__]
    found = [cls for cls in public if inspect.isclass(cls)]
    missing = tuple(
        prefix
        for prefix, module in (("CatBoost", "catboost"), ("Explainable", "interpret"))
        if not is_installed(module)
    )
    return [cls for cls in found if not cls.__name__.startswith(missing)]


def build(cls: type) -> Any:
    """An estimator of a class, around a linear model where it needs one inside."""
    return shrink(cls(**_needed(cls), **_CHOSEN.get(cls.__name__, {})))


def build_small(cls: type, **parameters: Any) -> Any:
    """An estimator or splitter of a class with few rounds, and with these parameters."""
    given = inspect.signature(cls).parameters
    few = {name: value for name, value in _SMALL.items() if name in given}
    return cls(**_needed(cls) | few | _CHOSEN.get(cls.__name__, {}) | parameters)


def _needed(cls: type) -> dict[str, Any]:
    inner: BaseEstimator = LogisticRegression() if issubclass(cls, ClassifierMixin) else LinearRegression()
    needed = {"estimator": inner, "estimators": [("one", inner)], "time": "x0"}
    return {name: needed[name] for name in inspect.signature(cls).parameters if name in needed}


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
