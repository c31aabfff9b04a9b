"""scikit-learn's metrics of labels, from the weights of the four outcomes at all thresholds at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    fbeta_score,
    jaccard_score,
    matthews_corrcoef,
    precision_score,
    recall_score,
)

from tabkit.calibration._outcomes import Outcomes


@dataclass(frozen=True)
class _Cells:
    """Weights of the outcomes with respect to one class; arrays of shape (n_thresholds,)."""

    hit: np.ndarray
    wrong: np.ndarray
    missed: np.ndarray
    left: np.ndarray

    @property
    def swapped(self) -> _Cells:
        """The same with respect to the other class."""
        return _Cells(self.left, self.missed, self.wrong, self.hit)

    @property
    def support(self) -> np.ndarray:
        """Weight of the rows of the class."""
        return self.hit + self.missed


def find_counted(
    function: Callable[..., Any], options: Mapping[str, Any], positive: Any
) -> Callable[[Outcomes], np.ndarray] | None:
    """A metric of labels as a function of outcomes, where it is one that is known here.

    Parameters
    ----------
    function : callable
        Of true and predicted labels.
    options : mapping of str
        That it is called with.
    positive : label
        Of the positive class.

    Returns
    -------
    counted : callable or None
        From `Outcomes` to an ndarray of shape (n_thresholds,): the same numbers. None where the function or
        one of its options is another.
    """
    rest = dict(options)
    if function in _OF_ALL:
        return _of_all(_OF_ALL[function]) if not rest else None
    if function not in _OF_ONE_CLASS:
        return None
    average, label = rest.pop("average", "binary"), rest.pop("pos_label", positive)
    beta = rest.pop("beta", 1.0) if function is fbeta_score else 1.0
    if rest or average not in _AVERAGES or (average == "binary" and label != positive):
        return None
    of_class = _OF_ONE_CLASS[function]
    return _of_all(lambda cells: _AVERAGES[average](lambda one: of_class(one, beta), cells))


def _of_all(function: Callable[[_Cells], np.ndarray]) -> Callable[[Outcomes], np.ndarray]:
    def count(outcomes: Outcomes) -> np.ndarray:
        return function(
            _Cells(
                outcomes.true_positive,
                outcomes.false_positive,
                outcomes.false_negative,
                outcomes.true_negative,
            )
        )

    return count


def _divide(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """As scikit-learn does by default: 0 of nothing is 0."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def _f_beta(cells: _Cells, beta: float) -> np.ndarray:
    hit = (1 + beta**2) * cells.hit
    return _divide(hit, hit + beta**2 * cells.missed + cells.wrong)


def _accuracy(cells: _Cells) -> np.ndarray:
    return (cells.hit + cells.left) / (cells.support + cells.swapped.support)


def _balanced_accuracy(cells: _Cells) -> np.ndarray:
    return (cells.hit / cells.support + cells.left / cells.swapped.support) / 2


def _matthews(cells: _Cells) -> np.ndarray:
    together = cells.hit * cells.left - cells.wrong * cells.missed
    said, other = cells.hit + cells.wrong, cells.missed + cells.left
    return _divide(together, np.sqrt(said * other * cells.support * cells.swapped.support))


def _weighted(of_class: Callable[[_Cells], np.ndarray], cells: _Cells) -> np.ndarray:
    other = cells.swapped
    total = cells.support + other.support
    return (of_class(cells) * cells.support + of_class(other) * other.support) / total


_OF_ALL: dict[Callable[..., Any], Callable[[_Cells], np.ndarray]] = {
    accuracy_score: _accuracy,
    balanced_accuracy_score: _balanced_accuracy,
    matthews_corrcoef: _matthews,
}

_OF_ONE_CLASS: dict[Callable[..., Any], Callable[[_Cells, float], np.ndarray]] = {
    f1_score: _f_beta,
    fbeta_score: _f_beta,
    precision_score: lambda cells, _: _divide(cells.hit, cells.hit + cells.wrong),
    recall_score: lambda cells, _: _divide(cells.hit, cells.support),
    jaccard_score: lambda cells, _: _divide(cells.hit, cells.support + cells.wrong),
}

_AVERAGES: dict[str, Callable[[Callable[[_Cells], np.ndarray], _Cells], np.ndarray]] = {
    "binary": lambda of_class, cells: of_class(cells),
    "macro": lambda of_class, cells: (of_class(cells) + of_class(cells.swapped)) / 2,
    "weighted": _weighted,
}
