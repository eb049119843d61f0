"""The whole Telegram bot against a bare echo bot, on a Bot API of our own on loopback.

200 people ask three questions each, the next one as soon as the last is answered. Our bot polls,
stores each message in Redis, lets a model that answers at once write the answer, shows a
placeholder and edits it into the answer. The baseline, in the same run, is python-telegram-bot's
own Application that sends each text back, and tries again when it is refused. ``ratio`` is turns
per second of ours over the echo bot's under the limits that Telegram documents, which the server
enforces for both: 30 messages and 30 edits a second over all chats, one of each a second in a chat.
``ratio_unlimited`` is the same without any limit: it tells how much work a turn is.

Source of the limits: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import asyncio
import logging
import statistics
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telegram import Update
from telegram.error import RetryAfter
from telegram.ext import Application, ContextTypes, MessageHandler, filters
from telegram.warnings import PTBDeprecationWarning

from bots.delivery import Delivery
from bots.telegram_bot import Settings, build
from core.adapters.assembly import Place, Stores, open_stores
from core.adapters.redis_cases import Limits as StoreLimits
from core.adapters.redis_jobs import LeasePolicy
from core.domain.messages import ChatRef, Person
from tests.bots.telegram.loopback import TOKEN, BotApi, Limits, Shown
from tests.stage.assembly import conversation_over, instant_worker, open_case, services_over
from workers.batching import ModelThread

ROOT = Path(__file__).resolve().parents[1]
CHATS = 200
TURNS = 3
FIRST_CHAT = 10_000


@dataclass
class Crowd:
    """People who ask, and what they saw.

    Attributes:
        api: Where they are.
        took: Seconds from question to answer.
    """

    api: BotApi
    took: list[float] = field(default_factory=list)

    async def warm_up(self) -> None:
        """Let one more person ask, so that nothing is read or compiled while the clock runs."""
        await self._ask(FIRST_CHAT + CHATS)
        self.took.clear()
        self.api.log.clear()

    async def ask_all(self) -> float:
        """Let everybody ask; returns seconds until the last answer."""
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as people:
            for number in range(CHATS):
                people.create_task(self._ask(FIRST_CHAT + number))
        return time.perf_counter() - begun

    async def _ask(self, chat: int) -> None:
        for turn in range(TURNS):
            question = f"Why is it so, person {chat}, turn {turn}?"
            answered = asyncio.Event()

            def watch(
                shown: Shown, question: str = question, event: asyncio.Event = answered
            ) -> None:
                if question in shown.text:
                    event.set()

            self.api.world.watchers[chat] = watch
            begun = time.perf_counter()
            self.api.world.say(chat, question)
            await answered.wait()
            self.took.append(time.perf_counter() - begun)

    def whole(self) -> int:
        """Return how many questions are answered in the chats, each in full and once."""
        return sum(
            sum(text.count(f"turn {turn}?") for text in self.api.world.chat(FIRST_CHAT + n).texts())
            == 1
            for n in range(CHATS)
            for turn in range(TURNS)
        )


def _watcher(question: str, answered: asyncio.Event) -> Callable[[Shown], None]:
    def watch(shown: Shown) -> None:
        if question in shown.text:
            answered.set()

    return watch


def _busiest_second(api: BotApi, method: str) -> int:
    times = [at for at, name, _ in api.log if name == method]
    return max((sum(start <= at < start + 1 for at in times) for start in times), default=0)


@asynccontextmanager
async def _echo(api: BotApi) -> AsyncGenerator[None, None]:
    async def answer(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        while message is not None and message.text:
            try:
                await message.reply_text(message.text)
            except RetryAfter as refusal:
                await asyncio.sleep(float(str(refusal).split()[-2]))
            else:
                return

    app = (
        Application.builder()
        .token(TOKEN)
        .base_url(f"{api.url}/bot")
        .concurrent_updates(CHATS)
        .connection_pool_size(CHATS)
        .build()
    )
    app.add_handler(MessageHandler(filters.TEXT, answer))
    async with app:
        await app.start()
        await app.updater.start_polling(poll_interval=0.0)
        yield
        await app.updater.stop()
        await app.stop()


@asynccontextmanager
async def _ours(api: BotApi, *, limited: bool) -> AsyncGenerator[None, None]:
    with tempfile.TemporaryDirectory() as folder, ModelThread() as thread:
        place = Place(url=None, password=None, keys=None, folder=Path(folder))
        async with open_stores(place, limits=StoreLimits(), leases=LeasePolicy()) as stores:
            services = services_over(stores, conversation_over(stores))
            await _prepare(stores)
            frontend = build(_settings(api, limited=limited), services)
            delivery = Delivery(frontend=frontend, outbox=stores.outbox, live=stores.live)
            worker = instant_worker(stores, services.conversation, thread)
            async with asyncio.TaskGroup() as tasks:
                runs = (frontend.serve(), delivery.run(), worker.run())
                running = [tasks.create_task(run) for run in runs]
                await api.until(lambda: api.calls["getUpdates"] > 0)
                yield
                for task in running:
                    task.cancel()


def _settings(api: BotApi, *, limited: bool) -> Settings:
    values: dict[str, Any] = {"token": TOKEN, "api_url": api.url, "poll_timeout_s": 5}
    if not limited:
        values |= {"messages_per_s": 100_000, "edits_per_s": 100_000, "chat_interval_s": 0.001}
    return Settings(_env_file=None, **values)


async def _prepare(stores: Stores) -> None:
    """Open a case with a photo for everybody."""
    for number in range(CHATS + 1):
        user = str(FIRST_CHAT + number)
        chat = ChatRef(platform="telegram", chat_id=user)
        await open_case(stores, number, chat, Person(platform="telegram", user_id=user))


async def _measure(bot: str, *, limited: bool) -> dict[str, Any]:
    async with BotApi(Limits(slack_s=0.1) if limited else None) as api:
        crowd = Crowd(api)
        running: AbstractAsyncContextManager[None] = (
            _ours(api, limited=limited) if bot == "ours" else _echo(api)
        )
        async with running:
            await crowd.warm_up()
            seconds = await crowd.ask_all()
        if api.violations:
            raise api.violations[0]
        edits = Counter(chat for _, name, chat in api.log if name == "editMessageText")
        return {
            "turns_per_s": round(CHATS * TURNS / seconds, 1),
            "latency_p50_s": round(statistics.median(crowd.took), 2),
            "whole_answers": crowd.whole(),
            "refused_by_flood_control": api.flood.refusals,
            "messages_in_busiest_second": _busiest_second(api, "sendMessage"),
            "edits_in_busiest_second": _busiest_second(api, "editMessageText"),
            "edits": sum(edits.values()),
        }


async def _run() -> dict[str, Any]:
    figures: dict[str, Any] = {"chats": CHATS, "turns": CHATS * TURNS}
    for limited in (True, False):
        suffix = "" if limited else "_unlimited"
        echo = await _measure("echo", limited=limited)
        ours = await _measure("ours", limited=limited)
        ratio = ours["turns_per_s"] / echo["turns_per_s"]
        figures |= {f"echo{suffix}": echo, f"ours{suffix}": ours, f"ratio{suffix}": round(ratio, 3)}
    return figures


def main() -> dict[str, Any]:
    """Run the benchmark."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    warnings.simplefilter("ignore", PTBDeprecationWarning)
    return asyncio.run(_run())
