"""What Slack checks before it takes blocks, views and metadata."""

from collections.abc import Iterable
from typing import Any

from slack_sdk.models.blocks import Block, InteractiveElement
from slack_sdk.models.views import View

from tests.bots.slack.loopback.world import World

MOST_BLOCKS = 50
MOST_IN_VIEW = 100
MOST_TEXT = 4000
MOST_IN_BLOCKS = 13_200
CELL_TYPES = {"raw_text", "raw_number", "rich_text"}


class Refusal(Exception):
    """Slack's answer ``ok: false``; strict ones are noted as a problem of the caller."""

    def __init__(self, code: str, why: str = "", *, problem: bool = False, **more: Any) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code
        self.problem = problem
        self.more = more


def blocks(world: World, found: Any, most: int = MOST_BLOCKS) -> list[dict[str, Any]]:
    """Return blocks that may be shown."""
    if found is None:
        return []
    if not isinstance(found, list):
        raise Refusal("invalid_blocks_format", problem=True)
    for block in found:
        if block.get("type") in world.refused_blocks:
            raise Refusal("invalid_blocks", f"unsupported type {block['type']}")
        _block(world, block)
    if len(found) > most:
        raise Refusal("invalid_blocks", f"{len(found)} blocks", problem=True)
    if sum(1 for block in found if block["type"] == "table") > 1:
        raise Refusal("invalid_blocks", "only_one_table_allowed", problem=True)
    ids = [block["block_id"] for block in found if "block_id" in block]
    if len(ids) != len(set(ids)):
        raise Refusal("invalid_blocks", f"block ids repeat: {ids}", problem=True)
    if sum(map(len, _texts(found))) > MOST_IN_BLOCKS:
        raise Refusal("msg_blocks_too_long", problem=True)
    return found


def _block(world: World, block: dict[str, Any]) -> None:
    parsed = Block.parse(block)
    if parsed is None:
        raise Refusal("invalid_blocks", f"unknown type {block.get('type')}", problem=True)
    try:
        parsed.validate_json()
        for element in getattr(parsed, "elements", None) or []:
            if isinstance(element, InteractiveElement):
                element.validate_json()
    except Exception as error:
        raise Refusal("invalid_blocks", str(error), problem=True) from error
    _elements(block)
    if block["type"] == "image":
        _image(world, block)
    if block["type"] == "table":
        _table(block)


def _elements(block: dict[str, Any]) -> None:
    for text in _texts(block):
        if not text or len(text) > 3000:
            raise Refusal("invalid_blocks", f"text of {len(text)}", problem=True)
    actions = [e["action_id"] for e in block.get("elements", []) if "action_id" in e]
    if len(actions) != len(set(actions)):
        raise Refusal("invalid_blocks", "action ids repeat", problem=True)
    for element in block.get("elements", []):
        _element(element)


def _element(element: dict[str, Any]) -> None:
    if element["type"] == "button":
        label = element["text"]["text"]
        if not 0 < len(label) <= 75 or len(element.get("value", "")) > 2000:
            raise Refusal("invalid_blocks", "button", problem=True)


def _image(world: World, block: dict[str, Any]) -> None:
    if not 0 < len(block["alt_text"]) <= 2000:
        raise Refusal("invalid_blocks", "alt_text", problem=True)
    if "slack_file" in block:
        file = world.files.get(block["slack_file"]["id"])
        if file is None or not file.complete:
            raise Refusal("invalid_blocks", "no such file", problem=True)
        if file.looks_until_ready > 0:
            raise Refusal("invalid_blocks", "the file is not ready", problem=True)


def _table(block: dict[str, Any]) -> None:
    rows = block["rows"]
    if not 1 <= len(rows) <= 100 or any(not 1 <= len(row) <= 20 for row in rows):
        raise Refusal("invalid_blocks", "table size", problem=True)
    if any(cell["type"] not in CELL_TYPES for row in rows for cell in row):
        raise Refusal("invalid_blocks", "table cell", problem=True)


def text(found: Any) -> str:
    """Return text that may be shown."""
    words = str(found or "")
    if len(words) > MOST_TEXT:
        raise Refusal("msg_too_long", f"{len(words)}", problem=True)
    return words


def metadata(found: Any) -> dict[str, Any] | None:
    """Return metadata in good shape."""
    if not found:
        return None
    good = isinstance(found, dict) and set(found) == {"event_type", "event_payload"}
    if not good or not isinstance(found["event_payload"], dict):
        raise Refusal("invalid_metadata_format", problem=True)
    return found


def view(world: World, found: Any, kind: str) -> dict[str, Any]:
    """Return a view in good shape."""
    if not isinstance(found, dict) or found.get("type") != kind:
        raise Refusal("invalid_arguments", "view", problem=True)
    blocks(world, found["blocks"], MOST_IN_VIEW)
    try:
        View(**found).validate_json()
    except Exception as error:
        raise Refusal("invalid_arguments", str(error), problem=True) from error
    return found


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
