"""The one training loop of the demo models: it steps, averages, saves, and goes on after a kill."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from workers.demo_pack.schedule import Average, Progress, cosine, load_checkpoint, save_checkpoint

# Draws a batch and returns its loss, and further figures for the progress line.
Loss = Callable[[np.random.Generator], tuple[Tensor, dict[str, float]]]
# Called after each save, with the averaged weights in place, with the number of steps done.
Watch = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how fast to train.

    Attributes:
        name: Word at the start of each progress line.
        steps: Steps of the whole training, those before a restart counted in.
        rate: Highest learning rate; it rises for `warm_up` steps and then falls as a cosine.
        checkpoint: File that a restart goes on from.
        warm_up: Steps of the rise.
        weight_decay: Decoupled weight decay of AdamW.
        betas: Momenta of AdamW.
        memory: Decay of the averaged weights, 0 to 1; None keeps no average.
        every: Steps between two saves.
        seed: Fixes the batches and the noise.
    """

    name: str
    steps: int
    rate: float
    checkpoint: Path
    warm_up: int = 100
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.99)
    memory: float | None = 0.999
    every: int = 100
    seed: int = 0


class Learner:
    """Modules under training; goes on from the plan's checkpoint if there is one.

    Attributes:
        done: Steps taken so far, in this run and in earlier ones.
    """

    def __init__(
        self,
        plan: Plan,
        modules: Mapping[str, nn.Module],
        factors: Mapping[str, float] | None = None,
    ) -> None:
        """Prepare the optimizer.

        Args:
            plan: Steps, rates and the checkpoint.
            modules: What to train, by the name that it has in the checkpoint.
            factors: Learning rate of a module relative to the plan's; 1 where it says nothing.
        """
        self._plan, self._modules, self.done = plan, modules, 0
        groups: list[dict[str, Any]] = [
            {
                "params": [p for p in module.parameters() if p.requires_grad],
                "peak": plan.rate * (factors or {}).get(name, 1.0),
            }
            for name, module in modules.items()
        ]
        self._parameters = [p for group in groups for p in group["params"]]
        self._optimizer = torch.optim.AdamW(
            groups, plan.rate, weight_decay=plan.weight_decay, betas=plan.betas
        )
        self._average = Average(self._parameters, plan.memory) if plan.memory else None
        self._restore()
        # A restart draws new batches rather than those of the first steps again.
        self._rng = np.random.default_rng([plan.seed, self.done])
        torch.random.default_generator.manual_seed(plan.seed * 1_000_003 + self.done)

    def _restore(self) -> None:
        state = load_checkpoint(self._plan.checkpoint)
        if state is None:
            return
        for name, module in self._modules.items():
            module.load_state_dict(state["modules"][name])
        self._optimizer.load_state_dict(state["optimizer"])
        self.done = int(state["step"])
        if self._average is not None:
            self._average = Average(self._parameters, self._plan.memory or 0.0, self.done)
            self._average.values = state["average"]

    def run(self, loss: Loss, watch: Watch | None = None) -> None:
        """Train to the plan's last step; the modules then hold the averaged weights."""
        plan = self._plan
        progress = Progress(name=plan.name, steps=plan.steps)
        while self.done < plan.steps:
            values = self._step(loss)
            progress.step(self.done - 1, **values)
            if self.done % plan.every == 0 or self.done == plan.steps:
                self._save()
                if watch is not None:
                    self._swap()
                    watch(self.done)
                    self._swap()
        self._swap()

    def _step(self, loss: Loss) -> dict[str, float]:
        """Take one step and return its figures."""
        for group in self._optimizer.param_groups:
            group["lr"] = group["peak"] * cosine(self.done, self._plan.steps, self._plan.warm_up)
        value, figures = loss(self._rng)
        self._optimizer.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()
        if self._average is not None:
            self._average.update()
        self.done += 1
        return {"loss": float(value.detach()), **figures}

    def _swap(self) -> None:
        if self._average is not None:
            self._average.swap()

    def _save(self) -> None:
        state: dict[str, Any] = {
            "modules": {name: module.state_dict() for name, module in self._modules.items()},
            "optimizer": self._optimizer.state_dict(),
            "step": self.done,
        }
        if self._average is not None:
            state["average"] = self._average.values
        save_checkpoint(self._plan.checkpoint, state)
