"""Stacked generalisation on out-of-fold predictions that follow groups and times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if

from tabkit._core._sklearn import make_options
from tabkit.ensemble._final_estimators import default_classifier, default_regressor
from tabkit.ensemble._members import RESPONSE_METHODS, predict_columns
from tabkit.ensemble._stacking_template import Stacking


def _final_has(method: str) -> Callable[[Any], bool]:
    """Whether the final estimator has a method; the default one has all but ``decision_function``."""

    def has(stack: Any) -> bool:
        final = getattr(stack, "final_estimator_", stack.final_estimator)
        if final is None:
            return True
        getattr(final, method)  # its own error says why it has none
        return True

    return has


class StackingClassifier(ClassifierMixin, Stacking):
    """Classifiers whose out-of-fold predictions train a final one.

    As scikit-learn's ``StackingClassifier`` in names, with these differences: the folds follow groups and
    go forward in time where such roles arrive, where the final estimator is fitted on the rows that have
    predictions; weights, groups and times are routed to every estimator, the final one included; a class
    that a fold lacks has its column; the estimators get the labels as they are; ``passthrough`` keeps a
    DataFrame; the default final estimator works on log-odds.

    Parameters
    ----------
    estimators : list of (str, estimator)
        Classifiers by name, or regressors where the labels are numbers; "drop" in place of one leaves it out.
    final_estimator : estimator, default=None
        Classifier of their predictions. None takes a logistic regression of their log-odds with
        a strong L2 penalty; with ``passthrough`` behind a `TablePreprocessor`.
    cv : int, cross-validator, iterable or "prefit", default=5
        A number asks for `tabkit.model_selection.RoleAwareKFold`. "prefit" takes the estimators as they are,
        fitted already, and the rows of ``fit`` for the final one alone: they must be others than theirs.
    passthrough : bool, default=False
        Whether the final estimator gets X too.
    stack_method : {"auto", "predict_proba", "decision_function", "predict"}, default="auto"
        What the estimators are asked for; "auto" takes the first of the others that each has. Labels are
        handed on as positions in ``classes_``.
    n_jobs : int, default=None
        Processes that fit; the model is the same for any number.
    random_state : int, RandomState or None, default=None
        Seed of the folds and of the default final estimator, None draws a new one for each fit; the
        estimators keep their own.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), or list of ndarray
        Labels in the order of the probability columns; of several outputs (a target of zeros and ones of
        shape (n_rows, n_outputs)) a list of them.
    estimators_ : list of estimator
        Those that are not dropped, fitted on all rows.
    named_estimators_ : Bunch
        The same by name, with "drop" for those dropped.
    stack_method_ : list of str
        Method by which each of ``estimators_`` predicts.
    final_estimator_ : estimator
        Fitted on out-of-fold predictions.
    oof_rows_ : ndarray of int of shape (n_predicted,)
        Positions of the training rows that the final estimator was fitted on, increasing.
    n_features_in_ : int
        Columns seen in ``fit``.

    References
    ----------
    Wolpert, D.: Stacked generalization. Neural Networks 5 (1992).

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from tabkit.ensemble import StackingClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> members = [("bayes", GaussianNB()), ("forest", RandomForestClassifier(20, random_state=0))]
    >>> model = StackingClassifier(members, random_state=0).fit(X, y)
    >>> model.transform(X[:3]).shape
    (3, 2)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = Stacking._parameter_constraints | {
        "stack_method": [make_options("auto", *RESPONSE_METHODS)]
    }
    _takes_regressors = True

    def __init__(
        self,
        estimators: list[tuple[str, Any]],
        final_estimator: Any = None,
        *,
        cv: Any = 5,
        passthrough: bool = False,
        stack_method: str = "auto",
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimators = estimators
        self.final_estimator = final_estimator
        self.cv = cv
        self.passthrough = passthrough
        self.stack_method = stack_method
        self.n_jobs = n_jobs
        self.random_state = random_state

    @available_if(_final_has("predict_proba"))
    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each class by the final estimator.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)

        Returns
        -------
        proba : ndarray of shape (n_rows, n_classes)
            Rows sum to 1. A class that no row with out-of-fold predictions had has probability 0. Of several
            outputs what the final estimator gives.
        """
        features = self._features(X)
        if isinstance(self.classes_, list):
            return self.final_estimator_.predict_proba(features)
        return predict_columns(self.final_estimator_, features, method="predict_proba", classes=self.classes_)

    @available_if(_final_has("decision_function"))
    def decision_function(self, X: Any) -> np.ndarray:
        """Decisions of the final estimator.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)

        Returns
        -------
        decisions : ndarray of shape (n_rows,) or (n_rows, n_classes)
        """
        features = self._features(X)
        if isinstance(self.classes_, list):
            return self.final_estimator_.decision_function(features)
        decisions = predict_columns(
            self.final_estimator_, features, method="decision_function", classes=self.classes_
        )
        return decisions[:, 0] if len(self.classes_) == 2 else decisions

    def _methods(self) -> Sequence[str]:
        if self.stack_method == "auto":
            return RESPONSE_METHODS
        return (self.stack_method,)

    def _default_final(self, seed: int) -> Any:
        is_proba = all(method == "predict_proba" for method in self.stack_method_)
        return default_classifier(is_proba=is_proba, passthrough=self.passthrough, seed=seed)


class StackingRegressor(RegressorMixin, Stacking):
    """Regressors whose out-of-fold predictions train a final one.

    As `StackingClassifier`, of values.

    Parameters
    ----------
    estimators : list of (str, estimator)
        Regressors by name; "drop" in place of one leaves it out.
    final_estimator : estimator, default=None
        Regressor of their predictions. None takes a linear model without negative coefficients; with
        ``passthrough`` ridge regression behind a `TablePreprocessor`.
    cv : int, cross-validator, iterable or "prefit", default=5
        A number asks for `tabkit.model_selection.RoleAwareKFold`. "prefit" takes the estimators as they are,
        fitted already, and the rows of ``fit`` for the final one alone: they must be others than theirs.
    passthrough : bool, default=False
        Whether the final estimator gets X too.
    n_jobs : int, default=None
        Processes that fit; the model is the same for any number.
    random_state : int, RandomState or None, default=None
        Seed of the folds and of the default final estimator, None draws a new one for each fit; the
        estimators keep their own.

    Attributes
    ----------
    estimators_ : list of estimator
        Those that are not dropped, fitted on all rows.
    named_estimators_ : Bunch
        The same by name, with "drop" for those dropped.
    stack_method_ : list of str
        "predict" for each of ``estimators_``.
    final_estimator_ : estimator
        Fitted on out-of-fold predictions.
    oof_rows_ : ndarray of int of shape (n_predicted,)
        Positions of the training rows that the final estimator was fitted on, increasing.
    n_features_in_ : int
        Columns seen in ``fit``.

    References
    ----------
    Breiman, L.: Stacked regressions. Machine Learning 24 (1996), for coefficients that are not negative.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from tabkit.ensemble import StackingRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> members = [("ridge", Ridge(0.1)), ("neighbours", KNeighborsRegressor(20))]
    >>> model = StackingRegressor(members, random_state=0).fit(X, y)
    >>> bool((model.final_estimator_.coef_ >= 0).all())
    True
    """

    def __init__(
        self,
        estimators: list[tuple[str, Any]],
        final_estimator: Any = None,
        *,
        cv: Any = 5,
        passthrough: bool = False,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimators = estimators
        self.final_estimator = final_estimator
        self.cv = cv
        self.passthrough = passthrough
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _methods(self) -> Sequence[str]:
        return ("predict",)

    def _default_final(self, seed: int) -> Any:
        return default_regressor(passthrough=self.passthrough, seed=seed)
