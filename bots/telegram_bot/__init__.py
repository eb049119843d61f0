"""Telegram: what people do there becomes `Incoming`, and replies become messages.

The way in: `polling` or `webhook` -> `lanes` (order per chat) -> `updates` (kinds) -> `intake`.
The way out: `outgoing` (repeatable steps) with `rendering`, `media` and, meanwhile, `streaming`.
Everything that is sent passes `pacing`. See docs/telegram.md.
"""

from bots import Services
from bots.telegram_bot.frontend import TelegramFrontend
from bots.telegram_bot.settings import Settings

__all__ = ["Settings", "TelegramFrontend", "build"]


def build(settings: Settings, services: Services) -> TelegramFrontend:
    """Put the frontend together; nothing connects before it serves."""
    return TelegramFrontend(settings, services)
