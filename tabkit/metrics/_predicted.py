"""Estimators that know their predictions already, for scorers that want to ask an estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

KEPT_METHODS = ("predict", "predict_proba", "predict_log_proba")


def predicted_classifier(classes: np.ndarray, labels: np.ndarray | None, proba: np.ndarray | None) -> Any:
    """A fitted classifier that predicts the labels or probabilities given, whatever it is asked for.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted, as those of any classifier.
    labels : ndarray of shape (n_rows,) or None
    proba : ndarray of shape (n_rows, n_classes) or None

    Returns
    -------
    classifier : estimator
    """
    import numpy as np
    from sklearn.base import BaseEstimator, ClassifierMixin

    class PredictedClassifier(ClassifierMixin, BaseEstimator):
        classes_ = classes

        def predict(self, X: Any) -> Any:
            return labels

        def predict_proba(self, X: Any) -> Any:
            return proba

        def predict_log_proba(self, X: Any) -> Any:
            with np.errstate(divide="ignore"):
                return np.log(np.asarray(proba))

    return PredictedClassifier()


def predicted_regressor(values: np.ndarray) -> Any:
    """A fitted regressor that predicts the values given, whatever it is asked for.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)

    Returns
    -------
    regressor : estimator
    """
    from sklearn.base import BaseEstimator, RegressorMixin

    class PredictedRegressor(RegressorMixin, BaseEstimator):
        def predict(self, X: Any) -> Any:
            return values

    return PredictedRegressor()
