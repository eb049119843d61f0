"""Lets pictures share forward passes, each at its own step.

Between two steps pictures join and leave. A pass that does not fit is made in parts: no picture
loses what was done for it, and larger passes are tried again after a while.
"""

import logging
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import torch

from workers.batching import describe
from workers.devices import Device, memory_guard
from workers.errors import OutOfMemory
from workers.generators import DrawingStopped, Drawn, DrawRequest
from workers.generators.support.engine.family import Family, Row
from workers.generators.support.engine.latents import Darkroom
from workers.generators.support.engine.mixing import Mixer
from workers.generators.support.engine.previews import Sketcher
from workers.generators.support.engine.sitting import Sitting
from workers.generators.support.engine.wardrobe import Wardrobe

logger = logging.getLogger(__name__)

PREVIEW_EVERY: Final = 4
"""Steps between two previews."""

RETRY_AFTER: Final = 64
"""Passes after which twice as many pictures are tried again once memory had run out."""

Ended = list[tuple[DrawRequest, Drawn | Exception]]
Begin = Callable[[DrawRequest], Sitting]
Finish = Callable[[Sitting, Any], Drawn]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What all easels of a generator share.

    Attributes:
        family: How the pipeline is called.
        darkroom: Its autoencoder.
        mixer: Lets each row of a pass wear its own adapter.
        wardrobe: Which adapters are on the device.
        sketcher: Draws previews.
        device: Where the pipeline is.
        longest_s: What a pass may take, so that text waits no longer; None for any time.
    """

    family: Family
    darkroom: Darkroom
    mixer: Mixer
    wardrobe: Wardrobe
    sketcher: Sketcher
    device: Device
    longest_s: float | None = None


class PassEasel:
    """The easel of a diffusion pipeline."""

    def __init__(self, kit: Kit, begin: Begin, finish: Finish) -> None:
        """Begin pictures with ``begin`` and turn developed ones into results with ``finish``."""
        self._kit = kit
        self._begin = begin
        self._finish = finish
        self._joined: list[DrawRequest] = []
        self._sittings: list[Sitting] = []
        self._fits: int | None = None
        self._passes = 0
        self._picture_s: float | None = None
        self._stacked: tuple[tuple[Sitting, ...], Row, torch.Tensor, list[int]] | None = None

    def __len__(self) -> int:
        return len(self._joined) + len(self._sittings)

    def join(self, request: DrawRequest) -> None:
        self._joined.append(request)

    @torch.inference_mode()
    def step(self) -> Ended:
        ended = [*self._let_go(), *self._seat()]
        self._sittings.sort(key=lambda sitting: sitting.form)
        for _, group in groupby(list(self._sittings), key=lambda sitting: sitting.form):
            alike = list(group)
            self._kit.wardrobe.fetch([sitting.adapter for sitting in alike])
            while alike:
                part = alike[: self._most(len(alike))]
                alike = alike[len(part) :]
                ended += self._advance(part)
        self._leave(ended)
        ended += self._develop_in_time([one for one in self._sittings if one.schedule.done])
        self._leave(ended)
        return ended

    def _let_go(self) -> Ended:
        """Free the places of stopped pictures."""
        asked = [*self._joined, *(sitting.request for sitting in self._sittings)]
        stopped: Ended = [(request, DrawingStopped()) for request in asked if request.stop()]
        self._leave(stopped)
        return stopped

    def _leave(self, ended: Ended) -> None:
        gone = {request for request, _ in ended}
        self._joined = [request for request in self._joined if request not in gone]
        self._sittings = [sitting for sitting in self._sittings if sitting.request not in gone]

    def _seat(self) -> Ended:
        """Begin the pictures that have joined."""
        joined, self._joined = self._joined, []
        failed: Ended = []
        for request in joined:
            try:
                with memory_guard(self._kit.device):
                    self._sittings.append(self._begin(request))
            except Exception as error:  # noqa: BLE001 - one picture's fault is its own outcome
                failed.append((request, error))
        return failed

    def _advance(self, part: Sequence[Sitting]) -> Ended:
        """Take a step with pictures; those that cannot are returned with what went wrong."""
        try:
            with memory_guard(self._kit.device), self._timed(len(part)):
                predicted = self._predict(part)
        except Exception as error:  # noqa: BLE001 - halved until only the one at fault fails
            return self._advance_apart(part, error)
        self._remember_fit(len(part))
        failed: Ended = []
        for index, sitting in enumerate(part):
            try:
                sitting.advance(predicted[index : index + 1])
                self._tell(sitting)
            except Exception as error:  # noqa: BLE001 - one picture's fault is its own outcome
                failed.append((sitting.request, error))
        return failed

    def _most(self, wanted: int) -> int:
        """Return how many pictures the next pass takes: what fits in memory and in time."""
        most = self._fits or wanted
        if self._kit.longest_s is not None and self._picture_s:
            most = min(most, max(1, int(self._kit.longest_s / self._picture_s)))
        return most

    @contextmanager
    def _timed(self, pictures: int) -> Generator[None, None, None]:
        """Learn how long a picture's share of a pass takes, if anybody wants to know."""
        if self._kit.longest_s is None:
            yield
            return
        begun_s = self._kit.device.clock_s()
        yield
        took_s = (self._kit.device.clock_s() - begun_s) / pictures
        self._picture_s = took_s if self._picture_s is None else (self._picture_s + took_s) / 2

    def _advance_apart(self, part: Sequence[Sitting], error: Exception) -> Ended:
        if len(part) == 1:
            return [(part[0].request, error)]
        logger.warning("pass split", extra={"pictures": len(part), **describe(error)})
        half = len(part) // 2
        if isinstance(error, OutOfMemory):
            self._fits, self._passes = half, 0
        return [*self._advance(part[:half]), *self._advance(part[half:])]

    def _remember_fit(self, pictures: int) -> None:
        """Try larger passes again once the smaller ones have gone well for a while."""
        if self._fits is None or pictures < self._fits:
            return
        self._passes += 1
        if self._passes >= RETRY_AFTER:
            self._fits, self._passes = self._fits * 2, 0
            if self._fits >= len(self._sittings):
                self._fits = None

    def _predict(self, part: Sequence[Sitting]) -> torch.Tensor:
        """Return the predictions for a part, guidance applied, ``(P, C, H, W)``."""
        rows, scale, guided = self._rows(part)
        shown = torch.cat([sitting.shown() for sitting in part])  # (P, C, H, W)
        times = torch.stack([sitting.schedule.time for sitting in part]).to(shown.device)
        names = [sitting.adapter for sitting in part]
        order = [*range(len(part)), *guided]
        with self._kit.mixer.wearing([names[index] for index in order]):
            if guided:
                shown, times = shown[order], times[order]  # (P + G, ...)
            out = self._kit.family.predict(shown, times, rows)
        toward, away = out[: len(part)], out[len(part) :]
        if len(guided) == len(part):
            return away + scale * (toward - away)
        if guided:
            toward = toward.clone()
            toward[guided] = away + scale * (toward[guided] - away)
        return toward

    def _rows(self, part: Sequence[Sitting]) -> tuple[Row, torch.Tensor, list[int]]:
        """Return joined rows, guidance ``(G, 1, 1, 1)`` and who is guided; kept while all stay."""
        who = tuple(part)
        if self._stacked is None or self._stacked[0] != who:
            guided = [index for index, one in enumerate(part) if one.negative is not None]
            told = [one.positive for one in part]
            told += [one.negative for one in part if one.negative is not None]
            joined = {name: torch.cat([row[name] for row in told]) for name in told[0]}
            scale = torch.tensor([part[index].guidance for index in guided])
            latents = part[0].latents
            scale = scale.to(latents.device, latents.dtype).view(-1, 1, 1, 1)
            self._stacked = (who, joined, scale, guided)
        _, rows, scale, guided = self._stacked
        return rows, scale, guided

    def _tell(self, sitting: Sitting) -> None:
        request, schedule = sitting.request, sitting.schedule
        request.on_step(schedule.share)
        due = schedule.taken % PREVIEW_EVERY == 0 and not schedule.done
        if request.on_preview is not None and due and sitting.clean is not None:
            sketch = self._kit.sketcher.sketch(sitting.clean)
            if sketch is not None:
                request.on_preview(sketch)

    def _develop_in_time(self, done: Sequence[Sitting]) -> Ended:
        """Develop pictures together, or one by one where something else may want to go between."""
        if self._kit.longest_s is None:
            return self._develop(done)
        ended: Ended = []
        for sitting in done:
            try:
                sitting.request.on_step(1.0)
            except Exception as error:  # noqa: BLE001 - one picture's fault is its own outcome
                ended.append((sitting.request, error))
            else:
                ended += self._develop([sitting])
        return ended

    def _develop(self, done: Sequence[Sitting]) -> Ended:
        if not done:
            return []
        try:
            images = self._kit.darkroom.develop([sitting.latents for sitting in done])
        except Exception as error:  # noqa: BLE001 - halved until only the one at fault fails
            if len(done) == 1:
                return [(done[0].request, error)]
            half = len(done) // 2
            return [*self._develop(done[:half]), *self._develop(done[half:])]
        for sitting, image in zip(done, images, strict=True):
            self._kit.sketcher.learn(sitting.latents, image)
        return [
            (sitting.request, self._finish(sitting, image))
            for sitting, image in zip(done, images, strict=True)
        ]
