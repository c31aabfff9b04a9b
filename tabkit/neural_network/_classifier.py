"""The network for classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from tabkit._core._docstrings import fill_docstring
from tabkit.neural_network._classes import NetworkClassifier
from tabkit.neural_network._constraints import OF_MLP
from tabkit.neural_network._mlp import TabularMLP
from tabkit.neural_network._parameters import NetworkParameters


@fill_docstring(NetworkParameters, NetworkClassifier)
@dataclass(eq=False, repr=False, kw_only=True)
class TabularMLPClassifier(NetworkClassifier, TabularMLP):
    """A neural network for classes, as easy as a random forest.

    Takes a table as it is: numbers, dates, categories and text labels, missing values and categories that
    training had not. Numbers are scaled and embedded, categories are embedded, and one network or several
    that share their weights are trained with early stopping on rows that honour groups and times. After
    RealMLP (Holzmüller et al. 2024, arXiv:2407.04491) and TabM (Gorishniy et al. 2024, arXiv:2410.24210).

    Parameters
    ----------
    {NetworkParameters}
    {NetworkClassifier}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted; the order of the probability columns.
    {NetworkParameters}

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = TabularMLPClassifier(max_epochs=20, random_state=0).fit(X, y)
    >>> model.predict_proba(X).shape
    (150, 3)
    """

    _constraints: ClassVar[dict[str, Any]] = NetworkClassifier._constraints | OF_MLP
