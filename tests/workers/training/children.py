"""Runs work in a child process that may be killed; imports are paid for once."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn


def start(work: Callable[[], object]) -> int:
    """Start work in a forked child and return its process id."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        result = work()
        status = result if isinstance(result, int) else 0
    except BaseException:  # noqa: BLE001 - nothing of the child may reach pytest
        traceback.print_exc()
    finally:
        os._exit(status)


def ended(pid: int) -> int:
    """Wait for a child; returns its exit status, negative for the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def run(work: Callable[[], object]) -> int:
    """Run work in a child to its end."""
    return ended(start(work))


def die() -> NoReturn:
    """Kill this process as `kill -9` would."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process goes no further")
