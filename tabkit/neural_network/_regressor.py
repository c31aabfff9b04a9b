"""The network for values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from tabkit._core._docstrings import fill_docstring
from tabkit.neural_network._constraints import OF_MLP
from tabkit.neural_network._mlp import TabularMLP
from tabkit.neural_network._parameters import NetworkParameters
from tabkit.neural_network._values import NetworkRegressor


@fill_docstring(NetworkParameters, NetworkRegressor)
@dataclass(eq=False, repr=False, kw_only=True)
class TabularMLPRegressor(NetworkRegressor, TabularMLP):
    """A neural network for values, as easy as a random forest.

    See `TabularMLPClassifier` for what it does with a table. Targets are standardised inside; a ``y`` of
    several columns trains one network for all of them (see also `TabularMLPMultiTarget`).

    Parameters
    ----------
    {NetworkParameters}
    {NetworkRegressor}

    Attributes
    ----------
    {NetworkParameters}

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = TabularMLPRegressor(loss="quantile", quantiles=(0.1, 0.9), max_epochs=20, random_state=0)
    >>> model.fit(X, y).predict(X).shape
    (442, 2)
    """

    _constraints: ClassVar[dict[str, Any]] = NetworkRegressor._constraints | OF_MLP
