"""CatBoost."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from numbers import Integral
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from tabkit._core._constraints import COUNT, COUNT_FROM_ZERO, FROM_ZERO, POSITIVE, SHARE_OR_ALL
from tabkit._core._docstrings import fill_docstring
from tabkit._core._optional import import_optional
from tabkit._core._sklearn import make_interval
from tabkit.boosting._classifier import BoostingClassifier
from tabkit.boosting._estimator import BoostingEstimator
from tabkit.boosting._names import choose_value
from tabkit.boosting._native_model import NativeModel
from tabkit.boosting._regressor import BoostingRegressor
from tabkit.boosting._training import Plan, Rows
from tabkit.boosting._unknown_loss import refuse_unknown_loss

# Their raw prediction is a logarithm.
_LOG_LOSS_FUNCTIONS = ("Poisson", "Tweedie")


class CatBoostModel(NativeModel):
    """A ``catboost.CatBoost``, kept as CatBoost's binary format.

    Parameters
    ----------
    booster : catboost.CatBoost
    n_rounds : int
    categorical : sequence of int
        Positions of the category columns.
    prediction_type : str
        What CatBoost shall predict.
    """

    def __init__(self, booster: Any, n_rounds: int, categorical: Sequence[int], prediction_type: str) -> None:
        super().__init__(booster, n_rounds)
        self.categorical = list(categorical)
        self.prediction_type = prediction_type

    def predict(self, features: np.ndarray | pd.DataFrame, n_threads: int) -> np.ndarray:
        catboost = import_optional("catboost", extra="catboost")
        pool = catboost.Pool(features, cat_features=self.categorical, thread_count=n_threads)
        return self.booster.predict(pool, prediction_type=self.prediction_type, thread_count=n_threads)

    @property
    def chosen_params(self) -> dict[str, Any]:
        """The learning rate, which would be higher for the fewer rounds."""
        return {"learning_rate": self.booster.get_all_params()["learning_rate"]}

    def importances(self) -> np.ndarray:
        """How much the prediction changes with each feature, CatBoost's own measure."""
        return self.booster.get_feature_importance()

    def _write(self) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.cbm"
            self.booster.save_model(str(path))
            return path.read_bytes()

    def _read(self, content: bytes) -> Any:
        catboost = import_optional("catboost", extra="catboost")
        return catboost.CatBoost().load_model(blob=content)


def train_catboost(
    params: dict[str, Any], prediction_type: str, training: Rows, validation: Rows | None, plan: Plan
) -> CatBoostModel:
    """Train with CatBoost's own interface.

    Parameters
    ----------
    params : dict
        Of CatBoost; what the plan says is added.
    prediction_type : str
        What the model shall predict.
    training : Rows
    validation : Rows or None
        To stop early on.
    plan : Plan

    Returns
    -------
    model : CatBoostModel
        With the best number of rounds.

    Raises
    ------
    MissingExtraError
        If CatBoost is not installed.
    """
    catboost = import_optional("catboost", extra="catboost")
    booster = catboost.CatBoost(
        {
            "iterations": plan.n_rounds,
            "random_seed": plan.seed,
            "thread_count": plan.n_threads,
            "logging_level": "Silent",
            # Else it leaves a folder in the working directory.
            "allow_writing_files": False,
            # As the other libraries do, it predicts a constant that it was fitted on.
            "allow_const_label": True,
        }
        | params
        | dict(plan.extra_params)
        | ({"monotone_constraints": list(plan.monotone)} if plan.monotone else {})
    )

    def to_pool(rows: Rows) -> Any:
        return catboost.Pool(
            rows.features,
            rows.target,
            cat_features=plan.categorical,
            weight=rows.weight,
            thread_count=plan.n_threads,
        )

    if validation is None:
        booster.fit(to_pool(training))
    else:
        booster.fit(
            to_pool(training),
            eval_set=to_pool(validation),
            early_stopping_rounds=plan.early_stopping_rounds,
            use_best_model=True,
        )
    return CatBoostModel(booster, booster.tree_count_, plan.categorical, prediction_type)


