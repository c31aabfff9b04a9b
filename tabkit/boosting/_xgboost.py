"""XGBoost."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from tabkit._core import InputError
from tabkit._core._constraints import COUNT, COUNT_FROM_ZERO, FROM_ZERO, POSITIVE, SHARE_OR_ALL
from tabkit._core._docstrings import fill_docstring
from tabkit._core._processors import spinning_briefly
from tabkit.boosting._classifier import BoostingClassifier
from tabkit.boosting._estimator import BoostingEstimator
from tabkit.boosting._native_model import NativeModel
from tabkit.boosting._regressor import BoostingRegressor
from tabkit.boosting._training import Plan, Rows
from tabkit.boosting._unknown_loss import refuse_unknown_loss

# They move the values of leaves to medians or quantiles, past the bounds of the constraints.
_LEAF_SETTING_OBJECTIVES = ("reg:absoluteerror", "reg:quantileerror")


class XGBoostModel(NativeModel):
    """An ``xgboost.Booster``, kept as XGBoost's binary JSON."""

    def predict(self, features: np.ndarray | pd.DataFrame, n_threads: int) -> np.ndarray:
        self.booster.set_param({"nthread": n_threads})
        return self.booster.inplace_predict(features, validate_features=False)

    def importances(self) -> np.ndarray:
        """Total gain of each feature."""
        importances = np.zeros(self.booster.num_features())
        for name, gain in self.booster.get_score(importance_type="total_gain").items():
            importances[int(name[1:])] = gain
        return importances

    def _write(self) -> bytes:
        return bytes(self.booster.save_raw("ubj"))

    def _read(self, content: bytes) -> Any:
        with spinning_briefly():
            import xgboost

        booster = xgboost.Booster()
        booster.load_model(bytearray(content))
        return booster


def train_xgboost(
    params: dict[str, Any], training: Rows, validation: Rows | None, plan: Plan
) -> XGBoostModel:
    """Train with XGBoost's own interface.

    Parameters
    ----------
    params : dict
        Of XGBoost; what the plan says is added.
    training : Rows
    validation : Rows or None
        To stop early on.
    plan : Plan

    Returns
    -------
    model : XGBoostModel
        With the best number of rounds.

    Raises
    ------
    InputError
        If the objective cannot keep the constraints.
    """
    with spinning_briefly():
        import xgboost

    params = {"nthread": plan.n_threads, "seed": plan.seed, "verbosity": 0, "tree_method": "hist"} | params
    params |= plan.extra_params
    if plan.monotone:
        if params["objective"] in _LEAF_SETTING_OBJECTIVES:
            raise InputError(
                f"objective={params['objective']!r} does not keep monotone_constraints: XGBoost sets its "
                "leaves anew after a tree has grown; choose another objective"
            )
        params["monotone_constraints"] = f"({','.join(map(str, plan.monotone))})"
    feature_types = [
        "c" if position in plan.categorical else "q" for position in range(training.features.shape[1])
    ]

    def quantize(rows: Rows, ref: Any = None) -> Any:
        return xgboost.QuantileDMatrix(
            rows.features,
            rows.target,
            weight=rows.weight,
            feature_types=feature_types,
            enable_categorical=True,
            nthread=plan.n_threads,
            max_bin=params.get("max_bin"),
            ref=ref,
        )

    data = quantize(training)
    if validation is None:
        return XGBoostModel(xgboost.train(params, data, plan.n_rounds), plan.n_rounds)
    booster = xgboost.train(
        params,
        data,
        plan.n_rounds,
        evals=[(quantize(validation, ref=data), "validation")],
        early_stopping_rounds=plan.early_stopping_rounds,
        verbose_eval=False,
    )
    n_rounds = booster.best_iteration + 1
    return XGBoostModel(booster[:n_rounds], n_rounds)


