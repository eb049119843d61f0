"""The whole product as an operator runs it, with every wire and every process in our hands."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import redis.asyncio

from tests.bots.slack.loopback import Slack
from tests.bots.slack.loopback.world import APP_TOKEN
from tests.bots.slack.loopback.world import TOKEN as SLACK_TOKEN
from tests.bots.telegram.loopback import TOKEN as TELEGRAM_TOKEN
from tests.bots.telegram.loopback import BotApi
from tests.redis_servers import RedisServer, binary_of, free_port
from tests.stage.actor import Actor
from tests.stage.clock import Clock
from tests.stage.proxy import Proxy

PLATFORMS = ("telegram", "slack", "web")
UNLIMITED = "1000000"
START_S = 300.0
"""How long all processes may take to find their platforms; a busy machine takes minutes."""


QUOTAS = (
    "SKINGEN_QUOTA_PER_MINUTE",
    "SKINGEN_QUOTA_PER_HOUR",
    "SKINGEN_QUOTA_PER_DAY",
    "SKINGEN_QUOTA_PHOTOS_PER_DAY",
    "SKINGEN_QUOTA_ALL_PER_MINUTE",
)
"""Turned off: what is looked at is what holds without them."""


@dataclass
class Theatre:
    """Everything that runs.

    Attributes:
        folder: Data, logs.
        redis: The server; all its writes are on disk before they are acknowledged.
        clock: What time the server thinks it is.
        actors: The product's processes by name.
        wires: Between Redis and each of them, by the same names.
        api: Telegram's side.
        slack: Slack's side.
        web_port: Where the web chat listens.
        dress: Changes a process before its first start.
    """

    folder: Path
    redis: RedisServer
    clock: Clock
    api: BotApi
    slack: Slack
    actors: dict[str, Actor] = field(default_factory=dict)
    wires: dict[str, Proxy] = field(default_factory=dict)
    web_port: int = field(default_factory=free_port)
    dress: Callable[[Actor], None] = lambda _: None

    @property
    def web_url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.web_port}"

    def client(self) -> "redis.asyncio.Redis":
        """Return a client that no fault can reach; close it."""
        return redis.asyncio.Redis(port=self.redis.port)

    async def add(self, name: str, *command: str, **settings: str) -> Actor:
        """Start a process with a wire of its own to Redis."""
        wire = self.wires[name] = Proxy(self.redis.port)
        await wire.open()
        actor = self.actors[name] = Actor(
            name=name,
            command=command,
            settings=self._settings(wire) | settings,
            log=self.folder / f"{name}.log",
        )
        self.dress(actor)
        await actor.start()
        return actor

    def _settings(self, wire: Proxy) -> dict[str, str]:
        return {
            "REDIS_URL": f"redis://127.0.0.1:{wire.port}/0",
            "SKINGEN_DATA_FOLDER": str(self.folder / "data"),
            "SKINGEN_LOG_FORMAT": "json",
            "SKINGEN_LOG_LEVEL": "WARNING",
            "SKINGEN_DELIVERY_LEASE_S": "6",
            "OMP_NUM_THREADS": "1",
        } | dict.fromkeys(QUOTAS, "0")

    async def serving(self) -> None:
        """Wait until every frontend has found its platform."""
        async with asyncio.timeout(START_S):
            if "telegram" in self.actors:
                await self.api.until(lambda: self.api.calls["getUpdates"] > 0, timeout_s=START_S)
            if "slack" in self.actors:
                await self.slack.links.connected.wait()
            while "web" in self.actors and not await self._web_answers():
                await asyncio.sleep(0.1)

    def all_alive(self) -> None:
        """Check that no process has ended by itself.

        Raises:
            RuntimeError: One has; the end of its log is told.
        """
        for actor in self.actors.values():
            if not actor.alive:
                raise RuntimeError(f"{actor.name} has ended: {actor.log.read_text()[-500:]}")

    async def _web_answers(self) -> bool:
        try:
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"{self.web_url}/healthz") as response,
            ):
                return response.status == 200
        except aiohttp.ClientError:
            return False

    def healed(self) -> None:
        """Take back every fault of wires and processes that still lasts."""
        for wire in self.wires.values():
            wire.blocked, wire.delay_s = False, 0.0
        for actor in self.actors.values():
            actor.thaw()

    async def close(self) -> None:
        """End everything at once."""
        self.healed()
        for actor in self.actors.values():
            await actor.kill()
        for wire in self.wires.values():
            await wire.close()


def telegram_settings(api: BotApi) -> dict[str, str]:
    """Return settings of a Telegram frontend without the platform's flood limits."""
    return {
        "SKINGEN_TELEGRAM_TOKEN": TELEGRAM_TOKEN,
        "SKINGEN_TELEGRAM_API_URL": api.url,
        "SKINGEN_TELEGRAM_POLL_TIMEOUT_S": "2",
        "SKINGEN_TELEGRAM_REQUEST_TIMEOUT_S": "8",
        "SKINGEN_TELEGRAM_UPLOAD_TIMEOUT_S": "20",
        "SKINGEN_TELEGRAM_MESSAGES_PER_S": UNLIMITED,
        "SKINGEN_TELEGRAM_EDITS_PER_S": UNLIMITED,
        "SKINGEN_TELEGRAM_CHAT_INTERVAL_S": "0.01",
    }


