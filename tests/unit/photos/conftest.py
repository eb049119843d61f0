"""A running photo path."""

from collections.abc import AsyncGenerator

import pytest_asyncio

from core.photos import PhotoLimits, PhotoNormaliser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def normaliser() -> AsyncGenerator[PhotoNormaliser, None]:
    """A normaliser, shared by a module, that takes any picture, whatever it shows."""
    async with PhotoNormaliser(PhotoLimits(judge_content=False)) as running:
        yield running
