"""The same message names what its reader typed: a parameter in Python, an option on the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tabkit import audit, compare
from tabkit._core import InputError
from tabkit._core._parameters import speak_of_options
from tabkit.cli._main import COMMANDS
from tabkit.cli._parser import name_options
from tabkit.data import build_table

N_ROWS = 240


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table with a column that gives its target away, one with a word for missing, and one of words."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(N_ROWS, 3)).round(3), columns=["width", "height", "depth"])
    signal = frame.sum(axis=1) + rng.normal(size=N_ROWS)
    frame["left it"] = np.where(signal > 0, 2024, 0) + rng.integers(0, 2, N_ROWS)
    frame["calls"] = np.where(rng.random(N_ROWS) < 0.2, -999, rng.integers(0, 900, N_ROWS))
    frame["churn"] = np.where(signal > 0, "yes", "no")
    path = tmp_path_factory.mktemp("names") / "people.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    ("given", "python", "typed", "shell"),
    [
        ({"n_folds": 1}, "n_folds is 1: at least", "--folds 1", "--folds is 1: at least"),
        ({"n_folds": 200}, "pass a smaller n_folds", "--folds 200", "pass a smaller --folds"),
        ({"n_jobs": 0}, "n_jobs is 0: a whole", "--jobs 0", "--jobs is 0: a whole"),
        ({"holdout": 1.5}, "holdout is 1.5: a share", "--holdout 1.5", "--holdout is 1.5: a share"),
        ({"gap": "7D"}, "gap is 7D, .* with time=...", "--gap 7D", "--gap is 7D, .* with --time"),
        ({"metric": "ndcg"}, "name it with group=...", "--metric ndcg", "name it with --group"),
        ({"threshold": "x"}, "threshold 'x': expected", "--threshold x", "threshold 'x': expected"),
        ({"reading": {"delimiter": "ab"}}, "delimiter is 'ab'", "--delimiter ab", "--delimiter is 'ab'"),
        (
            {"task": "regression"},
            r"tell so with kinds=\{...: 'numeric'\} where",
            "--task regression",
            "tell so with --numeric where",
        ),
    ],
)
def test_errors(
    given: dict[str, Any], python: str, typed: str, shell: str, file: Path, call, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=python) as caught:
        compare(file, models=["dummy"], autogluon=False, audit=False, **{"target": "churn", **given})
    assert "--" not in str(caught.value)
    options = ("--models", "dummy", "--no-autogluon", "--no-audit", "--target", "churn")
    done = call("compare", str(file), *options, *typed.split(), cwd=tmp_path)
    assert done.returncode == 2
    assert re.search(shell, done.stderr)


def test_wording_ends_with_the_command(file: Path, call, tmp_path: Path) -> None:
    assert "--folds" in call("audit", str(file), "--target", "churn", "--folds", "1", cwd=tmp_path).stderr
    with pytest.raises(InputError, match=r"^n_folds is 1"):
        audit(file, target="churn", n_folds=1)


def test_notes_on_columns(file: Path) -> None:
    def note() -> str:
        columns = build_table(file, target="churn").columns
        return next(column.note for column in columns if column.name == "calls")

    assert note().endswith("missing ones (reading={'na_values': ['-999']})?")
    with speak_of_options(name_options(command.add_options for command in COMMANDS)):
        assert note().endswith("missing ones (--na-values -999)?")


def test_time_that_is_too_short(file: Path, call, tmp_path: Path) -> None:
    result = compare(file, target="churn", models=["dummy"], autogluon=False, audit=False, time_limit=0.01)
    assert result.leaderboard.rows[0].reason == "no time was left to begin it: raise time_limit"
    options = (
        "--target",
        "churn",
        "--models",
        "dummy",
        "--no-autogluon",
        "--no-audit",
        "--time-limit",
        "0.01",
    )
    done = call("compare", str(file), *options, "--format", "json", cwd=tmp_path)
    row = json.loads(done.stdout)["leaderboard"][0]
    assert row["reason"] == "no time was left to begin it: raise --time-limit"


def test_cures(file: Path, call, tmp_path: Path) -> None:
    found = audit(file, target="churn", codes=["target-leak"]).as_record()
    assert cure_of(found) == "Leave it out: drop=['left it']"
    done = call("audit", str(file), "--target", "churn", "--format", "json", cwd=tmp_path)
    assert cure_of(json.loads(done.stdout)) == "Leave it out: --drop 'left it'"


@pytest.mark.slow
def test_cures_of_a_run(file: Path, call, tmp_path: Path) -> None:
    """They are made in another process, and kept: for whoever goes on with the run in Python, made anew."""
    out = tmp_path / "out"
    options = ("--models", "dummy", "--no-autogluon", "--target", "churn", "--out", str(out))
    done = call("compare", str(file), *options, "--time-limit", "none", "--format", "json", cwd=tmp_path)
    assert cure_of(json.loads(done.stdout)["audit"]) == "Leave it out: --drop 'left it'"
    assert "Leave it out: --drop" in (out / "report.html").read_text(encoding="utf-8")
    again = compare(file, target="churn", models=["dummy"], autogluon=False, time_limit=None, out=out)
    assert again.audit is not None
    assert cure_of(again.audit.as_record()) == "Leave it out: drop=['left it']"


def cure_of(record: dict[str, Any]) -> str:
    return next(finding["cure"] for finding in record["findings"] if finding["code"] == "target-leak")
