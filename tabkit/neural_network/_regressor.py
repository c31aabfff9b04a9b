"""The network for values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.base import RegressorMixin
from sklearn.utils import check_array
from torch import Tensor

from tabkit.neural_network._estimator import TabularMLP
from tabkit.neural_network._scoring import score_with
from tabkit.neural_network._training._rows import TensorRows


@dataclass(eq=False, repr=False)
class TabularMLPRegressor(RegressorMixin, TabularMLP):
    """TODO."""

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

    def _encode_target(self, y: Any) -> Tensor:
        values = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
        if values.ndim != 1:
            values = _ravel(values)
        self._center = float(values.mean())
        self._scale = float(values.std()) or 1.0
        return torch.from_numpy(((values - self._center) / self._scale).astype(np.float32)).unsqueeze(1)

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


def _ravel(values: np.ndarray) -> np.ndarray:
    from sklearn.utils import column_or_1d

    return column_or_1d(values, warn=True)
