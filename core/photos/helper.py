"""The helper process: forks one confined child for each photo and survives whatever it does.

The helper itself never looks at a photo. It hands the bytes to a child that has no room to do
harm: bounded address space and processor time, no descriptor but the pipe of its answer (so
neither files nor sockets can be opened), no core file, no bytes on any disk and, where the system
can filter them, no system call but those of memory, pipe and end. The child's end, however it
comes, is turned into a reply.
"""

import contextlib
import json
import os
import resource
import select
import signal
import sys
import time
from types import FrameType
from typing import Final

from core.photos.decode import decode, warm_up
from core.photos.frames import REPLY, REQUEST, pack_reply, read_exactly, write_all
from core.photos.photo import PhotoLimits, PhotoRejected, Reason
from core.photos.syscalls import confine_system_calls

_STDIN: Final = 0
_STDOUT: Final = 1
_STDERR: Final = 2
_MAX_REPLY_BYTES: Final = 64 * 2**20


def main(limits_json: str) -> None:
    """Answer requests on standard input until it closes."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the group; the bot decides
    values = json.loads(limits_json)
    limits = PhotoLimits(**values | {"badge_words": tuple(values["badge_words"])})
    warm_up(limits)
    write_all(_STDOUT, pack_reply({"ready": True, "filtered": can_filter()}))
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            (length,) = REQUEST.unpack(read_exactly(_STDIN, REQUEST.size))
            write_all(_STDOUT, _answer(read_exactly(_STDIN, length), limits))


def _leave(_signum: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _answer(data: bytes, limits: PhotoLimits) -> bytes:
    """Decode ``data`` in a child and return its reply, or one that says how it ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _decode_and_exit(data, limits, writer)
    os.close(writer)
    in_time = False
    try:
        reply = _read_until_closed(reader, time.monotonic() + limits.wall_s)
        in_time = reply is not None and _has_ended(child)
    finally:  # also on SIGTERM: no child outlives its helper and none is left unburied
        os.close(reader)
        os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
    if reply is None or not in_time:
        return _rejection("timeout")
    if status != 0 or len(reply) < REPLY.size:
        return _rejection(_cause(status))
    return reply


def _read_until_closed(fd: int, deadline: float) -> bytes | None:
    """Read all that a child writes; None when it is late or says too much."""
    parts: list[bytes] = []
    size = 0
    while size <= _MAX_REPLY_BYTES:
        ready, _, _ = select.select([fd], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        part = os.read(fd, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
    return None


def _has_ended(child: int, patience_s: float = 1.0) -> bool:
    """Give a child that closed its pipe the moment it needs to exit, and not more."""
    deadline = time.monotonic() + patience_s
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    while os.waitid(os.P_PID, child, options) is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.0005)
    return True


def _cause(status: int) -> Reason:
    """Read the reason out of how a child ended."""
    if os.WIFSIGNALED(status):
        match os.WTERMSIG(status):
            case signal.SIGXCPU:
                return "timeout"
            case signal.SIGKILL:  # the kernel, short of memory
                return "memory"
            case _:
                return "corrupt"
    return "corrupt"


def _rejection(reason: Reason) -> bytes:
    return pack_reply({"reason": reason})


def _decode_and_exit(data: bytes, limits: PhotoLimits, writer: int) -> None:
    """Be the child. An error that nobody foresaw ends it with status 1: see ``_cause``."""
    status = 1
    try:
        confine(limits, writer)
        write_all(_STDOUT, _decoded(data, limits))
        status = 0
    finally:
        os._exit(status)


def _decoded(data: bytes, limits: PhotoLimits) -> bytes:
    try:
        header, image = decode(data, limits)
    except PhotoRejected as rejected:
        return _rejection(rejected.reason)
    except MemoryError:
        return _rejection("memory")
    return pack_reply(header, image)


def can_filter() -> bool:
    """Try on a child whether this system filters system calls."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if confine_system_calls() else 1
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


def confine(limits: PhotoLimits, writer: int) -> None:
    """Give up everything that decoding does not need; the limits can only shrink from here."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    silence = os.open(os.devnull, os.O_RDWR)
    os.dup2(silence, _STDIN)
    os.dup2(writer, _STDOUT)
    os.dup2(silence, _STDERR)
    os.closerange(_STDERR + 1, max(writer, silence, 64) + 1)
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    used = _address_space_bytes()
    if used:
        total = used + limits.memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (total, total))
    # Last, because from here on nothing can be opened.
    resource.setrlimit(resource.RLIMIT_NOFILE, (_STDERR + 1, _STDERR + 1))
    confine_system_calls()


def _address_space_bytes() -> int:
    """Address space in use; 0 where the system does not say (macOS does not bound it either)."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - pathlib is slower
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0
