"""A fitted classifier together with what calibrates it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tabkit.calibration._calibrators import calibrate
from tabkit.calibration._log_odds import predict_log_odds
from tabkit.preprocessing._labels import align_columns


@dataclass(frozen=True, eq=False)
class CalibratedModel:
    """A fitted classifier and its calibrators.

    Attributes
    ----------
    estimator : estimator
        Fitted classifier.
    calibrators : tuple
        Of `fit_calibrators`; empty for "none".
    classes : ndarray of shape (n_classes,)
        Sorted; the classifier need not know all of them.
    method : {"none", "temperature", "sigmoid", "beta", "isotonic"}
    """

    estimator: Any
    calibrators: tuple[Any, ...]
    classes: np.ndarray
    method: str

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)

        Returns
        -------
        proba : ndarray of shape (n_rows, n_classes)
            Rows sum to 1.
        """
        if self.method == "none" and hasattr(self.estimator, "predict_proba"):
            proba = np.asarray(self.estimator.predict_proba(X), dtype=np.float64)
            return align_columns(proba, self.estimator.classes_, self.classes)
        return calibrate(self.calibrators, predict_log_odds(self.estimator, X, self.classes))
