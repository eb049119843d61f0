"""The front door of the core."""

from dataclasses import dataclass, replace

from core import metrics, tracing
from core.conversation import admission, albums, commands, messages, results, verifying
from core.conversation.policy import CONSENT_VERSION
from core.conversation.tools import Tools
from core.conversation.voice import Voice
from core.domain.jobs import Lease, Result
from core.domain.messages import Incoming
from core.refusals import refusal
from core.triage import triage


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation(Tools):
    """Everything that a frontend or a worker may ask of the core."""

    def warm(self) -> None:
        """Read the catalogue and compile the rules now rather than in the first message."""
        self.words.locales()
        triage(["hello"])
        refusal("hello")

    async def receive(self, incoming: Incoming) -> None:
        """Make a message durable and set its answer going.

        What the person should read, refusals included, comes back through the outbox. When this
        returns, the message is stored or was stored before; the platform may be acknowledged.

        Raises:
            InfrastructureError: It was not stored; let the platform deliver it again.
        """
        platform = incoming.chat.platform
        with metrics.timed("receive"), tracing.span("receive", platform=platform):
            await self._receive(incoming)
        metrics.TURNS.labels(platform).inc()

    async def _receive(self, incoming: Incoming) -> None:
        if await self.cases.seen(incoming.keys):
            return
        profile = await self.cases.profile(incoming.sender)
        consented = profile.get("consent") == CONSENT_VERSION
        locale = self.words.match(profile.get("locale") or incoming.locale)
        incoming = replace(incoming, locale=locale)
        voice = Voice(words=self.words, locale=locale, register=incoming.register)
        if not await admission.admit(self, incoming, voice):
            return
        if verifying.wanted(incoming, profile, self.clock.now_s()):
            await verifying.report(self, incoming, voice, profile)
        elif incoming.command is not None:
            await commands.obey(self, incoming, voice, consented=consented)
        elif not consented:
            await commands.ask_consent(self, incoming, voice)
        elif incoming.album and incoming.photos:
            await albums.collect(self, incoming, voice)
        else:
            await messages.take(self, incoming, voice)

    async def close_album(self) -> bool:
        """Answer one album that is complete; False when there is none. Call it on a timer."""
        return await albums.close_album(self)

    async def resume(self, lease: Lease, result: Result, *, service_ms: int = 0) -> bool:
        """Store a result together with everything that follows from it.

        Returns:
            False when another worker finished the job first: nothing was stored.
        """
        return await results.resume(self, lease, result, service_ms=service_ms)
