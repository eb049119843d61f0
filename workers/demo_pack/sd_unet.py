"""Second stage of the demo Stable Diffusion: words get a meaning, then the UNet learns to draw.

Conditioning is what a small diffusion model lacks first, so the text encoder learns to tell the
prompt's attributes before the UNet sees it, and goes on learning with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTextModel, CLIPTokenizer

from workers.demo_pack.prompts import prompt
from workers.demo_pack.scene import CONDITIONS, SITES
from workers.demo_pack.schedule import (
    Average,
    Progress,
    cosine,
    load_checkpoint,
    save_checkpoint,
)
from workers.demo_pack.sd_parts import TEXT_WIDTH, WORDS, scheduler, text_encoder, unet

BATCH = 24
EMPTY_SHARE = 0.1
# Horn plugs and furrows are what tells this growth from a melanoma, and the last to be learned.
EMPHASIS = {"seborrheic-keratosis": 2.5, "melanoma": 1.3, "basal-cell-carcinoma": 1.3}
_SIZES = (len(CONDITIONS), 6, len(SITES), 3)
Labels = NDArray[np.int64]


class Words:
    """Turns labels (B, 4) into token ids (B, WORDS), remembering every prompt."""

    def __init__(self, tokenizer: CLIPTokenizer) -> None:
        self._tokenizer = tokenizer
        self._known: dict[str, list[int]] = {}

    def ids(self, labels: Labels, rng: np.random.Generator, empty: float = 0.0) -> Tensor:
        """Token ids of the labels' prompts; a share of them is replaced by the empty prompt."""
        texts = [
            "" if rng.random() < empty else prompt(CONDITIONS[c], t + 1, SITES[s], v + 1)
            for c, t, s, v in labels.tolist()
        ]
        return torch.tensor([self._of(text) for text in texts])

    def _of(self, text: str) -> list[int]:
        if text not in self._known:
            encoded = self._tokenizer(text, padding="max_length", max_length=WORDS, truncation=True)
            self._known[text] = encoded.input_ids
        return self._known[text]


