"""LightGBM."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from tabkit._core._constraints import COUNT, COUNT_FROM_ZERO, FROM_ZERO, POSITIVE, SHARE_OR_ALL
from tabkit._core._docstrings import fill_docstring
from tabkit._core._processors import spinning_briefly
from tabkit._core._sklearn import make_interval
from tabkit.boosting._classifier import BoostingClassifier
from tabkit.boosting._estimator import BoostingEstimator
from tabkit.boosting._native_model import NativeModel
from tabkit.boosting._regressor import BoostingRegressor
from tabkit.boosting._training import Plan, Rows
from tabkit.boosting._unknown_loss import refuse_unknown_loss


class LightGBMModel(NativeModel):
    """A ``lightgbm.Booster``, kept as LightGBM's text format."""

    def predict(self, features: np.ndarray | pd.DataFrame, n_threads: int) -> np.ndarray:
        return self.booster.predict(features, num_iteration=self.n_rounds, num_threads=n_threads)

    def importances(self) -> np.ndarray:
        """Total gain of each feature."""
        return self.booster.feature_importance("gain", iteration=self.n_rounds)

    def _write(self) -> bytes:
        return self.booster.model_to_string(num_iteration=self.n_rounds).encode()

    def _read(self, content: bytes) -> Any:
        with spinning_briefly():
            import lightgbm

        return lightgbm.Booster(model_str=content.decode())


def train_lightgbm(
    params: dict[str, Any], training: Rows, validation: Rows | None, plan: Plan
) -> LightGBMModel:
    """Train with LightGBM's own interface.

    Parameters
    ----------
    params : dict
        Of LightGBM; what the plan says is added.
    training : Rows
    validation : Rows or None
        To stop early on.
    plan : Plan

    Returns
    -------
    model : LightGBMModel
        With the best number of rounds.
    """
    with spinning_briefly():
        import lightgbm

    params = {"num_threads": plan.n_threads, "seed": plan.seed, "verbosity": -1} | params
    params |= plan.extra_params
    if plan.monotone:
        params["monotone_constraints"] = list(plan.monotone)
    dataset = lightgbm.Dataset(
        training.features,
        training.target,
        weight=training.weight,
        categorical_feature=list(plan.categorical),
        params=params,
    )
    if validation is None:
        return LightGBMModel(lightgbm.train(params, dataset, plan.n_rounds), plan.n_rounds)
    booster = lightgbm.train(
        params,
        dataset,
        plan.n_rounds,
        valid_sets=[dataset.create_valid(validation.features, validation.target, weight=validation.weight)],
        callbacks=[lightgbm.early_stopping(plan.early_stopping_rounds, verbose=False)],
    )
    return LightGBMModel(booster, booster.best_iteration)


@dataclass(eq=False, repr=False)
class LightGBMParameters:
    """What the classifier and the regressor share.

    Parameters
    ----------
    n_estimators : int, default=1000
        Boosting rounds at most.
    learning_rate : float, default=0.05
        Share of each tree's contribution that is kept.
    num_leaves : int, default=31
        Leaves per tree at most.
    max_depth : int, default=-1
        Depth of a tree at most; -1 sets no limit.
    min_child_samples : int, default=20
        Rows per leaf at least.
    subsample : float, default=0.8
        Share of the rows drawn for a tree.
    subsample_freq : int, default=1
        Every how many rounds rows are drawn again; 0 takes all rows always.
    colsample_bytree : float, default=1.0
        Share of the features drawn for a tree.
    reg_alpha : float, default=0.0
        L1 penalty on leaf values.
    reg_lambda : float, default=0.0
        L2 penalty on leaf values.
    max_categories : int or None, default=1000
        Categories kept per column, the most frequent ones; others count as missing.

    Attributes
    ----------
    booster_ : lightgbm.Booster
        The library's own object; features go by position.
    feature_importances_ : ndarray of shape (n_features,)
        Share of each feature in the total gain; they sum to 1.
    """

    _library_constraints: ClassVar[dict[str, Any]] = {
        "n_estimators": [COUNT],
        "learning_rate": [POSITIVE],
        "num_leaves": [make_interval(Integral, 2, None, closed="left")],
        "max_depth": [make_interval(Integral, -1, None, closed="left")],
        "min_child_samples": [COUNT_FROM_ZERO],
        "subsample": [SHARE_OR_ALL],
        "subsample_freq": [COUNT_FROM_ZERO],
        "colsample_bytree": [SHARE_OR_ALL],
        "reg_alpha": [FROM_ZERO],
        "reg_lambda": [FROM_ZERO],
        "max_categories": [COUNT, None],
    }
    _rounds_names: ClassVar[tuple[str, ...]] = ("n_estimators",)
    _depth_names: ClassVar[tuple[str, ...]] = ("max_depth",)
    _by_column: ClassVar[bool] = False

    n_estimators: int = 1000
    _: KW_ONLY
    learning_rate: float = 0.05
    num_leaves: int = 31
    max_depth: int = -1
    min_child_samples: int = 20
    subsample: float = 0.8
    subsample_freq: int = 1
    colsample_bytree: float = 1.0
    reg_alpha: float = 0.0
    reg_lambda: float = 0.0
    max_categories: int | None = 1000

    def _params(self) -> dict[str, Any]:
        """Under LightGBM's main names, so that `extra_params` may use either name."""
        return {
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "max_depth": self.max_depth,
            "min_data_in_leaf": self.min_child_samples,
            "bagging_fraction": self.subsample,
            "bagging_freq": self.subsample_freq,
            "feature_fraction": self.colsample_bytree,
            "lambda_l1": self.reg_alpha,
            "lambda_l2": self.reg_lambda,
            # Else LightGBM times both ways of building histograms and takes the faster one,
            # and the last digits of a model depend on what else the machine does.
            "deterministic": True,
            "force_row_wise": True,
        }


