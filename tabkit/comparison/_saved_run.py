"""A run as it lies in its folder: what `compare` wrote, read back without the table."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tabkit._core import InputError
from tabkit.metrics import METRICS


@dataclass(frozen=True)
class SavedMetric:
    """A metric as the record of a run names it.

    Attributes
    ----------
    name, label : str
    greater_is_better : bool
    fingerprint : str or None
        Of the user's own function; None for a metric of tabkit's.
    """

    name: str
    label: str
    greater_is_better: bool
    fingerprint: str | None = None


@dataclass(frozen=True)
class SavedModel:
    """One row of the leaderboard of a saved run.

    Attributes
    ----------
    name, status, reason : str
    scores : mapping of str to (mapping of int to float)
        By metric and fold; NaN where it is not defined. Only those of a finished model are compared.
    """

    name: str
    status: str
    reason: str
    scores: Mapping[str, Mapping[int, float]]

    def mean(self, metric: str) -> float | None:
        """Mean over the folds on which the metric is defined; None for an unfinished model."""
        defined = [score for score in self.scores.get(metric, {}).values() if not math.isnan(score)]
        return math.fsum(defined) / len(defined) if defined and self.status == "finished" else None


@dataclass(frozen=True)
class SavedRun:
    """A run that `compare` has written into a folder.

    Attributes
    ----------
    folder : Path
    metric : SavedMetric
        The primary one.
    kind : str
        Of the task.
    positive : object
        The positive class of a binary task, as JSON holds it.
    models : mapping of str to SavedModel
        In the order of the record.
    data, target, folds : str or None
        Digests of the whole table, of the target alone, and of the rows of the folds; None
        where an older record has none.
    fold_sizes : tuple of (n_train, n_test)
    facts : mapping of str to object
        What was run on what, in words: the table, the task, the settings.
    columns : tuple of str
    versions : mapping of str to str
    """

    folder: Path
    metric: SavedMetric
    kind: str
    positive: Any
    models: Mapping[str, SavedModel]
    data: str
    target: str | None
    folds: str | None
    fold_sizes: tuple[tuple[int, int], ...]
    facts: Mapping[str, Any]
    columns: tuple[str, ...]
    versions: Mapping[str, str]


def read_run(folder: str | Path) -> SavedRun:
    """Read what `compare` wrote into a folder.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    run : SavedRun

    Raises
    ------
    InputError
        If there is no such folder, no finished run in it, or its record is damaged.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"there is no folder {str(folder)!r}")
    path = folder / "comparison.json"
    if not path.exists():
        if (folder / "run.json").exists():
            raise InputError(f"the run in {str(folder)!r} has not come to its end: run its command again")
        raise InputError(f"there is no run of tabkit in {str(folder)!r}: it has no comparison.json")
    record = _load(path)
    try:
        return _from_record(folder, record)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{str(path)!r} is no record of a run, or is damaged ({error!r})") from error


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}") from error


def _from_record(folder: Path, record: Mapping[str, Any]) -> SavedRun:
    table, task, folds = record["table"], record["task"], record["folds"]
    sizes = tuple(zip(folds["train_rows"], folds["test_rows"], strict=True))
    metric = _read_metric(record)
    facts = {
        "table": table["name"],
        "rows": table["rows"],
        "target": table.get("target"),
        "task": task["kind"],
        "positive class": task["positive"],
        "metric": metric.name,
        "folds": folds["description"],
        **record["settings"],
    }
    return SavedRun(
        folder=folder,
        metric=metric,
        kind=str(task["kind"]),
        positive=task["positive"],
        models={model["name"]: _read_model(model) for model in record["evaluations"]},
        data=str(table["fingerprint"]),
        target=table.get("target_fingerprint"),
        folds=folds.get("fingerprint") or _folds_of_older_run(folder),
        fold_sizes=tuple((int(n_train), int(n_test)) for n_train, n_test in sizes),
        facts=facts,
        columns=tuple(column["name"] for column in table["columns"]),
        versions={str(package): str(version) for package, version in record["versions"].items()},
    )


def _read_metric(record: Mapping[str, Any]) -> SavedMetric:
    described = record.get("primary_metric")
    if described is not None:
        return SavedMetric(
            described["name"],
            described["label"],
            bool(described["greater_is_better"]),
            described["fingerprint"],
        )
    metric = METRICS[record["metric"]]
    return SavedMetric(metric.name, metric.label, metric.greater_is_better)


def _read_model(record: Mapping[str, Any]) -> SavedModel:
    scores: dict[str, dict[int, float]] = {}
    for result in record["folds"]:
        for metric, score in result["scores"].items():
            scores.setdefault(metric, {})[int(result["fold"])] = math.nan if score is None else float(score)
    return SavedModel(record["name"], record["status"], record["reason"], scores)


def _folds_of_older_run(folder: Path) -> str | None:
    """The digest of the folds in run.json, where older records do not have it."""
    path = folder / "run.json"
    return _load(path).get("rows of the folds") if path.exists() else None
