"""A digest of an unfitted estimator or of a metric: what it is, and every setting."""

from __future__ import annotations

import hashlib
from typing import Any

from tabkit._core._describe import describe
from tabkit.metrics import Metric


def fingerprint_estimator(estimator: Any) -> str:
    """Digest of an unfitted estimator, equal in every process and session.

    Covers its class and the classes that it inherits from, each with the version of the package
    it comes from (the source of its file, where it is the user's own), and all parameters,
    those of nested estimators and the values that functions use included.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    fingerprint : str
        32 hexadecimal digits.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> same = fingerprint_estimator(DecisionTreeClassifier())
    >>> same == fingerprint_estimator(DecisionTreeClassifier())
    True
    >>> same == fingerprint_estimator(DecisionTreeClassifier(max_depth=3))
    False
    """
    return hashlib.sha256(describe(estimator).encode()).hexdigest()[:32]


def fingerprint_metric(metric: Metric) -> str:
    """Digest of a metric of the user's own, equal in every process and session.

    Covers what its function does, with the functions and values that it uses; where the
    function stands in its file does not count.

    Parameters
    ----------
    metric : Metric

    Returns
    -------
    fingerprint : str
        32 hexadecimal digits.
    """
    compute = metric.compute
    # tabkit's wrapper is the same with every version; what it wraps is the metric.
    function = vars(compute) if type(compute).__module__.startswith("tabkit.") else compute
    settings = (metric.name, metric.greater_is_better, metric.needs, metric.lowest, metric.highest)
    return hashlib.sha256(describe((*settings, function)).encode()).hexdigest()[:32]