@fill_docstring(LightGBMParameters, BoostingEstimator, BoostingClassifier)
@dataclass(eq=False, repr=False, kw_only=True)
class LightGBMClassifier(BoostingClassifier, LightGBMParameters):
    """LightGBM as a classifier that takes a data frame as it is.

    Numbers, booleans, dates, categories and text go in unprepared, with missing values and
    any column names. Categories go by their value; one that training has not seen counts as
    missing. Any labels will do. Training stops early on a split of its own rows. Requests
    ``sample_weight``, ``groups`` and ``times`` where metadata routing is enabled.

    Parameters
    ----------
    {LightGBMParameters}
    {BoostingEstimator}
    {BoostingClassifier}

    Attributes
    ----------
    {BoostingClassifier}
    {LightGBMParameters}
    {BoostingEstimator}

    References
    ----------
    .. [1] G. Ke et al., "LightGBM: A Highly Efficient Gradient Boosting Decision Tree",
       NeurIPS 2017.

    Examples
    --------
    >>> import pandas as pd
    >>> from tabkit.boosting import LightGBMClassifier
    >>> X = pd.DataFrame({"colour": ["red", "blue", None, "red"] * 50, "size": range(200)})
    >>> y = X["colour"].eq("red").map({True: "yes", False: "no"})
    >>> model = LightGBMClassifier(random_state=0).fit(X, y)
    >>> model.predict(pd.DataFrame({"colour": ["blue", "red"], "size": [7, 7]}))
    array(['no', 'yes'], dtype=object)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        BoostingClassifier._parameter_constraints | LightGBMParameters._library_constraints
    )

    def _train(self, training: Rows, validation: Rows | None, plan: Plan) -> NativeModel:
        if plan.n_classes == 2:
            task: dict[str, Any] = {"objective": "binary"}
        else:
            task = {"objective": "multiclass", "num_class": plan.n_classes}
        return train_lightgbm(task | self._params(), training, validation, plan)


@fill_docstring(LightGBMParameters, BoostingEstimator)
@dataclass(eq=False, repr=False, kw_only=True)
class LightGBMRegressor(BoostingRegressor, LightGBMParameters):
    """LightGBM as a regressor that takes a data frame as it is.

    Numbers, booleans, dates, categories and text go in unprepared, with missing values and
    any column names. Categories go by their value; one that training has not seen counts as
    missing. Training stops early on a split of its own rows. Requests
    ``sample_weight``, ``groups`` and ``times`` where metadata routing is enabled.

    Parameters
    ----------
    {LightGBMParameters}
    {BoostingEstimator}
    objective : str, default="regression"
        Loss, such as "regression" (squared), "regression_l1", "huber", "quantile", "poisson".

    Attributes
    ----------
    {LightGBMParameters}
    {BoostingEstimator}

    References
    ----------
    .. [1] G. Ke et al., "LightGBM: A Highly Efficient Gradient Boosting Decision Tree",
       NeurIPS 2017.

    Examples
    --------
    >>> import pandas as pd
    >>> from tabkit.boosting import LightGBMRegressor
    >>> X = pd.DataFrame({"colour": ["red", "blue", None, "red"] * 50, "size": range(200)})
    >>> y = X["colour"].eq("red") * 10.0
    >>> model = LightGBMRegressor(random_state=0).fit(X, y)
    >>> model.predict(pd.DataFrame({"colour": ["blue", "red"], "size": [7, 7]})).round()
    array([ 0., 10.])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        BoostingRegressor._parameter_constraints
        | LightGBMParameters._library_constraints
        | {"objective": [str]}
    )

    objective: str = "regression"

    @property
    def _objective(self) -> str:
        return self.objective

    def _train(self, training: Rows, validation: Rows | None, plan: Plan) -> NativeModel:
        params = {"objective": self.objective} | self._params()
        with refuse_unknown_loss("objective", self.objective):
            return train_lightgbm(params, training, validation, plan)
