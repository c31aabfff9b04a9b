"""The members of the ensemble: which candidates, with which weight, predicting by which models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tabkit.automl._fitting import Tried
from tabkit.ensemble._members import Member as Predictor
from tabkit.ensemble._members import predict_members
from tabkit.evaluation import Evaluation


@dataclass(frozen=True)
class Part:
    """One candidate of the ensemble.

    Attributes
    ----------
    name : str
    weight : float
        They sum to 1.
    models : tuple of estimator
        Fitted: one for each fold, whose mean counts, or the one fitted on all rows.
    is_refitted : bool
        Whether it is the one fitted on all rows.
    """

    name: str
    weight: float
    models: tuple[Any, ...]
    is_refitted: bool


def find_compared(tried: Tried) -> tuple[list[int], list[Evaluation]]:
    """The folds that are compared on, and the candidates that have all of them.

    Parameters
    ----------
    tried : Tried

    Returns
    -------
    folds : list of int
        All, where a candidate beside the dummy finished them; else those of the one that came furthest.
    candidates : list of Evaluation
    """
    by_name = {e.name: {result.fold for result in e.folds} for e in tried.evaluations}
    others = [name for name in by_name if name != "dummy" and by_name[name]] or list(by_name)
    furthest = max(others, key=lambda name: len(by_name[name]))
    folds = sorted(by_name[furthest])
    return folds, [e for e in tried.evaluations if by_name[e.name].issuperset(folds)]


def list_members(weights: Mapping[str, float]) -> list[str]:
    """Names of those that have a weight, the largest first.

    Parameters
    ----------
    weights : mapping of str to float

    Returns
    -------
    names : list of str
    """
    return sorted((name for name in weights if weights[name] > 0), key=lambda name: -weights[name])


def collect_parts(
    tried: Tried, folds: Sequence[int], weights: Mapping[str, float], refitted: Mapping[str, Any]
) -> tuple[Part, ...]:
    """The members with their models.

    Parameters
    ----------
    tried : Tried
    folds : sequence of int
        Whose models predict where there is none of all rows.
    weights : mapping of str to float
    refitted : mapping of str to estimator
        Fitted on all rows.

    Returns
    -------
    parts : tuple of Part
        The one with the largest weight first.
    """
    parts = []
    for name in list_members(weights):
        if name in refitted:
            models: tuple[Any, ...] = (refitted[name],)
        else:
            models = tuple(tried.load_model(name, fold) for fold in folds)
        parts.append(Part(name, weights[name], models, name in refitted))
    return tuple(parts)


def predict_parts(parts: Sequence[Part], X: Any, classes: np.ndarray | None) -> np.ndarray:
    """Weighted mean of what the members predict.

    Parameters
    ----------
    parts : sequence of Part
    X : DataFrame of shape (n_rows, n_features)
    classes : ndarray of shape (n_classes,) or None
        Sorted; None for values.

    Returns
    -------
    predicted : ndarray of shape (n_rows, n_columns)
        Probabilities in the order of the classes, or values in one column.
    """
    method = "predict" if classes is None else "predict_proba"
    models = [(part, model) for part in parts for model in part.models]
    predictions = predict_members([Predictor(p.name, model, method) for p, model in models], X, classes)
    shares = [part.weight / len(part.models) for part, _ in models]
    return np.asarray(sum(share * values for share, values in zip(shares, predictions, strict=True)))
