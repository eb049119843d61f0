"""files.* of the loopback Slack, and the addresses of their bytes."""

import json
from typing import Any

from aiohttp import web

from tests.bots.slack.loopback.chat import Answer, Args
from tests.bots.slack.loopback.checks import Refusal
from tests.bots.slack.loopback.world import Grant, Message, StoredFile, World

LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Slack</title></head><body>Sign in</body></html>"
TYPES = {"png": "image/png", "jpg": "image/jpeg", "heic": "image/heic", "zip": "application/zip"}


def guessed(name: str) -> str:
    """The media type that a name stands for."""
    return TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def described(world: World, file: StoredFile) -> Answer:
    """A file as Slack tells of it."""
    if file.access:
        return {"id": file.id, "mode": "file_access", "file_access": file.access}
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "mimetype": "" if file.looks_until_ready > 0 else file.media_type,
        "size": file.size or len(file.data),
        "mode": file.mode,
        "url_private": file.url or f"{world.base}/files/{file.id}/{file.name}",
        "alt_txt": file.alt,
        "shares": {"private": file.shares},
    }


def upload_url(world: World, _grant: Grant, args: Args) -> Answer:
    """files.getUploadURLExternal."""
    name, length = str(args.get("filename") or ""), int(args.get("length") or 0)
    if not name or not length:
        raise Refusal("invalid_arguments", "filename and length", problem=True)
    alt = str(args.get("alt_txt") or "")
    if len(alt) > 1000:
        raise Refusal("invalid_arguments", "alt_txt", problem=True)
    file = StoredFile(id=world.id("F"), name=name, size=length, alt=alt, looks_until_ready=1)
    world.files[file.id] = file
    return {"upload_url": f"{world.base}/upload/{file.id}", "file_id": file.id}


def complete_upload(world: World, grant: Grant, args: Args) -> Answer:
    """files.completeUploadExternal."""
    found = []
    for item in json.loads(args["files"]):
        file = world.files.get(item["id"])
        if file is None or not file.data or file.complete:
            raise Refusal("file_not_found", problem=True)
        file.title, file.complete = str(item.get("title") or file.name), True
        file.media_type = guessed(file.name)
        found.append(file)
    channel = str(args.get("channel_id") or "")
    if channel:
        _share(world, grant, channel, args, found)
    return {"files": [{"id": file.id, "title": file.title} for file in found]}


def _share(world: World, grant: Grant, channel: str, args: Args, found: list[StoredFile]) -> None:
    if grant.bot_user not in world.members[channel]:
        raise Refusal("channel_not_found")
    thread = str(args.get("thread_ts") or "")
    message = Message(
        ts=world.ts(),
        channel=channel,
        user=grant.bot_user,
        bot_id=grant.bot_id,
        text=str(args.get("initial_comment") or ""),
        thread_ts=thread,
        files=[file.id for file in found],
    )
    world.messages[channel].append(message)
    for file in found:
        file.shares.setdefault(channel, []).append({"ts": message.ts, "thread_ts": thread})


def info(world: World, _grant: Grant, args: Args) -> Answer:
    """files.info."""
    file = world.files.get(str(args.get("file")))
    if file is None:
        raise Refusal("file_not_found")
    file.access = "" if file.access == "check_file_info" else file.access
    answer = described(world, file)
    file.looks_until_ready -= 1
    return {"file": answer}


def delete(world: World, _grant: Grant, args: Args) -> Answer:
    """files.delete."""
    if world.files.pop(str(args.get("file")), None) is None:
        raise Refusal("file_not_found")
    for messages in world.messages.values():
        for message in list(messages):
            if args["file"] in message.files:
                messages.remove(message)
    return {}


async def take(world: World, request: web.Request) -> web.Response:
    """The address that bytes are uploaded to."""
    file = world.files[request.match_info["id"]]
    data = await request.read()
    if len(data) != file.size:
        world.problems.append("an upload has another length than announced")
        return web.Response(status=400)
    file.data = data
    return web.Response(text=f"OK - {len(data)}")


async def give(world: World, request: web.Request) -> web.StreamResponse:
    """A private file; without the scope it is Slack's login page."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    grant = world.grants.get(token)
    if grant is None or "files:read" not in grant.scopes:
        return web.Response(text=LOGIN_PAGE, content_type="text/html")
    file = world.files.get(request.match_info["id"])
    if file is None:
        return web.Response(status=404)
    return web.Response(body=file.data, content_type=file.media_type or "image/jpeg")


def as_text(value: Any) -> str:
    """How a value travels in a form."""
    return value if isinstance(value, str) else json.dumps(value)
