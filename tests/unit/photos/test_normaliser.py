"""The pool: bounded, cancellable, honest about its helpers, and clean when it closes."""

import asyncio
import contextlib
import functools
import os
import random
import signal
import subprocess
import sys

import psutil
import pytest
from PIL import Image

from core.photos import PhotoHelperUnavailable, PhotoLimits, PhotoNormaliser, PhotoRejected
from core.photos import normaliser as module
from tests.unit.photos import corpus

_ANYTHING = PhotoLimits(judge_content=False)
_JPEG = corpus.encoded(corpus.skin(), "JPEG")


_others: set[int] = set()
"""Processes that other tests of this run keep, such as their servers."""


@pytest.fixture(autouse=True)
def _only_own_children() -> None:
    _others.clear()
    _others.update(child.pid for child in psutil.Process().children(recursive=True))


def _children() -> list[psutil.Process]:
    found = psutil.Process().children(recursive=True)
    return [child for child in found if child.pid not in _others]


@functools.cache
def _slow() -> bytes:
    """An honest photo that takes long to read: 25 megapixels of PNG."""
    return corpus.encoded(Image.new("RGBA", (5000, 5000), (200, 150, 130)), "PNG")


async def test_many_photos_share_few_helpers() -> None:
    """No more helpers run than allowed, however many photos wait."""
    async with PhotoNormaliser(helpers=2) as normaliser, asyncio.TaskGroup() as group:
        tasks = [group.create_task(normaliser.normalise(_JPEG)) for _ in range(12)]
        await asyncio.wait(tasks)
        assert len(_children()) == 2
    assert {task.result().width_px for task in tasks} == {320}


async def test_the_loop_runs_while_a_photo_is_read() -> None:
    """Decoding never blocks the event loop."""
    ticks = 0
    async with PhotoNormaliser() as normaliser, asyncio.TaskGroup() as group:
        task = group.create_task(normaliser.normalise(_slow()))
        while not task.done():
            await asyncio.sleep(0.001)
            ticks += 1
    assert ticks > 20


async def test_a_cancelled_photo_leaves_nothing_behind() -> None:
    """Stop ends the decoding too, and the next photo has a fresh helper."""
    async with PhotoNormaliser(helpers=1) as normaliser:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await normaliser.normalise(_slow())
        assert (await normaliser.normalise(_JPEG)).width_px == 320
    assert _children() == []


async def test_closing_leaves_no_process() -> None:
    """No helper and no child outlives the normaliser, not even as a zombie."""
    async with PhotoNormaliser() as normaliser:
        await normaliser.normalise(_JPEG)
    assert _children() == []


async def test_a_helper_that_died_idle_is_replaced() -> None:
    """A helper ended by somebody else costs no photo."""
    async with PhotoNormaliser(helpers=1) as normaliser:
        (helper,) = _children()
        helper.kill()
        assert (await normaliser.normalise(_JPEG)).width_px == 320


async def test_a_stopped_helper_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """A helper that does not answer is ended and the photo tried on another."""
    monkeypatch.setattr(module, "_GRACE_S", 0.5)
    async with PhotoNormaliser(PhotoLimits(wall_s=2.0), helpers=1) as normaliser:
        (helper,) = _children()
        os.kill(helper.pid, signal.SIGSTOP)
        assert (await normaliser.normalise(_JPEG)).width_px == 320
    assert _children() == []


async def test_a_helper_that_cannot_start_is_no_fault_of_the_photo(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broken installation is said to be one, at start."""
    monkeypatch.setattr(module, "_START", "import sys; sys.exit(3)")
    with pytest.raises(PhotoHelperUnavailable):
        async with PhotoNormaliser():
            pass
    assert _children() == []


@pytest.mark.parametrize(
    ("limits", "reason"),
    [(PhotoLimits(wall_s=0.01), "timeout"), (PhotoLimits(memory_bytes=24 * 2**20), "memory")],
)
async def test_a_photo_that_needs_too_much_is_refused(limits: PhotoLimits, reason: str) -> None:
    """Time and memory are bounded for each photo."""
    async with PhotoNormaliser(limits) as normaliser:
        with pytest.raises(PhotoRejected, match=reason):
            await normaliser.normalise(_slow())


async def test_the_largest_photos_fit_the_default_memory() -> None:
    """Just under 64 megapixels, with transparency, is read within the default limits."""
    image = Image.new("RGBA", (7990, 7990), (200, 150, 130, 250))
    async with PhotoNormaliser(_ANYTHING) as normaliser:
        photo = await normaliser.normalise(corpus.encoded(image, "PNG", compress_level=1))
    assert photo.width_px == 1568


async def test_damaged_files_never_do_harm() -> None:
    """Files with random damage are read or refused, and the helper lives on."""
    rng = random.Random(20261130)
    seeds = [*corpus.with_metadata().values(), *corpus.accepted().values()]
    async with PhotoNormaliser(_ANYTHING) as normaliser:
        for seed in seeds * 6:
            with contextlib.suppress(PhotoRejected):
                await normaliser.normalise(_damaged(seed, rng))
        assert (await normaliser.normalise(_JPEG)).width_px == 320


def _damaged(seed: bytes, rng: random.Random) -> bytes:
    data = bytearray(seed)
    for _ in range(rng.choice([1, 4, 40])):
        data[rng.randrange(len(data))] = rng.randrange(256)
    if rng.random() < 0.2:
        del data[rng.randrange(16, len(data)) :]
    return bytes(data)


def test_a_bot_loads_no_decoder() -> None:
    """Importing the photo path loads neither Pillow nor numpy into the bot."""
    code = "import core.photos, sys; sys.exit(any(m in sys.modules for m in ('PIL', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_helper_sees_no_secret() -> None:
    """The helper's environment is not the bot's, where tokens are."""
    assert set(module._ENVIRONMENT) == {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "LC_ALL"}
