"""Fewer rows of the frequent classes or more of the rare ones, and models fitted on them."""

from tabkit.resampling._resampled_classifier import ResampledClassifier
from tabkit.resampling._resampler import Resampler

__all__ = ["ResampledClassifier", "Resampler"]
