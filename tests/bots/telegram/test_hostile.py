"""What an attacker on the way to Telegram, or in a group, gets: nothing."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from telegram.ext import ExtBot

from bots.telegram_bot.connection import Connection
from bots.telegram_bot.content import ImageFile
from bots.telegram_bot.files import Files, FileUnavailable
from bots.telegram_bot.settings import Settings
from tests.bots.telegram.harness import ANN, Bench
from tests.bots.telegram.loopback import TOKEN, BotApi

NAME = "@skingen_test_bot"
BOB = 5151
GROUP = -100500
FILE = ImageFile(file_id="f1", size_bytes=10)


def settings(url: str = "https://api.telegram.org", **more: Any) -> Settings:
    """Return settings that no environment changes."""
    return Settings(_env_file=None, token=TOKEN, api_url=url, **more)


@pytest.mark.parametrize("path", ["/etc/hostname", "https://evil.example/x", "http://127.0.0.1/x"])
async def test_a_file_is_fetched_from_the_bot_api_only(path: str) -> None:
    """A path of this machine or an address elsewhere is not opened, whoever names it."""
    fetched: list[str] = []

    async def download_as_bytearray(**_: Any) -> bytearray:
        fetched.append(path)
        return bytearray(b"secret")

    async def get_file(_: str) -> Any:
        return SimpleNamespace(
            file_path=path, file_size=6, download_as_bytearray=download_as_bytearray
        )

    bot: Any = SimpleNamespace(get_file=get_file)
    with pytest.raises(FileUnavailable):
        await Files(bot, settings()).fetch(FILE)
    assert fetched == []


@asynccontextmanager
async def turncoat(elsewhere: list[str]) -> AsyncGenerator[str, None]:
    """Give the address of a Bot API that sends whoever fetches a file to another place."""

    async def get_file(_request: web.Request) -> web.Response:
        file = {"file_id": "f1", "file_unique_id": "u", "file_size": 6, "file_path": "photos/f1"}
        return web.json_response({"ok": True, "result": file})

    async def away(request: web.Request) -> web.Response:
        raise web.HTTPFound(f"http://{request.host}/elsewhere")

    async def taken(request: web.Request) -> web.Response:
        elsewhere.append(str(request.url))
        return web.Response(body=b"secret")

    app = web.Application()
    app.router.add_post("/bot{token}/getFile", get_file)
    app.router.add_get("/file/bot{token}/{path:.+}", away)
    app.router.add_get("/elsewhere", taken)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_no_redirect_is_followed() -> None:
    """A Bot API that points elsewhere is not believed: the token would go along."""
    elsewhere: list[str] = []

    async def sleep(_seconds: float) -> None:
        return

    async with turncoat(elsewhere) as url:
        bot = ExtBot(
            TOKEN,
            base_url=f"{url}/bot",
            base_file_url=f"{url}/file/bot",
            request=Connection(),
            get_updates_request=Connection(),
        )
        await bot.request.initialize()
        with pytest.raises(FileUnavailable):
            await Files(bot, settings(url), sleep).fetch(FILE)
        await bot.request.shutdown()
    assert elsewhere == []


async def test_what_concerns_one_person_is_not_answered_in_front_of_a_group(
    bench: Bench, api: BotApi
) -> None:
    """In a group that is answered openly, history, export and delete still are private."""
    async with bench.serving(group_answers="group"):
        for command in ("/history", "/export", "/delete"):
            api.world.say(ANN, f"{command}{NAME}", chat_id=GROUP)
        await api.until(lambda: "ask me there" in " ".join(api.world.chat(GROUP).texts()))
        await bench.confirmed()
        assert bench.talk.got == []
        api.world.say(ANN, "/start")
        for command in ("/history", "/export", "/delete"):
            api.world.say(ANN, f"{command}{NAME}", chat_id=GROUP)
        got = await bench.heard(4)
        await bench.confirmed()
    assert {g.chat.chat_id for g in got} == {str(ANN)}


async def test_who_erased_everything_is_forgotten_here_too(bench: Bench, api: BotApi) -> None:
    """After ``/delete yes`` the bot no longer knows that it may write to a person."""
    async with bench.serving():
        api.world.say(BOB, "/start")
        await bench.heard(1)
        assert await bench.drawer.keys("telegram:door:") == (f"telegram:door:{BOB}",)
        api.world.say(BOB, "/delete yes")
        await bench.heard(2)
        await bench.confirmed()
    assert await bench.drawer.keys("telegram:door:") == ()


@pytest.mark.parametrize("shown", [repr, str])
def test_secrets_are_in_no_settings_that_are_printed(shown: Any, tmp_path: Path) -> None:
    """Tokens and secrets never show where settings are printed or logged."""
    del tmp_path
    own = settings(webhook_secret="a-very-secret-secret")
    assert TOKEN not in shown(own)
    assert "a-very-secret-secret" not in shown(own)
