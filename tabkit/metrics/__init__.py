"""Metrics by name, computed from kept predictions."""

from tabkit.metrics._metric import METRICS, Metric, get_metric, metrics_for

__all__ = ["METRICS", "Metric", "get_metric", "metrics_for"]
