"""The forms that a reply can be shown in, richest first: newer blocks, older blocks, text."""

from collections.abc import Callable, Mapping

from bots.slack_bot import blocks, mrkdwn
from bots.slack_bot.blocks import Page
from core.domain.messages import BlobKey
from core.domain.replies import NextStep, Ranking, Reply

Draw = Callable[[], list[Page]]
"""Draws a reply when it is called, for most replies need just one form."""


def forms(
    reply: Reply, files: Mapping[BlobKey, str], thread: str, *, plain: bool
) -> dict[str, Draw]:
    """Return the forms by name; ``plain`` leaves out what this workspace's Slack refuses."""
    found: dict[str, Draw] = {
        "rich": lambda: blocks.pages(reply, files, thread=thread),
        "plain": lambda: blocks.pages(reply, files, thread=thread, rich=False),
        "text": lambda: _text(reply),
    }
    if plain:
        del found["rich"]
    return found


def has_newer_blocks(reply: Reply) -> bool:
    """Return whether the richest form of a reply has blocks that an older Slack refuses."""
    return any(isinstance(block, Ranking | NextStep) for block in reply.blocks)


def _text(reply: Reply) -> list[Page]:
    pieces = mrkdwn.split(blocks.words(reply.blocks), blocks.TEXT_LIMIT) or ["…"]
    return [Page(text=piece, blocks=[]) for piece in pieces]