@dataclass(eq=False, repr=False)
class CatBoostParameters:
    """What the classifier and the regressor share.

    Parameters
    ----------
    iterations : int, default=500
        Boosting rounds at most.
    n_estimators : int or None, default=None
        The same under the name that `LightGBMClassifier` and `XGBoostClassifier` have for it, which CatBoost
        knows too; None leaves it to ``iterations``.
    learning_rate : float or None, default=None
        Share of each tree's contribution that is kept; None lets CatBoost choose it from the
        number of rows and rounds.
    depth : int, default=6
        Depth of the symmetric trees.
    max_depth : int or None, default=None
        The same under the name that the other boosters have for it; None leaves it to ``depth``.
    l2_leaf_reg : float or None, default=None
        L2 penalty on leaf values; None takes CatBoost's own 3. Any number, 3 too, makes
        CatBoost take 0.03 for a ``learning_rate`` of None.
    random_strength : float, default=1.0
        Noise added to the scores of splits.
    subsample : float or None, default=None
        Share of the rows drawn for a tree; None takes CatBoost's own.
    rsm : float or None, default=None
        Share of the features drawn for each choice of a split; None takes all.
    max_ctr_complexity : int, default=1
        Categories combined with each other at most. CatBoost's own 4 takes about twice the
        time for little or nothing.
    max_categories : int or None, default=None
        Categories kept per column, the most frequent ones; others count as missing.

    Attributes
    ----------
    booster_ : catboost.CatBoost
        The library's own object; features go by position.
    feature_importances_ : ndarray of shape (n_features,)
        Share of each feature in how much predictions change; they sum to 1.
    """

    _library_constraints: ClassVar[dict[str, Any]] = {
        "iterations": [COUNT],
        "n_estimators": [COUNT, None],
        "learning_rate": [POSITIVE, None],
        "depth": [make_interval(Integral, 1, 16, closed="both")],
        "max_depth": [make_interval(Integral, 1, 16, closed="both"), None],
        "l2_leaf_reg": [FROM_ZERO, None],
        "random_strength": [FROM_ZERO],
        "subsample": [SHARE_OR_ALL, None],
        "rsm": [SHARE_OR_ALL, None],
        "max_ctr_complexity": [COUNT_FROM_ZERO],
        "max_categories": [COUNT, None],
    }
    _rounds_names: ClassVar[tuple[str, ...]] = ("iterations", "n_estimators")
    _depth_names: ClassVar[tuple[str, ...]] = ("depth", "max_depth")
    _by_column: ClassVar[bool] = True

    iterations: int = 500
    _: KW_ONLY
    n_estimators: int | None = None
    learning_rate: float | None = None
    depth: int = 6
    max_depth: int | None = None
    l2_leaf_reg: float | None = None
    random_strength: float = 1.0
    subsample: float | None = None
    rsm: float | None = None
    max_ctr_complexity: int = 1
    max_categories: int | None = None

    def _params(self) -> dict[str, Any]:
        params = {
            "learning_rate": self.learning_rate,
            "depth": choose_value(self, self._depth_names),
            "l2_leaf_reg": self.l2_leaf_reg,
            "random_strength": self.random_strength,
            "subsample": self.subsample,
            "rsm": self.rsm,
            "max_ctr_complexity": self.max_ctr_complexity,
        }
        # What is None, CatBoost chooses from the data.
        return {name: value for name, value in params.items() if value is not None}


