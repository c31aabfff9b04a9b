"""The folder of a run: who may use it, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tabkit._core import InputError
from tabkit.evaluation import RunFolder, file_name


def test_folder_of_another_run_is_refused_and_named(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "run", "one", {"target": "a", "seed": 0}):
        pass
    with (
        pytest.raises(InputError, match=r"holds another run \(other target\).*overwrite=True"),
        RunFolder(tmp_path / "run", "two", {"target": "b", "seed": 0}),
    ):
        pass


def test_overwrite_removes_results_and_leaves_other_files(tmp_path: Path) -> None:
    with RunFolder(tmp_path, "one", {}):
        (tmp_path / "predictions").mkdir()
        (tmp_path / "notes.txt").write_text("mine")
    with RunFolder(tmp_path, "two", {}, overwrite=True):
        assert not (tmp_path / "predictions").exists()
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("overwrite", [False, True])
def test_folder_that_is_no_run_is_never_touched(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "predictions").mkdir()
    (tmp_path / "predictions" / "mine.csv").write_text("1")
    with (
        pytest.raises(InputError, match="no run of tabkit"),
        RunFolder(tmp_path, "x", {}, overwrite=overwrite),
    ):
        pass
    assert (tmp_path / "predictions" / "mine.csv").exists()


def test_second_run_into_the_same_folder_is_refused(tmp_path: Path) -> None:
    with (
        RunFolder(tmp_path, "one", {}),
        pytest.raises(InputError, match="another run is writing"),
        RunFolder(tmp_path, "one", {}),
    ):
        pass
    with RunFolder(tmp_path, "one", {}):
        pass


def test_nothing_of_no_use_is_left(tmp_path: Path) -> None:
    with RunFolder(tmp_path, "one", {}) as store:
        (store.work / "table.pickle").write_bytes(b"...")
    # To remove the file of a lock would let two processes hold it at once.
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "run.json"]


def test_path_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write into"), RunFolder(tmp_path / "file", "x", {}):
        pass


@pytest.mark.parametrize("name", ["../up", "a/b", "", "🦊", ".hidden", "x" * 300, "a\nb"])
def test_any_name_becomes_one_safe_file_name(name: str) -> None:
    made = file_name(name)
    assert Path(made).name == made
    assert not made.startswith(".")
    assert len(made) < 80


def test_names_that_differ_have_files_that_differ() -> None:
    assert file_name("a b") != file_name("a-b") != file_name("a/b")
