"""LoRA adapters: loaded by place, named for people, and counted.

Counting matters: where a file's layer names do not fit the pipeline, diffusers loads the rest and
only logs it, and the pictures are quietly wrong.
"""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_DOWN: Final = ("lora_A", "lora.down", "lora_down")
"""What the first matrix of a layer is called in the formats of PEFT, diffusers and kohya."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Adapters in a pipeline.

    Attributes:
        names: Name of the adapter per condition id.
        sizes_bytes: What each adapter's weights take.
        reading: Adapters that change a text encoder, and so what prompts mean.
    """

    names: Mapping[str, str]
    sizes_bytes: Mapping[str, int]
    reading: frozenset[str]


NO_ADAPTERS: Final = Loaded(names={}, sizes_bytes={}, reading=frozenset())


def load_adapters(pipe: Any, places: Mapping[str, str]) -> Loaded:
    """Load every adapter once.

    Args:
        pipe: A pipeline of diffusers.
        places: Folder, file or hub id per condition id.

    Raises:
        OSError: An adapter is missing.
        ValueError: Not all layers of an adapter fit the pipeline.
    """
    names = _names(places)
    with warnings.catch_warnings():
        # PEFT wonders about a second adapter; several are the point. Layers are counted below.
        warnings.filterwarnings("ignore", message="Already found a `peft_config`")
        warnings.filterwarnings("ignore", message="While injecting the PEFT adapters")
        # Adapters are never merged into weights here, in eight bits or otherwise.
        warnings.filterwarnings("ignore", message="TorchaoLoraLinear was instantiated")
        for place, name in names.items():
            pipe.load_lora_weights(place, adapter_name=name)
            there, loaded = _layers_in(pipe, place), _layers_of(pipe, name)
            if loaded < there:
                raise ValueError(f"adapter {place} fits only with {loaded} of its {there} layers")
    return Loaded(
        names={condition_id: names[place] for condition_id, place in places.items()},
        sizes_bytes={
            name: sum(weight.numel() * weight.element_size() for _, weight in _weights(pipe, name))
            for name in names.values()
        },
        reading=frozenset(
            name
            for name in names.values()
            if any(part.startswith("text_encoder") for part, _ in _weights(pipe, name))
        ),
    )


def _names(places: Mapping[str, str]) -> dict[str, str]:
    """Return a name per place: its folder's name, as PEFT allows it and a card can show it."""
    names: dict[str, str] = {}
    for place in dict.fromkeys(places.values()):
        name = Path(place).name.replace(".", "-") or "adapter"
        names[place] = name if name not in names.values() else f"{name}-{len(names)}"
    return names


def _layers_in(pipe: Any, place: str) -> int:
    """Return how many layers an adapter's file has."""
    found = pipe.lora_state_dict(place)
    state = found[0] if isinstance(found, tuple) else found
    return sum(any(mark in key for mark in _DOWN) for key in state)


def _layers_of(pipe: Any, name: str) -> int:
    """Return how many layers of the pipeline have an adapter."""
    return sum(f"lora_A.{name}." in place for place, _ in _weights(pipe, name))


def _weights(pipe: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield places, component first, and weights of an adapter."""
    for component, module in pipe.components.items():
        if not hasattr(module, "named_parameters"):
            continue
        for place, weight in module.named_parameters():
            if f"lora_A.{name}." in place or f"lora_B.{name}." in place:
                yield f"{component}.{place}", weight
