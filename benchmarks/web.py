"""How much the web chat adds: 100 sessions at once, next to a bare server that only echoes.

Both servers run in a process of their own, one after the other, under the same load: every session
listens to its event stream and sends short texts. First at a person's pace, with one to three
seconds between an answer and the next text: that gives the time to the first token. Then without a
pause: that gives the turns per second that the machine can do, load generator included.
The web chat runs the whole core with stores in memory and a model that answers at once; the bare
server is aiohttp, one queue per session, and nothing else.
"""

import asyncio
import io
import json
import random
import statistics
import sys
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import psutil
from PIL import Image

SESSIONS = 100
TURNS = 5
PAUSE_S = (1.0, 3.0)


@dataclass
class Marks:
    """What one server did.

    Attributes:
        first_s: From the sending of a text to the first sign of its answer, at a person's pace.
        rush_s: How long all turns took without pauses.
        rss_mb: Memory of the server's process at the end.
    """

    first_s: list[float] = field(default_factory=list)
    rush_s: float = 0.0
    rss_mb: float = 0.0

    def summary(self) -> dict[str, float]:
        """Return the figures to compare."""
        centiles = statistics.quantiles(self.first_s, n=100)
        return {
            "first_token_p50_ms": round(centiles[49] * 1000, 1),
            "first_token_p99_ms": round(centiles[98] * 1000, 1),
            "turns_per_s": round(SESSIONS * TURNS / self.rush_s, 1),
            "memory_mb": round(self.rss_mb, 1),
        }


def main() -> dict[str, Any]:
    """Drive both servers and return what was measured."""
    results = {kind: asyncio.run(measure(kind)).summary() for kind in ("echo", "chat")}
    for kind, figures in results.items():
        print(kind, figures)
    ratio = results["chat"]["first_token_p99_ms"] / results["echo"]["first_token_p99_ms"]
    setting = {"sessions": SESSIONS, "turns": TURNS, "cpus": psutil.cpu_count()}
    return {**setting, **results, "first_token_p99_ratio": round(ratio, 1)}


async def measure(kind: str) -> Marks:
    """Start a server, let all sessions talk at the same time, stop it."""
    marks = Marks()
    async with serving(kind) as (url, process):
        talkers = [Talker(url, kind, seed) for seed in range(SESSIONS)]
        try:
            async with asyncio.TaskGroup() as tasks:
                for talker in talkers:
                    tasks.create_task(talker.prepare())
            marks.first_s = await together(talkers, paced=True)
            began = time.perf_counter()
            await together(talkers, paced=False)
            marks.rush_s = time.perf_counter() - began
            marks.rss_mb = psutil.Process(process.pid).memory_info().rss / 1e6
        finally:
            for talker in talkers:
                await talker.close()
    return marks


async def together(talkers: list["Talker"], *, paced: bool) -> list[float]:
    """Let all sessions talk at the same time; returns the times to the first token, in seconds."""
    async with asyncio.TaskGroup() as tasks:
        talks = [tasks.create_task(talker.talk(paced=paced)) for talker in talkers]
    return [first_s for talk in talks for first_s in talk.result()]


@asynccontextmanager
async def serving(
    kind: str,
) -> AsyncGenerator[tuple[str, asyncio.subprocess.Process], None]:
    """Run one server in a process of its own; yields its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"benchmarks._web_{kind}", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip(), process
    finally:
        process.terminate()
        await process.wait()


class Talker:
    """One browser: a cookie jar, an open stream, and one message at a time."""

    def __init__(self, url: str, kind: str, seed: int) -> None:
        self._kind = kind
        self._random = random.Random(seed)
        self._csrf = ""
        self._events: AsyncIterator[tuple[str, dict[str, Any]]] | None = None
        self._stream: aiohttp.ClientResponse | None = None
        self._http = aiohttp.ClientSession(
            base_url=url, cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout()
        )

    async def prepare(self) -> None:
        """Open the session; in the web chat: agree and send the photo that the talk is about."""
        async with self._http.get("/api/session") as response:
            self._csrf = (await response.json())["csrf"]
        self._stream = await self._http.get("/api/cases/1/events")
        self._events = _events(self._stream)
        if self._kind == "chat":
            await self._post("commands", json={"name": "agree", "argument": "", "key": _key()})
            await self._send("what is this?", photo())
            while not await self._is_drawn():
                pass

    async def _is_drawn(self) -> bool:
        """Take one event; True when it brought the reference pictures, the last of the answer."""
        _, data = await self._next()
        pictures = [p for block in data.get("blocks", ()) for p in block.get("pictures", ())]
        return any(picture["synthetic"] for picture in pictures)

    async def talk(self, *, paced: bool) -> list[float]:
        """Send texts one after the other; returns the time to the first token of each answer."""
        firsts = []
        for number in range(TURNS):
            if paced:
                await asyncio.sleep(self._random.uniform(*PAUSE_S))
            began = time.perf_counter()
            await self._send(f"question {number}")
            firsts.append(await self._answer() - began)
        return firsts

    async def _answer(self) -> float:
        """Wait for the whole answer; returns when its first token came."""
        first = 0.0
        while True:
            name, data = await self._next()
            answers = name == "live" or data.get("author") == "assistant"
            if answers and data.get("stage") != "waiting":
                first = first or time.perf_counter()
            if name == "entry" and answers and data["stage"] == "final":
                return first

    async def close(self) -> None:
        """Leave."""
        if self._stream is not None:
            self._stream.close()
        await self._http.close()

    async def _next(self) -> tuple[str, dict[str, Any]]:
        assert self._events is not None
        return await anext(self._events)

    async def _send(self, text: str, photo: bytes = b"") -> None:
        if not photo:
            await self._post("messages", json={"key": _key(), "text": text})
            return
        form = aiohttp.FormData({"key": _key(), "text": text}, default_to_multipart=True)
        form.add_field("photo", photo, filename="photo")
        await self._post("messages", data=form)

    async def _post(self, what: str, **body: Any) -> None:
        path, headers = f"/api/cases/1/{what}", {"X-CSRF-Token": self._csrf}
        async with self._http.post(path, headers=headers, **body) as response:
            assert response.status == 202, await response.text()


def _key() -> str:
    return str(uuid.uuid4())


def photo() -> bytes:
    """Return a small JPEG that the photo gate lets pass: grainy skin with a dark spot."""
    grain = Image.effect_noise((320, 240), 18).convert("RGB")
    skin = Image.blend(Image.new("RGB", (320, 240), (205, 160, 135)), grain, 0.15)
    skin.paste(Image.new("RGB", (50, 40), (110, 60, 45)), (130, 100))
    stream = io.BytesIO()
    skin.save(stream, "JPEG", quality=92)
    return stream.getvalue()


async def _events(
    response: aiohttp.ClientResponse,
) -> AsyncGenerator[tuple[str, dict[str, Any]], None]:
    name = ""
    async for line in response.content:
        label, _, value = line.decode().rstrip("\n").partition(": ")
        if label == "event":
            name = value
        elif label == "data":
            yield name, json.loads(value)
