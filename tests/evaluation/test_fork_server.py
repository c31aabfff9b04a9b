"""Workers that are forks of a process that has done their imports."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tabkit import TabkitError
from tabkit.evaluation import LocalProcesses
from tabkit.evaluation._fork_server import CAN_FORK, ForkServer

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="processes do their own imports on this system")


def answers(executor: LocalProcesses, *functions: Any) -> list[Any]:
    """What calls return that run at the same time."""
    for number, function in enumerate(functions):
        executor.submit(number, function)
    found: dict[Any, Any] = {}
    while len(found) < len(functions):
        if (finished := executor.wait()) is not None:
            assert not finished.error, finished.traceback
            found[finished.key] = finished.value
    return [found[number] for number in range(len(functions))]


def test_workers_draw_numbers_of_their_own_and_are_leaders_of_their_group() -> None:
    def draw() -> tuple[float, int, bool]:
        import numpy as np

        return float(np.random.rand()), os.getpid(), os.getpgid(0) == os.getpid()  # noqa: NPY002

    with LocalProcesses(n_jobs=2, n_threads=1) as executor:
        first, second = answers(executor, draw, draw)
    assert first[0] != second[0]
    assert first[1] != second[1]
    assert first[2]
    assert second[2]


@pytest.mark.slow
def test_workers_find_the_environment_the_folder_and_the_path_of_their_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look() -> tuple[str | None, str, bool, str]:
        return (
            os.environ.get("TABKIT_LOOK"),
            os.getcwd(),
            "/a/place" in sys.path,
            os.environ["OMP_NUM_THREADS"],
        )

    with LocalProcesses(n_jobs=1, n_threads=1) as executor:
        assert answers(executor, look) == [(None, os.getcwd(), False, "1")]
    # The server of before may serve again, and has none of this.
    monkeypatch.setenv("TABKIT_LOOK", "here")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("/a/place")
    with LocalProcesses(n_jobs=1, n_threads=1) as executor:
        assert answers(executor, look) == [("here", str(tmp_path), True, "1")]
    with LocalProcesses(n_jobs=1, n_threads=2) as executor:
        assert answers(executor, look) == [("here", str(tmp_path), True, "2")]


def test_a_variable_that_libraries_read_when_they_start_makes_another_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ForkServer, "most_idle", 1)
    monkeypatch.setattr(ForkServer, "_known", {})
    first = ForkServer.take(1, ())
    assert ForkServer.take(1, ()) is first
    first.release()
    monkeypatch.setenv("OPENBLAS_VERBOSE", "0")
    second = ForkServer.take(1, ())
    assert second is not first
    second.release()
    assert (first._process.returncode, second._process.returncode) == (
        None,
        None,
    )  # the first is in use still
    first.release()  # one is kept: the other
    assert (first._process.returncode, second._process.returncode) == (-signal.SIGKILL, None)
    second.close()


@pytest.mark.slow
def test_the_server_holds_no_thread_that_a_fork_would_lose_and_no_process_stays_when_it_is_closed() -> None:
    server = ForkServer(2, ())
    with open(os.devnull, "wb") as log:
        worker = server.fork(log)
        assert len(worker.stdout.read(8)) == 8  # it is up
        number = worker.pid
        assert number is not None
        tasks = Path(f"/proc/{server._process.pid}/task").iterdir()
        names = {
            (task / "comm").read_text().strip() for task in tasks if task.name != str(server._process.pid)
        }
        assert names <= {"jemalloc_bg_thd"}
        server.close()
    end = time.monotonic() + 10
    while Path(f"/proc/{number}").exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert not Path(f"/proc/{number}").exists()


@pytest.mark.slow
def test_a_server_that_cannot_start_is_explained() -> None:
    with LocalProcesses(n_jobs=1, n_threads=1, modules=["tabkit.no_such_module"]) as executor:  # noqa: SIM117
        with pytest.raises(TabkitError, match=r"(?s)a worker process could not start.*no_such_module"):
            executor.wait()


@pytest.mark.slow
def test_a_server_that_was_killed_is_not_taken_again() -> None:
    server = ForkServer.take(1, ())
    server._process.kill()
    server._process.wait()
    server.release()
    with LocalProcesses(n_jobs=1, n_threads=1) as executor:
        assert answers(executor, os.getpid)[0] != os.getpid()


def test_a_server_outlives_the_thread_that_started_it() -> None:
    def run() -> None:
        with LocalProcesses(n_jobs=1, n_threads=1) as executor:
            results.extend(answers(executor, os.getppid))

    results: list[int] = []
    for _ in range(2):
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert results[0] == results[1]


@pytest.mark.slow
def test_a_worker_that_is_killed_before_it_is_up_leaves_nothing() -> None:
    server = ForkServer(1, ())
    with open(os.devnull, "wb") as log:
        early = server.fork(log)
        assert early.pid is None
        early.kill()  # the server has not come to it yet
        late = server.fork(log)
        assert len(late.stdout.read(8)) == 8
        server.take_answers()
        assert early.number is not None
        end = time.monotonic() + 10
        while time.monotonic() < end:
            status = Path(f"/proc/{early.number}/status")
            if not status.exists() or "State:\tZ" in status.read_text():
                break
            time.sleep(0.02)
        else:
            pytest.fail("it lives on")
        late.kill()
        assert late.wait() == -signal.SIGKILL
        # Nor does its entry stay in the table of processes.
        assert not Path(f"/proc/{early.number}").exists()
    server.close()


def test_an_executor_lives_on_when_its_server_is_killed() -> None:
    with LocalProcesses(n_jobs=1, n_threads=1) as executor:
        assert answers(executor, os.getppid)
        assert executor._server is not None
        os.kill(executor._server._process.pid, signal.SIGKILL)
        executor._server._process.wait()
        found = None
        executor.submit("lost", time.sleep, 100)
        while found is None:
            found = executor.wait(timeout=10)
        assert "killed by SIGKILL" in found.error
        assert answers(executor, os.getpid)


def test_an_environment_larger_than_a_message_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(10):
        monkeypatch.setenv(f"TABKIT_LARGE_{number}", "x" * 60_000)
    with LocalProcesses(n_jobs=1, n_threads=1) as executor:
        assert answers(executor, lambda: len(os.environ["TABKIT_LARGE_9"])) == [60_000]
