"""CatBoost."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tabkit._core._optional import import_optional
from tabkit.boosting._classifier import BoostingClassifier
from tabkit.boosting._estimator import BoostingEstimator
from tabkit.boosting._native_model import NativeModel
from tabkit.boosting._regressor import BoostingRegressor
from tabkit.boosting._training import Plan, Rows

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


class _CatBoost(BoostingEstimator):
    """The parameters that the classifier and the regressor share."""

    _rounds_name = "iterations"
    _by_column = True

    iterations: int
    learning_rate: float | None
    depth: int
    l2_leaf_reg: float | None
    random_strength: float
    subsample: float | None
    rsm: float | None
    max_ctr_complexity: int

    def _params(self) -> dict[str, Any]:
        params = {
            "learning_rate": self.learning_rate,
            "depth": self.depth,
            "l2_leaf_reg": self.l2_leaf_reg,
            "random_strength": self.random_strength,
            "subsample": self.subsample,
            "rsm": self.rsm,
            "max_ctr_complexity": self.max_ctr_complexity,
        }
        # What is None, CatBoost chooses from the data.
        return {name: value for name, value in params.items() if value is not None} | (
            self.extra_params or {}
        )


class CatBoostClassifier(BoostingClassifier, _CatBoost):
    """CatBoost as a classifier that takes a data frame as it is.

    Numbers, booleans, dates, categories and text go in unprepared, with missing values and
    any column names. Categories go by their value; one that training has not seen counts as
    missing. Any labels will do. Training stops early on a split of its own rows. Requests
    ``sample_weight``, ``groups`` and ``times`` where metadata routing is enabled.

    Needs the extra ``catboost``.

    Parameters
    ----------
    iterations : int, default=500
        Boosting rounds at most.
    learning_rate : float or None, default=None
        Share of each tree's contribution that is kept; None lets CatBoost choose it from the
        number of rows and rounds.
    depth : int, default=6
        Depth of the symmetric trees.
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
    class_weight : mapping, "balanced" or None, default=None
        Weight of each label; "balanced" weighs classes against their frequency.
    monotone_constraints : mapping of column to {-1, 0, 1} or None, default=None
        Columns of numbers in which predictions never fall (1) or never rise (-1), all else
        equal; of a classifier, the probability of the second of two classes. Columns of an
        array go by position.
    extra_params : dict or None, default=None
        More parameters of CatBoost, under its own names; features go by position.
    early_stopping_rounds : int or None, default=50
        Rounds without a better score on the validation rows after which training stops; the
        best round is kept. None trains all rounds on all rows.
    validation_fraction : float, default=0.1
        Share of the training rows set aside for early stopping: stratified by class, whole
        groups when ``groups`` arrive, the last rows when ``times`` do.
    refit : bool, default=False
        Whether to train once more on all rows, with the best number of rounds.
    max_categories : int or None, default=None
        Categories kept per column, the most frequent ones; others count as missing.
    strict : bool, default=False
        Whether text that is no number or date, in a column of such, is refused; by default it
        counts as missing, with an `UnreadableValuesWarning`.
    random_state : int, RandomState or None, default=None
        Seed of the validation split and of the library; None draws a new one for each fit.
    n_jobs : int or None, default=None
        Threads. None follows OMP_NUM_THREADS, else takes the processors this process may
        use; -1 takes those in any case.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    booster_ : catboost.CatBoost
        The library's own object; features go by position.
    best_iteration_ : int
        Number of rounds that predict.
    feature_importances_ : ndarray of shape (n_features,)
        Share of each feature in how much predictions change; they sum to 1.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where fitted on a frame with names that are text.

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

    def __init__(
        self,
        iterations: int = 500,
        *,
        learning_rate: float | None = None,
        depth: int = 6,
        l2_leaf_reg: float | None = None,
        random_strength: float = 1.0,
        subsample: float | None = None,
        rsm: float | None = None,
        max_ctr_complexity: int = 1,
        class_weight: Mapping[Any, float] | str | None = None,
        monotone_constraints: Mapping[Any, int] | None = None,
        extra_params: dict[str, Any] | None = None,
        early_stopping_rounds: int | None = 50,
        validation_fraction: float = 0.1,
        refit: bool = False,
        max_categories: int | None = None,
        strict: bool = False,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.iterations = iterations
        self.learning_rate = learning_rate
        self.depth = depth
        self.l2_leaf_reg = l2_leaf_reg
        self.random_strength = random_strength
        self.subsample = subsample
        self.rsm = rsm
        self.max_ctr_complexity = max_ctr_complexity
        self.class_weight = class_weight
        self.monotone_constraints = monotone_constraints
        self.extra_params = extra_params
        self.early_stopping_rounds = early_stopping_rounds
        self.validation_fraction = validation_fraction
        self.refit = refit
        self.max_categories = max_categories
        self.strict = strict
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _train(self, training: Rows, validation: Rows | None, plan: Plan) -> NativeModel:
        loss_function = "Logloss" if plan.n_classes == 2 else "MultiClass"
        params = {"loss_function": loss_function} | self._params()
        return train_catboost(params, "Probability", training, validation, plan)


class CatBoostRegressor(BoostingRegressor, _CatBoost):
    """CatBoost as a regressor that takes a data frame as it is.

    Numbers, booleans, dates, categories and text go in unprepared, with missing values and
    any column names. Categories go by their value; one that training has not seen counts as
    missing. Training stops early on a split of its own rows. Requests
    ``sample_weight``, ``groups`` and ``times`` where metadata routing is enabled.

    Needs the extra ``catboost``.

    Parameters
    ----------
    iterations : int, default=500
        Boosting rounds at most.
    loss_function : str, default="RMSE"
        Loss, such as "RMSE", "MAE", "Quantile:alpha=0.9", "Poisson".
    learning_rate : float or None, default=None
        Share of each tree's contribution that is kept; None lets CatBoost choose it from the
        number of rows and rounds.
    depth : int, default=6
        Depth of the symmetric trees.
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
    monotone_constraints : mapping of column to {-1, 0, 1} or None, default=None
        Columns of numbers in which predictions never fall (1) or never rise (-1), all else
        equal; of a classifier, the probability of the second of two classes. Columns of an
        array go by position.
    extra_params : dict or None, default=None
        More parameters of CatBoost, under its own names; features go by position.
    early_stopping_rounds : int or None, default=50
        Rounds without a better score on the validation rows after which training stops; the
        best round is kept. None trains all rounds on all rows.
    validation_fraction : float, default=0.1
        Share of the training rows set aside for early stopping: stratified by class, whole
        groups when ``groups`` arrive, the last rows when ``times`` do.
    refit : bool, default=False
        Whether to train once more on all rows, with the best number of rounds.
    max_categories : int or None, default=None
        Categories kept per column, the most frequent ones; others count as missing.
    strict : bool, default=False
        Whether text that is no number or date, in a column of such, is refused; by default it
        counts as missing, with an `UnreadableValuesWarning`.
    random_state : int, RandomState or None, default=None
        Seed of the validation split and of the library; None draws a new one for each fit.
    n_jobs : int or None, default=None
        Threads. None follows OMP_NUM_THREADS, else takes the processors this process may
        use; -1 takes those in any case.

    Attributes
    ----------
    booster_ : catboost.CatBoost
        The library's own object; features go by position.
    best_iteration_ : int
        Number of rounds that predict.
    feature_importances_ : ndarray of shape (n_features,)
        Share of each feature in how much predictions change; they sum to 1.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where fitted on a frame with names that are text.

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

    def __init__(
        self,
        iterations: int = 500,
        *,
        loss_function: str = "RMSE",
        learning_rate: float | None = None,
        depth: int = 6,
        l2_leaf_reg: float | None = None,
        random_strength: float = 1.0,
        subsample: float | None = None,
        rsm: float | None = None,
        max_ctr_complexity: int = 1,
        monotone_constraints: Mapping[Any, int] | None = None,
        extra_params: dict[str, Any] | None = None,
        early_stopping_rounds: int | None = 50,
        validation_fraction: float = 0.1,
        refit: bool = False,
        max_categories: int | None = None,
        strict: bool = False,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.iterations = iterations
        self.loss_function = loss_function
        self.learning_rate = learning_rate
        self.depth = depth
        self.l2_leaf_reg = l2_leaf_reg
        self.random_strength = random_strength
        self.subsample = subsample
        self.rsm = rsm
        self.max_ctr_complexity = max_ctr_complexity
        self.monotone_constraints = monotone_constraints
        self.extra_params = extra_params
        self.early_stopping_rounds = early_stopping_rounds
        self.validation_fraction = validation_fraction
        self.refit = refit
        self.max_categories = max_categories
        self.strict = strict
        self.random_state = random_state
        self.n_jobs = n_jobs

    @property
    def _objective(self) -> str:
        return self.loss_function

    def _train(self, training: Rows, validation: Rows | None, plan: Plan) -> NativeModel:
        prediction_type = (
            "Exponent" if self.loss_function.startswith(_LOG_LOSS_FUNCTIONS) else "RawFormulaVal"
        )
        params = {"loss_function": self.loss_function} | self._params()
        if prediction_type == "RawFormulaVal":
            return train_catboost(params, prediction_type, training, validation, plan)
        # For these losses CatBoost starts from a mean of 1, and never arrives where it is far from that.
        mean = float(np.average(training.target, weights=training.weight)) or 1.0
        scaled = None if validation is None else replace(validation, target=validation.target / mean)
        training = replace(training, target=training.target / mean)
        model = train_catboost(params, prediction_type, training, scaled, plan)
        model.booster.set_scale_and_bias(1.0, math.log(mean))
        return model
