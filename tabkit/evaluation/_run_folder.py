"""The folder of a run: every finished fold is on disk, and what is there still counts next time."""

from __future__ import annotations

import hashlib
import json
import math
import pickle
import re
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import cloudpickle
from filelock import FileLock, Timeout

from tabkit._core import InputError
from tabkit._core._files import as_unicode, write_atomically, write_json, write_parquet
from tabkit._core._parameters import say_parameter
from tabkit._core._signals import uninterrupted
from tabkit.evaluation._evaluation import FoldResult
from tabkit.evaluation._fold import FoldOutcome
from tabkit.evaluation._folds import Folds
from tabkit.evaluation._late_writer import LateWriter
from tabkit.evaluation._store import make_predictions, make_result

if TYPE_CHECKING:
    import pandas as pd

    from tabkit.data import Task

_RUN_FILE = "run.json"
_LOCK_FILE = ".lock"
_WORK_FOLDER = ".work"
_REMOVALS = 20
_REMOVAL_SECONDS = 0.05
_LAST_FILE = "last_predictions.parquet"


class RunFolder:
    """The folder of one run, locked while it is open.

    Parameters
    ----------
    path : Path
        Made when missing.
    fingerprint : str
        Of data, target, roles, folds and seed: a folder that holds another run is refused.
    description : mapping
        What the fingerprint stands for, for the message and for readers.
    overwrite : bool, default=False
        Whether to remove another run's results.

    Raises
    ------
    InputError
        If the folder holds another run or files of another kind, is in use by another
        process, or cannot be written.
    """

    def __init__(
        self, path: Path, fingerprint: str, description: Mapping[str, Any], *, overwrite: bool = False
    ) -> None:
        self.path = Path(path)
        self._fingerprint = fingerprint
        self._description = dict(description)
        self._overwrite = overwrite
        # The system gives it back when the process ends, however it ends.
        self._lock = FileLock(self.path / _LOCK_FILE, thread_local=False)
        self._writer = LateWriter()
        # What the last call said of each candidate: models of another recipe do not count.
        self._recipes: dict[str, str] = {}

    def __enter__(self) -> Self:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(blocking=False)
        except Timeout:
            raise InputError(
                f"another run is writing into {str(self.path)!r}: wait for it, or choose another "
                f"{say_parameter('out', ...)}"
            ) from None
        except OSError as error:
            raise InputError(
                f"cannot write into {str(self.path)!r}: {error.strerror}; choose another with "
                f"{say_parameter('out', ...)}"
            ) from error
        try:
            self._claim()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with uninterrupted():
            self._writer.close()
            self._remove_work()
            self._lock.release()
        if error is None:
            self.flush()

    def _remove_work(self) -> None:
        """Remove the work folder; a worker that is still up may put a file into it at that moment."""
        for _ in range(_REMOVALS):
            shutil.rmtree(self.work, ignore_errors=True)
            if not self.work.exists():
                return
            time.sleep(_REMOVAL_SECONDS)

    @staticmethod
    def peek(path: Path) -> dict[str, Any]:
        """Description of the run that a folder holds, without claiming it.

        Parameters
        ----------
        path : Path

        Returns
        -------
        description : dict
            Empty when there is none that can be read.
        """
        try:
            found: dict[str, Any] = json.loads((path / _RUN_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    @property
    def work(self) -> Path:
        """Folder for files that are of no use after the run."""
        return self.path / _WORK_FOLDER

    def _claim(self) -> None:
        """Make the folder this run's, or refuse."""
        foreign = self._foreign_content()
        if foreign and not self._overwrite:
            raise InputError(foreign)
        if foreign:
            self._remove_results()
        shutil.rmtree(self.work, ignore_errors=True)  # of a run that was killed
        self.work.mkdir()
        write_json(self.path / _RUN_FILE, {"fingerprint": self._fingerprint, **self._description})

    def _foreign_content(self) -> str:
        """Why the folder cannot be used as it is; empty when it can."""
        out, overwrite = say_parameter("out", ...), say_parameter("overwrite", True)
        run_file = self.path / _RUN_FILE
        if not run_file.exists():
            others = [
                entry.name for entry in self.path.iterdir() if entry.name not in (_LOCK_FILE, _WORK_FOLDER)
            ]
            if not others:
                return ""
            return f"{str(self.path)!r} holds files, and no run of tabkit: choose another folder with {out}"
        try:
            found = json.loads(run_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return f"{str(run_file)!r} cannot be read: pass {overwrite} to start afresh, or another {out}"
        if found.get("fingerprint") == self._fingerprint:
            return ""
        changed = [name for name, value in self._description.items() if found.get(name) != value]
        what = f" (other {', '.join(changed)})" if changed else ""
        return (
            f"{str(self.path)!r} holds another run{what}: choose another folder with {out}, "
            f"or pass {overwrite} to replace it"
        )

    def _remove_results(self) -> None:
        """Remove what a run writes, and nothing else that lies in the folder."""
        if not (self.path / _RUN_FILE).exists():
            told = say_parameter("overwrite", True)
            raise InputError(f"{str(self.path)!r} holds no run of tabkit, so {told} does not touch it")
        for name in ("predictions", "evaluations", "fold_models", "model"):
            shutil.rmtree(self.path / name, ignore_errors=True)
        names = (
            "leaderboard.csv",
            "comparison.json",
            "rows.parquet",
            "folds.npz",
            "report.html",
            "config.yaml",
            "audit.json",
            _LAST_FILE,
            _RUN_FILE,
        )
        for name in names:
            (self.path / name).unlink(missing_ok=True)

    def predictions_folder(self, candidate: str) -> Path:
        """Say where the predictions of a candidate are.

        Parameters
        ----------
        candidate : str

        Returns
        -------
        folder : Path
        """
        return self.path / "predictions" / file_name(candidate)

    def predictions_in_memory(self, candidate: str) -> None:
        """Say that they are in a folder.

        Parameters
        ----------
        candidate : str

        Returns
        -------
        predictions : None
        """

    def _fold_file(self, candidate: str, fold: int) -> Path:
        return self.path / "evaluations" / file_name(candidate) / f"fold-{fold}.json"

    def _model_file(self, candidate: str, fold: int) -> Path:
        return self.path / "fold_models" / file_name(candidate) / f"fold-{fold}.pickle"

    def load_folds(self, candidate: str, fingerprint: str) -> dict[int, FoldResult]:
        """Results of finished folds that still count.

        Parameters
        ----------
        candidate : str
        fingerprint : str
            Of the candidate: results of another recipe of that name are left out.

        Returns
        -------
        results : dict of int to FoldResult
        """
        self.flush()
        self._recipes[candidate] = fingerprint
        results = {}
        for path in (self.path / "evaluations" / file_name(candidate)).glob("fold-*.json"):
            try:
                record = json.loads(path.read_text(encoding="utf-8"))
                result = _result_from_record(record["result"])
            except (OSError, ValueError, KeyError, TypeError):
                continue  # Not ours, or damaged: the fold is fitted again.
            predictions = self.predictions_folder(candidate) / f"fold-{result.fold}.parquet"
            if record.get("candidate") == fingerprint and predictions.exists():
                results[result.fold] = result
        return results

    def candidates(self) -> tuple[str, ...]:
        """Names of all candidates that folds are kept of, whatever their recipe, in order."""
        self.flush()
        names = set()
        for path in (self.path / "evaluations").glob("*/fold-*.json"):
            with suppress(OSError, ValueError, KeyError, TypeError):
                names.add(str(json.loads(path.read_text(encoding="utf-8"))["name"]))
        return tuple(sorted(names))

    def save_fold(
        self,
        candidate: str,
        fingerprint: str,
        fold: int,
        outcome: FoldOutcome,
        folds: Folds,
        task: Task,
        n_threads: int,
    ) -> FoldResult:
        """Write one finished fold, a little later: the predictions, then the record that makes them count.

        Parameters
        ----------
        candidate, fingerprint : str
        fold : int
        outcome : FoldOutcome
        folds : Folds
        task : Task
        n_threads : int
            Threads that the fit was given.

        Returns
        -------
        result : FoldResult
        """
        result = make_result(outcome, fold, folds, n_threads)
        self._recipes[candidate] = fingerprint
        # Here, since a model that cannot be pickled is the failure of its candidate and not of the disk.
        model = None if outcome.model is None else cloudpickle.dumps((fingerprint, outcome.model))
        without_model = replace(outcome, model=None)
        self._writer.submit(
            self._write_fold, candidate, fingerprint, result, without_model, folds, task, model
        )
        return result

    def _write_fold(
        self,
        candidate: str,
        fingerprint: str,
        result: FoldResult,
        outcome: FoldOutcome,
        folds: Folds,
        task: Task,
        model: bytes | None,
    ) -> None:
        # A record of another recipe must not stand beside these predictions, not even for a moment.
        record_path = self._fold_file(candidate, result.fold)
        record_path.unlink(missing_ok=True)
        path = self.predictions_folder(candidate) / f"fold-{result.fold}.parquet"
        write_parquet(path, make_predictions(result.fold, outcome, folds, task))
        model_path = self._model_file(candidate, result.fold)
        if model is not None:
            write_atomically(model_path, lambda temporary: temporary.write_bytes(model))
        else:
            model_path.unlink(missing_ok=True)
        record = {"candidate": fingerprint, "name": candidate, "result": _record_from_result(result)}
        write_json(record_path, record)

    def flush(self) -> None:
        """Return when all that was saved is on disk.

        Raises
        ------
        OSError
            If something could not be written.
        """
        self._writer.flush()

    def load_model(self, candidate: str, fold: int) -> Any:
        """Read the model that a fold was predicted with; None where it was not kept.

        It is a pickle, as this program wrote it: a folder from elsewhere may hold another.

        Parameters
        ----------
        candidate : str
        fold : int

        Returns
        -------
        model : estimator or None
        """
        self.flush()
        try:
            fingerprint, model = pickle.loads(self._model_file(candidate, fold).read_bytes())
        except (OSError, EOFError, pickle.UnpicklingError, ValueError, TypeError):
            return None  # there is none, or it is damaged
        return model if fingerprint == self._recipes.get(candidate, fingerprint) else None

    def remove_last(self) -> None:
        """Remove the predictions of the last rows, which may be those of other rows."""
        (self.path / _LAST_FILE).unlink(missing_ok=True)

    def save_last(self, predictions: pd.DataFrame) -> None:
        """Keep the winner's predictions of the last rows.

        Parameters
        ----------
        predictions : DataFrame of shape (n_rows, n_columns)
        """
        write_parquet(self.path / _LAST_FILE, predictions)


def file_name(candidate: str) -> str:
    """Make a folder name from the name of a candidate.

    Parameters
    ----------
    candidate : str

    Returns
    -------
    name : str
        The name itself where it is safe, else what is safe of it and a digest.
    """
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", candidate):
        return candidate
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", candidate).strip("-")[:40] or "model"
    return f"{plain}-{hashlib.sha256(as_unicode(candidate).encode()).hexdigest()[:8]}"


def _record_from_result(result: FoldResult) -> dict[str, Any]:
    record = asdict(result)
    record["scores"] = {name: s if math.isfinite(s) else None for name, s in result.scores.items()}
    return record


def _result_from_record(record: Mapping[str, Any]) -> FoldResult:
    scores = {name: math.nan if score is None else score for name, score in record["scores"].items()}
    return FoldResult(**{**record, "scores": scores, "warnings": tuple(record["warnings"])})
