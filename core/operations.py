"""``/healthz``, ``/readyz`` and ``/metrics`` of one process, for orchestrators and Prometheus.

``/healthz`` answers as long as the event loop turns: what it tells is that a restart is not needed.
``/readyz`` asks every check and answers 503 with the names of those that fail: a process that is
not ready is up and mends itself, but should get no traffic and should not count as rolled out.
Details say what is wrong and quote nothing of a person. The server speaks to operators alone: it
listens on its own port, which is not for the internet.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from core import metrics
from core.domain.errors import InfrastructureError

logger = logging.getLogger(__name__)

Check = Callable[[], Awaitable[str]]
"""Returns what is wrong, empty when nothing is."""

CHECK_S: Final = 3.0
"""A check that takes longer has failed."""


@dataclass(slots=True, kw_only=True)
class Operations:
    """What a process tells its operator.

    Attributes:
        checks: By name; all must pass for the process to be ready.
        gauges: Called before each scrape, to look at what is not counted as it happens.
    """

    checks: dict[str, Check] = field(default_factory=dict)
    gauges: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    async def readiness(self) -> Mapping[str, str]:
        """Return what is wrong by check; empty sentences where nothing is."""
        async with asyncio.TaskGroup() as group:
            asked = {name: group.create_task(_asked(check)) for name, check in self.checks.items()}
        found = {name: task.result() for name, task in asked.items()}
        metrics.READY.set(not any(found.values()))
        return found

    @asynccontextmanager
    async def served(self, host: str, port: int | None) -> AsyncIterator[int | None]:
        """Serve while the context is open; gives the port. ``None`` serves nothing."""
        if port is None:
            yield None
            return
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            bound: int = runner.addresses[0][1]
            logger.info("operations", extra={"port": bound})
            yield bound
        finally:
            await runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/healthz", _healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        return app

    async def _readyz(self, _request: web.Request) -> web.Response:
        found = await self.readiness()
        told = {name: wrong or "ok" for name, wrong in found.items()}
        ready = not any(found.values())
        return web.json_response({"ready": ready, "checks": told}, status=200 if ready else 503)

    async def _metrics(self, _request: web.Request) -> web.Response:
        for gauge in self.gauges:
            try:
                async with asyncio.timeout(CHECK_S):
                    await gauge()
            except (InfrastructureError, TimeoutError) as error:
                # Prometheus sees the last value, and that the process is not ready.
                logger.warning("gauge failed", extra={"error": type(error).__name__})
        await self.readiness()
        metrics.TASKS.set(len(asyncio.all_tasks()))
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"ok": True})


async def _asked(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_S):
            return await check()
    except TimeoutError:
        return f"no answer within {CHECK_S:.0f} s"
    except InfrastructureError as error:
        return str(error)
