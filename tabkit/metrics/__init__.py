"""Metrics by name or of the user's own, computed from kept predictions."""

from tabkit.metrics._metric import METRICS, Metric, get_metric, metrics_for
from tabkit.metrics._own import as_metric, compute_own

__all__ = ["METRICS", "Metric", "as_metric", "compute_own", "get_metric", "metrics_for"]
