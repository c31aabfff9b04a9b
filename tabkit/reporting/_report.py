"""The report as a file."""

from __future__ import annotations

import os
from pathlib import Path

from tabkit._core._files import write_text
from tabkit.comparison import Comparison
from tabkit.reporting._html import render_html


def report(comparison: Comparison, path: str | os.PathLike[str]) -> Path:
    """Write the report of a comparison as one HTML file that opens offline.

    Parameters
    ----------
    comparison : Comparison
    path : str or path-like
        The file; it is written whole or not at all, and its folder is made when missing.

    Returns
    -------
    path : Path
        Where the file is.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np, pandas as pd
    >>> from tabkit.data import Table, Task
    >>> from tabkit.evaluation import Folds
    >>> table = Table("toy", pd.DataFrame({"x": [1.0, 2.0]}), pd.Series([3.0, 4.0], name="y"))
    >>> folds = Folds(((np.array([0]), np.array([1])),), "1 fold")
    >>> comparison = Comparison(table, Task("regression"), folds, evaluations=())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report(comparison, Path(folder) / "report.html").name
    'report.html'
    """
    file = Path(path)
    write_text(file, render_html(comparison))
    return file
