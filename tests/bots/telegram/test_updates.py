"""Every kind of update is handled or consciously ignored, and none does any harm."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
import telegram
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots import Services
from bots.telegram_bot import Settings, TelegramFrontend, frontend
from bots.telegram_bot.connection import Connection
from bots.telegram_bot.updates import HANDLED, IGNORED, Ignored, read
from core.adapters.memory import MemoryBlobs
from core.adapters.memory_extras import MemoryBoard, MemoryDrawer
from core.words import Words
from tests.bots.telegram.harness import ROOT, OpenThrottle, Recorder
from tests.bots.telegram.loopback import TOKEN
from tests.bots.telegram.loopback.world import ME
from tests.bots.telegram.strategies import KINDS, update

OFFLINE = telegram.Bot(TOKEN)


class Offline(Connection):
    """Answers ``getMe`` and refuses everything else."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Answer without a network."""
        if str(kwargs.get("url", args[0] if args else "")).endswith("getMe"):
            return 200, json.dumps({"ok": True, "result": ME}).encode()
        refusal = {"ok": False, "error_code": 400, "description": "Bad Request: no"}
        return 400, json.dumps(refusal).encode()


@pytest.fixture(scope="module")
def talk() -> Recorder:
    """Give a conversation that records."""
    return Recorder()


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """Give one event loop for all examples."""
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module")
def bot(talk: Recorder, runner: asyncio.Runner) -> TelegramFrontend:
    """Give a frontend without a network."""
    services = Services(
        conversation=cast(Any, talk),
        words=Words(ROOT / "config" / "locales"),
        ontology=cast(Any, None),
        blobs=MemoryBlobs(),
        board=MemoryBoard(),
        drawer=MemoryDrawer(),
        throttle=OpenThrottle(),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frontend, "Connection", Offline)
        made = TelegramFrontend(Settings(token=cast(Any, TOKEN), _env_file=None), services)
    runner.run(made._bot.initialize())
    return made


def test_every_kind_of_update_is_decided_upon() -> None:
    """Both models of the API know no kind that is neither handled nor ignored for a reason."""
    decided = {*HANDLED, *IGNORED}
    assert decided == set(KINDS)
    assert set(telegram.Update.ALL_TYPES) <= decided
    assert all(IGNORED.values())


@pytest.mark.parametrize("kind", HANDLED)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_update_raises(
    kind: str, data: st.DataObject, bot: TelegramFrontend, runner: asyncio.Runner
) -> None:
    """Whatever an update holds, it is handled, or dropped without an error."""
    raw = data.draw(update(kind))
    event = read(raw, bot._bot)
    runner.run(bot._lanes._intake.handle(event, raw["update_id"]))


@pytest.mark.parametrize("kind", IGNORED)
@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_ignored_kinds_reach_nobody(
    kind: str, data: st.DataObject, bot: TelegramFrontend, runner: asyncio.Runner, talk: Recorder
) -> None:
    """What is ignored is ignored for its reason, and the core does not hear of it."""
    raw = data.draw(update(kind))
    event = read(raw, bot._bot)
    before = talk.calls
    runner.run(bot._lanes._intake.handle(event, raw["update_id"]))
    assert event == Ignored(reason=IGNORED[kind])
    assert talk.calls == before


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from([*KINDS, "chat", "id", "from", "date"]), inner, max_size=3
            )
        ),
        max_leaves=8,
    )
)
def test_nonsense_is_ignored(value: Any) -> None:
    """Even what is no update at all never raises."""
    event = read({"update_id": 1, "message": value, "callback_query": value}, OFFLINE)
    assert event is not None
