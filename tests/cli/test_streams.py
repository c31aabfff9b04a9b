"""Names that are no UTF-8, and standard streams that nobody reads: the results are written all the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tabkit
from tabkit._core._files import read_parquet, write_parquet, write_text
from tabkit.cli import main
from tabkit.cli._config import read_config
from tabkit.cli._main import _build_parser
from tabkit.cli._streams import LastingFile, lasting_streams

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="file names of any bytes")

NAME = os.fsdecode(b"t\xff.csv")
FEW = ("--models", "dummy,tree", "--no-autogluon", "--no-audit", "--folds", "2")
RESULTS = {
    "comparison.json",
    "config.yaml",
    "evaluations",
    "folds.npz",
    "leaderboard.csv",
    "model",
    "predictions",
    "report.html",
    "rows.parquet",
    "run.json",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a run was made that nobody read, of a file whose name is no UTF-8."""
    folder = tmp_path_factory.mktemp("streams")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=80), "y": rng.choice(["no", "yes"], 80)})
    frame.to_csv(folder / NAME, index=False)
    command = run_in_shell(folder, '"$@" 2>&- | true; exit "${PIPESTATUS[0]}"', "compare", NAME, *FEW)
    assert command.returncode == 0
    return folder


def run_in_shell(folder: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", script, "bash", sys.executable, "-m", "tabkit", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=300,
    )


@pytest.mark.slow
def test_results_of_a_run_that_nobody_read_are_all_there(folder: Path) -> None:
    written = {path.name for path in (folder / "tabkit-t").iterdir()} - {".lock"}
    assert written == RESULTS
    assert (folder / "tabkit-t" / "model" / "model.skops").exists()


@pytest.mark.slow
def test_files_hold_the_name_and_can_be_opened(folder: Path) -> None:
    record = json.loads((folder / "tabkit-t" / "comparison.json").read_text(encoding="utf-8"))
    assert record["table"]["name"] == Path(NAME).stem
    page = (folder / "tabkit-t" / "report.html").read_text(encoding="utf-8")
    assert "<title>t\ufffd" in page
    compare = _build_parser().parse_args(["compare", NAME]).command
    assert read_config(folder / "tabkit-t" / "config.yaml", compare)["data"] == [NAME]


@pytest.mark.parametrize(
    ("where", "form"),
    [
        ("<&- >&- 2>&-", "table"),
        pytest.param("2>/dev/full", "csv", marks=pytest.mark.slow),
        pytest.param(">&-", "json", marks=pytest.mark.slow),
        pytest.param("2>&-", "table", marks=pytest.mark.slow),
    ],
)
def test_closed_streams_are_no_error(folder: Path, where: str, form: str) -> None:
    done = run_in_shell(folder, f'"$@" {where}', "diff", "tabkit-t", "tabkit-t", "--format", form)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_full_output_is_one_line(folder: Path) -> None:
    done = run_in_shell(folder, '"$@" >/dev/full', "diff", "tabkit-t", "tabkit-t")
    assert done.returncode == 1
    assert done.stderr == "tabkit: cannot write to the standard output: No space left on device\n"


@pytest.mark.slow
def test_reader_that_leaves_changes_no_exit_code(folder: Path) -> None:
    script = '"$@" | true; exit "${PIPESTATUS[0]}"'
    assert run_in_shell(folder, script, "diff", "tabkit-t", "tabkit-t").returncode == 0
    missing = run_in_shell(folder, script, "diff", "tabkit-t", "nowhere")
    assert missing.returncode == 2
    assert missing.stderr == "tabkit: there is no folder 'nowhere'\n"


def test_encoding_without_the_signs_shows_others(folder: Path) -> None:
    script = 'PYTHONIOENCODING=ascii "$@"'
    done = run_in_shell(folder, script, "diff", "tabkit-t", "tabkit-t")
    assert (done.returncode, done.stderr) == (0, "")
    assert "ROC AUC: higher is better; old ? new." in done.stdout


def test_lasting_file_takes_all_and_says_why_nothing_arrives() -> None:
    reader, writer = os.pipe()
    file = LastingFile(writer)
    assert file.write(b"read") == 4
    os.close(reader)
    assert file.write(b"not read") == 8
    assert isinstance(file.failure, BrokenPipeError)
    os.close(writer)


def test_streams_are_those_of_before_in_the_end() -> None:
    before = sys.stdout, sys.stderr
    with lasting_streams(), pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert (sys.stdout, sys.stderr) == before


def test_text_with_lone_surrogates_is_written_and_read(tmp_path: Path) -> None:
    write_text(tmp_path / NAME, json.dumps([NAME], ensure_ascii=False))
    assert json.loads((tmp_path / NAME).read_text(encoding="utf-8")) == [NAME]
    frame = pd.DataFrame({"row": [1, 2], "\udcff": ["a", "b\udcff"]})
    write_parquet(tmp_path / NAME, frame)
    again = read_parquet(tmp_path / NAME)
    assert again.to_dict("list") == {"row": [1, 2], r"\udcff": ["a", r"b\udcff"]}


def test_names_and_labels_with_lone_surrogates_come_through(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "x\udcff": rng.normal(size=80),
            "kind": rng.choice(["a", "b\udcff"], 80),
            "y\udcff": rng.choice(["no", "yes\udcff"], 80),
        }
    )
    result = tabkit.compare(
        frame,
        target="y\udcff",
        models=["dummy", "tree"],
        autogluon=False,
        audit=False,
        n_folds=2,
        out=tmp_path / NAME,
    )
    assert [row.status for row in result.leaderboard.rows] == ["finished", "finished"]
    tabkit.report(result, tmp_path / NAME / "report.html")
    predictions = result.evaluation("tree").predictions()
    assert set(predictions["prediction"]) <= {"no", r"yes\udcff"}
    assert r"probability_yes\udcff" in predictions
    assert {"comparison.json", "leaderboard.csv", "report.html"} <= set(os.listdir(tmp_path / NAME))