@fill_docstring(CatBoostParameters, BoostingEstimator, BoostingClassifier)
@dataclass(eq=False, repr=False, kw_only=True)
class CatBoostClassifier(BoostingClassifier, CatBoostParameters):
    """CatBoost as a classifier that takes a data frame as it is.

    Numbers, booleans, dates, categories and text go in unprepared, with missing values and
    any column names. Categories go by their value; one that training has not seen counts as
    missing. Any labels will do. Training stops early on a split of its own rows. Requests
    ``sample_weight``, ``groups`` and ``times`` where metadata routing is enabled.

    Needs the extra ``catboost``.

    Parameters
    ----------
    {CatBoostParameters}
    {BoostingEstimator}
    {BoostingClassifier}

    Attributes
    ----------
    {BoostingClassifier}
    {CatBoostParameters}
    {BoostingEstimator}

    References
    ----------
    .. [1] L. Prokhorenkova et al., "CatBoost: unbiased boosting with categorical features",
       NeurIPS 2018.

    Examples
    --------
    >>> import pandas as pd
    >>> from tabkit.boosting import CatBoostClassifier
    >>> X = pd.DataFrame({"colour": ["red", "blue", None, "red"] * 50, "size": range(200)})
    >>> y = X["colour"].eq("red").map({True: "yes", False: "no"})
    >>> model = CatBoostClassifier(random_state=0).fit(X, y)
    >>> model.predict(pd.DataFrame({"colour": ["blue", "red"], "size": [7, 7]}))
    array(['no', 'yes'], dtype=object)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        BoostingClassifier._parameter_constraints | CatBoostParameters._library_constraints
    )

    def _train(self, training: Rows, validation: Rows | None, plan: Plan) -> NativeModel:
        loss_function = "Logloss" if plan.n_classes == 2 else "MultiClass"
        params = {"loss_function": loss_function} | self._params()
        return train_catboost(params, "Probability", training, validation, plan)


@fill_docstring(CatBoostParameters, BoostingEstimator)
@dataclass(eq=False, repr=False, kw_only=True)
class CatBoostRegressor(BoostingRegressor, CatBoostParameters):
    """CatBoost as a regressor that takes a data frame as it is.

    Numbers, booleans, dates, categories and text go in unprepared, with missing values and
    any column names. Categories go by their value; one that training has not seen counts as
    missing. Training stops early on a split of its own rows. Requests
    ``sample_weight``, ``groups`` and ``times`` where metadata routing is enabled.

    Needs the extra ``catboost``.

    Parameters
    ----------
    {CatBoostParameters}
    {BoostingEstimator}
    loss_function : str, default="RMSE"
        Loss, such as "RMSE", "MAE", "Quantile:alpha=0.9", "Poisson".

    Attributes
    ----------
    {CatBoostParameters}
    {BoostingEstimator}

    References
    ----------
    .. [1] L. Prokhorenkova et al., "CatBoost: unbiased boosting with categorical features",
       NeurIPS 2018.

    Examples
    --------
    >>> import pandas as pd
    >>> from tabkit.boosting import CatBoostRegressor
    >>> X = pd.DataFrame({"colour": ["red", "blue", None, "red"] * 50, "size": range(200)})
    >>> y = X["colour"].eq("red") * 10.0
    >>> model = CatBoostRegressor(random_state=0).fit(X, y)
    >>> model.predict(pd.DataFrame({"colour": ["blue", "red"], "size": [7, 7]})).round()
    array([ 0., 10.])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        BoostingRegressor._parameter_constraints
        | CatBoostParameters._library_constraints
        | {"loss_function": [str]}
    )

    loss_function: str = "RMSE"

    @property
    def _objective(self) -> str:
        return self.loss_function

    def _train(self, training: Rows, validation: Rows | None, plan: Plan) -> NativeModel:
        prediction_type = (
            "Exponent" if self.loss_function.startswith(_LOG_LOSS_FUNCTIONS) else "RawFormulaVal"
        )
        params = {"loss_function": self.loss_function} | self._params()
        if prediction_type == "RawFormulaVal":
            with refuse_unknown_loss("loss_function", self.loss_function):
                return train_catboost(params, prediction_type, training, validation, plan)
        # For these losses CatBoost starts from a mean of 1, and never arrives where it is far from that.
        mean = float(np.average(training.target, weights=training.weight)) or 1.0
        scaled = None if validation is None else replace(validation, target=validation.target / mean)
        training = replace(training, target=training.target / mean)
        model = train_catboost(params, prediction_type, training, scaled, plan)
        model.booster.set_scale_and_bias(1.0, math.log(mean))
        return model
