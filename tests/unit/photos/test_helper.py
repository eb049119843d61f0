"""A decoder that is taken over, hangs or dies costs its own photo only."""

import ctypes
import json
import mmap
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.photos import PhotoLimits, helper
from core.photos.frames import REPLY

_LIMITS = PhotoLimits(cpu_s=1, wall_s=5.0, memory_bytes=256 * 2**20)
Decode = Callable[[bytes, PhotoLimits], tuple[dict[str, Any], bytes]]


def _answer(monkeypatch: pytest.MonkeyPatch, decode: Decode, limits: PhotoLimits = _LIMITS) -> Any:
    monkeypatch.setattr(helper, "decode", decode)
    reply = helper._answer(b"photo", limits)
    header_bytes, _ = REPLY.unpack_from(reply)
    return json.loads(reply[REPLY.size : REPLY.size + header_bytes])


def _outcome(
    error: type[BaseException], action: Callable[[], object]
) -> tuple[dict[str, Any], bytes]:
    """Try something forbidden inside the child and report whether it was refused."""
    try:
        action()
    except error:
        return {"refused": True}, b""
    return {"refused": False}, b""


def _spin() -> None:
    while True:
        pass


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda: ctypes.string_at(0), "corrupt"),
        (lambda: os._exit(0), "corrupt"),
        (lambda: bytearray(2**30), "memory"),
        (lambda: 1 / 0, "corrupt"),
        (_spin, "timeout"),
    ],
    ids=["crash", "silent exit", "hoarding", "bug", "endless loop"],
)
def test_every_end_of_a_child_has_a_reason(
    monkeypatch: pytest.MonkeyPatch, harm: Callable[[], object], reason: str
) -> None:
    """However a decoder ends, the helper answers with a reason and lives on."""

    def decode(_data: bytes, _limits: PhotoLimits) -> tuple[dict[str, Any], bytes]:
        harm()
        return {}, b""

    assert _answer(monkeypatch, decode) == {"reason": reason}


def test_a_child_that_the_kernel_ends_was_short_of_memory() -> None:
    """SIGKILL from outside, which is how a system short of memory ends a child, says so."""
    assert helper._cause(signal.SIGKILL) == "memory"


@pytest.mark.parametrize("close_first", [False, True])
def test_a_sleeping_child_is_ended(monkeypatch: pytest.MonkeyPatch, *, close_first: bool) -> None:
    """A decoder that uses no processor time is ended by the clock, even with its pipe closed."""

    def decode(_data: bytes, _limits: PhotoLimits) -> tuple[dict[str, Any], bytes]:
        if close_first:
            os.close(1)
        time.sleep(3600)
        return {}, b""

    limits = PhotoLimits(wall_s=0.2)
    assert _answer(monkeypatch, decode, limits) == {"reason": "timeout"}


def test_a_child_that_floods_its_pipe_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless answer is cut off."""

    def decode(_data: bytes, _limits: PhotoLimits) -> tuple[dict[str, Any], bytes]:
        while True:
            os.write(1, bytes(1 << 16))

    monkeypatch.setattr(helper, "_MAX_REPLY_BYTES", 1 << 20)
    assert _answer(monkeypatch, decode) == {"reason": "timeout"}


@pytest.mark.parametrize(
    "action",
    [
        lambda: Path("/etc/passwd").read_bytes(),
        socket.socketpair,
        os.pipe,
        lambda: os.write(0, b"x" * 8) and os.open("/tmp/x", os.O_CREAT | os.O_WRONLY),  # noqa: S108
    ],
    ids=["read a file", "open sockets", "open a pipe", "write a file"],
)
def test_a_child_can_open_nothing(
    monkeypatch: pytest.MonkeyPatch, action: Callable[[], object]
) -> None:
    """A decoder that was taken over can reach neither files nor the network."""
    assert _answer(monkeypatch, lambda _data, _limits: _outcome(OSError, action)) == {
        "refused": True
    }


@pytest.mark.skipif(not helper.can_filter(), reason="this system cannot filter system calls")
@pytest.mark.parametrize(
    "action",
    [
        lambda: os.kill(1, 0),
        os.fork,
        lambda: os.execv("/bin/true", ["true"]),  # noqa: S606 - refused, that is the test
        lambda: os.dup(1),
        Path("/etc/passwd").stat,
        lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
        lambda: os.setpriority(os.PRIO_PROCESS, 0, 19),
    ],
    ids=["signal others", "fork", "execute", "copy a descriptor", "look at files", "make code",
         "change itself"],
)  # fmt: skip
def test_a_child_may_call_the_system_for_nothing_but_memory(
    monkeypatch: pytest.MonkeyPatch, action: Callable[[], object]
) -> None:
    """Even with a free descriptor, a decoder that was taken over gets a refusal."""
    assert _answer(monkeypatch, lambda _data, _limits: _outcome(OSError, action)) == {
        "refused": True
    }


def test_no_child_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every child is buried before its answer goes out."""
    others = {child.pid for child in psutil.Process().children(recursive=True)}
    _answer(monkeypatch, lambda _data, _limits: ({}, b""))

    assert {child.pid for child in psutil.Process().children(recursive=True)} <= others
