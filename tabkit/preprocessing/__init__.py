"""Transformers that turn a table into what each family of models wants, and add columns made of others."""

from tabkit.preprocessing._history_features import HistoryFeatures
from tabkit.preprocessing._made._aggregates import GroupAggregates
from tabkit.preprocessing._made._arithmetic import ArithmeticFeatures
from tabkit.preprocessing._made._crosses import CategoryCrosses
from tabkit.preprocessing._made._frequencies import FrequencyEncoder
from tabkit.preprocessing._made._made_features import MadeFeatures
from tabkit.preprocessing._table_pipeline import TablePipeline
from tabkit.preprocessing._table_preprocessor import TablePreprocessor

__all__ = [
    "ArithmeticFeatures",
    "CategoryCrosses",
    "FrequencyEncoder",
    "GroupAggregates",
    "HistoryFeatures",
    "MadeFeatures",
    "TablePipeline",
    "TablePreprocessor",
]
