"""Transformers that turn a table into what each family of models wants."""

from tabkit.preprocessing._history_features import HistoryFeatures
from tabkit.preprocessing._table_pipeline import TablePipeline
from tabkit.preprocessing._table_preprocessor import TablePreprocessor

__all__ = ["HistoryFeatures", "TablePipeline", "TablePreprocessor"]
