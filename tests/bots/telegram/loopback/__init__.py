"""A Bot API on loopback that is stricter than the real one.

It enforces lengths, entities, ids, flood limits and conflicts, can fail in every way that a network
can, and checks each request and response against an independent model of the API: aiogram's types.
"""

from tests.bots.telegram.loopback.faults import Fault
from tests.bots.telegram.loopback.flood import Limits
from tests.bots.telegram.loopback.server import TOKEN, BotApi
from tests.bots.telegram.loopback.world import Chat, Shown, World

__all__ = ["TOKEN", "BotApi", "Chat", "Fault", "Limits", "Shown", "World"]
