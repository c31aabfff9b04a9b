"""The template of stacking: estimators predict out of fold, and a final one is fitted on what they say."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn import get_config
from sklearn.base import TransformerMixin, is_classifier, is_regressor
from sklearn.utils import Bunch
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    get_routing_for_object,
    process_routing,
)
from sklearn.utils.validation import check_is_fitted

from tabkit._core import InputError
from tabkit._core._constraints import N_JOBS
from tabkit._core._random import derive_seed, draw_seed
from tabkit._core._sklearn import check_parameters
from tabkit._core._weights import find_counting
from tabkit._core._wording import say_value
from tabkit.ensemble._check_rows import check_rows
from tabkit.ensemble._members import Member, predict_members
from tabkit.ensemble._named_estimators import NamedEstimators, is_dropped
from tabkit.ensemble._out_of_fold import OutOfFold, check_finite, predict_members_out_of_fold
from tabkit.model_selection._inner_folds import draw_inner_folds
from tabkit.model_selection._metadata_routing import route_params
from tabkit.model_selection._out_of_fold import fit_on_all
from tabkit.model_selection._row_roles import take_rows
from tabkit.model_selection._training_rows import TrainingRows
from tabkit.preprocessing._features import check_features

PREFIT = "prefit"
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
        **metadata: Any,
    ) -> Self:
        """Fit the estimators and the final one.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
        y : array-like of shape (n_rows,), or (n_rows, n_outputs)
            A classifier takes several outputs too, each of zeros and ones, with a final estimator that does.
        sample_weight : array-like of shape (n_rows,), default=None
            For all estimators, the final one included, as far as they take them.
        groups : array-like of shape (n_rows,), default=None
            No group is on both sides of a fold, nor of a split inside an estimator that takes groups.
        times : array-like of shape (n_rows,), default=None
            The folds go forward in time; the final estimator is fitted on the rows that they test.
        **metadata : dict of str to object
            What else estimators ask for by metadata routing, which has to be enabled; divided like the
            rows where it has one entry for each.

        Returns
        -------
        self : estimator

        Raises
        ------
        InputError
            If the data, a parameter or an estimator cannot be used.
        """
        check_parameters(self, self._parameter_constraints)
        routed = route_params(self, metadata)
        members = self._members(self._methods())
        self._check_final()
        seed = draw_seed(self.random_state)
        roles = {"sample_weight": sample_weight, "groups": groups, "times": times}
        rows = check_rows(self, X, y, **roles, takes_several_outputs=True)
        nothing = Bunch(fit={})
        members = [replace(member, metadata=routed.get(member.name, nothing).fit) for member in members]
        _check_regressors(members, rows)
        if isinstance(self.cv, str) and self.cv == PREFIT:
            self.estimators_, out_of_fold = self._predict_prefit(members, rows)
        else:
            folds = draw_inner_folds(self.cv, rows, seed=seed, owner=type(self).__name__)
            out_of_fold = predict_members_out_of_fold(members, rows, folds, self.n_jobs)
            learners = [member.as_learner(rows.classes) for member in members]
            self.estimators_ = fit_on_all(learners, rows, self.n_jobs)
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

    def _predict_prefit(self, members: list[Member], rows: TrainingRows) -> tuple[list[Any], OutOfFold]:
        """The estimators as they are, and what they say of all rows with weight; no role divides anything."""
        for member in members:
            with member.as_learner(rows.classes).named_in_errors():
                check_is_fitted(member.estimator)
        counting = find_counting(rows.roles.sample_weight, len(rows.y))
        X = rows.X if len(counting) == len(rows.y) else take_rows(rows.X, counting)
        predictions = predict_members(members, X, rows.classes)
        for member, predicted in zip(members, predictions, strict=True):
            check_finite(member, predicted)
        return [member.estimator for member in members], OutOfFold(counting, tuple(predictions))

    def _fit_final(self, tested: TrainingRows, features: Any, seed: int) -> None:
        final = self._default_final(seed) if self.final_estimator is None else self.final_estimator
        if self.final_estimator is None and isinstance(tested.classes, list):
            raise InputError(
                "final_estimator: y has several outputs, which the default does not take: pass a classifier "
                "that does, such as sklearn.neighbors.KNeighborsClassifier()"
            )
        if isinstance(tested.classes, np.ndarray) and len(np.unique(tested.y)) == 1:
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
        predictions = predict_members(members, table, getattr(self, "classes_", None))
        return self._join(predictions, table)

    def _fitted(self) -> list[tuple[str, Any, str]]:
        """Name, estimator and method of those that are not dropped."""
        kept = [(name, one) for name, one in self.named_estimators_.items() if not is_dropped(one)]
        return [(*pair, method) for pair, method in zip(kept, self.stack_method_, strict=True)]

    def _join(self, predictions: list[np.ndarray], X: Any) -> Any:
        joined = np.hstack(
            [
                part[:, 1:] if method == "predict_proba" and self._is_binary() else part
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

    def _is_binary(self) -> bool:
        classes = getattr(self, "classes_", None)
        return isinstance(classes, np.ndarray) and len(classes) == 2

    def _input_names(self) -> list[str]:
        """Names of the columns of X; numbers where not all are text, which scikit-learn refuses to mix."""
        numbered = [f"x{number}" for number in range(self.n_features_in_)]
        return list(getattr(self, "feature_names_in_", numbered))

    def _output_names(self) -> list[str]:
        prefix, classes = type(self).__name__.lower(), getattr(self, "classes_", ())
        # Of several outputs each has a column, whatever the method.
        has_outputs = isinstance(classes, list)
        names: list[str] = []
        for name, _, method in self._fitted():
            if self._is_binary() or (method == "predict" and not has_outputs):
                names.append(f"{prefix}_{name}")
            else:
                names += [f"{prefix}_{name}{number}" for number in range(len(classes))]
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

    def predict(self, X: Any, **predict_params: Any) -> Any:
        """What the final estimator predicts: labels or values.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
        **predict_params : dict of str to object
            For the final estimator, such as ``return_std``: they tell of its uncertainty alone.

        Returns
        -------
        predictions : ndarray of shape (n_rows,) or (n_rows, n_outputs)
            A tuple where ``predict_params`` ask for more.
        """
        features = self._features(X)
        if predict_params and get_config()["enable_metadata_routing"]:
            predict_params = process_routing(self, "predict", **predict_params).final_estimator_.predict
        return self.final_estimator_.predict(features, **predict_params)

    def get_metadata_routing(self) -> MetadataRouter:
        """What `fit` takes for itself and hands to each estimator, and `predict` to the final one.

        Returns
        -------
        router : MetadataRouter
        """
        router = MetadataRouter(owner=self).add_self_request(self)
        mapping = MethodMapping().add(caller="fit", callee="fit")
        for name, estimator in self.estimators if self._problem() is None else ():
            if not is_dropped(estimator):
                with suppress(NotImplementedError):  # it takes none, which is said when it is fitted
                    router.add(**{name: get_routing_for_object(estimator)}, method_mapping=mapping)
        final = getattr(self, "final_estimator_", self.final_estimator)
        if final is not None:
            mapping = MethodMapping().add(caller="predict", callee="predict")
            with suppress(NotImplementedError):
                router.add(final_estimator_=get_routing_for_object(final), method_mapping=mapping)
        return router

    @abstractmethod
    def _methods(self) -> Sequence[str]:
        """Methods that the estimators may be asked for predictions by, the preferred first."""

    @abstractmethod
    def _default_final(self, seed: int) -> Any:
        """An unfitted final estimator where the user named none."""


def _check_regressors(members: Sequence[Member], rows: TrainingRows) -> None:
    """A regressor of labels needs labels that are numbers."""
    if rows.is_classification and not np.issubdtype(rows.y.dtype, np.number):
        for member in members:
            if is_regressor(member.estimator):
                kind = type(member.estimator).__name__
                raise InputError(
                    f"estimators: {member.name!r} ({kind}) is a regressor, and the labels are no numbers: "
                    f"{say_value(rows.y[0])}, for example"
                )
