"""The network for values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import RegressorMixin
from sklearn.utils import check_array, column_or_1d
from torch import Tensor

from tabkit.neural_network._estimator import TabularMLP
from tabkit.neural_network._parameters import document_shared_parameters
from tabkit.neural_network._scoring import score_with
from tabkit.neural_network._training._rows import TensorRows


@document_shared_parameters
@dataclass(eq=False, repr=False, kw_only=True)
class TabularMLPRegressor(RegressorMixin, TabularMLP):
    """A neural network for values, as easy as a random forest.

    See `TabularMLPClassifier` for what it does with a table. The target is standardised inside.

    Parameters
    ----------
    {shared}
    quantiles : sequence of float, default=(0.5,)
        What ``loss="quantile"`` predicts, several at once.
    huber_delta : float, default=1.0
        Of ``loss="huber"``: errors beyond it, in standard deviations of the target, count linearly.

    Attributes
    ----------
    settings_ : Settings
        What every parameter became.
    net_ : skorch.NeuralNet
        That trained the network.
    network_ : torch.nn.Module
    history_ : DataFrame
        A row for each epoch.
    n_epochs_ : int
        The epoch whose weights are kept.
    n_parameters_ : int
        Weights of the network.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Where the training table had names.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = TabularMLPRegressor(loss="quantile", quantiles=(0.1, 0.9), max_epochs=20, random_state=0)
    >>> model.fit(X, y).predict(X).shape
    (442, 2)
    """

    quantiles: Sequence[float] = (0.5,)
    huber_delta: float = 1.0

    def predict(self, X: Any) -> np.ndarray:
        """Values.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)

        Returns
        -------
        values : ndarray of shape (n_rows,) or (n_rows, n_quantiles)
            float64; one column per quantile where ``quantiles`` has several.
        """
        values = self._predict_rows(X) * self._scale + self._center
        return values[:, 0] if values.shape[1] == 1 else values

    @property
    def _n_classes(self) -> int:
        return 0

    @property
    def _n_columns(self) -> int:
        return 1

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on rows of a stream: each batch of them once, at a constant learning rate.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)
            The first call learns scales and categories from its rows, and the scale of the target.
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), default=None

        Returns
        -------
        self : estimator

        Raises
        ------
        InputError
            If the data or a parameter cannot be used.
        """
        if "network_" not in vars(self):
            self._learn_target(y)
        return self._partial_fit(X, y, sample_weight)

    def _learn_target(self, y: Any) -> None:
        values = _check_values(y)
        self._center = float(values.mean())
        self._scale = float(values.std()) or 1.0

    def _encode_target(self, y: Any) -> Tensor:
        values = (_check_values(y) - self._center) / self._scale
        return torch.from_numpy(values.astype(np.float32)).unsqueeze(1)

    def _stratify(self, target: Tensor | None) -> np.ndarray:
        assert target is not None
        return target[:, 0].numpy()

    def _describe_loss(self, training: TensorRows) -> dict[str, Any]:
        return {
            "loss": self.settings_.loss or "squared_error",
            "is_classification": False,
            "quantiles": tuple(self.quantiles),
            "huber_delta": self.huber_delta,
        }

    def _make_validation(self, validation: TensorRows) -> Any:
        if self.scoring is None:
            return None
        assert validation.target is not None
        values = validation.target[:, 0].double().numpy() * self._scale + self._center
        weight = None if validation.weight is None else validation.weight.numpy()
        return score_with(self.scoring, values, weight, None, self._scale, self._center)


def _check_values(y: Any) -> np.ndarray:
    values = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
    return values if values.ndim == 1 else column_or_1d(values, warn=True)
