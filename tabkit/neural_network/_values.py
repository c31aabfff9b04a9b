"""Any network for values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, cast

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import d2_pinball_score
from sklearn.utils import Tags

from tabkit._core import InputError
from tabkit.neural_network._constraints import OF_TRAINING, OF_VALUES
from tabkit.neural_network._estimator import TrainedNetwork
from tabkit.neural_network._targets import Target, ValueTarget

_MEDIAN = (0.5,)


@dataclass(eq=False, repr=False, kw_only=True)
class NetworkRegressor(RegressorMixin, TrainedNetwork):
    """A template for values, whose open step is the architecture.

    Parameters
    ----------
    quantiles : sequence of float, default=(0.5,)
        What ``loss="quantile"`` predicts, several at once.
    huber_delta : float, default=1.0
        Of ``loss="huber"``: errors beyond it, in standard deviations of the target, count linearly.
    """

    _constraints: ClassVar[dict[str, Any]] = OF_TRAINING | OF_VALUES | {"quantiles": ["array-like"]}

    quantiles: Sequence[float] = (0.5,)
    huber_delta: float = 1.0

    def predict(self, X: Any) -> np.ndarray:
        """Values.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)

        Returns
        -------
        values : ndarray of shape (n_rows,), (n_rows, n_targets) or (n_rows, n_targets * n_quantiles)
            float64; one column per target, and in it per quantile where ``quantiles`` has several.
        """
        prediction = self._predict_rows(X)
        return cast(ValueTarget, self._target).decode(prediction)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Coefficient of determination; of several quantiles the share of the pinball loss explained.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)
        y : array-like of shape (n_rows,) or (n_rows, n_targets)
        sample_weight : array-like of shape (n_rows,), default=None

        Returns
        -------
        score : float
            1 is perfect, 0 what constants reach: R², or the mean of D² of the pinball loss of each target
            and quantile (`sklearn.metrics.d2_pinball_score`).
        """
        if self.loss != "quantile" or len(self.quantiles) == 1:
            return super().score(X, y, sample_weight)
        values = np.asarray(y)
        values = values.reshape(len(values), -1)
        prediction = self.predict(X).reshape(len(values), values.shape[1], len(self.quantiles))
        scores = [
            d2_pinball_score(
                values[:, target],
                prediction[:, target, position],
                alpha=quantile,
                sample_weight=sample_weight,
            )
            for target in range(values.shape[1])
            for position, quantile in enumerate(self.quantiles)
        ]
        return float(np.mean(scores))

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on rows of a stream: each batch of them once, at a constant learning rate.

        Calls go on with the moments of the optimiser, except after unpickling: a pickle has none.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)
            The first call learns scales and categories from its rows, and the scale of the target.
        y : array-like of shape (n_rows,) or (n_rows, n_targets)
        sample_weight : array-like of shape (n_rows,), default=None

        Returns
        -------
        self : estimator

        Raises
        ------
        InputError
            If the data or a parameter cannot be used.
        """
        return self._partial_fit(X, y, sample_weight)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = True
        return tags

    def _learn_target(self, y: Any, weight: np.ndarray | None, known: Target | None) -> ValueTarget:
        if tuple(self.quantiles) != _MEDIAN and self.loss != "quantile":
            raise InputError(f"quantiles={self.quantiles!r}: pass loss='quantile' with them")
        options = {"quantiles": tuple(self.quantiles), "huber_delta": self.huber_delta}
        if isinstance(known, ValueTarget):
            return replace(known, loss_options=options)
        return ValueTarget.learn(y, weight, options)
