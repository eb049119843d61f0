"""Families whose model is a UNet: Stable Diffusion 1 and 2, LCM, SDXL, and inpainting forms."""

from typing import Any

import torch

from workers.generators.support.engine.family import PipelineFamily, Row


class StableDiffusion(PipelineFamily):
    """Stable Diffusion 1 and 2 and their inpainting and LCM forms: a UNet that reads CLIP."""

    def __init__(self, pipe: Any) -> None:
        super().__init__(pipe, pipe.unet)

    @property
    def size_px(self) -> int:
        return int(self.model.config.sample_size * self.pipe.vae_scale_factor)

    @property
    def inpaints(self) -> bool:
        return bool(self.model.config.in_channels == 2 * self.channels + 1)

    def words(self, text: str) -> Row:
        embeds, _ = self.pipe.encode_prompt(text, self.pipe.device, 1, False)  # noqa: FBT003
        return {"encoder_hidden_states": embeds}

    def nothing(self) -> Row:
        return self.words("")

    def row(self, words: Row, size_px: int, guidance: float) -> Row:  # noqa: ARG002 - the protocol's form
        width = self.model.config.time_cond_proj_dim
        if width is None:
            return words
        # A distilled model (LCM) is told the strength of guidance instead of being steered.
        scale = torch.tensor([guidance - 1])
        told = self.pipe.get_guidance_scale_embedding(scale, embedding_dim=width)
        return {**words, "timestep_cond": told.to(self.pipe.device, self.model.dtype)}

    def guided(self, guidance: float) -> bool:
        return guidance > 1 and self.model.config.time_cond_proj_dim is None

    def predict(self, latents: torch.Tensor, times: torch.Tensor, rows: Row) -> torch.Tensor:
        added = {name: rows[name] for name in ("text_embeds", "time_ids") if name in rows}
        predicted: torch.Tensor = self.model(
            latents,
            times,
            encoder_hidden_states=rows["encoder_hidden_states"],
            timestep_cond=rows.get("timestep_cond"),
            added_cond_kwargs=added or None,
            return_dict=False,
        )[0]
        return predicted


class StableDiffusionXl(StableDiffusion):
    """SDXL: two text encoders, and a UNet that is told sizes besides."""

    def words(self, text: str) -> Row:
        embeds, _, pooled, _ = self.pipe.encode_prompt(
            prompt=text, device=self.pipe.device, do_classifier_free_guidance=False
        )
        return {"encoder_hidden_states": embeds, "text_embeds": pooled}

    def nothing(self) -> Row:
        empty = self.words("")
        if not self.pipe.config.force_zeros_for_empty_prompt:
            return empty
        return {name: torch.zeros_like(value) for name, value in empty.items()}

    def row(self, words: Row, size_px: int, guidance: float) -> Row:
        size = (size_px, size_px)
        # The inpainting pipeline's method has more arguments, for refiners; base models use none.
        ids = [*size, 0, 0, *size]
        told = torch.tensor([ids], device=self.pipe.device, dtype=self.model.dtype)
        return {**super().row(words, size_px, guidance), "time_ids": told}
