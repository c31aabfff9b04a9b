"""Support vector machines: exact on few rows, on an approximate kernel on many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit.catalog._candidate import Candidate
from tabkit.catalog._prepared import prepared
from tabkit.data import Task

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

# An exact machine costs the square of the rows and more; past this it would need minutes.
_MAX_ROWS_EXACT = 8_000
_N_LANDMARKS = 300


def _build(task: Task, random_state: int) -> BaseEstimator:
    from tabkit.calibration import SplitCalibratedClassifier

    is_exact = task.n_rows is None or task.n_rows <= _MAX_ROWS_EXACT
    machine = _exact(task) if is_exact else _approximate(task, random_state)
    if task.is_classification:
        model: Any = SplitCalibratedClassifier(machine, random_state=random_state)
    else:
        model = _with_standardised_target(machine)
    return prepared(model, "linear", task, random_state)


def _exact(task: Task) -> Any:
    from sklearn.svm import SVC, SVR

    return SVC(cache_size=500) if task.is_classification else SVR(cache_size=500)


def _approximate(task: Task, random_state: int) -> Any:
    from sklearn.kernel_approximation import Nystroem
    from sklearn.pipeline import Pipeline
    from sklearn.svm import LinearSVC, LinearSVR

    if task.is_classification:
        machine: Any = LinearSVC(dual=False, random_state=random_state)
    else:
        # Squared epsilon-insensitive loss is the one that is solved in the primal.
        machine = LinearSVR(loss="squared_epsilon_insensitive", dual=False, random_state=random_state)
    kernel = Nystroem(n_components=_N_LANDMARKS, random_state=random_state)
    return Pipeline([("kernel", kernel), ("machine", machine)])


def _with_standardised_target(regressor: Any) -> Any:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler

    return TransformedTargetRegressor(regressor, transformer=StandardScaler())


SVM = Candidate(
    "svm",
    _build,
    "support vector machine with RBF kernel, probabilities calibrated",
    cost=12.0,
    strength=0.4,
    good_for="some thousand rows, smooth effects of several columns at once",
)
