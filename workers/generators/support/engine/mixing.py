"""Another LoRA adapter for each row of one pass.

PEFT's layers take ``adapter_names``, one for each row, but the models of diffusers do not hand it
down. A hook on every such layer does.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

from peft.tuners.lora.layer import LoraLayer

from workers.generators.support.engine.sitting import BASE


class Mixer:
    """Tells the layers of a pipeline which row wears what."""

    def __init__(self, pipe: Any) -> None:
        """Find the layers; called again when adapters were loaded or removed."""
        self._pipe = pipe
        self._names: list[str] = []
        self._hooks: list[Any] = []
        self.watch()

    def watch(self) -> None:
        """Hook all layers that have adapters now."""
        for hook in self._hooks:
            hook.remove()
        modules = [part for part in self._pipe.components.values() if hasattr(part, "modules")]
        layers = [
            layer
            for module in modules
            for layer in module.modules()
            if isinstance(layer, LoraLayer)
        ]
        self._hooks = [
            layer.register_forward_pre_hook(self._tell, with_kwargs=True) for layer in layers
        ]
        if layers:
            self._pipe.enable_lora()

    @contextmanager
    def wearing(self, names: Sequence[str]) -> Generator[None, None, None]:
        """Let each row of the passes inside wear the adapter named at its place."""
        self._names = list(names)
        try:
            yield
        finally:
            self._names = []

    def _tell(self, _layer: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        names = self._names or [BASE] * len(args[0])
        return args, {**kwargs, "adapter_names": names}
