"""interpret's explainable boosting machine, trained on encoded rows."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from joblib import parallel_config

from tabkit._core._optional import import_optional
from tabkit.boosting._native_model import NativeModel
from tabkit.boosting._training import Plan, Rows

# What interpret warns of that is about its drawings, and NumPy inside it about columns without a value.
_OF_DRAWINGS = (
    "Missing values detected. Our visualizations",
    "For multiclass we cannot currently visualize pairs",
    "All-NaN slice encountered",
)


class EBMModel(NativeModel):
    """interpret's estimator, which is kept as it is: it holds arrays, lists and texts only.

    Parameters
    ----------
    booster : interpret.glassbox.ExplainableBoostingClassifier or ExplainableBoostingRegressor
    n_rounds : int
    names : sequence of str
        Of the features.
    categories : sequence of sequence
        Of each feature, whose codes are positions in it; empty where it is a number.
    categorical : sequence of int
        Positions of the category columns.
    n_classes : int
        0 for regression.
    """

    def __init__(
        self,
        booster: Any,
        n_rounds: int,
        *,
        names: Sequence[str],
        categories: Sequence[Sequence[Any]],
        categorical: Sequence[int],
        n_classes: int,
    ) -> None:
        super().__init__(booster, n_rounds)
        self.names = list(names)
        self.labels = {p: [str(category) for category in categories[p]] for p in categorical}
        self.n_classes = n_classes

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def predict(self, features: np.ndarray | pd.DataFrame, n_threads: int) -> np.ndarray:
        frame = self.to_frame(features)
        if not self.n_classes:
            return self.booster.predict(frame)
        # A class whose rows have no weight is none of interpret's.
        proba = np.zeros((len(frame), self.n_classes))
        proba[:, self.booster.classes_] = self.booster.predict_proba(frame)
        return proba[:, 1] if self.n_classes == 2 else proba

    def eval_terms(self, features: np.ndarray | pd.DataFrame) -> np.ndarray:
        """What each term adds, shape (n_rows, n_terms) or (n_rows, n_terms, n_classes)."""
        return self.booster.eval_terms(self.to_frame(features))

    def importances(self) -> np.ndarray:
        """Mean distance of the terms from zero, that of a pair halved between its two features."""
        importances = np.zeros(len(self.names))
        for term, importance in zip(
            self.booster.term_features_, self.booster.term_importances(), strict=True
        ):
            importances[list(term)] += importance / len(term)
        return importances

    def to_frame(self, features: np.ndarray | pd.DataFrame) -> pd.DataFrame:
        """Numbers, and categories as text, as interpret names them in its curves.

        Parameters
        ----------
        features : ndarray of shape (n_rows, n_features)
            Of the encoder: codes of categories, NaN where missing.

        Returns
        -------
        frame : DataFrame of shape (n_rows, n_features)
        """
        values = np.asarray(features)
        columns: list[Any] = []
        for position in range(values.shape[1]):
            column = values[:, position]
            if position in self.labels:
                codes = np.where(np.isnan(column), -1, column).astype(np.intp)
                # The last place is where -1 points.
                column = np.array([*self.labels[position], None], dtype=object)[codes]
            columns.append(column)
        frame = pd.DataFrame(dict(enumerate(columns)))
        frame.columns = pd.Index(self.names)
        return frame

    def _write(self) -> bytes:
        raise NotImplementedError  # kept as it is

    def _read(self, content: bytes) -> Any:
        raise NotImplementedError


def train_ebm(
    params: dict[str, Any],
    rows: Rows,
    bags: np.ndarray | None,
    plan: Plan,
    *,
    names: Sequence[str],
    categories: Sequence[Sequence[Any]],
) -> EBMModel:
    """Train all bags with interpret.

    Parameters
    ----------
    params : dict
        Of interpret; what the plan says is added.
    rows : Rows
    bags : ndarray of shape (n_rows, n_bags) or None
        Of `draw_bags`. None trains one model on all rows.
    plan : Plan
    names : sequence of str
        Of the features.
    categories : sequence of sequence
        Of each feature.

    Returns
    -------
    model : EBMModel

    Raises
    ------
    MissingExtraError
        If interpret is not installed.
    """
    glassbox = import_optional("interpret.glassbox", extra="ebm", package="interpret-core")
    kind = "Classifier" if plan.n_classes else "Regressor"
    if bags is None:
        bags = np.ones((len(rows.target), 1), dtype=np.int8)
    booster = getattr(glassbox, f"ExplainableBoosting{kind}")(
        **{
            "feature_names": list(names),
            "feature_types": [
                "nominal" if position in plan.categorical else "continuous" for position in range(len(names))
            ],
            "outer_bags": bags.shape[1],
            "max_rounds": plan.n_rounds,
            "early_stopping_rounds": plan.early_stopping_rounds,
            "monotone_constraints": list(plan.monotone) or None,
            "random_state": plan.seed,
            "n_jobs": min(plan.n_threads, bags.shape[1]),
        }
        | params
        | dict(plan.extra_params)
    )
    model = EBMModel(
        booster,
        plan.n_rounds,
        names=names,
        categories=categories,
        categorical=plan.categorical,
        n_classes=plan.n_classes,
    )
    # Threads, for its steps run outside Python's lock; by default joblib starts processes.
    with parallel_config(backend="threading"), warnings.catch_warnings():
        for message in _OF_DRAWINGS:
            warnings.filterwarnings("ignore", message)
        booster.fit(model.to_frame(rows.features), rows.target, sample_weight=rows.weight, bags=bags)
    model.n_rounds = int(np.max(booster.best_iteration_))
    return model
