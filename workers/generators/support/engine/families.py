"""Which pipelines are known, and how each is called."""

from collections.abc import Callable
from typing import Any, Final

from core.domain.errors import ModelUnavailable
from workers.generators.support.engine.family import Family
from workers.generators.support.engine.flows import Flux, FluxFill, StableDiffusion3
from workers.generators.support.engine.unets import StableDiffusion, StableDiffusionXl

_FAMILIES: Final[dict[str, Callable[[Any], Family]]] = {
    "StableDiffusionPipeline": StableDiffusion,
    "StableDiffusionInpaintPipeline": StableDiffusion,
    "LatentConsistencyModelPipeline": StableDiffusion,
    "StableDiffusionXLPipeline": StableDiffusionXl,
    "StableDiffusionXLInpaintPipeline": StableDiffusionXl,
    "StableDiffusion3Pipeline": StableDiffusion3,
    "FluxPipeline": Flux,
    "FluxFillPipeline": FluxFill,
}


def family_of(pipe: Any) -> Family:
    """Return the family of a pipeline.

    Raises:
        ModelUnavailable: It is of a kind that is not known here.
    """
    name = type(pipe).__name__
    if name not in _FAMILIES:
        known = ", ".join(sorted(_FAMILIES))
        raise ModelUnavailable(f"pipeline {name} is not known; these are: {known}")
    return _FAMILIES[name](pipe)
