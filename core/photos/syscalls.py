"""A filter that leaves a process what arithmetic needs: memory, threads, its pipe, its end.

Linux seccomp. Every other system call fails with EPERM: no socket, no file, no process, no signal
to others, no new executable memory. The filter is inherited, and cannot be taken off again. It is
written by hand because it goes on between fork and the first hostile byte, where nothing may be
imported.

Not known here: what happens where there is no such filter (another system or processor): then
`confine_system_calls` says so and the limits of `core.photos.helper` stand alone.

Source: seccomp(2); linux/seccomp.h, linux/filter.h, linux/audit.h.
"""

import ctypes
import errno
import platform
import struct
import sys
from typing import Any, Final

_LIBC: Final[Any] = ctypes.CDLL(None, use_errno=True)
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_MODE_FILTER: Final = 2

_LOAD, _JUMP_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_KILL, _ALLOW, _FAIL = 0x80000000, 0x7FFF0000, 0x00050000
_NUMBER_AT, _ARCH_AT, _FIRST_AT, _THIRD_AT = 0, 4, 16, 32
_PROT_EXEC: Final = 4
_CLONE_THREAD: Final = 0x10000

_ALLOWED: Final = (
    "read", "write", "close", "munmap", "mremap", "brk", "madvise", "futex", "exit", "exit_group",
    "rt_sigreturn", "rt_sigprocmask", "rt_sigaction", "sigaltstack", "getrandom", "clock_gettime",
    "clock_nanosleep", "sched_yield", "getpid", "gettid", "restart_syscall", "rseq",
    "set_robust_list",
)  # fmt: skip
_NUMBERS: Final[dict[str, tuple[int, dict[str, int]]]] = {
    "x86_64": (
        0xC000003E,
        {
            "read": 0, "write": 1, "close": 3, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12,
            "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "sched_yield": 24,
            "mremap": 25, "madvise": 28, "getpid": 39, "clone": 56, "exit": 60,
            "sigaltstack": 131, "gettid": 186, "futex": 202, "restart_syscall": 219,
            "clock_gettime": 228, "clock_nanosleep": 230, "exit_group": 231,
            "set_robust_list": 273, "getrandom": 318, "rseq": 334, "clone3": 435,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "close": 57, "read": 63, "write": 64, "exit": 93, "exit_group": 94, "futex": 98,
            "set_robust_list": 99, "clock_gettime": 113, "clock_nanosleep": 115, "sched_yield": 124,
            "restart_syscall": 128, "sigaltstack": 132, "rt_sigaction": 134,
            "rt_sigprocmask": 135, "rt_sigreturn": 139, "getpid": 172, "gettid": 178, "brk": 214,
            "munmap": 215, "mremap": 216, "clone": 220, "mmap": 222, "mprotect": 226,
            "madvise": 233, "getrandom": 278, "rseq": 293, "clone3": 435,
        },
    ),
}  # fmt: skip

_MACHINE: Final = _NUMBERS.get(platform.machine()) if sys.platform == "linux" else None


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def confine_system_calls() -> bool:
    """Filter this process's system calls from now on; False where that cannot be done."""
    if _MACHINE is None:
        return False
    code = _filter(*_MACHINE)
    program = _Program(len(code) // 8, code)
    return bool(
        _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        and _LIBC.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) == 0
    )


def _filter(arch: int, numbers: dict[str, int]) -> bytes:
    """Assemble the program: another architecture's calls kill, listed ones pass."""
    refuse = _step(_RETURN, _FAIL | errno.EPERM)
    code = [
        _step(_LOAD, _ARCH_AT),
        _step(_JUMP_EQUAL, arch, yes=1),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER_AT),
    ]
    for name in _ALLOWED:
        code += [_step(_JUMP_EQUAL, numbers[name], no=1), _step(_RETURN, _ALLOW)]
    for name in ("mmap", "mprotect"):
        code += [
            _step(_JUMP_EQUAL, numbers[name], no=4),
            _step(_LOAD, _THIRD_AT),
            _step(_JUMP_SET, _PROT_EXEC, no=1),
            refuse,
            _step(_RETURN, _ALLOW),
        ]
    # The flags of clone3 are out of a filter's sight: without it the C library takes clone.
    code += [_step(_JUMP_EQUAL, numbers["clone3"], no=1), _step(_RETURN, _FAIL | errno.ENOSYS)]
    code += [
        _step(_JUMP_EQUAL, numbers["clone"], no=3),
        _step(_LOAD, _FIRST_AT),
        _step(_JUMP_SET, _CLONE_THREAD, no=1),
        _step(_RETURN, _ALLOW),
    ]
    return b"".join([*code, refuse])


def _step(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)
