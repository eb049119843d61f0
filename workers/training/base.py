"""Loads the checkpoint that an adapter is trained for, and says clearly where that cannot be done.

Stable Diffusion 1.x and 2.x (noise and velocity prediction) and SDXL are trained. Flow-matching
models (SD 3, FLUX and later) have a transformer and another objective; they are refused by name.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from diffusers import DDPMScheduler, DiffusionPipeline
from torch import Tensor

from workers.training.errors import BaseModelError
from workers.training.hush import quiet
from workers.training.recipe import Recipe

LAYOUTS: Final = ("StableDiffusionPipeline", "StableDiffusionXLPipeline")
_WEIGHTS: Final = (".safetensors", ".bin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A frozen pipeline and what training needs to know of it.

    Attributes:
        pipe: The pipeline; its own scheduler draws the samples.
        device: Where it is.
        alphas: Cumulative alphas of the training schedule, (T,).
        prediction: What the denoiser predicts.
        size_px: Side of the pictures that it was made for.
        digest: Short digest of its weights, or the Hub commit.
        name: Folder or Hub id, for cards.
    """

    pipe: Any
    device: torch.device
    alphas: Tensor
    prediction: str
    size_px: int
    digest: str
    name: str

    @property
    def text_encoders(self) -> dict[str, Any]:
        """Text encoders by their names in the pipeline."""
        names = ("text_encoder", "text_encoder_2")
        found = {name: getattr(self.pipe, name, None) for name in names}
        return {name: encoder for name, encoder in found.items() if encoder is not None}

    def words(self, caption: str) -> dict[str, Tensor]:
        """Encode one caption: hidden states (1, L, D), and for SDXL the pooled ones (1, P)."""
        out = self.pipe.encode_prompt(
            prompt=caption,
            device=self.device,
            num_images_per_prompt=1,
            do_classifier_free_guidance=False,
        )
        return {"hidden": out[0]} if len(out) == 2 else {"hidden": out[0], "pooled": out[2]}

    def guess(self, noisy: Tensor, times: Tensor, words: Mapping[str, Tensor]) -> Tensor:
        """Run the denoiser on latents (B, 4, h, w); the words have B rows."""
        more = {}
        if "pooled" in words:
            side = noisy.shape[-1] * self.pipe.vae_scale_factor
            # Original size, crop corner and target size: pictures are trained whole.
            sizes = torch.tensor([side, side, 0, 0, side, side], device=self.device)
            ids = sizes.to(noisy.dtype).repeat(len(noisy), 1)  # (B, 6)
            more = {"added_cond_kwargs": {"text_embeds": words["pooled"], "time_ids": ids}}
        return self.pipe.unet(noisy, times, encoder_hidden_states=words["hidden"], **more).sample

    def latents(self, pixels: Tensor) -> Tensor:
        """Mean and deviation of the scaled latents of one picture (1, 3, S, S), (2, 4, h, w)."""
        vae = self.pipe.vae
        spread = vae.encode(pixels.to(vae.device, vae.dtype)).latent_dist
        shift = getattr(vae.config, "shift_factor", None) or 0.0
        both = torch.cat([spread.mean - shift, spread.std])
        return both.float() * vae.config.scaling_factor


def load_base(recipe: Recipe, device: torch.device) -> Base:
    """Load and freeze the base checkpoint.

    Raises:
        BaseModelError: It is missing, damaged, or of a layout that cannot be trained.
    """
    layout = _layout(recipe)
    half = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(recipe.precision, torch.float32)
    try:
        with quiet():
            pipe = DiffusionPipeline.from_pretrained(
                recipe.base,
                revision=recipe.revision,
                # Half-precision weights save memory on a GPU and only lose digits on a CPU.
                dtype=half if device.type != "cpu" else torch.float32,
                **(_UNCHECKED if "safety_checker" in layout else {}),
            ).to(device)
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, AttributeError) as error:
        raise BaseModelError(f"{recipe.base} cannot be loaded: {_first_line(error)}") from error
    pipe.set_progress_bar_config(disable=True)
    for part in pipe.components.values():
        if isinstance(part, torch.nn.Module):
            part.requires_grad_(requires_grad=False)
            part.eval()
    if getattr(pipe.vae.config, "force_upcast", False):
        pipe.vae.to(torch.float32)
    return _described(pipe, recipe, device)


_UNCHECKED: Final = {"safety_checker": None, "requires_safety_checker": False}


def _layout(recipe: Recipe) -> dict[str, Any]:
    try:
        layout = dict(DiffusionPipeline.load_config(recipe.base, revision=recipe.revision))
    except (OSError, ValueError) as error:
        raise BaseModelError(
            f"{recipe.base} is no checkpoint in the layout of diffusers (a folder or Hub id with "
            f"model_index.json): {_first_line(error)}"
        ) from error
    name = str(layout.get("_class_name", "nothing"))
    if name not in LAYOUTS:
        raise BaseModelError(
            f"{recipe.base} is a {name}; adapters can be trained for {' and '.join(LAYOUTS)}. "
            "Transformer models with flow matching (SD 3, FLUX) are not supported"
        )
    return layout


def _described(pipe: Any, recipe: Recipe, device: torch.device) -> Base:
    channels = pipe.unet.config.in_channels
    if channels != pipe.vae.config.latent_channels:
        raise BaseModelError(
            f"{recipe.base} takes {channels} channels: it is made for inpainting or editing. "
            "Train on its text-to-image base; the adapter fits both"
        )
    scheduler = DDPMScheduler.from_config(pipe.scheduler.config)
    prediction = scheduler.config.prediction_type
    if prediction not in ("epsilon", "v_prediction") or "sigma_data" in pipe.scheduler.config:
        raise BaseModelError(
            f"{recipe.base} predicts {prediction!r} with {type(pipe.scheduler).__name__}; only "
            "noise (epsilon) and velocity (v_prediction) can be trained"
        )
    return Base(
        pipe=pipe,
        device=device,
        alphas=scheduler.alphas_cumprod.to(device),
        prediction=prediction,
        size_px=recipe.size_px or int(pipe.unet.config.sample_size * pipe.vae_scale_factor),
        digest=folder_digest(Path(recipe.base)) or recipe.revision or "main",
        name=recipe.base,
    )


def folder_digest(folder: Path) -> str:
    """Return a short digest of a folder's weights; empty if there is no such folder."""
    if not folder.is_dir():
        return ""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in _WEIGHTS):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
