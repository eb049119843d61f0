"""The loopback Slack as tests use it: start it, act as people, look at what they see."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiohttp import web

from tests.bots.slack.loopback import files
from tests.bots.slack.loopback.api import Api
from tests.bots.slack.loopback.chat import shown
from tests.bots.slack.loopback.gestures import Gestures
from tests.bots.slack.loopback.links import Links
from tests.bots.slack.loopback.world import (
    APP,
    BOT_USER,
    TEAM,
    TOKEN,
    Fault,
    Grant,
    Message,
    StoredFile,
    World,
)


class Slack(Gestures):
    """One workspace, its people, and the wires to the bot."""

    def __init__(self) -> None:
        self.world = World()
        self.world.grants[TOKEN] = Grant(token=TOKEN)
        self.links = Links(happened=self.world.happened)

    @property
    def api_url(self) -> str:
        """Base of the Web API."""
        return f"{self.world.base}/api/"

    @property
    def problems(self) -> list[str]:
        """What the bot did that a real Slack would refuse."""
        return self.world.problems

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Slack", None]:
        """Listen on loopback while the context is open."""
        server = web.Application(client_max_size=64 * 2**20)
        server.add_routes(
            [
                web.route("*", "/api/{method}", Api(self.world).answer),
                web.get("/link", self.links.serve_socket),
                web.post("/upload/{id}", partial(files.take, self.world)),
                web.get("/files/{id}/{name}", partial(files.give, self.world)),
            ]
        )
        runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.world.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await self.links.close()
            await runner.cleanup()

    def fail(self, method: str, fault: Fault) -> None:
        """Let the next calls of a method fail."""
        self.world.faults[method].append(fault)

    def pending(self, method: str) -> int:
        """Return how many failures no call of a method has met yet."""
        return sum(fault.times for fault in self.world.faults[method])

    def channel(self, name: str = "C0CLINIC", people: tuple[str, ...] = ("U1", "U2")) -> str:
        """Make a channel with the bot and some people in it."""
        self.world.members[name] |= {*people, BOT_USER}
        return name

    def direct(self, user: str) -> str:
        """Return the direct messages of a person and the bot."""
        return self.world.direct_channel(self.world.grants[TOKEN], user)

    def file(self, data: bytes, name: str = "photo.jpg", **more: Any) -> str:
        """Put a file into Slack, as a person's upload; returns its id."""
        file = StoredFile(
            id=self.world.id("F"), name=name, data=data, media_type=files.guessed(name), **more
        )
        file.complete = True
        self.world.files[file.id] = file
        return file.id

    def write(
        self,
        user: str,
        channel: str,
        text: str = "",
        *,
        thread: str = "",
        uploads: tuple[str, ...] = (),
    ) -> Message:
        """Let a person write, without telling the bot."""
        message = Message(
            ts=self.world.ts(),
            channel=channel,
            user=user,
            text=text,
            thread_ts=thread,
            files=list(uploads),
        )
        self.world.messages[channel].append(message)
        for name in uploads:
            share = {"ts": message.ts, "thread_ts": thread}
            self.world.files[name].shares.setdefault(channel, []).append(share)
        return message

    async def say(
        self,
        user: str,
        channel: str,
        text: str = "",
        *,
        thread: str = "",
        uploads: tuple[str, ...] = (),
    ) -> Message:
        """Let a person write, and deliver the events of it."""
        message = self.write(user, channel, text, thread=thread, uploads=uploads)
        await self.tell(message)
        return message

    async def tell(self, message: Message) -> None:
        """Deliver the events of a person's message."""
        event = self.event_of(message)
        if f"<@{BOT_USER}>" in message.text:
            await self.event({**event, "type": "app_mention"})
        await self.event(event)

    def event_of(self, message: Message) -> dict[str, Any]:
        """The ``message`` event of a person's message."""
        kinds = {"D": "im", "G": "group"}
        event = {
            **shown(self.world, message),
            "channel": message.channel,
            "channel_type": kinds.get(message.channel[0], "channel"),
            "client_msg_id": f"gesture-{message.ts}",
            "event_ts": message.ts,
        }
        return event | ({"subtype": "file_share"} if message.files else {})

    async def event(self, event: dict[str, Any], **more: Any) -> Any:
        """Deliver an event."""
        return await self.links.deliver("events_api", self.envelope(event, **more))

    def envelope(self, event: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Wrap an event as the Events API does."""
        grant = self.world.grants.get(TOKEN) or Grant(token=TOKEN)
        return {
            "token": "verification",
            "team_id": TEAM,
            "api_app_id": APP,
            "type": "event_callback",
            "event_id": self.world.id("Ev"),
            "event_time": 1790000000,
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM,
                    "user_id": grant.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event": event,
            **more,
        }

    def seen(self, channel: str, *, thread: str | None = None) -> list[Message]:
        """What the bot has put into a channel, or into one of its threads."""
        own = [m for m in self.world.messages[channel] if m.bot_id]
        return own if thread is None else [m for m in own if m.root == thread]

    def calls(self, method: str) -> list[dict[str, Any]]:
        """The arguments of all calls of a method."""
        return [call.args for call in self.world.calls if call.method == method]

    async def until(self, enough: Callable[[], Any], patience_s: float = 15.0) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(patience_s):
            while not enough():
                news = self.world.news
                await news.wait()
