"""Estimators by name, as scikit-learn's StackingClassifier and VotingClassifier take them."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from sklearn.base import BaseEstimator, MetaEstimatorMixin, is_classifier, is_regressor
from sklearn.utils import Bunch, Tags, get_tags

from tabkit._core import InputError
from tabkit.ensemble._members import Member, find_method

DROPPED = "drop"
_TABLE_TAGS = ("allow_nan", "sparse", "categorical", "string")


class NamedEstimators(MetaEstimatorMixin, BaseEstimator, ABC):
    """Holds a list of pairs of a name and an estimator, whose parameters are reached by the name."""

    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": True,
        "groups": True,
        "times": True,
    }

    # Whether a classifier takes regressors of its labels too.
    _takes_regressors: ClassVar[bool] = False
    # Stored by the __init__ of each ensemble.
    estimators: list[tuple[str, Any]]

    @property
    def named_estimators(self) -> Bunch:
        """The unfitted estimators by name."""
        return Bunch(**dict(self.estimators))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters of the ensemble, its estimators by name, and their parameters.

        Parameters
        ----------
        deep : bool, default=True
            Whether to list more than the ensemble's own.

        Returns
        -------
        params : dict
            "lightgbm" and "lightgbm__n_estimators", for example.
        """
        params = dict(super().get_params(deep=deep))
        if deep and self._problem() is None:
            for name, estimator in self.estimators:
                params[name] = estimator
                if hasattr(estimator, "get_params"):
                    of_estimator = estimator.get_params(deep=True)
                    params.update({f"{name}__{key}": value for key, value in of_estimator.items()})
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters of the ensemble, replace or drop an estimator, set one of its parameters.

        Parameters
        ----------
        **params : object
            ``cv=3``, ``lightgbm="drop"``, ``lightgbm__n_estimators=100``, for example.

        Returns
        -------
        self : estimator
        """
        if "estimators" in params:
            self.estimators = params.pop("estimators")
        if self._problem() is None:
            names = [name for name, _ in self.estimators]
            replaced = {name: params.pop(name) for name in names if name in params}
            if replaced:
                self.estimators = [(name, replaced.get(name, old)) for name, old in self.estimators]
        super().set_params(**params)
        return self

    def _members(self, methods: Sequence[str]) -> list[Member]:
        """Those that are not dropped, each with the first of these methods that it has."""
        problem = self._problem()
        if problem:
            raise InputError(problem)
        kept = [(name, estimator) for name, estimator in self.estimators if not is_dropped(estimator)]
        if not kept:
            raise InputError("estimators: all are dropped, and at least one is needed")
        is_right, kind = (is_classifier, "classifier") if is_classifier(self) else (is_regressor, "regressor")
        for name, estimator in kept:
            if isinstance(estimator, type) or not hasattr(estimator, "fit"):
                raise InputError(f"estimators: {name!r} is {estimator!r}: expected an estimator, or 'drop'")
            if not (is_right(estimator) or (self._takes_regressors and is_regressor(estimator))):
                raise InputError(f"estimators: {name!r} ({type(estimator).__name__}) is no {kind}")
        return [Member(name, estimator, find_method(name, estimator, methods)) for name, estimator in kept]

    def _problem(self) -> str | None:
        """Why the pairs cannot be used; None where they can."""
        pairs = self.estimators
        expected = "Invalid 'estimators' attribute, expected a list of pairs of a name and an estimator"
        if not isinstance(pairs, list | tuple) or not len(pairs):
            return f"{expected}, got {pairs!r}"
        for pair in pairs:
            if not isinstance(pair, list | tuple) or len(pair) != 2 or not isinstance(pair[0], str):
                return f"{expected}, and one is {pair!r}"
        names = [name for name, _ in pairs]
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            return f"estimators: several have the name {doubled[0]!r}"
        for name in names:
            if not name or "__" in name or name in super().get_params(deep=False):
                return f"estimators: the name {name!r} is empty, has '__', or is a parameter of the ensemble"
        return None

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        if self._problem() is None:
            instances = [one for _, one in self.estimators if not isinstance(one, str | type)]
            kept = [get_tags(one) for one in instances if hasattr(one, "__sklearn_tags__")]
            for name in _TABLE_TAGS:
                setattr(tags.input_tags, name, all(getattr(one.input_tags, name) for one in kept))
        return tags


def is_dropped(estimator: Any) -> bool:
    """Whether an estimator was replaced by "drop"."""
    return isinstance(estimator, str) and estimator == DROPPED
