"""One picture's way through the noise: a scheduler of its own, and where on it the picture is.

Schedulers keep state (earlier predictions, their place), so that pictures which joined at different
times cannot share one. They stay on the CPU: their numbers are scalars, and looking one up must not
wait for a GPU.
"""

import copy
import inspect
from typing import Any

import torch


class Schedule:
    """Steps through the time steps of one picture."""

    def __init__(
        self,
        template: Any,
        arguments: dict[str, Any],
        generator: torch.Generator,
        strength: float = 1.0,
    ) -> None:
        """Begin.

        Args:
            template: The pipeline's scheduler; it is copied.
            arguments: For its ``set_timesteps``.
            generator: Gives the noise that some schedulers add in each step.
            strength: Share of the way that is gone, above 0 to 1; less begins later.
        """
        self._scheduler = copy.deepcopy(template)
        self._scheduler.set_timesteps(device="cpu", **arguments)
        steps = len(arguments.get("sigmas", ())) or arguments["num_inference_steps"]
        left_out = max(0, steps - max(1, min(int(steps * strength), steps)))
        first = left_out * self._scheduler.order
        if hasattr(self._scheduler, "set_begin_index"):
            self._scheduler.set_begin_index(first)
        self._times = self._scheduler.timesteps[first:]
        self._at = 0
        takes = inspect.signature(self._scheduler.step).parameters
        # No more noise than needed in each step, as in the pipelines.
        told = {"generator": generator, "eta": 0.0}
        self._extra = {name: value for name, value in told.items() if name in takes}

    @property
    def time(self) -> torch.Tensor:
        """Return the time step that comes next, a scalar on the CPU."""
        return self._times[self._at]

    @property
    def done(self) -> bool:
        """Return whether no step is left."""
        return self._at >= len(self._times)

    @property
    def taken(self) -> int:
        """Return how many steps were taken."""
        return self._at

    @property
    def share(self) -> float:
        """Return how much is done, 0 to 1."""
        return self._at / len(self._times)

    def begin(
        self, noise: torch.Tensor, start: torch.Tensor | None, strength: float
    ) -> torch.Tensor:
        """Return the latents before the first step: noise, or a photo's with noise on it."""
        if start is None or strength >= 1:
            first = noise * getattr(self._scheduler, "init_noise_sigma", 1.0)
        else:
            first = self.noised(start, noise)
        return first.to(noise.dtype)

    def noised(self, clean: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """Return clean latents with the noise that the next step expects; none at the end."""
        if self.done:
            return clean
        time = self._times[self._at : self._at + 1]
        if hasattr(self._scheduler, "scale_noise"):
            mixed = self._scheduler.scale_noise(clean, time, noise)
        else:
            mixed = self._scheduler.add_noise(clean, noise, time)
        return mixed.to(clean.dtype)

    def scaled(self, latents: torch.Tensor) -> torch.Tensor:
        """Return latents as the model wants them."""
        if not hasattr(self._scheduler, "scale_model_input"):
            return latents
        scaled: torch.Tensor = self._scheduler.scale_model_input(latents, self.time)
        return scaled.to(latents.dtype)

    def step(
        self, predicted: torch.Tensor, latents: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Take a step; returns the next latents, and what the clean ones seem to be."""
        out = self._scheduler.step(predicted, self.time, latents, **self._extra)
        self._at += 1
        following = out.prev_sample.to(latents.dtype)
        guessed = getattr(out, "pred_original_sample", None)
        if guessed is None:
            guessed = getattr(out, "denoised", None)
        return following, following if guessed is None else guessed
