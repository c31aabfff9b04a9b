"""What scikit-learn asks of estimators: of one of each template in `make test`, of all in `make test-all`."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest import SkipTest

import pytest

# Estimators that share a template share what the checks look at: validation of the input, tags, cloning,
# labels, weights, what is forgotten at the next fit. Those named here stand for theirs, family by family.
STANDS_FOR: Mapping[str, Mapping[str, str]] = {
    "automl": {},
    "boosting": {
        "LightGBMClassifier": "classes on the boosters' template",
        "XGBoostRegressor": "values on the boosters' template",
        "HistGradientBoostingRegressor": "scikit-learn's own with our early stopping, which has no template",
    },
    "calibrated": {
        "with margins": "calibration fitted on out-of-fold predictions; weights as repetitions to the last "
        "digits, which hangs on the kernel of OpenBLAS",
    },
    "conformal": {
        "classifier": "sets of classes",
        "split": "intervals",
    },
    "split calibrated": {
        "with margins": "a split of its own",
    },
    "tuned threshold": {
        "with probabilities": "decisions apart from probabilities",
    },
    "ensemble": {
        "StackingClassifier": "a model on top of out-of-fold predictions, which transforms as well",
        "GreedyEnsembleRegressor": "an average: weights of named estimators",
    },
    "neural_network": {
        "TabularMLPRegressor": "the networks' template",
        "TabularPretrainer": "learns without a target",
    },
    "preprocessing": {
        "linear": "an array comes out",
        "boosting": "a frame with categories comes out",
    },
    "history": {
        "all rows": "a frame with more columns comes out",
    },
    "made features": {
        "MadeFeatures": "a template, and all kinds of made columns",
    },
    "resamplers": {
        "smote": "rows that are made up",
        "random_under": "rows that are chosen",
    },
    "resampled classifiers": {
        "smote": "fitted on other rows than it is given",
    },
}


def contracts(family: str, cases: Mapping[str, Callable[[], Any]]) -> pytest.MarkDecorator:
    """Parametrise a test by ``build``, which makes an estimator in its turn; slow but for templates."""
    templates = STANDS_FOR[family]
    missing = templates.keys() - cases.keys()
    assert not missing, f"no contract is checked of {missing}, which stand for their templates"
    return pytest.mark.parametrize(
        "build",
        [
            pytest.param(build, id=name, marks=() if name in templates else pytest.mark.slow)
            for name, build in cases.items()
        ],
    )


def find_broken(estimator: Any, expected_failures: Mapping[str, str] | None = None) -> str:
    """All checks of scikit-learn that an estimator fails, or passes though it is expected to fail."""
    from sklearn.utils.estimator_checks import check_estimator

    expected = dict(expected_failures or {})
    results = check_estimator(estimator, expected_failed_checks=expected, on_skip=None, on_fail=None)
    assert len(results) > 20, "hardly anything was checked"
    broken = [describe(one["check_name"], one["exception"]) for one in results if one["status"] == "failed"]
    broken += [
        f"{one['check_name']} passes: expect no failure of it any more"
        for one in results
        if one["status"] == "passed" and one["expected_to_fail"]
    ]
    return "\n\n".join(broken)


def find_broken_of_sampler(sampler: Any) -> str:
    """All checks of imbalanced-learn that a sampler fails."""
    return "\n\n".join(_fail_as_sampler(sampler))


def _fail_as_sampler(sampler: Any) -> Iterator[str]:
    from imblearn.utils.estimator_checks import estimator_checks_generator

    n_checks = 0
    for estimator, check in estimator_checks_generator(sampler):
        n_checks += 1
        try:
            check(estimator)
        except SkipTest:
            continue
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are checked as well
            yield describe(getattr(check, "func", check).__name__, error)
    assert n_checks > 10, "hardly anything was checked"


def describe(check: str, error: Exception) -> str:
    return f"{check}\n{''.join(traceback.format_exception(error))}"
