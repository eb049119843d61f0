"""Second stage of the demo Stable Diffusion: words get a meaning, then the UNet learns to draw.

Conditioning is what a small diffusion model lacks first, so the text encoder learns to tell the
prompt's attributes before the UNet sees it, and goes on learning with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTextModel, CLIPTokenizer

from workers.demo_pack.learning import Learner, Plan, Watch
from workers.demo_pack.prompts import prompt
from workers.demo_pack.scene import CONDITIONS, SITES
from workers.demo_pack.schedule import Progress
from workers.demo_pack.sd_parts import TEXT_WIDTH, WORDS, scheduler, text_encoder, unet

BATCH = 32
EMPTY_SHARE = 0.1
# Horn plugs and furrows are what tells this growth from a melanoma, and the last to be learned.
EMPHASIS = {"seborrheic-keratosis": 1.5, "melanoma": 1.3, "basal-cell-carcinoma": 1.3}
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
    """Velocity error of a batch of scaled latents (B, C, h, w), weighted by min-SNR.

    Source: T. Salimans and J. Ho, ICLR 2022 (velocity); T. Hang et al., ICCV 2023 (min-SNR,
    gamma 5, in its form for velocities).
    """
    noisy = Noisy.of(latents, alphas)
    guess = noisy.velocity(net, hidden)
    ratio = noisy.alpha.flatten() / (1 - noisy.alpha.flatten()).clamp(min=1e-8)
    weight = ratio.clamp(max=5) / (ratio + 1)
    # A floor keeps the noisiest steps, which decide tone and layout, from being ignored.
    return ((guess - noisy.target).square().mean((1, 2, 3)) * weight.clamp(min=0.15)).mean()


@dataclass(frozen=True, slots=True, kw_only=True)
class Noisy:
    """Latents (B, C, h, w) with noise, the step of each, and the velocity that leads back."""

    mixed: Tensor
    times: Tensor
    alpha: Tensor
    target: Tensor

    @classmethod
    def of(cls, latents: Tensor, alphas: Tensor) -> "Noisy":
        """Add noise of a random step (an index of `alphas`) to each of the latents."""
        times = torch.randint(0, len(alphas), (len(latents),))
        noise, alpha = torch.randn_like(latents), alphas[times].view(-1, 1, 1, 1)
        return cls(
            mixed=alpha.sqrt() * latents + (1 - alpha).sqrt() * noise,
            times=times,
            alpha=alpha,
            target=alpha.sqrt() * noise - (1 - alpha).sqrt() * latents,
        )

    def velocity(self, net: UNet2DConditionModel, hidden: Tensor) -> Tensor:
        """What the model takes the velocity for."""
        with torch.autocast("cpu", torch.bfloat16):
            guess: Tensor = net(self.mixed, self.times, encoder_hidden_states=hidden).sample
        return guess.float()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """Scaled latents (N, C, h, w), their labels (N, 4), and the tokenizer of their prompts."""

    latents: Tensor
    labels: Labels
    words: Words

    def take(self, rows: Labels) -> Tensor:
        """Latents of some rows, channels last in memory."""
        chosen = self.latents[torch.from_numpy(rows)]
        return chosen.contiguous(memory_format=torch.channels_last)

    def without(self, conditions: Sequence[str]) -> "Lessons":
        """The lessons that show none of some conditions."""
        keep = ~np.isin(self.labels[:, 0], [CONDITIONS.index(c) for c in conditions])
        return Lessons(
            latents=self.latents[torch.from_numpy(keep)], labels=self.labels[keep], words=self.words
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The UNet and the text encoder that speaks to it."""

    net: UNet2DConditionModel
    encoder: CLIPTextModel


def untrained(tokenizer: CLIPTokenizer, *, words: int = 400) -> Drawing:
    """A UNet that draws noise, and a text encoder that knows its words (`words` steps)."""
    torch.random.default_generator.manual_seed(0)
    net = unet().to(memory_format=torch.channels_last)
    # The fused attention kernel trains three times slower in bfloat16 on CPUs.
    net.set_attn_processor(AttnProcessor())
    return Drawing(net=net, encoder=teach_words(tokenizer, words))


def _shares(labels: Labels) -> NDArray[np.float64]:
    """How often each picture is drawn; conditions with the finest detail come more often."""
    weights = np.ones(len(labels))
    for condition, weight in EMPHASIS.items():
        weights[labels[:, 0] == CONDITIONS.index(condition)] = weight
    return weights / weights.sum()


def train_unet(drawing: Drawing, lessons: Lessons, plan: Plan, watch: Watch | None = None) -> None:
    """Train to the plan's end; the drawing then holds the averaged weights."""
    alphas, shares = scheduler().alphas_cumprod, _shares(lessons.labels)

    def loss(rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        rows = rng.choice(len(shares), BATCH, p=shares)
        ids = lessons.words.ids(lessons.labels[rows], rng, EMPTY_SHARE)
        hidden = drawing.encoder(ids).last_hidden_state
        return noise_loss(drawing.net, lessons.take(rows), hidden, alphas), {}

    modules = {"unet": drawing.net, "text": drawing.encoder}
    Learner(plan, modules, {"text": 0.3}).run(loss, watch)
    drawing.net.eval()
    drawing.encoder.eval()