def slack_settings(slack: Slack) -> dict[str, str]:
    """Return settings of a Slack frontend for one workspace."""
    return {
        "SKINGEN_SLACK_BOT_TOKEN": SLACK_TOKEN,
        "SKINGEN_SLACK_APP_TOKEN": APP_TOKEN,
        "SKINGEN_SLACK_API_URL": slack.api_url,
        "SKINGEN_SLACK_AUDIENCE": "lay",
        "SKINGEN_SLACK_REQUEST_TIMEOUT_S": "8",
        "SKINGEN_SLACK_SETTLE_S": "0.5",
        "SKINGEN_SLACK_LIVE_INTERVAL_S": "0.05",
    }


def web_settings(port: int) -> dict[str, str]:
    """Return settings of a web chat whose visitors may write as much as they like."""
    return {
        "SKINGEN_WEB_PORT": str(port),
        "SKINGEN_WEB_MESSAGES_PER_MINUTE": UNLIMITED,
        "SKINGEN_WEB_MESSAGES_PER_HOUR": UNLIMITED,
        "SKINGEN_WEB_SESSIONS_PER_HOUR": UNLIMITED,
    }


WORKER = {
    "SKINGEN_WORKER_VLM": "instant",
    "SKINGEN_WORKER_GENERATOR": "instant",
    "SKINGEN_WORKER_STABILITY_CHECKS": "0",
    "SKINGEN_WORKER_LEASE_S": "6",
    "SKINGEN_WORKER_MAX_BATCH": "8",
    # Kills come a thousand times as often as in a bad week: three in a row hit the same job.
    "SKINGEN_WORKER_MAX_ATTEMPTS": "20",
}


@asynccontextmanager
async def theatre(
    folder: Path,
    *,
    platforms: tuple[str, ...] = PLATFORMS,
    workers: int = 2,
    settings: Mapping[str, str] | None = None,
    redis_folder: Path | None = None,
    dress: Callable[[Actor], None] = lambda _: None,
) -> AsyncGenerator[Theatre, None]:
    """Run everything until the context ends.

    Args:
        folder: For data and logs.
        platforms: Whose frontends are started.
        workers: How many workers.
        settings: Environment variables for all processes, over the defaults.
        redis_folder: Where Redis writes; a folder of its own by default.
        dress: Changes a process before its first start.
    """
    clock = Clock(folder / "clock")
    # Debian's Redis cannot live with a clock that jumps: its memory allocator asks for the time.
    kinds = ("valkey", "redis") if clock.library else ("redis", "valkey")
    binary = next((found for kind in kinds if (found := binary_of(kind))), None)
    assert binary is not None, "there is no Redis server here"
    if "valkey" not in str(binary):
        clock.library = ""
    own = redis_folder or folder / "redis"
    own.mkdir(parents=True, exist_ok=True)
    log = folder / "redis.log"
    server = RedisServer(binary, own, environment=clock.environment, log=log)
    await asyncio.to_thread(server.start)
    more = dict(settings or {})
    async with AsyncExitStack() as stack:
        stack.callback(server.kill)
        api = await stack.enter_async_context(BotApi())
        slack = await stack.enter_async_context(Slack().running())
        slack.links.tries, slack.links.absent_s = 1_000, START_S
        stage = Theatre(folder, server, clock, api, slack, dress=dress)
        stack.push_async_callback(stage.close)
        own_settings = {
            "telegram": telegram_settings(api),
            "slack": slack_settings(slack),
            "web": web_settings(stage.web_port),
        }
        for number in range(workers):
            await stage.add(f"worker{number + 1}", "-m", "workers", **(WORKER | more))
        for platform in platforms:
            await stage.add(platform, "-m", "bots", platform, **(own_settings[platform] | more))
        await stage.serving()
        yield stage
