"""The web chat's process is killed again and again; nobody notices more than a pause."""

import asyncio
import os
import random
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.bots.web.client import Visitor, new_key
from tests.redis_servers import RedisServer, free_port

ROOT = Path(__file__).resolve().parents[3]
KILLS = 3
MESSAGES = 40
PATIENCE = 600


@dataclass
class Mortal:
    """``python -m bots web`` on a real Redis, killed and started at will."""

    redis_url: str
    folder: Path
    port: int
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        settings = {
            "REDIS_URL": self.redis_url,
            "SKINGEN_DATA_FOLDER": str(self.folder),
            "SKINGEN_WEB_PORT": str(self.port),
            "SKINGEN_WEB_MESSAGES_PER_MINUTE": "100000",
            "SKINGEN_QUOTA_PER_MINUTE": "0",
        }
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bots",
            "web",
            cwd=ROOT,
            env={**os.environ, **settings},
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with aiohttp.ClientSession() as http:
            for _ in range(PATIENCE):
                if await _answers(http, self.port):
                    return
                await asyncio.sleep(0.1)
        raise AssertionError("the web chat did not start")

    async def kill(self) -> None:
        """End it without a warning."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


async def _answers(http: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with http.get(f"http://127.0.0.1:{port}/healthz") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def test_kill_9_loses_nothing_and_repeats_nothing(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    """Every message stands on the page once, with one answer, whenever the process died."""
    mortal = Mortal(redis_url=redis_server.url, folder=tmp_path, port=free_port())
    await mortal.start()
    done = asyncio.Event()
    async with Visitor(f"http://127.0.0.1:{mortal.port}") as guest:
        await guest.agreed()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_killing(mortal, done))
            for number in range(MESSAGES):
                await _insist(guest, f"message {number}", new_key())
            done.set()
        entries = await _settled(guest)
    await mortal.kill()
    own = [e for e in entries if e["author"] == "user"]
    texts = [e["blocks"][0]["text"] for e in own]
    assert sorted(texts) == sorted(f"message {number}" for number in range(MESSAGES))
    answered = [e["quotes"] for e in entries if e["author"] == "assistant" and e["quotes"]]
    assert sorted(answered) == sorted(e["slot"] for e in own)


async def _killing(mortal: Mortal, done: asyncio.Event) -> None:
    chance = random.Random(7)
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.0, 0.08))
        await mortal.kill()
        await mortal.start()
        if done.is_set():
            return


async def _insist(guest: Visitor, text: str, key: str) -> None:
    """Send a message until it was taken, always under the same key."""
    async with asyncio.timeout(90):
        while True:
            try:
                if (await guest.send(text, key=key))[0] == 202:
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.02)


async def _settled(guest: Visitor) -> list[dict[str, object]]:
    """Return the page once every message has its answer, or what there is after a while."""
    entries: list[dict[str, object]] = []
    async with asyncio.timeout(90):
        while sum(bool(entry["quotes"]) for entry in entries) < MESSAGES:
            await asyncio.sleep(0.2)
            entries = await guest.entries()
    return entries
