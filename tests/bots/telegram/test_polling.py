"""Long polling loses nothing, repeats nothing, and gets up again."""

import logging

import pytest

from bots.telegram_bot import polling
from core.domain.errors import InfrastructureError
from core.domain.messages import ChatRef
from tests.bots.telegram.harness import ANN, Bench
from tests.bots.telegram.loopback import TOKEN, BotApi, Fault

BOB = 502


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pauses after failed polls be short."""
    monkeypatch.setattr(polling, "PAUSES_S", (0.01,))


async def test_an_update_is_confirmed_only_after_it_is_durable(bench: Bench, api: BotApi) -> None:
    """As long as the store does not take a message, Telegram keeps it."""
    bench.talk.gate.clear()
    async with bench.serving():
        api.world.say(ANN, "precious")
        await api.until(lambda: bench.talk.calls == 1)
        await api.until(lambda: api.calls["getUpdates"] > 2)
    assert len(api.world.updates) == 1  # the bot died with the update in its hands
    bench.talk.gate.set()
    async with bench.serving():
        await bench.heard()
        await bench.confirmed()
    assert [g.text for g in bench.talk.got] == ["precious"]


async def test_a_store_that_is_away_is_asked_again_in_order(bench: Bench, api: BotApi) -> None:
    """Messages of a chat keep their order while the store is away."""
    bench.talk.refusals = 1
    async with bench.serving():
        api.world.say(ANN, "one")
        api.world.say(ANN, "two")
        got = await bench.heard(2)
    assert [g.text for g in got] == ["one", "two"]


async def test_one_chat_that_waits_does_not_hold_up_the_others(bench: Bench, api: BotApi) -> None:
    """The first update hangs in its download; many later ones are handled meanwhile."""
    api.faults.add("download", Fault(kind="hang"))
    async with bench.serving():
        api.world.photo(ANN, b"x")
        for n in range(30):
            api.world.say(600 + n, f"hi {n}")
        await bench.heard(30)
        await api.until(lambda: api.calls["download"] == 1)
        api.faults.release()
        got = await bench.heard(31)
        await bench.confirmed()
    assert got[-1].chat == ChatRef(platform="telegram", chat_id=str(ANN))


async def test_the_offset_is_kept_over_a_restart(bench: Bench, api: BotApi) -> None:
    """A handled update is not even looked at again."""
    async with bench.serving():
        api.world.say(ANN, "once")
        await bench.heard()
        await bench.confirmed()
    key = f"telegram:offset:{TOKEN.split(':')[0]}"
    assert await bench.drawer.get(key) == "7001"


async def test_two_pollers_are_reported_in_plain_words(
    bench: Bench, api: BotApi, caplog: pytest.LogCaptureFixture
) -> None:
    """A 409 tells the operator what to do, and polling goes on afterwards."""
    api.faults.add("getUpdates", Fault(kind="conflict"))
    with caplog.at_level(logging.ERROR, "bots.telegram_bot"):
        async with bench.serving():
            api.world.say(ANN, "hello")
            await bench.heard()
    assert "another program polls with the same token" in caplog.text


async def test_a_foreign_webhook_is_removed(
    bench: Bench, api: BotApi, caplog: pytest.LogCaptureFixture
) -> None:
    """Polling heals itself when somebody set a webhook, and says so."""
    async with bench.serving():
        await api.until(lambda: api.calls["getUpdates"] > 0)
        api.methods.webhook = {"url": "https://elsewhere.example/hook"}
        api.world.say(ANN, "hello")
        await bench.heard()
        await api.until(lambda: not api.methods.webhook)
    assert "somebody set a webhook" in caplog.text


@pytest.mark.parametrize("kind", ["dropped", "bad_gateway", "flood"])
async def test_broken_polls_are_repeated(bench: Bench, api: BotApi, kind: str) -> None:
    """Network trouble, 502 and 429 are waited out."""
    api.faults.add("getUpdates", Fault(kind=kind))  # type: ignore[arg-type]
    async with bench.serving():
        api.world.say(ANN, "hello")
        (got,) = await bench.heard()
    assert got.text == "hello"


async def test_a_poll_that_never_comes_back_is_given_up(
    bench: Bench, api: BotApi, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A dead connection is noticed by its silence and replaced."""
    monkeypatch.setattr("bots.telegram_bot.frontend.GRACE_S", 0.0)
    api.faults.add("getUpdates", Fault(kind="hang"))
    async with bench.serving(poll_timeout_s=0, poll_stuck_s=0.2):
        api.world.say(ANN, "hello")
        (got,) = await bench.heard()
    assert got.text == "hello"
    assert "polling starts over with new connections" in caplog.text


async def test_a_poisonous_update_is_dropped_and_the_rest_goes_on(
    bench: Bench, api: BotApi, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug that one update hits is logged, its sender is told, and the bot is not wedged."""
    receive = bench.talk.receive

    async def explode(incoming: object) -> None:
        if getattr(incoming, "text", "") == "poison":
            raise ZeroDivisionError
        await receive(incoming)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.talk, "receive", explode)
    async with bench.serving():
        api.world.say(ANN, "poison")
        api.world.say(ANN, "hello")
        await bench.heard()
        await bench.confirmed()
    assert caplog.text.count("was dropped") == 1
    assert "send it once more" in api.world.chat(ANN).texts()[0]


async def test_telegram_being_away_at_the_start_is_waited_out(
    bench: Bench, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot may be started before the network is there."""
    monkeypatch.setattr("bots.telegram_bot.frontend._RETRY_S", 0.01)
    api.faults.add("getMe", Fault(kind="dropped"), Fault(kind="bad_gateway"))
    async with bench.serving():
        api.world.say(ANN, "hello")
        await bench.heard()
    assert api.calls["getMe"] == 3


async def test_a_refused_token_is_said_without_quoting_it(bench: Bench) -> None:
    """A wrong token ends the program with a sentence for the operator."""
    frontend = bench.build(token="4242:wrong")
    with pytest.raises(InfrastructureError, match="does not accept the token") as error:
        await frontend.serve()
    assert "4242" not in str(error.value)


async def test_no_log_line_holds_the_token(
    bench: Bench, api: BotApi, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever level is logged, the token is in none of it."""
    api.faults.add("getUpdates", Fault(kind="dropped"))
    api.faults.add("sendMessage", Fault(kind="bad_gateway"))
    with caplog.at_level(logging.DEBUG):
        async with bench.serving():
            api.world.message(ANN)
            api.world.push("message", api.world.message(ANN, dice={"emoji": "x", "value": 1}))
            await bench.confirmed()
    assert caplog.records
    assert TOKEN.split(":")[1] not in caplog.text
