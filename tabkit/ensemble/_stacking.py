"""Stacked generalisation on out-of-fold predictions that follow groups and times."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import ClassifierMixin, RegressorMixin, TransformerMixin, is_classifier, is_regressor
from sklearn.utils import Bunch
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from tabkit._core import InputError
from tabkit._core._constraints import N_JOBS
from tabkit._core._random import derive_seed, draw_seed
from tabkit._core._sklearn import check_parameters, make_options
from tabkit._core._wording import say_value
from tabkit.ensemble._check_rows import check_rows
from tabkit.ensemble._final_estimators import default_classifier, default_regressor
from tabkit.ensemble._members import RESPONSE_METHODS, Member, predict_columns, predict_members
from tabkit.ensemble._named_estimators import NamedEstimators, is_dropped
from tabkit.ensemble._out_of_fold import predict_members_out_of_fold
from tabkit.model_selection._inner_folds import draw_inner_folds
from tabkit.model_selection._out_of_fold import fit_on_all
from tabkit.model_selection._training_rows import TrainingRows
from tabkit.preprocessing._features import check_features

_FINAL = "final_estimator"


class Stacking(TransformerMixin, NamedEstimators):
    """Fits the final estimator on out-of-fold predictions, and the others on all rows."""

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "passthrough": ["boolean"],
        "n_jobs": N_JOBS,
        "random_state": ["random_state"],
    }

    # Stored by the __init__ of each.
    final_estimator: Any
    cv: Any
    passthrough: bool
    n_jobs: int | None
    random_state: int | np.random.RandomState | None

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        groups: Any = None,
        times: Any = None,
    ) -> Self:
        """Fit the estimators and the final one.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), default=None
            For all estimators, the final one included, as far as they take them.
        groups : array-like of shape (n_rows,), default=None
            No group is on both sides of a fold, nor of a split inside an estimator that takes groups.
        times : array-like of shape (n_rows,), default=None
            The folds go forward in time; the final estimator is fitted on the rows that they test.

        Returns
        -------
        self : estimator

        Raises
        ------
        InputError
            If the data, a parameter or an estimator cannot be used.
        """
        check_parameters(self, self._parameter_constraints)
        members = self._members(self._methods())
        self._check_final()
        seed = draw_seed(self.random_state)
        rows = check_rows(self, X, y, sample_weight=sample_weight, groups=groups, times=times)
        folds = draw_inner_folds(self.cv, rows, seed=seed, owner=type(self).__name__)
        out_of_fold = predict_members_out_of_fold(members, rows, folds, self.n_jobs)
        self.estimators_ = fit_on_all([m.as_learner(rows.classes) for m in members], rows, self.n_jobs)
        fitted = dict(zip((member.name for member in members), self.estimators_, strict=True))
        self.named_estimators_ = Bunch(**{name: fitted.get(name, "drop") for name, _ in self.estimators})
        self.stack_method_ = [member.method for member in members]
        if rows.classes is not None:
            self.classes_ = rows.classes
        self.oof_rows_ = out_of_fold.rows
        tested = rows.take(out_of_fold.rows)
        features = self._join(list(out_of_fold.predictions), tested.X)
        self._fit_final(tested, features, derive_seed(seed, _FINAL))
        return self

    def _fit_final(self, tested: TrainingRows, features: Any, seed: int) -> None:
        final = self._default_final(seed) if self.final_estimator is None else self.final_estimator
        if tested.classes is not None and len(np.unique(tested.y)) == 1:
            raise InputError(
                f"all rows with out-of-fold predictions ({len(tested.y)}) are of class "
                f"{say_value(tested.y[0])}: pass fewer folds as cv, or more rows"
            )
        member = Member(_FINAL, final, "predict")
        (self.final_estimator_,) = fit_on_all(
            [member.as_learner(tested.classes)], tested.with_features(features)
        )

    def _check_final(self) -> None:
        final = self.final_estimator
        is_right, kind = (is_classifier, "classifier") if is_classifier(self) else (is_regressor, "regressor")
        is_usable = not isinstance(final, str | type) and hasattr(final, "fit")
        if final is not None and not (is_usable and is_right(final)):
            raise InputError(f"final_estimator={final!r}: expected a {kind}, or None for the default")

    def transform(self, X: Any) -> Any:
        """What the final estimator is given: predictions of the estimators, and X with ``passthrough``.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)

        Returns
        -------
        features : ndarray of shape (n_rows, n_outputs)
            Of two classes, only the probability of the second. With ``passthrough`` a DataFrame or
            sparse matrix where X is one.
        """
        return self._features(X)

    def _features(self, X: Any) -> Any:
        check_is_fitted(self)
        table = check_features(self, X, reset=False, accept_sparse=["csr"])
        members = [Member(name, fitted, method) for name, fitted, method in self._fitted()]
        predictions = predict_members(members, self.estimators_, table, getattr(self, "classes_", None))
        return self._join(predictions, table)

    def _fitted(self) -> list[tuple[str, Any, str]]:
        """Name, estimator and method of those that are not dropped."""
        kept = [(name, one) for name, one in self.named_estimators_.items() if not is_dropped(one)]
        return [(*pair, method) for pair, method in zip(kept, self.stack_method_, strict=True)]

    def _join(self, predictions: list[np.ndarray], X: Any) -> Any:
        joined = np.hstack(
            [
                part[:, 1:] if method == "predict_proba" and part.shape[1] == 2 else part
                for part, method in zip(predictions, self.stack_method_, strict=True)
            ]
        )
        if not self.passthrough:
            return joined
        if sparse.issparse(X):
            return sparse.hstack([joined, X], format="csr")
        if not isinstance(X, pd.DataFrame):
            return np.hstack([joined, X])
        frame = pd.DataFrame(joined, columns=self._output_names(), index=X.index)
        return pd.concat([frame, X.set_axis(self._input_names(), axis=1)], axis=1)

    def _input_names(self) -> list[str]:
        """Names of the columns of X; numbers where not all are text, which scikit-learn refuses to mix."""
        numbered = [f"x{number}" for number in range(self.n_features_in_)]
        return list(getattr(self, "feature_names_in_", numbered))

    def _output_names(self) -> list[str]:
        prefix, n_classes = type(self).__name__.lower(), len(getattr(self, "classes_", ()))
        names: list[str] = []
        for name, _, method in self._fitted():
            is_single = method == "predict" or n_classes == 2
            names += [f"{prefix}_{name}"] if is_single else [f"{prefix}_{name}{i}" for i in range(n_classes)]
        return names

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the columns of `transform`.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of X, for ``passthrough``; those seen in ``fit`` unless given.

        Returns
        -------
        names : ndarray of str
            Such as "stackingclassifier_lightgbm", and a number behind it where there are several columns.
        """
        check_is_fitted(self)
        names = self._output_names()
        if self.passthrough:
            names += self._input_names() if input_features is None else list(input_features)
        return np.asarray(names, dtype=object)

    @abstractmethod
    def _methods(self) -> Sequence[str]:
        """Methods that the estimators may be asked for predictions by, the preferred first."""

    @abstractmethod
    def _default_final(self, seed: int) -> Any:
        """An unfitted final estimator where the user named none."""


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
        Classifiers by name; "drop" in place of one leaves it out.
    final_estimator : estimator, default=None
        Classifier of their predictions. None takes a logistic regression of their log-odds with
        a strong L2 penalty; with ``passthrough`` behind a `TablePreprocessor`.
    cv : int, cross-validator or iterable, default=5
        A number asks for `tabkit.model_selection.RoleAwareKFold`.
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
    classes_ : ndarray of shape (n_classes,)
        Labels in the order of the probability columns.
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

    def predict(self, X: Any) -> np.ndarray:
        """Labels by the final estimator.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)

        Returns
        -------
        labels : ndarray of shape (n_rows,)
        """
        features = self._features(X)
        return self.final_estimator_.predict(features)

    @available_if(_final_has("predict_proba"))
    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each class by the final estimator.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)

        Returns
        -------
        proba : ndarray of shape (n_rows, n_classes)
            Rows sum to 1. A class that no row with out-of-fold predictions had has probability 0.
        """
        features = self._features(X)
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
    cv : int, cross-validator or iterable, default=5
        A number asks for `tabkit.model_selection.RoleAwareKFold`.
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

    def predict(self, X: Any) -> np.ndarray:
        """Values by the final estimator.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)

        Returns
        -------
        values : ndarray of shape (n_rows,)
        """
        features = self._features(X)
        return self.final_estimator_.predict(features)

    def _methods(self) -> Sequence[str]:
        return ("predict",)

    def _default_final(self, seed: int) -> Any:
        return default_regressor(passthrough=self.passthrough, seed=seed)
