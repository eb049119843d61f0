"""Which device models run on, and in which number format.

PyTorch is imported on first need: a worker whose settings are wrong says so at once.
"""

import gc
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from core.domain.errors import ModelUnavailable
from workers.errors import OutOfMemory
from workers.quantisation import INT8

NAMES: Final = ("auto", "cuda", "mps", "cpu")
DTYPES: Final = ("float32", "float16", "bfloat16")
_NO_MEMORY: Final = ("out of memory", "can't allocate memory", "not enough memory")


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Where tensors live.

    Attributes:
        name: ``cuda``, ``cuda:1``, ``mps`` or ``cpu``.
    """

    name: str

    @property
    def kind(self) -> str:
        """Return the name without a number."""
        return self.name.partition(":")[0]

    def clock_s(self) -> float:
        """Return seconds of work on the device so far, other programs' share left out on a CPU."""
        if self.kind == "cpu":
            return time.thread_time()
        if self.kind == "cuda":
            _torch().cuda.synchronize()
        return time.perf_counter()

    def dtype_for(self, wanted: str) -> Any:
        """Return the torch.dtype to compute in: ``wanted``, or what suits the device.

        ``int8`` is about weights alone (`workers.quantisation`).

        Raises:
            ModelUnavailable: No such format.
        """
        if wanted not in ("auto", INT8, *DTYPES):
            known = ", ".join(("auto", INT8, *DTYPES))
            raise ModelUnavailable(f"dtype {wanted!r} is unknown; use one of {known}")
        return getattr(_torch(), self._suitable() if wanted in ("auto", INT8) else wanted)

    def _suitable(self) -> str:
        if self.kind == "cuda":
            return "bfloat16" if _torch().cuda.is_bf16_supported() else "float16"
        # float16 is slow on a CPU and overflows in some vision towers on Apple GPUs.
        return "float32"


def choose(wanted: str = "auto") -> Device:
    """Return the device called ``wanted``; ``auto`` takes the fastest there is.

    Raises:
        ModelUnavailable: The device is unknown or this machine lacks it.
    """
    device = Device(name=_fastest() if wanted == "auto" else wanted)
    if device.kind not in NAMES[1:]:
        raise ModelUnavailable(f"device {wanted!r} is unknown; use one of {', '.join(NAMES)}")
    if not _present(device.kind):
        raise ModelUnavailable(
            f"device {device.kind!r} was asked for, but PyTorch sees none; use 'auto'"
        )
    return device


def settle(device: Device) -> None:
    """Prepare the process for models on a device.

    On a CPU one core stays free for Redis, bots and the heartbeat: PyTorch's threads wait for each
    other without sleeping, so a single one that is held up makes every step many times slower.
    """
    if device.kind == "cpu":
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        _torch().set_num_threads(max(1, (cores or 1) - 1))


@contextmanager
def memory_guard(device: Device) -> Generator[None, None, None]:
    """Turn every way of running out of memory into `OutOfMemory`, with the device tidied up."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:  # torch.OutOfMemoryError is a RuntimeError
        if not _is_shortage(error):
            raise
        # The traceback's frames hold the tensors that did not fit: let go of them, then collect.
        error.__traceback__ = None
        free(device)
        raise OutOfMemory(device.name) from None


def memory_bytes(device: Device) -> dict[str, int]:
    """Return the accelerator's memory by kind: ``total``, ``free``, ``ours``; nothing for a CPU."""
    if device.kind == "cuda":
        free_bytes, total = _torch().cuda.mem_get_info()
        ours = _torch().cuda.memory_reserved()
        return {"total": int(total), "free": int(free_bytes), "ours": int(ours)}
    if device.kind == "mps":
        return {"ours": int(_torch().mps.driver_allocated_memory())}
    return {}


def free(device: Device) -> None:
    """Give cached memory back to the device."""
    gc.collect()
    if device.kind == "cuda":
        _torch().cuda.empty_cache()
    elif device.kind == "mps":
        _torch().mps.empty_cache()


def _is_shortage(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return any(sign in str(error).lower() for sign in _NO_MEMORY)


def _fastest() -> str:
    return next(kind for kind in NAMES[1:] if _present(kind))


def _present(kind: str) -> bool:
    if kind == "cuda":
        return bool(_torch().cuda.is_available())
    return kind != "mps" or bool(_torch().backends.mps.is_available())


def _torch() -> Any:
    return import_module("torch")
