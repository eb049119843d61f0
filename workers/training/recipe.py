"""Everything that decides what a training run gives, checked before anything is loaded.

A recipe is written in TOML (one `name = value` per line, names as below) or given on the command
line; `workers.training.options` reads both. The docstring below a field is its help text.

Source of the defaults: the LoRA example of diffusers (`train_text_to_image_lora.py`: rate 1e-4,
one clip norm of 1, weight decay 0.01); E. Hu et al., "LoRA", ICLR 2022 (rank, alpha, attention as
target); T. Hang et al., "Efficient Diffusion Training via Min-SNR Weighting", ICCV 2023 (gamma 5).
"""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

RENDERED: Final = "rendered"
GENERATED: Final = "generated"
Share = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class DataPart(_Part):
    """What is learned from."""

    base: str
    """Folder or Hub id of a Stable Diffusion checkpoint in the layout of diffusers."""
    revision: str | None = None
    """Commit or branch of a Hub id; None for its main branch."""
    data: str = RENDERED
    """`rendered` for the demo pack's renderer, or a folder of images with captions."""
    conditions: tuple[str, ...] = ()
    """Conditions to learn; empty for all that a folder has, or all held out of the demo base."""
    images_per_condition: Annotated[int, Field(ge=0)] = 0
    """Pictures used of each condition; 0 for all of a folder, or 200 renders."""
    data_seed: Annotated[int, Field(ge=0)] = 3_000_000
    """First seed of the renders, and seed of the choice where a folder has more pictures."""
    size_px: Annotated[int, Field(ge=16, multiple_of=8)] | None = None
    """Side of the square that is trained on; None for the base's own."""
    crop: Literal["center", "random"] = "center"
    """Which square of a picture that is not square is used."""
    mirror: bool = False
    """Mirror half of the pictures left to right."""
    unreadable: Literal["stop", "skip"] = "stop"
    """What to do about pictures that cannot be read."""


class WordsPart(_Part):
    """What the pictures are called."""

    caption_style: Literal["token", "name", "attributes", "verbatim"] = "attributes"
    """A rare word per condition, its name, name with tone, site and severity, or as written."""
    empty_captions: Share = 0.05
    """Share of captions replaced by nothing, which guidance needs."""
    adapters: Literal["unified", "per-condition"] = "unified"
    """One adapter for everything, or one for each condition in a folder of its own."""


class PriorPart(_Part):
    """What must not be forgotten (N. Ruiz et al., "DreamBooth", CVPR 2023)."""

    prior_share: Share = 0.0
    """Share of each batch that shows what the base knows already; 0 for none."""
    prior_data: str = GENERATED
    """`generated` by the base before training, `rendered` base conditions, or an image folder."""
    prior_captions: tuple[str, ...] = ("photo of healthy skin",)
    """Prompts of generated prior pictures."""
    prior_images: Count = 64
    """How many prior pictures are generated, or rendered."""
    prior_weight: Annotated[float, Field(gt=0)] = 1.0
    """Weight of a prior picture's error."""


class AdapterPart(_Part):
    """What is trained."""

    rank: Count = 16
    """Rank of the two matrices."""
    alpha: Annotated[float, Field(gt=0)] | None = None
    """Scale of the adapter is alpha / rank; None for alpha = rank."""
    targets: tuple[str, ...] = ("attention",)
    """Layer names of the denoiser, or the sets `attention`, `convolutions`, `feed-forward`."""
    dropout: Share = 0.0
    """Dropout inside the adapter."""
    text_encoder: bool = False
    """Also train an adapter of every text encoder's attention."""
    saved_as: Literal["fp32", "fp16"] = "fp16"
    """Number format of the adapter's file."""


class LearningPart(_Part):
    """How it is trained."""

    steps: Count = 1000
    """Optimiser steps."""
    batch: Count = 4
    """Pictures per pass and process."""
    accumulation: Count = 1
    """Passes per optimiser step."""
    rate: Annotated[float, Field(gt=0, le=1)] = 1e-4
    """Learning rate at its peak."""
    text_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    """Learning rate of the text encoders; None for a tenth of `rate`."""
    schedule: Literal[
        "constant", "constant_with_warmup", "linear", "cosine", "cosine_with_restarts", "polynomial"
    ] = "cosine"
    """How the learning rate changes."""
    warm_up: Annotated[int, Field(ge=0)] = 0
    """Steps until the learning rate is at its peak."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    """Weight decay of AdamW."""
    clip: Annotated[float, Field(gt=0)] = 1.0
    """Largest norm of the gradient."""
    min_snr: Annotated[float, Field(gt=0)] | None = 5.0
    """Gamma of min-SNR weighting; leave out with `none`."""
    least_weight: Share = 0.0
    """Floor under min-SNR weights; a base with zero terminal SNR needs one, such as 0.15."""
    noise_offset: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Noise shared by all pixels of a channel; helps very dark and very light pictures."""
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    """Number format of the passes; `fp16` needs a GPU."""
    gradient_checkpointing: bool = False
    """Save memory by computing activations twice."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Decides first weights, order, noise and captions of every step."""


class RunPart(_Part):
    """What is written, and when. Nothing here changes the weights."""

    out: Path
    """Folder of the run."""
    save_every: Annotated[int, Field(ge=0)] = 250
    """Steps between two checkpoints; 0 for one at the end only."""
    keep: Count = 2
    """How many checkpoints are kept."""
    sample_every: Annotated[int, Field(ge=0)] = 0
    """Steps between two sample grids; 0 for none."""
    sample_captions: tuple[str, ...] = ()
    """Prompts of the sample grid; empty for one caption of each condition."""
    sample_steps: Count = 20
    """Denoising steps of a sample."""
    sample_guidance: Annotated[float, Field(ge=0)] = 2.5
    """Guidance of a sample."""
    cached_pictures: Annotated[int, Field(ge=0)] = 4096
    """Encoded pictures kept in memory."""
    device: Literal["auto", "cpu"] = "auto"
    """Where to train; `auto` takes what accelerate finds."""


class Recipe(RunPart, LearningPart, AdapterPart, PriorPart, WordsPart, DataPart):
    """A checked recipe.

    Raises:
        ValidationError: A field is missing, unknown or out of range, or two do not fit.
    """

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.warm_up >= self.steps and self.warm_up:
            raise ValueError(f"warm_up ({self.warm_up}) must be smaller than steps ({self.steps})")
        if self.prior_share and self.own_per_batch == self.batch:
            raise ValueError(
                f"prior_share ({self.prior_share}) of a batch of {self.batch} is less than one "
                "picture; raise one of them"
            )
        if self.prior_data == GENERATED and self.prior_share and not self.prior_captions:
            raise ValueError("prior_captions are needed to generate prior pictures")
        return self

    @property
    def own_per_batch(self) -> int:
        """How many pictures of a batch are what is learned; at least one."""
        return max(1, self.batch - round(self.batch * self.prior_share))

    @property
    def scale_alpha(self) -> float:
        """Alpha, filled in."""
        return self.alpha if self.alpha is not None else float(self.rank)

    def decisive(self) -> dict[str, Any]:
        """Return the settings that change the weights, as plain JSON values."""
        return self.model_dump(mode="json", exclude=set(RunPart.model_fields))

    def fingerprint(self) -> str:
        """Return a short digest of the settings that change the weights."""
        text = json.dumps(self.decisive(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
