"""LoRA adapters: loaded by place, named for people, and counted.

Counting matters: where a file's layer names do not fit the pipeline, diffusers loads the rest and
only logs it, and the pictures are quietly wrong.
"""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_DOWN: Final = ("lora_A", "lora.down", "lora_down")
"""What the first matrix of a layer is called in the formats of PEFT, diffusers and kohya."""


def load_adapters(pipe: Any, places: Mapping[str, str]) -> dict[str, str]:
    """Load every adapter once.

    Args:
        pipe: A pipeline of diffusers.
        places: Folder, file or hub id per condition id.

    Returns:
        Name of the loaded adapter per condition id.

    Raises:
        OSError: An adapter is missing.
        ValueError: Not all layers of an adapter fit the pipeline.
    """
    names = _names(places)
    with warnings.catch_warnings():
        # PEFT wonders about a second adapter; several are the point. Layers are counted below.
        warnings.filterwarnings("ignore", message="Already found a `peft_config`")
        warnings.filterwarnings("ignore", message="While injecting the PEFT adapters")
        for place, name in names.items():
            pipe.load_lora_weights(place, adapter_name=name)
            there, loaded = _layers_in(pipe, place), _layers_of(pipe, name)
            if loaded < there:
                raise ValueError(f"adapter {place} fits only with {loaded} of its {there} layers")
    return {condition_id: names[place] for condition_id, place in places.items()}


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
    modules = [part for part in pipe.components.values() if hasattr(part, "named_parameters")]
    return sum(
        f"lora_A.{name}." in parameter
        for module in modules
        for parameter, _ in module.named_parameters()
    )
