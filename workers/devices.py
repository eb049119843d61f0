"""Which device models run on, and in which number format."""

import gc
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import torch

from core.domain.errors import ModelUnavailable
from workers.errors import OutOfMemory

NAMES: Final = ("auto", "cuda", "mps", "cpu")
DTYPES: Final = {
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}
_NO_MEMORY: Final = ("out of memory", "can't allocate memory", "not enough memory")


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Where tensors live.

    Attributes:
        name: ``cuda``, ``cuda:1``, ``mps`` or ``cpu``.
        dtype: Number format where a model's entry does not name one.
    """

    name: str
    dtype: Any  # torch.dtype

    def dtype_for(self, wanted: str) -> Any:
        """Return the format called ``wanted``, or the device's own when it is ``auto``.

        Raises:
            ModelUnavailable: No such format.
        """
        if wanted == "auto":
            return self.dtype
        if wanted not in DTYPES:
            known = ", ".join(("auto", *DTYPES))
            raise ModelUnavailable(f"dtype {wanted!r} is unknown; use one of {known}")
        return DTYPES[wanted]


def choose(wanted: str = "auto") -> Device:
    """Return the device called ``wanted``; ``auto`` takes the fastest there is.

    Raises:
        ModelUnavailable: The device is unknown or this machine lacks it.
    """
    name = _fastest() if wanted == "auto" else wanted
    kind = name.partition(":")[0]
    if kind not in NAMES[1:]:
        raise ModelUnavailable(f"device {wanted!r} is unknown; use one of {', '.join(NAMES)}")
    if kind == "cuda" and not torch.cuda.is_available():
        raise ModelUnavailable("device 'cuda' was asked for, but PyTorch sees none; use 'auto'")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise ModelUnavailable("device 'mps' was asked for, but PyTorch sees none; use 'auto'")
    return Device(name=name, dtype=_dtype(kind))


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


def free(device: Device) -> None:
    """Give cached memory back to the device."""
    gc.collect()
    if device.name.startswith("cuda"):
        torch.cuda.empty_cache()
    elif device.name == "mps":
        torch.mps.empty_cache()


def _is_shortage(error: BaseException) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return any(sign in str(error).lower() for sign in _NO_MEMORY)


def _fastest() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _dtype(kind: str) -> Any:
    if kind == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    # float16 is slow on a CPU and overflows in some vision towers on Apple GPUs.
    return torch.float32
