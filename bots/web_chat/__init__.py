"""The web chat: a page for people without a messenger account, for studies and demonstrations.

It serves its own page, assets and pictures and fetches nothing from elsewhere. What a case shows
lives on `core.ports.Board`; this package keeps a list of cases per browser and nothing else. It
knows neither how an answer comes about nor where boards are stored.
"""

from bots import Frontend, Services
from bots.web_chat.frontend import WebChat
from bots.web_chat.settings import Settings

__all__ = ["Settings", "build"]


def build(settings: Settings, services: Services) -> Frontend:
    """Return the web chat; it listens once `Frontend.serve` runs."""
    return WebChat(settings, services)
