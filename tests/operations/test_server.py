"""Health, readiness and metrics tell the truth."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from core import metrics
from core.adapters.assembly import Place, Stores, open_stores
from core.adapters.health import steady, watch_stores
from core.adapters.redis_cases import Limits
from core.adapters.redis_jobs import LeasePolicy
from core.domain.errors import StoreUnavailable
from core.operations import Operations
from tests.conftest import emptied
from tests.contracts.stores.makers import asks
from tests.redis_servers import RedisServer


async def asked(port: int | None, path: str) -> tuple[int, str]:
    """Return status and body of a page."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"http://127.0.0.1:{port}{path}") as response,
    ):
        return response.status, await response.text()


@asynccontextmanager
async def opened(url: str, folder: Path) -> AsyncIterator[Stores]:
    """Give stores over a server."""
    place = Place(url=url, password=None, keys=None, folder=folder)
    async with open_stores(place, limits=Limits(max_queue=2), leases=LeasePolicy()) as stores:
        yield stores


async def test_no_port_serves_nothing() -> None:
    """Without the setting there is no server."""
    async with Operations().served("127.0.0.1", None) as port:
        assert port is None


async def test_ready_only_when_every_check_passes() -> None:
    """503 names what is wrong; health stays good, since a restart would not help."""
    operations = Operations(checks={"redis": steady(), "models": steady("being loaded")})
    async with operations.served("127.0.0.1", 0) as port:
        status, body = await asked(port, "/readyz")
        assert status == 503
        assert '"models": "being loaded"' in body
        assert (await asked(port, "/healthz"))[0] == 200

        operations.checks["models"] = steady()
        assert (await asked(port, "/readyz"))[0] == 200


async def test_broken_check_is_a_failed_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is away and a check that hangs are both said, one does not hide the other."""
    monkeypatch.setattr("core.operations.CHECK_S", 0.05)

    async def away() -> str:
        raise StoreUnavailable("Redis does not answer.")

    async def hangs() -> str:
        await asyncio.sleep(60)
        return ""

    found = await Operations(checks={"a": away, "b": hangs, "c": steady()}).readiness()

    assert found["a"] == "Redis does not answer."
    assert "no answer" in found["b"]
    assert found["c"] == ""


async def test_redis_that_goes_is_told(redis_session: RedisServer, tmp_path: Path) -> None:
    """Readiness follows the server: away while it is frozen, back when it is back."""
    server = emptied(redis_session)
    operations = Operations()
    async with opened(server.url, tmp_path) as stores:
        watch_stores(operations, stores, max_queue=2)
        assert not any((await operations.readiness()).values())

        server.freeze()
        try:
            assert (await operations.readiness())["redis"]
        finally:
            server.thaw()
        assert not any((await operations.readiness()).values())


async def test_full_queue_is_told(redis_session: RedisServer, tmp_path: Path) -> None:
    """At the bound new messages are refused, and the operator sees why and how many wait."""
    operations = Operations()
    async with opened(emptied(redis_session).url, tmp_path) as stores:
        watch_stores(operations, stores, max_queue=2)
        for number in (1, 2):
            await stores.cases.accept(asks(f"q{number}", number, opens=True))

        assert "2 jobs wait for the vlm" in (await operations.readiness())["queue"]
        async with operations.served("127.0.0.1", 0) as port:
            _, page = await asked(port, "/metrics")
    assert 'skingen_queue_jobs{model="vlm"} 2.0' in page
    assert "skingen_ready 0.0" in page


async def test_gauge_that_fails_does_not_hide_the_others() -> None:
    """Prometheus gets what is known, whatever else is away."""

    async def fails() -> None:
        raise StoreUnavailable("away")

    async def works() -> None:
        metrics.DEAD_LETTERS.set(7)

    async with Operations(gauges=[fails, works]).served("127.0.0.1", 0) as port:
        status, page = await asked(port, "/metrics")

    assert status == 200
    assert "skingen_dead_letters 7.0" in page
