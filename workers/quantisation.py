"""Eight-bit weights: half the memory of bfloat16, for models that would not fit otherwise.

Weights of linear layers are kept as int8 with one scale per output channel and are widened when
they are used; activations stay as they are. torchao is an extra (``int8``): where it is installed,
every start of transformers and diffusers imports it, which takes about a second.
Source: `Int8WeightOnlyConfig` of torchao.
"""

from typing import Any, Final

from core.domain.errors import ModelUnavailable

INT8: Final = "int8"
"""The ``dtype`` of an entry that asks for this."""


def int8(module: Any) -> None:
    """Turn the weights of all linear layers of a torch module into int8, in place.

    The result differs from the original by rounding: each weight is off by at most half a step of
    its channel's scale (largest weight / 127).

    Raises:
        ModelUnavailable: torchao is not installed.
    """
    try:
        from torchao.quantization import Int8WeightOnlyConfig, quantize_  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise ModelUnavailable(
            "dtype 'int8' needs torchao; install the 'int8' extra or choose another dtype"
        ) from error
    quantize_(module, Int8WeightOnlyConfig())
