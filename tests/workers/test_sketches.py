"""Drawings in the making: how far they are, and a rough picture that says what it is."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
from PIL import Image

from core.domain.replies import Live
from workers.live import Typist
from workers.sketches import Sketches


class Ears:
    """Hears what is published."""

    def __init__(self) -> None:
        """Hear nothing yet."""
        self.heard: list[Live] = []
        self.news = asyncio.Event()

    async def publish(self, live: Live) -> None:
        self.heard.append(live)
        self.news.set()

    def listen(self, platform: str) -> AsyncIterator[Live]:
        raise NotImplementedError


def sketches(typist: Typist) -> Sketches:
    """Return what shows drawings in English."""
    return Sketches(
        typist=typist,
        progress=lambda _locale, share: f"{share:.0%}",
        badge_word=lambda _locale: "SYNTHETIC",
    )


async def told(typist: Typist, ears: Ears) -> Live:
    """Run the typist until it has published something."""
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        typing = group.create_task(typist.run())
        await ears.news.wait()
        typing.cancel()
    return ears.heard[-1]


async def test_progress_is_that_of_all_pictures(render_lease: Any) -> None:
    """Two pictures, one of them half done: a quarter of the job."""
    ears = Ears()
    typist = Typist(ears, every_s=0.001)
    sketch = sketches(typist).of(render_lease().job, "en")

    sketch.on_step(0)(0.5)

    live = await told(typist, ears)
    assert (live.slot, live.text, live.share, live.picture) == ("r1.pictures", "25%", 0.25, "")


async def test_rough_picture_carries_its_badge(render_lease: Any) -> None:
    """A preview is a small JPEG with the badge in its pixels."""
    ears = Ears()
    typist = Typist(ears, every_s=0.001)
    sketch = sketches(typist).of(render_lease().job, "en")

    sketch.on_preview(Image.new("RGB", (32, 32), (180, 120, 90)))

    live = await told(typist, ears)
    picture = Image.open(io.BytesIO(base64.b64decode(live.picture)), formats=["JPEG"])
    assert picture.size == (256, 256)
    assert np.asarray(picture.convert("L"), dtype=int).std() > 5
    assert len(live.picture) < 40_000


async def test_tiny_changes_are_not_told(render_lease: Any) -> None:
    """A step of a hundred is no news."""
    ears = Ears()
    typist = Typist(ears, every_s=0.001)
    sketch = sketches(typist).of(render_lease().job, "en")

    sketch.on_step(0)(0.01)
    sketch.on_step(0)(0.4)

    assert (await told(typist, ears)).share == 0.2


async def test_finished_job_is_shown_no_more(render_lease: Any) -> None:
    """What was not shown before the pictures came is dropped."""
    ears = Ears()
    typist = Typist(ears, every_s=0.001)
    done, other = render_lease("r1").job, render_lease("r2").job
    shown = sketches(typist)
    shown.of(done, "en").on_step(0)(1.0)
    shown.of(other, "en").on_step(0)(1.0)
    shown.forget(done)

    assert (await told(typist, ears)).slot == "r2.pictures"
