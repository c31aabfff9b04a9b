"""``tabkit audit``: what it prints, and the exit code that a pipeline of checks reads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tabkit.cli import main


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A clean table, one with a column that gives the target away, and one that is a test table."""
    folder = tmp_path_factory.mktemp("audit")
    rng = np.random.default_rng(0)
    clean = pd.DataFrame(rng.normal(size=(240, 3)), columns=["width", "height", "depth"])
    signal = clean.sum(axis=1) + rng.normal(size=240)
    clean["churn"] = np.where(signal > 0, "yes", "no")
    leaky = clean.assign(left=np.where(signal > 0, 2024, 0) + rng.integers(0, 2, 240))
    frames = {"clean": clean, "leaky": leaky, "moved": leaky.assign(width=leaky["width"] + 9)}
    paths = {}
    for name, frame in frames.items():
        paths[name] = str(folder / f"{name}.csv")
        frame.to_csv(paths[name], index=False)
    return paths


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("leaky", [], 0),
        ("leaky", ["--fail-on", "error"], 3),
        ("leaky", ["--fail-on", "info"], 3),
        ("leaky", ["--fail-on", "error", "--drop", "left"], 0),
        ("clean", ["--fail-on", "error"], 0),
    ],
)
def test_exit_code(
    name: str,
    arguments: list[str],
    code: int,
    files: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["audit", files[name], "--target", "churn", *arguments]) == code
    captured = capsys.readouterr()
    assert len(captured.err.splitlines()) == bool(code)
    assert max(map(len, captured.out.splitlines())) <= 80
    if code:
        assert "(--fail-on)" in captured.err
        assert "ERROR target-leak: left" in captured.out


def test_json_holds_the_findings_and_nothing_else(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["audit", files["leaky"], "--target", "churn", "--format", "json", "--test", files["moved"]]
    assert main(command) == 0
    record = json.loads(capsys.readouterr().out)
    first = record["findings"][0]
    assert (first["code"], first["severity"], first["columns"]) == ("target-leak", "error", ["left"])
    assert first["evidence"]["moved"] > 0.02
    shift = next(finding for finding in record["findings"] if finding["code"] == "train-test-shift")
    assert shift["columns"] == ["width"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothere.csv"], "nothere.csv"),
        ([], "no data"),
        (["--folds", "1"], "at least two"),
        (["--time-limit", "soon"], "is no duration"),
        (["--numeric", "width", "--text", "width"], "cannot be both"),
        (["--test", "nothere.csv"], "nothere.csv"),
    ],
)
def test_input_that_cannot_be_used_is_one_line(
    arguments: list[str], message: str, files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    takes_data = bool(arguments) and arguments[0].startswith("--")
    assert main(["audit", *([files["clean"]] if takes_data else []), *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


@pytest.mark.slow
def test_same_folds_as_compare(files: dict[str, str]) -> None:
    """A finding of the audit is about the folds of the leaderboard."""
    from tabkit import compare
    from tabkit.data import build_table, infer_task
    from tabkit.leakage._audit_data import _draw_folds

    comparison = compare(files["clean"], models=["dummy"], autogluon=False, n_folds=4, random_state=3)
    table = build_table(files["clean"])
    assert _draw_folds(table, infer_task(table), 4, 3).fingerprint == comparison.folds.fingerprint


LEAKING = """
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

df = pd.read_csv("churn.csv")
X = StandardScaler().fit_transform(df.drop(columns="churn"))
X_train, X_test, y_train, y_test = train_test_split(X, df["churn"])
raise SystemExit("this script is not to be run")
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(LEAKING, encoding="utf-8")
    return path


@pytest.mark.parametrize(("severity", "code"), [(None, 0), ("error", 0), ("warning", 3), ("info", 3)])
def test_exit_code_of_a_script(
    severity: str | None, code: int, script: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_on = [] if severity is None else ["--fail-on", severity]
    assert main(["audit", "--code", str(script), *fail_on]) == code
    captured = capsys.readouterr()
    assert "line 7: WARNING fitted-before-split" in captured.out
    assert ("--fail-on" in captured.err) == bool(code)


def test_json_of_a_script(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--code", str(script), "--format", "json"]) == 0
    record = json.loads(capsys.readouterr().out)
    (finding,) = record["findings"]
    assert record["path"] == str(script)
    assert (finding["line"], finding["code"], finding["severity"]) == (7, "fitted-before-split", "warning")
    assert finding["source"].startswith("X = StandardScaler()")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--code", "nothere.py"], "nothere.py"),
        (["data.csv", "--code", "{script}"], "one after the other"),
        (["--code", "{script}", "--target", "churn"], "--target is about a table"),
        (["--code", "{script}", "--folds", "3"], "--folds is about a table"),
        (["--code", "{broken}"], "is no Python script"),
    ],
)
def test_script_that_cannot_be_used_is_one_line(
    arguments: list[str], message: str, script: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = script.with_name("broken.py")
    broken.write_text("def :\n", encoding="utf-8")
    given = [argument.format(script=script, broken=broken) for argument in arguments]
    assert main(["audit", *given]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
