"""The child: calls what its standard input sends, and sends back what came of it.

A message is 8 bytes of length, little endian, and that many bytes of pickle. The first reply says that the
process is up. The end of the standard input means that the parent is gone: the process then kills its group.
"""

from __future__ import annotations

import importlib
import os
import queue
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

import cloudpickle

from tabkit._core import describe_error
from tabkit._core._memory import prefer_to_be_killed
from tabkit._core._parameters import speak_of_options, spoken_options
from tabkit._core._processes import ask_kernel_to_exit_with_parent, kill_own_group

_LENGTH = struct.Struct("<Q")


@dataclass(frozen=True)
class Call:
    """A function and its arguments, to be called in a worker, whose messages are worded as here."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    options: Mapping[str, str] = field(default_factory=spoken_options)


@dataclass(frozen=True)
class Reply:
    """What came of a call.

    Attributes
    ----------
    value : object
        What the function returned; None when it raised.
    error : str
        The exception in one line, or empty.
    traceback : str
        Of the exception, or empty.
    """

    value: Any = None
    error: str = ""
    traceback: str = ""


def send(stream: IO[bytes], message: Any) -> None:
    """Write one message."""
    payload = cloudpickle.dumps(message)
    stream.write(_LENGTH.pack(len(payload)))
    stream.write(payload)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes:
    """Read one message, still pickled.

    Raises
    ------
    EOFError
        If the stream ended.
    """
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    return stream.read(_LENGTH.unpack(head)[0])


def run_call(call: Call | bytes) -> Reply:
    """Make a call, and say what came of it.

    Parameters
    ----------
    call : Call or bytes
        Pickled, where a class that this process cannot import is to be a failure too.

    Returns
    -------
    reply : Reply
    """
    try:
        made: Call = cloudpickle.loads(call) if isinstance(call, bytes) else call
        del call  # else its bytes take the memory of the arguments a second time for as long as the call runs
        with speak_of_options(made.options):
            return Reply(value=made.function(*made.arguments))
    except Exception as error:  # noqa: BLE001 - any failure of a candidate becomes its row
        return Reply(error=describe_error(error), traceback=traceback.format_exc())


def _read_calls(stream: IO[bytes], calls: queue.SimpleQueue[bytes]) -> None:
    """Read on while a call runs, so that the end of the stream is seen at once."""
    try:
        while True:
            calls.put(receive(stream))
    except EOFError:
        kill_own_group()


def import_modules(modules: Sequence[str]) -> None:
    """Import what every fit needs, and what this process was started for."""
    for module in ("tabkit.preprocessing", *modules):
        importlib.import_module(module)


_is_worker = False


def is_in_worker() -> bool:
    """Whether this process is a worker of an engine, which can be killed by whoever waits for it."""
    return _is_worker


def serve() -> None:
    """Answer calls until the parent is gone."""
    global _is_worker  # noqa: PLW0603 - it is of the process
    _is_worker = True
    ask_kernel_to_exit_with_parent()
    prefer_to_be_killed()
    replies = os.fdopen(os.dup(1), "wb")
    # What a model prints must not get between the messages.
    os.dup2(2, 1)
    calls: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    # Not sys.stdin, whose lock the thread would hold: a call that leaves by sys.exit would end in an abort.
    stream = os.fdopen(os.dup(0), "rb")
    threading.Thread(target=_read_calls, args=(stream, calls), daemon=True).start()
    # While the parent reads the table; where this process is a fork they are there.
    import_modules(sys.argv[1:])
    send(replies, Reply())
    while True:
        reply = run_call(calls.get())
        try:
            send(replies, reply)
        except Exception as error:  # noqa: BLE001 - it is pickled before anything is sent
            why = f"what it returned cannot be pickled: {describe_error(error)}"
            send(replies, Reply(error=why, traceback=traceback.format_exc()))
