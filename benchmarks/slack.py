"""Turns through the Slack frontend, beside a bare Bolt echo app in the same run.

A loopback Slack delivers to 200 people, each in an own thread, three messages one after the other
over Socket Mode, and waits for the answer to each. The bot is the whole one: frontend, delivery,
conversation, Redis, and a worker with an instant model in a process of its own. The baseline is an
app of a dozen lines that posts each message back. Both keep Slack's pace of one message a second
for each channel, which the loopback Slack enforces. CPU is that of the frontend's process alone; on
a busy machine it tells more than turns per second do. Before that, a round in which every event is
delivered twice counts answers that came twice.
"""

import asyncio
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bots.delivery import Delivery
from bots.slack_bot import Settings, build
from bots.slack_bot.addresses import Place as Corner
from bots.slack_bot.addresses import person
from core.adapters.assembly import Place, open_stores, redis_at
from core.adapters.redis_cases import Limits
from core.adapters.redis_jobs import LeasePolicy
from tests.bots.slack.loopback import Slack
from tests.bots.slack.loopback.world import APP_TOKEN, TEAM, TOKEN, Message
from tests.stage.assembly import conversation_over, instant_worker, open_case, services_over
from workers.batching import ModelThread

ROOT = Path(__file__).resolve().parents[1]
PEOPLE = 200
TURNS = 3
PATIENCE_S = 240.0
_WORD = re.compile(r"turn-\d+-\d+")


class _Crowd:
    """People who each say three things and wait for the answer to each."""

    def __init__(self, slack: Slack, roots: Sequence[Message]) -> None:
        self._slack = slack
        self._roots = roots
        self._answered: dict[str, asyncio.Event] = {}
        slack.world.happened = self._look  # type: ignore[method-assign]

    def _look(self) -> None:
        call = self._slack.world.calls[-1] if self._slack.world.calls else None
        if call is None or call.refused:
            return
        if call.method in ("chat.postMessage", "chat.update"):
            for word in _WORD.findall(str(call.args.get("text"))):
                if word in self._answered:
                    self._answered[word].set()

    async def talk(self, run: str, turns: int = TURNS) -> float:
        """Say everything; returns seconds."""
        begun = time.perf_counter()
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
            for number, root in enumerate(self._roots):
                group.create_task(self._one(f"{run}{number}", root, turns))
        return time.perf_counter() - begun

    async def _one(self, name: str, root: Message, turns: int) -> None:
        for turn in range(turns):
            word = f"turn-{name}-{turn}"
            self._answered[word] = asyncio.Event()
            await self._slack.say(root.user, root.channel, word, thread=root.ts)
            await self._answered[word].wait()

    def twice(self) -> int:
        """Count what was answered by more than one message."""
        answers = [
            word
            for root in self._roots
            for message in self._slack.seen(root.channel)
            for word in set(_WORD.findall(message.words()))
        ]
        return len(answers) - len(set(answers))


def _roots(slack: Slack) -> list[Message]:
    people = [f"U{number:04d}" for number in range(PEOPLE)]
    return [slack.write(user, slack.direct(user), "hello") for user in people]


