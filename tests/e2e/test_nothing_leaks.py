"""Nothing that a person sent, was told or is called, and no secret, is written anywhere."""

import asyncio
import base64
import hashlib
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import redis
from aiohttp import web

from core.adapters.embedded_redis import EmbeddedRedis
from tests.bots.telegram.harness import ANN
from tests.bots.telegram.loopback import TOKEN, BotApi
from tests.e2e.stage import ROOT, skin_photo
from tests.redis_servers import free_port

pytestmark = pytest.mark.timeout(300)

NAME, SURNAME, HANDLE = "Xanthippe", "Quetzalcoatlus", "zyzzyva_handle"
CAPTION = "kumquat coloured patch behind my knee"
FOLLOW_UP = "does a marmalade poultice help"
FEEDBACK = "rhubarb flavoured answer"
COMMAND = "/velociraptor"
LOOKED_UP = "syzygetic dermatosis"
MASTER_KEY = base64.b64encode(hashlib.sha256(b"of the leak test").digest()).decode()
DETAIL = b"made with a sextant"
"""In the photo's metadata."""

_SHORT = 9


def photo() -> bytes:
    """Return a photo with something in its metadata that nobody shall keep."""
    plain = skin_photo()
    comment = b"\xff\xfe" + (len(DETAIL) + 2).to_bytes(2, "big") + DETAIL
    return plain[:2] + comment + plain[2:]


def traces(folder: Path, hidden: dict[str, bytes]) -> list[str]:
    """Return which hidden things are in which files below a folder, as they are or in disguise."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        lower = data.lower()
        for name, secret in hidden.items():
            forms = {secret, secret.lower(), secret.hex().encode()}
            if len(secret) > _SHORT:  # less would be found by chance
                forms.add(base64.b64encode(secret)[:-4])
            if any(form in data or form in lower for form in forms):
                found.append(f"{name} in {path.relative_to(folder)}")
    return found


@asynccontextmanager
async def collector(folder: Path) -> AsyncGenerator[str, None]:
    """Take spans in, as they come, and give the address for them."""

    async def take(request: web.Request) -> web.Response:
        with (folder / "spans.bin").open("ab") as spans:
            spans.write(await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/v1/traces", take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1/traces"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def program(
    folder: Path, api: BotApi, traces_url: str, *module: str
) -> AsyncGenerator[None, None]:
    """Run one of our programs as chattily as it can be set; what it says goes into the folder."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("SKINGEN_", "REDIS_"))}
    port = free_port()
    own = {
        "SKINGEN_TELEGRAM_TOKEN": TOKEN,
        "SKINGEN_TELEGRAM_API_URL": api.url,
        "SKINGEN_TELEGRAM_POLL_TIMEOUT_S": "1",
        "SKINGEN_DATA_FOLDER": str(folder / "data"),
        "SKINGEN_STORE_KEYS": f"k1={MASTER_KEY}",
        "SKINGEN_LOG_LEVEL": "DEBUG",
        "SKINGEN_OPS_PORT": str(port),
        "SKINGEN_TRACES_URL": traces_url,
        "SKINGEN_WORKER_VLM": "instant",
        "SKINGEN_WORKER_GENERATOR": "instant",
        "OMP_NUM_THREADS": "1",
    }
    with (folder / f"{'-'.join(module)}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *module), cwd=ROOT, env=inherited | own, stdout=log, stderr=log
        )
        try:
            yield
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{port}/metrics") as answer,
            ):
                (folder / f"{'-'.join(module)}.metrics").write_bytes(await answer.read())
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def converse(api: BotApi) -> None:
    """Live through everything that a person can do with words and photos."""
    chat = api.world.chat(ANN)
    called = {"first_name": NAME, "last_name": SURNAME, "username": HANDLE}
    me = {"id": ANN, "is_bot": False, "language_code": "en", **called}

    async def shown(words: str, count: int = 1) -> None:
        await api.until(lambda: sum(words in text for text in chat.texts()) >= count, timeout_s=90)

    api.world.say(ANN, "/start", **{"from": me})
    await shown("agree")
    card = next(s for s in chat.visible() if any("agree" in b["text"].lower() for b in s.buttons))
    agree = next(b for b in card.buttons if "agree" in b["text"].lower())
    api.world.press(ANN, card, agree["callback_data"])
    await shown("Thank you")
    api.world.photo(ANN, photo(), CAPTION, **{"from": me})
    await shown("You said:")
    api.world.say(ANN, FOLLOW_UP, **{"from": me})
    await shown("You said:", 2)
    for command in (f"/feedback {FEEDBACK}", COMMAND, f"/reference {LOOKED_UP}", "/history"):
        api.world.say(ANN, command, **{"from": me})
    await shown("do not know this command")
    api.world.photo(ANN, b"this is no picture but " + DETAIL, CAPTION, **{"from": me})
    await api.until(lambda: not api.world.updates, timeout_s=60)
    api.world.say(ANN, "/export", **{"from": me})
    await api.until(lambda: any("document" in s.raw for s in chat.visible()), timeout_s=90)


async def test_a_whole_run_writes_nothing_of_a_person_down(tmp_path: Path) -> None:
    """At log level DEBUG: logs, metrics, spans, Redis files and blobs hold no word, no secret."""
    hidden = {
        "first name": NAME.encode(),
        "last name": SURNAME.encode(),
        "user name": HANDLE.encode(),
        "caption": CAPTION.encode(),
        "follow-up": FOLLOW_UP.encode(),
        "feedback": FEEDBACK.encode(),
        "unknown command": COMMAND[1:].encode(),
        "looked up": LOOKED_UP.encode(),
        "metadata": DETAIL,
        "answer": b"You said:",
        "picture": b"JFIF\x00\x01",
        "drawing": b"\x89PNG\r\n",
        "bot token": TOKEN.encode(),
        "secret part of the token": TOKEN.partition(":")[2].encode(),
        "master key as text": MASTER_KEY.encode(),
        "master key": base64.b64decode(MASTER_KEY),
    }
    async with (
        BotApi() as api,
        EmbeddedRedis(tmp_path / "data" / "redis") as url,
        collector(tmp_path) as traces_url,
        program(tmp_path, api, traces_url, "workers"),
        program(tmp_path, api, traces_url, "bots", "telegram"),
    ):
        await converse(api)
        with redis.Redis.from_url(url) as client:
            endless = {key for key in client.scan_iter() if client.ttl(key) < 0}
        told = "\n".join(api.world.chat(ANN).texts())

    assert endless == {b"sk:{s0}:drawers"}
    assert traces(tmp_path, hidden) == []
    assert "delivered" in log_of(tmp_path, "bots-telegram")
    assert "batch" in log_of(tmp_path, "workers")
    assert (tmp_path / "spans.bin").stat().st_size > 0
    assert b"skingen" in (tmp_path / "bots-telegram.metrics").read_bytes()
    # The same search finds what there is to be found.
    (tmp_path / "told.txt").write_text(told, encoding="utf-8")
    found = [line.partition(" in ")[0] for line in traces(tmp_path, hidden)]
    assert found == ["caption", "follow-up", "looked up", "answer"]


def log_of(folder: Path, name: str) -> str:
    """Return what a program wrote."""
    return (folder / f"{name}.log").read_text(encoding="utf-8")
