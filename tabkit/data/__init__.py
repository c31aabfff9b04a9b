"""Reading tables, the kinds of their columns, the task and the roles."""

from tabkit.data._alike import read_alike
from tabkit.data._build import build_table
from tabkit.data._clean import clean_column
from tabkit.data._findings import Findings
from tabkit.data._fingerprint import fingerprint_frame
from tabkit.data._infer_task import infer_task
from tabkit.data._kinds import examine_column, infer_kind
from tabkit.data._names import find_column, guess_target
from tabkit.data._reading_options import ReadingOptions, as_reading_options
from tabkit.data._sources import read_table
from tabkit.data._sources._frames import as_pandas
from tabkit.data._sources._markers import mark_told
from tabkit.data._table import Column, Table
from tabkit.data._task import DEFAULT_METRICS, ColumnKind, Task, TaskKind

__all__ = [
    "DEFAULT_METRICS",
    "Column",
    "ColumnKind",
    "Findings",
    "ReadingOptions",
    "Table",
    "Task",
    "TaskKind",
    "as_pandas",
    "as_reading_options",
    "build_table",
    "clean_column",
    "examine_column",
    "find_column",
    "fingerprint_frame",
    "guess_target",
    "infer_kind",
    "infer_task",
    "mark_told",
    "read_alike",
    "read_table",
]
