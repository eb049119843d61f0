"""Families whose model is a transformer that follows a flow: SD 3, FLUX.1 and its form to fill."""

from typing import Any

import torch

from workers.generators.support.engine.family import PipelineFamily, Row


class StableDiffusion3(PipelineFamily):
    """SD 3: a transformer over latents and three text encoders, flow matching."""

    def __init__(self, pipe: Any) -> None:
        super().__init__(pipe, pipe.transformer)

    @property
    def size_px(self) -> int:
        return int(self.model.config.sample_size * self.pipe.vae_scale_factor)

    def words(self, text: str) -> Row:
        embeds, _, pooled, _ = self.pipe.encode_prompt(
            text, None, None, device=self.pipe.device, do_classifier_free_guidance=False
        )
        return {"encoder_hidden_states": embeds, "pooled_projections": pooled}

    def nothing(self) -> Row:
        return self.words("")

    def row(self, words: Row, size_px: int, guidance: float) -> Row:  # noqa: ARG002 - the protocol's form
        return words

    def course(self, scheduler: Any, size_px: int, steps: int) -> dict[str, Any]:
        if not scheduler.config.get("use_dynamic_shifting"):
            return {"num_inference_steps": steps}
        side = size_px // self.pipe.vae_scale_factor // self.model.config.patch_size
        return {"num_inference_steps": steps, "mu": shift(scheduler, side * side, 1.16)}

    def predict(self, latents: torch.Tensor, times: torch.Tensor, rows: Row) -> torch.Tensor:
        predicted: torch.Tensor = self.model(
            hidden_states=latents, timestep=times, return_dict=False, **rows
        )[0]
        return predicted


class Flux(PipelineFamily):
    """FLUX.1: a transformer over packed latents; guidance is told to it, not steered by."""

    def __init__(self, pipe: Any) -> None:
        super().__init__(pipe, pipe.transformer)

    @property
    def size_px(self) -> int:
        return int(self.pipe.default_sample_size * self.pipe.vae_scale_factor)

    def words(self, text: str) -> Row:
        embeds, pooled, _ = self.pipe.encode_prompt(text, None, device=self.pipe.device)
        return {"encoder_hidden_states": embeds, "pooled_projections": pooled}

    def nothing(self) -> Row:
        return self.words("")

    def row(self, words: Row, size_px: int, guidance: float) -> Row:  # noqa: ARG002 - the protocol's form
        if not self.model.config.guidance_embeds:
            return words
        told = torch.tensor([guidance], device=self.pipe.device, dtype=torch.float32)
        return {**words, "guidance": told}

    def guided(self, guidance: float) -> bool:  # noqa: ARG002 - the protocol's form
        return False

    def noise(self, size_px: int, generator: torch.Generator) -> torch.Tensor:
        # Latents are packed two by two: their sides are even.
        return super().noise(size_px // (step := self.pipe.vae_scale_factor * 2) * step, generator)

    def course(self, scheduler: Any, size_px: int, steps: int) -> dict[str, Any]:
        side = size_px // (self.pipe.vae_scale_factor * 2)
        sigmas = [1.0 - (1.0 - 1 / steps) * i / max(1, steps - 1) for i in range(steps)]
        told = {"mu": shift(scheduler, side * side, 1.15)}
        if scheduler.config.get("use_flow_sigmas"):
            return {"num_inference_steps": steps, **told}
        return {"sigmas": sigmas, **told}

    def predict(self, latents: torch.Tensor, times: torch.Tensor, rows: Row) -> torch.Tensor:
        rows_, channels, height, width = latents.shape
        device, dtype = latents.device, latents.dtype
        packed = self.pipe._pack_latents(latents, rows_, channels, height, width)  # noqa: SLF001 - the layout is the pipeline's own
        places = self.pipe._prepare_latent_image_ids(1, height // 2, width // 2, device, dtype)  # noqa: SLF001
        words = rows["encoder_hidden_states"]
        predicted = self.model(
            hidden_states=packed,
            timestep=times.to(dtype) / 1000,
            txt_ids=torch.zeros(words.shape[1], 3, device=device, dtype=words.dtype),
            img_ids=places,
            return_dict=False,
            **rows,
        )[0]
        factor = self.pipe.vae_scale_factor
        unpacked: torch.Tensor = self.pipe._unpack_latents(  # noqa: SLF001
            predicted, height * factor, width * factor, factor
        )
        return unpacked


class FluxFill(Flux):
    """FLUX.1 Fill: sees the masked photo beside the latents, and the mask in all its pixels."""

    @property
    def inpaints(self) -> bool:
        return True

    @property
    def encodes_first(self) -> bool:
        return True

    def beside(self, mask: torch.Tensor, masked: torch.Tensor) -> torch.Tensor:
        folded = torch.nn.functional.pixel_unshuffle(mask, self.pipe.vae_scale_factor)
        return torch.cat([masked, folded.to(masked.device, masked.dtype)], dim=1)


def shift(scheduler: Any, tokens: int, most: float) -> float:
    """Return how far noise is shifted for a picture of so many tokens.

    Source: ``calculate_shift`` of diffusers' FLUX and SD 3 pipelines; ``most`` is their default for
    a scheduler that names no ``max_shift``.
    """
    config = scheduler.config
    low, high = config.get("base_image_seq_len", 256), config.get("max_image_seq_len", 4096)
    base, top = config.get("base_shift", 0.5), config.get("max_shift", most)
    slope = (top - base) / (high - low)
    return float(tokens * slope + base - slope * low)
