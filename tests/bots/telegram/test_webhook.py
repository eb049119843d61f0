"""The webhook takes what Telegram sends, nothing else, and confirms only what is durable."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from pydantic import ValidationError

from bots.telegram_bot import Settings, streaming
from bots.telegram_bot.webhook import HEADER, Webhook
from core.domain.replies import Live
from tests.bots.telegram.harness import ANN, CHAT, Bench, ledger, reply
from tests.bots.telegram.loopback import TOKEN, BotApi

URL = "https://bot.example/telegram/hook"
PATH = "/telegram/hook"


@asynccontextmanager
async def hooked(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Webhook, None]:
    """Serve by webhook on a free port."""
    made: list[Webhook] = []
    make = Webhook.__init__

    def noted(self: Webhook, *args: object) -> None:
        make(self, *args)  # type: ignore[arg-type]
        made.append(self)

    monkeypatch.setattr(Webhook, "__init__", noted)
    async with bench.serving(
        mode="webhook", webhook_url=URL, webhook_port=0, webhook_max_bytes=10_000
    ):
        await bench.api.until(lambda: bool(bench.api.methods.webhook))
        yield made[0]


async def test_an_update_is_taken_once(
    bench: Bench, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A good call is answered 200 after the message is durable; its replay is not handled."""
    async with hooked(bench, monkeypatch) as hook:
        api.world.say(ANN, "hello")
        update = api.world.updates[0]
        assert await api.call_webhook(hook.port, PATH, update) == 200
        assert await api.call_webhook(hook.port, PATH, update) == 200
    assert [g.text for g in bench.talk.got] == ["hello"]
    assert bench.talk.calls == 1


async def test_what_is_not_durable_goes_back_to_telegram(
    bench: Bench, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the store is away the call fails, so that Telegram delivers again."""
    bench.talk.refusals = 1
    async with hooked(bench, monkeypatch) as hook:
        api.world.say(ANN, "hello")
        update = api.world.updates[0]
        assert await api.call_webhook(hook.port, PATH, update) == 503
        assert await api.call_webhook(hook.port, PATH, update) == 200
    assert [g.text for g in bench.talk.got] == ["hello"]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b'{"update_id": 1}', 403),
        ({HEADER: "wrong"}, b'{"update_id": 1}', 403),
        ({HEADER: "wr\u00f6ng"}, b'{"update_id": 1}', 403),
        (None, b"not json", 400),
        (None, b"[1]", 400),
        (None, b'{"update_id": "x"}', 400),
        (None, b"x" * 20_000, 413),
        (None, b'{"update_id": 5, "message": {"odd": 1}}', 200),
    ],
)
async def test_strangers_and_nonsense_are_refused(
    bench: Bench,
    api: BotApi,
    monkeypatch: pytest.MonkeyPatch,
    headers: dict[str, str] | None,
    body: bytes,
    status: int,
) -> None:
    """Without the secret nothing is read; with it, only updates of reasonable size are."""
    async with hooked(bench, monkeypatch) as hook:
        known = {HEADER: api.methods.webhook["secret"]}
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"http://127.0.0.1:{hook.port}{PATH}",
                data=body,
                headers=known if headers is None else headers,
            ) as response,
        ):
            assert response.status == status
    assert bench.talk.got == []


async def test_the_made_secret_stays(
    bench: Bench, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret that nobody set is long, and the same after a restart."""
    secrets = []
    for _ in range(2):
        async with hooked(bench, monkeypatch):
            secrets.append(api.methods.webhook["secret"])
        api.methods.webhook = {}
    assert secrets[0] == secrets[1]
    assert len(secrets[0]) > 32


def test_a_webhook_needs_https() -> None:
    """The settings refuse a webhook without a public HTTPS address."""
    with pytest.raises(ValidationError, match="https://"):
        Settings(token=TOKEN, mode="webhook", _env_file=None)  # type: ignore[arg-type, call-arg]


async def test_progress_stops_when_another_process_has_answered(
    bench: Bench, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With several processes, one that streams does not overwrite what another one finished."""
    monkeypatch.setattr(streaming, "PAUSES_S", (0.2,))
    book = ledger()
    async with hooked(bench, monkeypatch), AsyncExitStack() as stack:
        settings = {"mode": "webhook", "webhook_url": URL, "webhook_port": 0}
        one = await stack.enter_async_context(bench.serving(**settings))
        two = await stack.enter_async_context(bench.serving(**settings))
        await one.show(reply("Thinking.", stage="waiting"), book)
        await one.progress(Live(slot="s", chat=CHAT, text="stale"), book)
        await two.show(reply("Whole."), book)
        await asyncio.sleep(0.4)
    assert api.world.chat(ANN).texts() == ["Whole."]
