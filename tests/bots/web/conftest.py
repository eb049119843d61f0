"""A running web chat and a visitor for every test."""

from collections.abc import AsyncIterator

import pytest

from tests.bots.web.client import Visitor
from tests.bots.web.scripted import Running, running


@pytest.fixture
async def site() -> AsyncIterator[Running]:
    """Run the web chat with a scripted conversation on a free port."""
    async with running() as started:
        yield started


@pytest.fixture
async def visitor(site: Running) -> AsyncIterator[Visitor]:
    """Give a browser that agreed to the consent card."""
    async with Visitor(site.url) as browser:
        yield await browser.agreed()
