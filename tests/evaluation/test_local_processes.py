"""Processes that run calls: what they start with, and what is said of one that died."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from tabkit.evaluation import Finished, LocalProcesses


def call(executor: LocalProcesses, function: Callable[..., Any], *arguments: Any) -> Finished:
    """Make one call, once its process is up, and wait for its end."""
    while not executor.n_free:
        executor.wait()
    executor.submit("call", function, *arguments)
    while not (finished := executor.wait()):
        pass
    return finished


@pytest.mark.slow
def test_calls_have_the_variables_they_are_given_and_say_how_they_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TABKIT_TEST_KEPT", "from here")
    monkeypatch.setenv("TABKIT_TEST_OWN", "from here")
    with LocalProcesses(1, 1, environment={"TABKIT_TEST_OWN": "its own"}) as executor:
        assert call(executor, os.getenv, "TABKIT_TEST_KEPT") == Finished("call", "from here")
        assert call(executor, os.getenv, "TABKIT_TEST_OWN") == Finished("call", "its own")
        raised = call(executor, abs, "a")
        left = call(executor, sys.exit, "no space left")
        killed = call(executor, signal.raise_signal, signal.SIGKILL)
        assert call(executor, os.getenv, "TABKIT_TEST_OWN").value == "its own"  # in a fresh process
    assert os.environ["TABKIT_TEST_OWN"] == "from here"
    assert raised.error.startswith("TypeError")
    assert raised.exit_code is None
    assert (left.error, left.exit_code) == ("the process ended by itself with code 1", 1)
    assert left.traceback == "no space left"
    assert (killed.error, killed.exit_code) == (
        "the process was killed by SIGKILL, perhaps for want of memory",
        -signal.SIGKILL,
    )
    assert not killed.is_above_memory_limit


def fill_memory() -> None:
    filled = []
    while True:
        filled.append(os.urandom(1_000) * 50_000)
        time.sleep(0.1)


@pytest.mark.slow
def test_a_call_that_was_killed_for_its_memory_says_so() -> None:
    with LocalProcesses(1, 1, memory_limit=500_000_000) as executor:
        finished = call(executor, fill_memory)
    assert finished.error == "it used more than its 0.5 GB of memory: raise memory_limit"
    assert (finished.is_above_memory_limit, finished.exit_code) == (True, -signal.SIGKILL)
