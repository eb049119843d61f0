"""A running photo path."""

from collections.abc import AsyncGenerator

import pytest

from core.photos import PhotoNormaliser


@pytest.fixture
async def normaliser() -> AsyncGenerator[PhotoNormaliser, None]:
    """A normaliser with the default limits."""
    async with PhotoNormaliser() as running:
        yield running
