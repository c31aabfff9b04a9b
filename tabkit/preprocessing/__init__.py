"""Transformers that turn a table into what each family of models wants."""

from tabkit.preprocessing._table_pipeline import TablePipeline
from tabkit.preprocessing._table_preprocessor import TablePreprocessor

__all__ = ["TablePipeline", "TablePreprocessor"]