@dataclass(eq=False, repr=False)
class XGBoostParameters:
    """What the classifier and the regressor share.

    Parameters
    ----------
    n_estimators : int, default=1000
        Boosting rounds at most.
    learning_rate : float, default=0.05
        Share of each tree's contribution that is kept.
    max_depth : int, default=6
        Depth of a tree at most; 0 sets no limit.
    min_child_weight : float, default=1.0
        Sum of the rows' second derivatives per leaf at least.
    gamma : float, default=0.0
        Gain of a split at least.
    subsample : float, default=0.8
        Share of the rows drawn for a tree.
    colsample_bytree : float, default=1.0
        Share of the features drawn for a tree.
    reg_alpha : float, default=0.0
        L1 penalty on leaf values.
    reg_lambda : float, default=1.0
        L2 penalty on leaf values.
    max_categories : int or None, default=1000
        Categories kept per column, the most frequent ones; others count as missing.

    Attributes
    ----------
    booster_ : xgboost.Booster
        The library's own object; features go by position.
    feature_importances_ : ndarray of shape (n_features,)
        Share of each feature in the total gain; they sum to 1.
    """

    _library_constraints: ClassVar[dict[str, Any]] = {
        "n_estimators": [COUNT],
        "learning_rate": [POSITIVE],
        "max_depth": [COUNT_FROM_ZERO],
        "min_child_weight": [FROM_ZERO],
        "gamma": [FROM_ZERO],
        "subsample": [SHARE_OR_ALL],
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
    max_depth: int = 6
    min_child_weight: float = 1.0
    gamma: float = 0.0
    subsample: float = 0.8
    colsample_bytree: float = 1.0
    reg_alpha: float = 0.0
    reg_lambda: float = 1.0
    max_categories: int | None = 1000

    def _params(self) -> dict[str, Any]:
        return {
            "learning_rate": self.learning_rate,
            "max_depth": self.max_depth,
            "min_child_weight": self.min_child_weight,
            "gamma": self.gamma,
            "subsample": self.subsample,
            "colsample_bytree": self.colsample_bytree,
            "reg_alpha": self.reg_alpha,
            "reg_lambda": self.reg_lambda,
        }


@fill_docstring(XGBoostParameters, BoostingEstimator, BoostingClassifier)
@dataclass(eq=False, repr=False, kw_only=True)
class XGBoostClassifier(BoostingClassifier, XGBoostParameters):
    """XGBoost as a classifier that takes a data frame as it is.

    Numbers, booleans, dates, categories and text go in unprepared, with missing values and
    any column names. Categories go by their value; one that training has not seen counts as
    missing. Any labels will do. Training stops early on a split of its own rows. Requests
    ``sample_weight``, ``groups`` and ``times`` where metadata routing is enabled.

    Parameters
    ----------
    {XGBoostParameters}
    {BoostingEstimator}
    {BoostingClassifier}

    Attributes
    ----------
    {BoostingClassifier}
    {XGBoostParameters}
    {BoostingEstimator}

    References
    ----------
    .. [1] T. Chen and C. Guestrin, "XGBoost: A Scalable Tree Boosting System", KDD 2016.

    Examples
    --------
    >>> import pandas as pd
    >>> from tabkit.boosting import XGBoostClassifier
    >>> X = pd.DataFrame({"colour": ["red", "blue", None, "red"] * 50, "size": range(200)})
    >>> y = X["colour"].eq("red").map({True: "yes", False: "no"})
    >>> model = XGBoostClassifier(random_state=0).fit(X, y)
    >>> model.predict(pd.DataFrame({"colour": ["blue", "red"], "size": [7, 7]}))
    array(['no', 'yes'], dtype=object)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        BoostingClassifier._parameter_constraints | XGBoostParameters._library_constraints
    )

    def _train(self, training: Rows, validation: Rows | None, plan: Plan) -> NativeModel:
        if plan.n_classes == 2:
            task: dict[str, Any] = {"objective": "binary:logistic"}
        else:
            task = {"objective": "multi:softprob", "num_class": plan.n_classes}
        return train_xgboost(task | self._params(), training, validation, plan)


@fill_docstring(XGBoostParameters, BoostingEstimator)
@dataclass(eq=False, repr=False, kw_only=True)
class XGBoostRegressor(BoostingRegressor, XGBoostParameters):
    """XGBoost as a regressor that takes a data frame as it is.

    Numbers, booleans, dates, categories and text go in unprepared, with missing values and
    any column names. Categories go by their value; one that training has not seen counts as
    missing. Training stops early on a split of its own rows. Requests
    ``sample_weight``, ``groups`` and ``times`` where metadata routing is enabled.

    Parameters
    ----------
    {XGBoostParameters}
    {BoostingEstimator}
    objective : str, default="reg:squarederror"
        Loss, such as "reg:squarederror", "reg:absoluteerror", "reg:quantileerror", "count:poisson".

    Attributes
    ----------
    {XGBoostParameters}
    {BoostingEstimator}

    References
    ----------
    .. [1] T. Chen and C. Guestrin, "XGBoost: A Scalable Tree Boosting System", KDD 2016.

    Examples
    --------
    >>> import pandas as pd
    >>> from tabkit.boosting import XGBoostRegressor
    >>> X = pd.DataFrame({"colour": ["red", "blue", None, "red"] * 50, "size": range(200)})
    >>> y = X["colour"].eq("red") * 10.0
    >>> model = XGBoostRegressor(random_state=0).fit(X, y)
    >>> model.predict(pd.DataFrame({"colour": ["blue", "red"], "size": [7, 7]})).round()
    array([ 0., 10.])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        BoostingRegressor._parameter_constraints
        | XGBoostParameters._library_constraints
        | {"objective": [str]}
    )

    objective: str = "reg:squarederror"

    @property
    def _objective(self) -> str:
        return self.objective

    def _train(self, training: Rows, validation: Rows | None, plan: Plan) -> NativeModel:
        params = {"objective": self.objective} | self._params()
        with refuse_unknown_loss("objective", self.objective):
            return train_xgboost(params, training, validation, plan)
