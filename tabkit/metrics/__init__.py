"""Metrics by name or of the user's own, computed from kept predictions; calibration error."""

from tabkit.metrics._bootstrap import bootstrap_interval
from tabkit.metrics._calibration import (
    BrierDecomposition,
    ReliabilityCurve,
    brier_decomposition,
    class_calibration_errors,
    expected_calibration_error,
    reliability_curve,
)
from tabkit.metrics._influence import row_influence
from tabkit.metrics._metric import METRICS, Metric, get_metric, metrics_for
from tabkit.metrics._own import as_metric, compute_own

__all__ = [
    "METRICS",
    "BrierDecomposition",
    "Metric",
    "ReliabilityCurve",
    "as_metric",
    "bootstrap_interval",
    "brier_decomposition",
    "class_calibration_errors",
    "compute_own",
    "expected_calibration_error",
    "get_metric",
    "metrics_for",
    "reliability_curve",
    "row_influence",
]
