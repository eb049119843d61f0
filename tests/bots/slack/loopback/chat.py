"""chat.* and conversations.* of the loopback Slack."""

from typing import Any

from tests.bots.slack.loopback import checks
from tests.bots.slack.loopback.checks import Refusal
from tests.bots.slack.loopback.world import Grant, Message, World

Args = dict[str, Any]
Answer = dict[str, Any]


def _writable(world: World, grant: Grant, args: Args) -> str:
    channel = str(args.get("channel") or args.get("channel_id") or "")
    if channel not in world.members:
        raise Refusal("channel_not_found", channel)
    if channel in world.archived:
        raise Refusal("is_archived")
    if grant.bot_user not in world.members[channel]:
        raise Refusal("not_in_channel" if channel.startswith("C") else "channel_not_found")
    return channel


def _own(world: World, grant: Grant, args: Args) -> Message:
    channel = _writable(world, grant, args)
    message = world.find(channel, str(args.get("ts")))
    if message is None or message.only_for:
        raise Refusal("message_not_found")
    if message.bot_id != grant.bot_id:
        raise Refusal("cant_update_message", problem=True)
    return message


def _compose(world: World, grant: Grant, args: Args) -> Message:
    channel = _writable(world, grant, args)
    thread = str(args.get("thread_ts") or "")
    if thread and world.find(channel, thread) is None:
        raise Refusal("thread_not_found", problem=True)
    message = Message(
        ts=world.ts(),
        channel=channel,
        user=grant.bot_user,
        bot_id=grant.bot_id,
        text=checks.text(args.get("text")),
        thread_ts=thread,
        blocks=checks.blocks(world, args.get("blocks")),
        metadata=checks.metadata(args.get("metadata")),
    )
    if not message.text and not message.blocks:
        raise Refusal("no_text", problem=True)
    return message


def post_message(world: World, grant: Grant, args: Args) -> Answer:
    """chat.postMessage."""
    message = _compose(world, grant, args)
    world.messages[message.channel].append(message)
    return {"channel": message.channel, "ts": message.ts}


def post_ephemeral(world: World, grant: Grant, args: Args) -> Answer:
    """chat.postEphemeral."""
    message = _compose(world, grant, args)
    message.only_for = str(args.get("user") or "")
    if message.only_for not in world.members[message.channel]:
        raise Refusal("user_not_in_channel")
    world.messages[message.channel].append(message)
    return {"message_ts": message.ts}


def update(world: World, grant: Grant, args: Args) -> Answer:
    """chat.update."""
    message = _own(world, grant, args)
    if message.streaming:
        raise Refusal("streaming_state_conflict", problem=True)
    message.history.append(message.words())
    message.text = checks.text(args.get("text"))
    message.blocks = checks.blocks(world, args.get("blocks"))
    message.metadata = checks.metadata(args.get("metadata")) or message.metadata
    message.updates += 1
    return {"channel": message.channel, "ts": message.ts}


def delete(world: World, grant: Grant, args: Args) -> Answer:
    """chat.delete."""
    message = _own(world, grant, args)
    if message.streaming:
        # Not in the documentation of chat.delete; reported by people who recorded Slack's answers.
        raise Refusal("cant_delete_message", problem=True)
    world.messages[message.channel].remove(message)
    return {"channel": message.channel, "ts": message.ts}


def start_stream(world: World, grant: Grant, args: Args) -> Answer:
    """chat.startStream."""
    if not world.streams:
        raise Refusal("channel_type_not_supported")
    if not args.get("thread_ts"):
        raise Refusal("invalid_arguments", "thread_ts", problem=True)
    message = _compose(world, grant, {**args, "text": _chunks(args), "blocks": None})
    if message.channel.startswith(("C", "G")):
        for name in ("recipient_team_id", "recipient_user_id"):
            if not args.get(name):
                raise Refusal(f"missing_{name}", problem=True)
    message.streaming = True
    world.messages[message.channel].append(message)
    return {"channel": message.channel, "ts": message.ts}


def append_stream(world: World, grant: Grant, args: Args) -> Answer:
    """chat.appendStream."""
    message = _streaming(world, grant, args)
    message.history.append(message.text)
    message.text += _chunks(args)
    return {"channel": message.channel, "ts": message.ts}


def stop_stream(world: World, grant: Grant, args: Args) -> Answer:
    """chat.stopStream."""
    message = _streaming(world, grant, args)
    message.text += _chunks(args)
    message.blocks = checks.blocks(world, args.get("blocks"))
    message.metadata = checks.metadata(args.get("metadata"))
    message.streaming = False
    if status := args.get("session_status"):
        world.sessions.setdefault((message.channel, message.root), {})["status"] = status
    return {"channel": message.channel, "ts": message.ts}


def _streaming(world: World, grant: Grant, args: Args) -> Message:
    message = _own(world, grant, args)
    if not message.streaming:
        raise Refusal("message_not_in_streaming_state")
    return message


def _chunks(args: Args) -> str:
    found = str(args.get("markdown_text") or "")
    for chunk in args.get("chunks") or []:
        if chunk["type"] == "markdown_text":
            found += chunk["text"]
    if len(found) > 12_000:
        raise Refusal("msg_too_long", problem=True)
    return found


def replies(world: World, grant: Grant, args: Args) -> Answer:
    """conversations.replies."""
    channel = _writable(world, grant, args)
    root = str(args["ts"])
    if world.find(channel, root) is None:
        raise Refusal("thread_not_found")
    found = [m for m in world.messages[channel] if m.root == root and not m.only_for]
    return _page([m for m in found if m.ts == root or _inside(m, args)], args, world)


def history(world: World, grant: Grant, args: Args) -> Answer:
    """conversations.history."""
    channel = _writable(world, grant, args)
    found = [m for m in world.messages[channel] if not m.thread_ts and not m.only_for]
    return _page([m for m in reversed(found) if _inside(m, args)], args, world)


def _inside(message: Message, args: Args) -> bool:
    oldest, latest = str(args.get("oldest") or "0"), str(args.get("latest") or "9")
    return oldest <= message.ts <= latest


def _page(found: list[Message], args: Args, world: World) -> Answer:
    start, size = int(args.get("cursor") or 0), min(int(args.get("limit") or 100), 999)
    page = found[start : start + size]
    more = str(start + size) if start + size < len(found) else ""
    everything = str(args.get("include_all_metadata")).lower() in ("true", "1")
    return {
        "messages": [shown(world, m, with_metadata=everything) for m in page],
        "has_more": bool(more),
        "response_metadata": {"next_cursor": more},
    }


def shown(world: World, message: Message, *, with_metadata: bool = False) -> Answer:
    """A message as Slack tells of it."""
    from tests.bots.slack.loopback.files import described  # noqa: PLC0415

    found: Answer = {
        "type": "message",
        "ts": message.ts,
        "user": message.user,
        "text": message.text,
        "team": "T0TEAM",
    }
    if message.thread_ts:
        found["thread_ts"] = message.thread_ts
    if message.bot_id:
        found["bot_id"] = message.bot_id
    if message.blocks:
        found["blocks"] = message.blocks
    if message.files:
        found["files"] = [described(world, world.files[name]) for name in message.files]
    if message.metadata and with_metadata:
        found["metadata"] = message.metadata
    return found


def open_direct(world: World, grant: Grant, args: Args) -> Answer:
    """conversations.open."""
    return {"channel": {"id": world.direct_channel(grant, str(args["users"]))}}
