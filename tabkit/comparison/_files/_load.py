"""A comparison read back from its folder: the same object, without the features of its table."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from tabkit._core import InputError
from tabkit._core._files import as_unicode
from tabkit.comparison._comparison import Comparison, Winner
from tabkit.comparison._files._record import RECORD_FILE
from tabkit.comparison._files._recorded_metric import read_own
from tabkit.comparison._files._rows import read_folds, read_rows
from tabkit.data import Column, Table, Task
from tabkit.evaluation import Evaluation, FoldResult, LastScore, file_name
from tabkit.leakage import Audit

if TYPE_CHECKING:
    import pandas as pd


def load_comparison(folder: str | Path) -> Comparison:
    """Read the results that `tabkit.compare` wrote into a folder.

    The leaderboard, the report and `tabkit diff` are the same. What the folder does not hold is not there:
    the features of the table, the fold that a column of it named, the labels of groups (they are
    numbered), and the function of a metric of the user's own.

    Parameters
    ----------
    folder : str or Path
        The ``out`` of `tabkit.compare`.

    Returns
    -------
    comparison : Comparison
        Its ``table.frame`` has no columns.

    Raises
    ------
    InputError
        If there is no such folder, no finished run in it, or its files are damaged.

    Examples
    --------
    >>> import tempfile
    >>> import tabkit
    >>> from sklearn.datasets import load_iris
    >>> table, folder = load_iris(as_frame=True).frame, tempfile.mkdtemp()
    >>> made = tabkit.compare(
    ...     table,
    ...     target="target",
    ...     models=["dummy", "tree"],
    ...     autogluon=False,
    ...     audit=False,
    ...     n_folds=3,
    ...     out=folder,
    ... )
    >>> tabkit.load_comparison(folder).frame().equals(made.frame())
    True
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"there is no folder {str(folder)!r}")
    path = folder / RECORD_FILE
    if not path.exists():
        if (folder / "run.json").exists():
            raise InputError(f"the run in {str(folder)!r} has not come to its end: run its command again")
        raise InputError(f"there is no run of tabkit in {str(folder)!r}: it has no {RECORD_FILE}")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}") from error
    try:
        is_older = "roles" not in record["table"]
        if not is_older:
            return _from_record(folder, record)
    except (LookupError, TypeError, ValueError, AttributeError, OSError, BadZipFile) as error:
        raise InputError(f"{str(path)!r} is no record of a run, or is damaged ({error!r})") from error
    raise InputError(f"the run in {str(folder)!r} is of an older tabkit: run its command again")


def _from_record(folder: Path, record: Mapping[str, Any]) -> Comparison:
    rows = read_rows(folder)
    task = _read_task(record)
    return Comparison(
        table=_read_table(record["table"], rows, task),
        task=task,
        folds=read_folds(folder, record["folds"]["description"], rows),
        evaluations=tuple(_read_evaluation(folder, plain) for plain in record["evaluations"]),
        settings=record["settings"],
        versions=record["versions"],
        seconds=record["seconds"],
        winner=_read_winner(folder, record["winner"]),
        notes=tuple(record["notes"]),
        folder=folder,
        interrupted=record["interrupted"],
        audit=None if record["audit"] is None else Audit.from_record(record["audit"]),
    )


def _read_table(record: Mapping[str, Any], rows: pd.DataFrame, task: Task) -> Table:
    import pandas as pd

    target = rows["target"].rename(record["target"])
    # Parquet holds text that is no UTF-8 with escapes.
    escaped = {as_unicode(label): label for label in task.classes if isinstance(label, str)}
    if any(text != label for text, label in escaped.items()):
        target = target.map(lambda label: escaped.get(label, label))

    def named(column: str) -> pd.Series | None:
        return rows[column].rename(record["roles"].get(column)) if column in rows else None

    return Table(
        name=record["name"],
        frame=pd.DataFrame(index=pd.RangeIndex(len(rows))),
        target=target,
        groups=named("group"),
        times=named("time"),
        weights=named("weight"),
        columns=tuple(Column(**column) for column in record["columns"]),
        notes=tuple(record["notes"]),
        source_rows=rows["row"].to_numpy() if "row" in rows else None,
        digests=(record["fingerprint"], record["target_fingerprint"]),
    )


def _read_task(record: Mapping[str, Any]) -> Task:
    plain = {name: value for name, value in record["task"].items() if name != "positive"}
    tuples = {name: tuple(value) for name, value in plain.items() if isinstance(value, list)}
    return Task(**{**plain, **tuples}, own_metric=read_own(record["primary_metric"]))


def _read_evaluation(folder: Path, record: Mapping[str, Any]) -> Evaluation:
    predictions = folder / "predictions" / file_name(record["name"])
    plain: dict[str, Any] = {
        **record,
        "folds": tuple(_read_fold(result) for result in record["folds"]),
        "folder": predictions if predictions.exists() else None,
    }
    return Evaluation(**plain)


def _read_fold(record: Mapping[str, Any]) -> FoldResult:
    plain: dict[str, Any] = {
        **record,
        "scores": _read_scores(record["scores"]),
        "warnings": tuple(record["warnings"]),
    }
    return FoldResult(**plain)


def _read_scores(record: Mapping[str, float | None]) -> dict[str, float]:
    return {metric: math.nan if score is None else float(score) for metric, score in record.items()}


def _read_winner(folder: Path, record: Mapping[str, Any] | None) -> Winner | None:
    if record is None:
        return None
    score = record["last_score"]
    plain: dict[str, Any] = {
        **record,
        "path": None if record["path"] is None else folder / "model" / record["path"],
        "last_score": None if score is None else _read_last_score(score),
        "columns": tuple(record.get("columns", ())),
    }
    return Winner(**plain)


def _read_last_score(record: Mapping[str, Any]) -> LastScore:
    interval = record["interval"]
    return LastScore(
        description=record["description"],
        n_rows=record["n_rows"],
        scores=_read_scores(record["scores"]),
        interval=None if interval is None else (interval[0], interval[1]),
    )
