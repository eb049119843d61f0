"""Turns what happens in Slack into `Incoming`, durably, before Slack gets its acknowledgement.

Text goes straight to `Conversation.receive`. A message with files becomes an errand first, because
its photos may not arrive within Slack's three seconds. Nothing here waits for an answer.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from bots.slack_bot import reading
from bots.slack_bot.addresses import Place, person
from bots.slack_bot.chores import Chores
from bots.slack_bot.errands import Errand, Errands
from bots.slack_bot.events import SlackMessage
from bots.slack_bot.notices import Notices
from bots.slack_bot.policy import Policy
from bots.slack_bot.settings import Settings
from bots.slack_bot.threads import ThreadNote, Threads
from bots.slack_bot.workspaces import Workspace, Workspaces
from core.conversation import Conversation
from core.domain.messages import Command, Incoming

ERASE: Final = "yes"
"""What confirms the ``delete`` command."""


WIDTH: Final = 32
"""Durable steps at a time; a crowd that writes at once waits here rather than in the store."""

PERSONAL: Final = frozenset(
    {"agree", "delete", "export", "help", "history", "language", "privacy", "start", "verify"}
)
"""Commands whose answer concerns one person; nobody else in a channel reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command from a button, a slash command or a tab, and where its answer goes.

    Attributes:
        place: Where the answer goes.
        team: Team of who asks.
        user: Who asks.
        key: What names the gesture.
        command: What is asked for.
    """

    place: Place
    team: str
    user: str
    key: str
    command: Command


class Intake:
    """The durable step."""

    def __init__(  # noqa: PLR0913, it is where everything on the way in meets
        self,
        settings: Settings,
        conversation: Conversation,
        *,
        workspaces: Workspaces,
        threads: Threads,
        policy: Policy,
        errands: Errands,
        notices: Notices,
        chores: Chores,
    ) -> None:
        self._settings = settings
        self._patience_s = settings.ack_budget_s
        self._gate = asyncio.Semaphore(WIDTH)
        self._conversation = conversation
        self._workspaces = workspaces
        self._threads = threads
        self._policy = policy
        self._errands = errands
        self._notices = notices
        self._chores = chores

    async def message(self, message: SlackMessage, workspace: Workspace) -> bool:
        """Take in a message; returns whether the bot feels spoken to.

        Raises:
            InfrastructureError: It could not be made durable; let Slack send it again.
            TimeoutError: It takes too long; let Slack send it again. It goes on meanwhile, and
                what comes again is a duplicate then.
        """
        return await self._chores.within(self._message(message, workspace), self._patience_s)

    async def _message(self, message: SlackMessage, workspace: Workspace) -> bool:
        async with self._gate:
            place = self._place(message)
            if not await self._addressed(message, place, workspace):
                return False
            if not await self._welcome(place, message.user):
                return False
            await self._threads.meet(place.workspace, message.team, message.user)
            if not message.direct or message.files:
                note = ThreadNote(team=message.team, user=message.user)
                await self._threads.open(place, note)
            errand = Errand(
                message=message,
                team=message.team,
                user=message.user,
                keys=message.keys(),
                thread=place.thread,
            )
            await self._take(errand, workspace.bot_user)
            return True

    async def explain(self, errand: Errand) -> None:
        """Take in a message that somebody wants to have explained.

        Raises:
            InfrastructureError: It could not be made durable.
            TimeoutError: It took too long.
        """
        message = errand.message
        async with asyncio.timeout(self._patience_s), self._gate:
            place = Place(
                workspace=message.workspace, channel=message.channel, thread=errand.thread
            )
            if await self._welcome(place, errand.user):
                await self._threads.meet(place.workspace, errand.team, errand.user)
                await self._threads.open(place, ThreadNote(team=errand.team, user=errand.user))
                async with self._errands.turn(errand.lane):
                    await self._errands.add(errand)

    async def shared(self, errand: Errand) -> None:
        """Take in a file of which only the id is known, where a case may be.

        Raises:
            InfrastructureError: It could not be made durable.
        """
        async with (
            asyncio.timeout(self._patience_s),
            self._errands.turn(errand.lane),
        ):
            await self._errands.add(errand)

    async def asked(self, asked: Asked) -> bool:
        """Take in a command; returns whether the person is served there.

        Raises:
            InfrastructureError: It could not be made durable.
            TimeoutError: It took too long.
        """
        async with asyncio.timeout(self._patience_s), self._gate:
            if not await self._welcome(asked.place, asked.user):
                return False
            await self._threads.meet(asked.place.workspace, asked.team, asked.user)
            place = _for_one(asked.place, asked.user, asked.command)
            await self._conversation.receive(
                Incoming(
                    keys=(f"slack:{place.workspace}:{asked.key}",),
                    chat=place.chat(),
                    sender=person(asked.team, asked.user),
                    command=asked.command,
                    locale=self._settings.locale,
                    register=self._settings.audience,
                    private=place.direct,
                )
            )
            if asked.command == Command(name="delete", argument=ERASE):
                await self._threads.forget_person(asked.place.workspace, asked.user)
            return True

    async def hand_over(self, errand: Errand, bot_user: str, photos: tuple[bytes, ...]) -> None:
        """Give a message to the conversation.

        Raises:
            InfrastructureError: It could not be made durable.
        """
        message = errand.message
        place = Place(workspace=message.workspace, channel=message.channel, thread=errand.thread)
        text = message.words(bot_user)
        command = None if photos else reading.spoken(text)
        place = _for_one(place, errand.user, command)
        await self._conversation.receive(
            Incoming(
                keys=errand.keys,
                chat=place.chat(),
                sender=person(errand.team, errand.user),
                message_id=message.ts,
                text="" if command else text,
                photos=photos,
                command=command,
                locale=self._settings.locale,
                register=self._settings.audience,
                private=message.direct,
            )
        )

    async def farewell(self, workspace: str) -> None:
        """Erase what is kept of a workspace's people, their cases included.

        Raises:
            InfrastructureError: Something is left.
        """
        for team, user in await self._threads.people(workspace):
            nobody = Place(workspace=workspace, channel="D0")
            await self._conversation.receive(
                Incoming(
                    keys=(f"slack:{workspace}:farewell:{user}",),
                    chat=nobody.chat(),
                    sender=person(team, user),
                    command=Command(name="delete", argument=ERASE),
                )
            )
        await self._threads.forget_workspace(workspace)

    async def _take(self, errand: Errand, bot_user: str) -> None:
        """Hand over at once what needs no fetching and has nothing before it."""
        async with self._errands.turn(errand.lane) as busy:
            if errand.message.files or busy:
                await self._errands.add(errand)
            else:
                await self.hand_over(errand, bot_user, ())

    def _place(self, message: SlackMessage) -> Place:
        whole = message.direct and self._settings.one_case_per_dm and not message.thread
        return Place(
            workspace=message.workspace,
            channel=message.channel,
            thread="" if whole else message.root,
        )

    async def _addressed(self, message: SlackMessage, place: Place, workspace: Workspace) -> bool:
        """Say whether a message is for the bot: to it alone, by name, or in a case's thread."""
        if message.direct or message.mention:
            return True
        if not message.thread or message.to_somebody_else(workspace.bot_user):
            return False
        note = await self._threads.note(place)
        if note is None:
            return False
        return self._settings.thread_replies == "anyone" or note.user == message.user

    async def _welcome(self, place: Place, user: str) -> bool:
        if await self._policy.allows(place.workspace, place.channel, user):
            return True
        if self._notices.fresh(place, user, "slack-not-here"):
            self._chores.start(self._turn_away(place, user), "a notice")
        return False

    async def _turn_away(self, place: Place, user: str) -> None:
        workspace = await self._workspaces.of(place.workspace)
        client = self._workspaces.client(workspace.token)
        await self._notices.tell(client, place, user, "slack-not-here")


def _for_one(place: Place, user: str, command: Command | None) -> Place:
    """Turn a place in a channel into a whisper there, when an answer concerns one person."""
    if place.direct or command is None or command.name not in PERSONAL:
        return place
    return replace(place, only_for=user)
