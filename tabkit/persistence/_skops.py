"""Fitted models as skops files, which run no code when they are opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabkit._core import InputError
from tabkit._core._files import write_atomically

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

# The packages of tabkit that hold nothing but estimators and what they are made of.
_TRUSTED_PACKAGES = tuple(
    f"tabkit.{package}."
    for package in (
        "boosting",
        "calibration",
        "ensemble",
        "feature_selection",
        "model_selection",
        "neural_network",
        "preprocessing",
        "resampling",
    )
)
# Parts of scikit-learn's trees and neighbours and of imbalanced-learn's ensembles that skops does not know:
# it makes an empty one and sets its state, which holds numbers only. A partial is as safe as its function,
# which is looked at by itself.
_TRUSTED_NAMES = (
    "functools.partial",
    "imblearn.ensemble._easy_ensemble.EasyEnsembleClassifier",
    "imblearn.ensemble._forest.BalancedRandomForestClassifier",
    "imblearn.pipeline.Pipeline",
    "imblearn.under_sampling._prototype_selection._random_under_sampler.RandomUnderSampler",
    "interpret.glassbox._ebm._ebm.ExplainableBoostingClassifier",
    "interpret.glassbox._ebm._ebm.ExplainableBoostingRegressor",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
    "sklearn.utils.validation.check_array",
    # What an ensemble of `tabkit.automl` keeps of how it was made.
    "tabkit.automl._classifier.AutoClassifier",
    "tabkit.automl._fitting.FitPlan",
    "tabkit.automl._members.Part",
    "tabkit.automl._portfolio_entry.PortfolioEntry",
    "tabkit.automl._regressor.AutoRegressor",
    "tabkit.data._task.Task",
)


def save(model: BaseEstimator, path: str | Path) -> Path:
    """Save a fitted model.

    Parameters
    ----------
    model : estimator
        Fitted.
    path : str or Path
        By custom, its name ends with ``.skops``. The file is there whole or not at all.

    Returns
    -------
    path : Path

    Examples
    --------
    >>> import tempfile, tabkit
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = tabkit.make_model("tree", task="multiclass").fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = tabkit.save(model, f"{folder}/model.skops")
    ...     bool((tabkit.load(path).predict(X) == model.predict(X)).all())
    True
    """
    from tabkit.persistence._skops_io import skops_io

    path = Path(path)
    write_atomically(path, lambda temporary: skops_io.dump(model, temporary))
    return path


def load(path: str | Path, *, trusted: Sequence[str] = ()) -> Any:
    """Load a model that `save` wrote.

    Parameters
    ----------
    path : str or Path
    trusted : sequence of str, default=()
        Full names of further types that the file may hold, for models with parts that come
        from neither tabkit nor the libraries it wraps.

    Returns
    -------
    model : estimator

    Raises
    ------
    InputError
        If there is no such file, or it holds types that are not trusted.
    """
    from tabkit.persistence._skops_io import skops_io

    path = Path(path)
    if not path.is_file():
        raise InputError(f"there is no file {str(path)!r}")
    foreign = [name for name in find_foreign_types(path) if name not in trusted]
    if foreign:
        raise InputError(
            f"{str(path)!r} holds types that are not trusted: {', '.join(foreign)}; "
            "if you know them, pass their names as trusted=[...]"
        )
    return skops_io.load(path, trusted=skops_io.get_untrusted_types(file=path))


def find_foreign_types(path: str | Path) -> list[str]:
    """List the types in a saved model that `load` does not trust by itself.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    names : list of str
        Full names, as `load` takes them.
    """
    from tabkit.persistence._skops_io import skops_io

    return [name for name in skops_io.get_untrusted_types(file=path) if not _is_trusted(name)]


def _is_trusted(name: str) -> bool:
    return name.startswith(_TRUSTED_PACKAGES) or name in _TRUSTED_NAMES