@asynccontextmanager
async def _child(*arguments: str) -> AsyncGenerator[psutil.Process, None]:
    """Run a part of this module in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.slack", *arguments]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def _measure(slack: Slack, *children: tuple[str, ...], again: bool) -> dict[str, Any]:
    """Let the crowd talk to the app in the children."""
    roots = _roots(slack)
    slack.world.paced = True
    if again:
        await _prepare(Path(children[0][3]), children[0][2], roots)
    crowd = _Crowd(slack, roots)
    async with AsyncExitStack() as stack:
        started = [await stack.enter_async_context(_child(*child)) for child in children]
        await slack.links.connected.wait()
        slack.links.twice = again
        await crowd.talk("1", turns=1)  # Warm: connections, caches, the words of alarm.
        slack.links.twice = False
        slack.links.acks.clear()
        before_s = _cpu_s(started[0])
        seconds = await crowd.talk("2")
        acks = sorted(ack.after_s for ack in slack.links.acks)
        return {
            "turns_per_s": PEOPLE * TURNS / seconds,
            "ack_p99_ms": acks[int(len(acks) * 0.99) - 1] * 1000,
            "cpu_ms_per_turn": (_cpu_s(started[0]) - before_s) * 1000 / (PEOPLE * TURNS),
            "twice": crowd.twice(),
            "problems": len(slack.problems),
        }


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def _prepare(folder: Path, url: str, roots: Sequence[Message]) -> None:
    """Open a case with a photo in every thread, so that questions may be asked."""
    place = Place(url=url, password=None, keys=None, folder=folder)
    async with open_stores(place, limits=Limits(), leases=LeasePolicy()) as stores:
        for number, root in enumerate(roots):
            who = person(TEAM, root.user)
            chat = Corner(workspace=TEAM, channel=root.channel, thread=root.ts).chat()
            await open_case(stores, number, chat, who, register="clinician")


async def _run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        place = Place(url=None, password=None, keys=None, folder=Path(folder))
        async with redis_at(place) as url, Slack().running() as slack:
            bot = ("bot", slack.api_url, url, folder)
            ours = await _measure(slack, bot, ("worker", *bot[1:]), again=True)
        async with Slack().running() as slack:
            echo = ("echo", slack.api_url)
            bare = await _measure(slack, echo, again=False)
    return {
        "turns": PEOPLE * TURNS,
        "turns_per_s": round(ours["turns_per_s"], 1),
        "echo_turns_per_s": round(bare["turns_per_s"], 1),
        "ratio": round(ours["turns_per_s"] / bare["turns_per_s"], 3),
        "ack_p99_ms": round(ours["ack_p99_ms"], 1),
        "echo_ack_p99_ms": round(bare["ack_p99_ms"], 1),
        "cpu_ms_per_turn": round(ours["cpu_ms_per_turn"], 2),
        "echo_cpu_ms_per_turn": round(bare["cpu_ms_per_turn"], 2),
        "answered_twice_under_redelivery": ours["twice"],
        "refused_by_slack": ours["problems"],
        "ratio_means": "turns per second of the whole bot over those of a bare Bolt echo app",
    }


async def _bot(api_url: str, url: str, folder: str) -> None:
    """The frontend's process."""
    place = Place(url=url, password=None, keys=None, folder=Path(folder))
    async with open_stores(place, limits=Limits(), leases=LeasePolicy()) as stores:
        shared = services_over(stores, conversation_over(stores))
        settings = Settings(_env_file=None, bot_token=TOKEN, app_token=APP_TOKEN, api_url=api_url)
        frontend = build(settings, shared)
        delivery = Delivery(frontend=frontend, outbox=stores.outbox, live=stores.live)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(frontend.serve())
            tasks.create_task(delivery.run())


async def _work(api_url: str, url: str, folder: str) -> None:
    """The worker's process."""
    del api_url
    place = Place(url=url, password=None, keys=None, folder=Path(folder))
    async with open_stores(place, limits=Limits(), leases=LeasePolicy()) as stores:
        with ModelThread() as thread:
            await instant_worker(stores, conversation_over(stores), thread).run()


async def _echo(api_url: str) -> None:
    """The baseline's process."""
    patient = AsyncRateLimitErrorRetryHandler(max_retry_count=20)
    client = AsyncWebClient(token=TOKEN, base_url=api_url, retry_handlers=[patient])
    app = AsyncApp(client=client)

    @app.event("message")
    async def answer(event: dict[str, Any], client: AsyncWebClient) -> None:
        await client.chat_postMessage(
            channel=event["channel"], text=event["text"], thread_ts=event["thread_ts"]
        )

    await AsyncSocketModeHandler(app, APP_TOKEN).start_async()


def main() -> dict[str, Any]:
    """Run the benchmark."""
    return asyncio.run(_run())


def _part(name: str, *arguments: str) -> None:
    parts = {"bot": _bot, "worker": _work, "echo": _echo}
    asyncio.run(parts[name](*arguments))  # type: ignore[operator]


if __name__ == "__main__":
    _part(*sys.argv[1:])
