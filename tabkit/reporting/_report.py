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
    >>> report(comparison, "report.html")  # doctest: +SKIP
    PosixPath('report.html')
    """
    file = Path(path)
    write_text(file, render_html(comparison))
    return file