def teach_words(tokenizer: CLIPTokenizer, steps: int = 400) -> CLIPTextModel:
    """Train a text encoder until each position tells condition, tone, site and severity."""
    torch.random.default_generator.manual_seed(0)
    model, rng, words = text_encoder(tokenizer), np.random.default_rng(0), Words(tokenizer)
    heads = nn.ModuleList(nn.Linear(TEXT_WIDTH, n) for n in _SIZES)
    optimizer = torch.optim.AdamW([*model.parameters(), *heads.parameters()], 1e-3)
    progress = Progress(name="words", steps=steps, every=200)
    for step in range(steps):
        labels = np.stack([rng.integers(0, n, 64) for n in _SIZES], 1)
        hidden = model(words.ids(labels, rng)).last_hidden_state[:, 1:]  # (B, WORDS - 1, width)
        target = torch.from_numpy(labels)[:, :, None].expand(-1, -1, hidden.shape[1])
        loss = sum(
            functional.cross_entropy(head(hidden)[:, -6:].transpose(1, 2), target[:, i, -6:])
            for i, head in enumerate(heads)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        progress.step(step, loss=float(loss))
    return model


def noise_loss(
    net: UNet2DConditionModel, latents: Tensor, hidden: Tensor, alphas: Tensor
) -> Tensor:
    """Velocity error of a batch of scaled latents (B, 4, h, w), weighted by min-SNR.

    Source: T. Salimans and J. Ho, ICLR 2022 (velocity); T. Hang et al., ICCV 2023 (min-SNR,
    gamma 5, in its form for velocities).
    """
    times = torch.randint(0, len(alphas), (len(latents),))
    noise = torch.randn_like(latents)
    alpha = alphas[times].view(-1, 1, 1, 1)
    mixed = alpha.sqrt() * latents + (1 - alpha).sqrt() * noise
    target = alpha.sqrt() * noise - (1 - alpha).sqrt() * latents
    with torch.autocast("cpu", torch.bfloat16):
        guess = net(mixed, times, encoder_hidden_states=hidden).sample
    ratio = alphas[times] / (1 - alphas[times]).clamp(min=1e-8)
    weight = ratio.clamp(max=5) / (ratio + 1)
    # A floor keeps the noisiest steps, which decide tone and layout, from being ignored.
    return ((guess.float() - target).square().mean((1, 2, 3)) * weight.clamp(min=0.15)).mean()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """Scaled latents (N, 4, h, w), their labels (N, 4), and the tokenizer of their prompts."""

    latents: Tensor
    labels: Labels
    words: Words

    def take(self, rows: Labels) -> Tensor:
        """Latents of some rows, channels last in memory."""
        chosen = self.latents[torch.from_numpy(rows)]
        return chosen.contiguous(memory_format=torch.channels_last)


class UnetTraining:
    """UNet and text encoder under training; goes on from the checkpoint if there is one."""

    def __init__(self, lessons: Lessons, tokenizer: CLIPTokenizer, checkpoint: Path) -> None:
        torch.random.default_generator.manual_seed(0)
        self._lessons, self._checkpoint = lessons, checkpoint
        state = load_checkpoint(checkpoint)
        self.net = unet().to(memory_format=torch.channels_last)
        # The fused attention kernel trains three times slower in bfloat16 on CPUs.
        self.net.set_attn_processor(AttnProcessor())
        self.encoder = teach_words(tokenizer) if state is None else text_encoder(tokenizer)
        self._parameters = [*self.net.parameters(), *self.encoder.parameters()]
        groups = [
            {"params": list(self.net.parameters()), "peak": 1e-3},
            {"params": list(self.encoder.parameters()), "peak": 3e-4},
        ]
        self._optimizer = torch.optim.AdamW(groups, 1e-3, weight_decay=0.01, betas=(0.9, 0.99))
        self.average, self.done = Average(self._parameters), 0
        self._alphas = scheduler().alphas_cumprod
        if state is not None:
            self._restore(state)
        self._rng = np.random.default_rng(self.done)
        self._shares = _shares(lessons.labels)

    def _restore(self, state: dict[str, Any]) -> None:
        self.net.load_state_dict(state["unet"])
        self.encoder.load_state_dict(state["text"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.average = Average(self._parameters, steps=state["step"])
        self.average.values, self.done = state["average"], state["step"]
        torch.random.default_generator.manual_seed(self.done)

    def step(self, steps: int) -> float:
        """Take one of `steps` steps and return its loss."""
        for group in self._optimizer.param_groups:
            group["lr"] = group["peak"] * cosine(self.done, steps, 200)
        rows = self._rng.choice(len(self._shares), BATCH, p=self._shares)
        ids = self._lessons.words.ids(self._lessons.labels[rows], self._rng, EMPTY_SHARE)
        hidden = self.encoder(ids).last_hidden_state
        loss = noise_loss(self.net, self._lessons.take(rows), hidden, self._alphas)
        self._optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()
        self.average.update()
        self.done += 1
        return float(loss)

    def save(self) -> None:
        """Write the checkpoint."""
        state = {"unet": self.net.state_dict(), "text": self.encoder.state_dict()}
        state |= {"optimizer": self._optimizer.state_dict(), "average": self.average.values}
        save_checkpoint(self._checkpoint, state | {"step": self.done})


def _shares(labels: Labels) -> NDArray[np.float64]:
    """How often each picture is drawn; conditions with the finest detail come more often."""
    weights = np.ones(len(labels))
    for condition, weight in EMPHASIS.items():
        weights[labels[:, 0] == CONDITIONS.index(condition)] = weight
    return weights / weights.sum()


def train_unet(
    training: UnetTraining,
    steps: int,
    preview: Callable[[UNet2DConditionModel, CLIPTextModel, int], None],
) -> tuple[UNet2DConditionModel, CLIPTextModel]:
    """Train to the end; the preview sees the averaged weights every 500 steps."""
    progress = Progress(name="unet", steps=steps)
    while training.done < steps:
        progress.step(training.done, loss=training.step(steps))
        if training.done % 100 == 0 or training.done == steps:
            training.save()
        if training.done % 500 == 0:
            training.average.swap()
            preview(training.net, training.encoder, training.done)
            training.average.swap()
    training.average.swap()
    return training.net.eval(), training.encoder.eval()
