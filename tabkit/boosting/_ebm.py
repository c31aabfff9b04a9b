"""Explainable boosting machines: sums of curves that a person can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from tabkit._core._constraints import COUNT, COUNT_FROM_ZERO, POSITIVE
from tabkit._core._docstrings import fill_docstring
from tabkit._core._weights import find_counting
from tabkit.boosting._classifier import BoostingClassifier
from tabkit.boosting._ebm_bags import draw_bags
from tabkit.boosting._ebm_model import train_ebm
from tabkit.boosting._estimator import BoostingEstimator
from tabkit.boosting._native_model import NativeModel
from tabkit.boosting._regressor import BoostingRegressor
from tabkit.boosting._training import Plan, Rows
from tabkit.boosting._unknown_loss import refuse_unknown_loss
from tabkit.preprocessing._features import check_features


@dataclass(eq=False, repr=False)
class EBMParameters:
    """What the classifier and the regressor share.

    Parameters
    ----------
    max_rounds : int, default=2000
        Passes over all terms at most.
    n_estimators : int or None, default=None
        The same under the name that the other boosters have for it; None leaves it to ``max_rounds``.
    learning_rate : float, default=0.05
        Share of each step that is kept.
    outer_bags : int, default=4
        Models whose curves are averaged, each stopped early on other rows. interpret's own 14 take three
        to four times as long.
    interactions : int, default=10
        Pairs of columns that get a term of their own, the ones that help most; 0 makes a sum of curves.
    max_leaves : int, default=2
        Leaves per tree.
    min_samples_leaf : int, default=4
        Rows per leaf at least.
    max_bins : int, default=256
        Bins per column at most.
    max_categories : int or None, default=100
        Categories kept per column, the most frequent ones; others count as missing.
    monotone_constraints : mapping of column to {-1, 0, 1} or None, default=None
        Columns of numbers in which predictions never fall (1) or never rise (-1), all else
        equal; of a classifier, the probability of the positive class. They are in no pair. Columns of an
        array go by position.
    extra_params : dict or None, default=None
        More parameters of interpret's estimator, under its own names.
    early_stopping_rounds : int or None, default=50
        Passes without a better score on the validation rows after which a bag stops. None trains one
        model, all rounds on all rows.
    validation_fraction : float, default=0.1
        Share of the training rows that each bag sets aside for early stopping: stratified by class, whole
        groups when ``groups`` arrive, the last rows when ``times`` do.
    strict : bool, default=False
        Whether text that is no number or date, in a column of such, is refused; by default it
        counts as missing, with an `UnreadableValuesWarning`.
    random_state : int, RandomState or None, default=None
        Seed of the bags and of the library; None draws a new one for each fit.
    n_jobs : int or None, default=None
        Threads, a bag each; no process is started. None follows OMP_NUM_THREADS, else takes the processors
        this process may use, one for each 20,000 values of the table at most; -1 takes the processors in
        any case.

    Attributes
    ----------
    term_names_ : list of str
        Of the curves and pairs: columns, two of them joined by " & ".
    booster_ : interpret.glassbox.ExplainableBoostingClassifier or ExplainableBoostingRegressor
        The library's own object. Its categories are text, its dates days since the earliest one.
    feature_importances_ : ndarray of shape (n_features,)
        Share of each feature in how far terms are from zero on average, that of a pair halved; they sum to 1.
    best_iteration_ : int
        Steps of the bag that took the most: one tree of one term each.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where fitted on a frame with names that are text.
    """

    _library_constraints: ClassVar[dict[str, Any]] = {
        "max_rounds": [COUNT],
        "n_estimators": [COUNT, None],
        "learning_rate": [POSITIVE],
        "outer_bags": [COUNT],
        "interactions": [COUNT_FROM_ZERO],
        "max_leaves": [COUNT],
        "min_samples_leaf": [COUNT],
        "max_bins": [COUNT],
        "max_categories": [COUNT, None],
    }
    _rounds_names: ClassVar[tuple[str, ...]] = ("max_rounds", "n_estimators")
    _depth_names: ClassVar[tuple[str, ...]] = ()
    _by_column: ClassVar[bool] = False

    max_rounds: int = 2000
    _: KW_ONLY
    n_estimators: int | None = None
    learning_rate: float = 0.05
    outer_bags: int = 4
    interactions: int = 10
    max_leaves: int = 2
    min_samples_leaf: int = 4
    max_bins: int = 256
    max_categories: int | None = 100

    def _params(self) -> dict[str, Any]:
        return {
            "learning_rate": self.learning_rate,
            "interactions": self.interactions,
            "max_leaves": self.max_leaves,
            "min_samples_leaf": self.min_samples_leaf,
            "max_bins": self.max_bins,
        }


class ReadableTerms(BoostingEstimator):
    """Bags instead of one split, and the terms for who wants to read them."""

    _bags: np.ndarray
    outer_bags: int

    @property
    def term_names_(self) -> list[str]:
        """Names of the terms."""
        check_is_fitted(self)
        return list(self.booster_.term_names_)

    def eval_terms(self, X: Any) -> np.ndarray:
        """What each term adds to the prediction of each row.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_features)

        Returns
        -------
        scores : ndarray of shape (n_rows, n_terms) or (n_rows, n_terms, n_classes)
            In the order of ``term_names_``. With ``booster_.intercept_`` their sum is the logit of the
            second class, the scores of more than two classes, or the value (its logarithm where the
            objective has such a link).
        """
        check_is_fitted(self)
        features = self._encoder.transform(check_features(self, X, reset=False), strict=self.strict)
        return self._model.eval_terms(features)  # type: ignore[attr-defined]

    def explain_global(self, name: str | None = None) -> Any:
        """Interpret's own explanation of the model: the curves with their error bars.

        Parameters
        ----------
        name : str or None, default=None
            Its title.

        Returns
        -------
        explanation : interpret.glassbox.EBMExplanation
            ``data(i)`` is the curve of term ``i`` as a dictionary; ``visualize()`` needs plotly.
        """
        check_is_fitted(self)
        return self.booster_.explain_global(name)

    def _fit_rounds(self, rows: Rows, plan: Plan, groups: Any, times: Any) -> NativeModel:
        bags = None
        if plan.early_stopping_rounds:
            bags = draw_bags(
                rows,
                self.outer_bags,
                fraction=self.validation_fraction,
                is_classification=plan.n_classes > 0,
                groups=groups,
                times=times,
                seed=plan.seed,
            )
        counting = find_counting(rows.weight, len(rows.target))
        if len(counting) < len(rows.target):
            rows = rows.take(counting)
            bags = None if bags is None else bags[counting]
        with refuse_unknown_loss("objective", self._interpret_objective):
            return train_ebm(
                {"objective": self._interpret_objective} | self._params(),
                rows,
                bags,
                plan,
                names=self._name_features(rows),
                categories=[column.categories for column in self._encoder.columns],
            )

    def _train(self, training: Rows, validation: Rows | None, plan: Plan) -> NativeModel:
        raise NotImplementedError  # all bags are trained at once

    def _name_features(self, rows: Rows) -> Sequence[str]:
        numbered = [f"feature {position}" for position in range(rows.features.shape[1])]
        return [str(name) for name in getattr(self, "feature_names_in_", numbered)]

    @property
    def _interpret_objective(self) -> str:
        return "log_loss"


@fill_docstring(EBMParameters, BoostingClassifier)
@dataclass(eq=False, repr=False, kw_only=True)
class ExplainableBoostingClassifier(ReadableTerms, BoostingClassifier, EBMParameters):
    """A classifier that is a sum of curves, one for each column and for some pairs of columns [1]_.

    Numbers, booleans, dates, categories and text go in unprepared, with missing values and
    any column names. Categories go by their value; one that training has not seen counts as
    missing. Any labels will do. Requests ``sample_weight``, ``groups`` and ``times`` where
    metadata routing is enabled; a row without weight is not there.

    Needs the extra ``ebm``.

    Parameters
    ----------
    {EBMParameters}
    {BoostingClassifier}

    Attributes
    ----------
    {BoostingClassifier}
    {EBMParameters}

    References
    ----------
    .. [1] H. Nori et al., "InterpretML: A Unified Framework for Machine Learning Interpretability", 2019.

    Examples
    --------
    >>> import pandas as pd
    >>> from tabkit.boosting import ExplainableBoostingClassifier
    >>> X = pd.DataFrame({"colour": ["red", "blue", None, "red"] * 50, "size": range(200)})
    >>> y = X["colour"].eq("red").map({True: "yes", False: "no"})
    >>> model = ExplainableBoostingClassifier(outer_bags=2, random_state=0).fit(X, y)
    >>> model.predict(pd.DataFrame({"colour": ["blue", "red"], "size": [7, 7]}))
    array(['no', 'yes'], dtype=object)
    >>> model.term_names_
    ['colour', 'size', 'colour & size']
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        BoostingClassifier._parameter_constraints | EBMParameters._library_constraints
    )

    # Each bag is stopped by itself, and their mean is of all rows.
    refit: str | None = field(default=None, init=False)


