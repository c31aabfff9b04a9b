"""Optional imports, processors, files, seeds and child processes."""

from __future__ import annotations

import json
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tabkit._core import MissingExtraError
from tabkit._core._files import write_atomically, write_json
from tabkit._core._optional import import_optional, is_installed
from tabkit._core._processes import kill_group, start_module
from tabkit._core._processors import _control_group_quota, count_processors
from tabkit._core._random import derive_seed
from tabkit._core._signals import uninterrupted


def test_missing_package_names_the_extra() -> None:
    with pytest.raises(
        MissingExtraError, match=r"nothere is not installed: pip install 'tabkit-learn\[some\]'"
    ):
        import_optional("nothere.inside", extra="some")


def test_error_inside_an_installed_package_is_not_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "halfbroken.py").write_text("import nothere")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="nothere") as caught:
        import_optional("halfbroken", extra="some")
    assert not isinstance(caught.value, MissingExtraError)


def test_missing_extra_survives_a_pickle() -> None:
    error = pickle.loads(pickle.dumps(MissingExtraError("catboost", "catboost")))
    assert error.install_command == "pip install 'tabkit-learn[catboost]'"


def test_is_installed_looks_without_importing() -> None:
    assert is_installed("json.tool")
    assert not is_installed("nothere.inside")


@pytest.mark.parametrize(("content", "quota"), [("150000 100000", 1.5), ("max 100000", None)])
def test_quota_of_control_group_version_2(tmp_path: Path, content: str, quota: float | None) -> None:
    (tmp_path / "cpu.max").write_text(content)
    assert _control_group_quota(tmp_path) == quota


@pytest.mark.parametrize(("microseconds", "quota"), [("200000", 2.0), ("-1", None)])
def test_quota_of_control_group_version_1(tmp_path: Path, microseconds: str, quota: float | None) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(microseconds)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert _control_group_quota(tmp_path) == quota


def test_no_control_group_is_no_quota(tmp_path: Path) -> None:
    assert _control_group_quota(tmp_path) is None
    assert count_processors() >= 1


def test_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(temporary: Path) -> None:
        temporary.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_json_is_strict(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"x": float("nan")})
    write_json(tmp_path / "b.json", {"name": "größe"})
    assert json.loads((tmp_path / "b.json").read_text(encoding="utf-8")) == {"name": "größe"}


def test_seeds_are_far_apart_and_in_range() -> None:
    seeds = {derive_seed(seed, *labels) for seed in range(50) for labels in (("a",), ("b",), ("a", 1))}
    assert len(seeds) == 150
    assert all(0 <= seed < 2**31 - 1 for seed in seeds)


SLEEPER = """
import subprocess, sys, threading
from tabkit._core._processes import kill_own_group
def watch():
    sys.stdin.buffer.read()
    kill_own_group()
threading.Thread(target=watch, daemon=True).start()
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
print(child.pid, flush=True)
child.wait()
"""


def start_sleeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[subprocess.Popen[bytes], int]:
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    monkeypatch.syspath_prepend(tmp_path)
    process = start_module("sleeper", stdout=subprocess.PIPE)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):  # gone before or while it is read
        return False


def wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_alive(pid)


needs_proc = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at processes in /proc")


@needs_proc
def test_killing_a_process_kills_what_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process, grandchild = start_sleeper(tmp_path, monkeypatch)
    assert is_alive(grandchild)
    kill_group(process)
    assert wait_until_gone(grandchild)


@needs_proc
def test_process_ends_when_its_lifeline_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process, grandchild = start_sleeper(tmp_path, monkeypatch)
    assert process.stdin is not None
    process.stdin.close()
    assert wait_until_gone(grandchild)
    kill_group(process)


def test_ctrl_c_waits_for_the_end_of_a_block_and_then_raises() -> None:
    done = []
    # A shell starts what it puts into the background with Ctrl-C ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def work() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("block")
        done.append("after")

    try:
        with pytest.raises(KeyboardInterrupt):  # noqa: PT011 - it has no message
            work()
    finally:
        signal.signal(signal.SIGINT, before)
    assert done == ["block"]
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) & {signal.SIGINT, signal.SIGTERM} == set()
