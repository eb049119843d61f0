"""Loads pipelines: from folders and hubs in the layout of diffusers, and from one-file checkpoints.

Sampling options of an entry: ``single_file`` (a checkpoint in the original one-file layout),
``layout`` (folder or hub id with the configuration of a one-file checkpoint, its kind included; the
recognised kind's usual one on the hub when it is missing), ``scheduler`` (a class name of
diffusers), ``compile``.
"""

from pathlib import Path
from typing import Any, Final

import diffusers
from diffusers import DiffusionPipeline
from diffusers.loaders.single_file_utils import (
    infer_diffusers_model_type,
    load_single_file_checkpoint,
)
from huggingface_hub import hf_hub_download

from core.domain.errors import ModelUnavailable
from workers.devices import Device
from workers.entries import ModelEntry
from workers.quantisation import INT8, int8

_ONE_FILE: Final = {
    "v1": "StableDiffusionPipeline",
    "v2": "StableDiffusionPipeline",
    "inpainting": "StableDiffusionInpaintPipeline",
    "inpainting_v2": "StableDiffusionInpaintPipeline",
    "xl_base": "StableDiffusionXLPipeline",
    "xl_inpaint": "StableDiffusionXLInpaintPipeline",
    "playground-v2-5": "StableDiffusionXLPipeline",
    "sd3": "StableDiffusion3Pipeline",
    "sd35_medium": "StableDiffusion3Pipeline",
    "sd35_large": "StableDiffusion3Pipeline",
    "flux-dev": "FluxPipeline",
    "flux-schnell": "FluxPipeline",
    "flux-fill": "FluxFillPipeline",
}
"""Class of the pipeline by what diffusers recognises in a file."""


def load_pipeline(entry: ModelEntry, device: Device) -> Any:
    """Return a pipeline on its device, in the number format of its entry.

    Raises:
        ModelUnavailable: An option makes no sense.
        OSError: Files are missing.
        ValueError: Files are of no layout that diffusers knows.
    """
    dtype = device.dtype_for(entry.dtype)
    pipe = _one_file(entry, dtype) if "single_file" in entry.options else _layout(entry, dtype)
    if scheduler := str(entry.options.get("scheduler", "")):
        pipe.scheduler = getattr(diffusers, scheduler).from_config(pipe.scheduler.config)
    pipe.to(device.name)
    pipe.set_progress_bar_config(disable=True)
    if entry.dtype == INT8:
        int8(denoiser(pipe))
    return pipe


def denoiser(pipe: Any) -> Any:
    """Return the module that predicts noise."""
    return pipe.unet if hasattr(pipe, "unet") else pipe.transformer


def finish(pipe: Any, entry: ModelEntry) -> None:
    """Compile the repeated blocks of the denoiser, if asked for; after adapters are in place."""
    if entry.options.get("compile", False):
        # Region by region: minutes less to wait for than the whole graph, and nearly as fast.
        denoiser(pipe).compile_repeated_blocks(dynamic=True)


def _layout(entry: ModelEntry, dtype: Any) -> Any:
    layout = DiffusionPipeline.load_config(entry.source, revision=entry.revision)
    # Stable Diffusion's safety checker blacks out bare skin; prompts are ontology terms only.
    unchecked = {"safety_checker": None, "requires_safety_checker": False}
    return DiffusionPipeline.from_pretrained(
        entry.source,
        revision=entry.revision,
        dtype=dtype,
        **(unchecked if "safety_checker" in layout else {}),
    )


def _one_file(entry: ModelEntry, dtype: Any) -> Any:
    name = str(entry.options["single_file"])
    path = (
        entry.folder / name
        if entry.folder
        else Path(hf_hub_download(entry.checkpoint, name, revision=entry.revision))
    )
    if layout := str(entry.options.get("layout", "")):
        kind = DiffusionPipeline.load_config(layout)["_class_name"]
        return getattr(diffusers, kind).from_single_file(str(path), dtype=dtype, config=layout)
    kind = infer_diffusers_model_type(load_single_file_checkpoint(str(path)))
    if kind not in _ONE_FILE:
        raise ModelUnavailable(f"{entry.label}: {path.name} is of kind {kind}, which is not known")
    return getattr(diffusers, _ONE_FILE[kind]).from_single_file(str(path), dtype=dtype)