@fill_docstring(EBMParameters)
@dataclass(eq=False, repr=False, kw_only=True)
class ExplainableBoostingRegressor(ReadableTerms, BoostingRegressor, EBMParameters):
    """A regressor that is a sum of curves, one for each column and for some pairs of columns.

    What goes in, and how it is read, is as for `ExplainableBoostingClassifier`.

    Needs the extra ``ebm``.

    Parameters
    ----------
    {EBMParameters}
    objective : str, default="rmse"
        Loss: "rmse", "poisson_deviance", "gamma_deviance", "tweedie_deviance:variance_power=1.5",
        "pseudo_huber:delta=1.0".

    Attributes
    ----------
    {EBMParameters}

    Examples
    --------
    >>> import pandas as pd
    >>> from tabkit.boosting import ExplainableBoostingRegressor
    >>> X = pd.DataFrame({"colour": ["red", "blue", None, "red"] * 50, "size": range(200)})
    >>> y = X["colour"].eq("red") * 10.0
    >>> model = ExplainableBoostingRegressor(outer_bags=2, random_state=0).fit(X, y)
    >>> model.predict(pd.DataFrame({"colour": ["blue", "red"], "size": [7, 7]})).round().tolist()
    [0.0, 10.0]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        BoostingRegressor._parameter_constraints | EBMParameters._library_constraints | {"objective": [str]}
    )

    refit: str | None = field(default=None, init=False)
    objective: str = "rmse"

    @property
    def _objective(self) -> str:
        return self.objective.replace("_deviance", "")  # as those losses are called elsewhere

    @property
    def _interpret_objective(self) -> str:
        return self.objective
