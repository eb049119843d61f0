"""One optimiser step: batch, error, gradient, update."""

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor

from workers.training.base import Base
from workers.training.errors import TrainingError
from workers.training.feeding import Batch, Feeder
from workers.training.layers import restore, snapshot, trained
from workers.training.objective import mix, target, weights
from workers.training.recipe import Recipe


@dataclass(slots=True, kw_only=True)
class Pupil:
    """The adapter, its optimiser, and what it learns from.

    Attributes:
        accelerator: Devices, number formats and processes.
        base: The frozen pipeline.
        parts: The modules that carry the adapter, by their names in the pipeline.
        feeder: Gives the batches.
        recipe: The settings.
    """

    accelerator: Accelerator
    base: Base
    parts: dict[str, Any]
    feeder: Feeder
    recipe: Recipe
    _optimizer: Any = None
    _words: dict[str, dict[str, Tensor]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Build the optimiser."""
        recipe, groups = self.recipe, []
        for part, parameters in trained(self.parts).items():
            rate = recipe.rate if part == "unet" else recipe.text_rate or recipe.rate / 10
            groups.append({"params": list(parameters.values()), "peak": rate})
        optimizer = torch.optim.AdamW(groups, recipe.rate, weight_decay=recipe.weight_decay)
        self._optimizer = self.accelerator.prepare(optimizer)
        self.work()

    def step(self, number: int, factor: float) -> float:
        """Take optimiser step `number` (from 0) at a share of the peak rate; returns the mean loss.

        Raises:
            TrainingError: The loss is not a number any more.
        """
        for group in self._optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        total = 0.0
        for turn in range(self.recipe.accumulation):
            with self.accelerator.accumulate():
                total += self._turn(number * self.recipe.accumulation + turn)
        loss = total / self.recipe.accumulation
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss is not a number any more at step {number + 1}; lower the rate "
                f"({self.recipe.rate}) or choose another precision than {self.recipe.precision}"
            )
        return loss

    def _turn(self, turn: int) -> float:
        number = turn * self.accelerator.num_processes + self.accelerator.process_index
        if self.recipe.dropout:
            torch.random.manual_seed(self.recipe.seed * 1_000_003 + number)
        loss = self._loss(self.feeder.batch(number))
        self.accelerator.backward(loss)
        if self.accelerator.sync_gradients:
            self._share_and_clip()
        self._optimizer.step()
        self._optimizer.zero_grad()
        return float(loss.detach())

    def _share_and_clip(self) -> None:
        """Average the gradients over all processes, then limit them.

        The modules are not wrapped for several processes: adapters are small, and so text encoders
        and saves need no path of their own.
        """
        parameters = [p for part in trained(self.parts).values() for p in part.values()]
        if self.accelerator.num_processes > 1:
            for parameter in parameters:
                parameter.grad = self.accelerator.reduce(parameter.grad, "mean")
        self.accelerator.clip_grad_norm_(parameters, self.recipe.clip)

    def _loss(self, batch: Batch) -> Tensor:
        base, recipe = self.base, self.recipe
        alphas = base.alphas[batch.times]
        noisy = mix(batch.latents, batch.noise, alphas).to(base.pipe.unet.dtype)
        with self.accelerator.autocast():
            guess = base.guess(noisy, batch.times, self._encode(batch.captions))
        right = target(batch.latents, batch.noise, alphas, base.prediction)
        error = (guess.float() - right).square().mean((1, 2, 3))  # (B,)
        weight = weights(alphas, base.prediction, recipe.min_snr, recipe.least_weight)
        return (error * weight * batch.weights).mean()

    def _encode(self, captions: tuple[str, ...]) -> dict[str, Tensor]:
        rows = [self._encode_one(caption) for caption in captions]
        return {key: torch.cat([row[key] for row in rows]) for key in rows[0]}

    def _encode_one(self, caption: str) -> dict[str, Tensor]:
        """Encode a caption; where the text encoders are frozen, only once."""
        if self.recipe.text_encoder:
            return self.base.words(caption)
        if caption not in self._words:
            with torch.no_grad():
                self._words[caption] = self.base.words(caption)
        return self._words[caption]

    def state(self) -> dict[str, Any]:
        """Return all that the next step depends on, but for its number."""
        scaler = self.accelerator.scaler
        return {
            "weights": snapshot(self.parts),
            "optimizer": self._optimizer.state_dict(),
            "scaler": scaler.state_dict() if scaler is not None else {},
        }

    def load(self, state: dict[str, Any]) -> None:
        """Put a state back."""
        restore(self.parts, state["weights"])
        self._optimizer.load_state_dict(state["optimizer"])
        if self.accelerator.scaler is not None and state["scaler"]:
            self.accelerator.scaler.load_state_dict(state["scaler"])

    def rest(self) -> None:
        """Switch dropout off."""
        self._breathe(training=False)

    def work(self) -> None:
        """Switch dropout on where the recipe wants it."""
        self._breathe(training=bool(self.recipe.dropout))

    def _breathe(self, *, training: bool) -> None:
        for module in self.parts.values():
            module.train(training)
