"""Private files are fetched from Slack's own hosts only, and what went wrong is said."""

from collections.abc import AsyncGenerator
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from bots.slack_bot.downloads import Downloads, FileLater, FileRefused
from bots.slack_bot.events import SlackFile
from tests.bots.slack.loopback import Slack
from tests.bots.slack.loopback.world import TOKEN
from tests.bots.slack.stage import Bot

PHOTO = b"\xff\xd8 a photo"


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession, None]:
    """Connections."""
    async with aiohttp.ClientSession() as opened:
        yield opened


def _downloads(session: aiohttp.ClientSession, api_url: str, limit: int = 100) -> Downloads:
    return Downloads(session, api_url=api_url, max_size_bytes=limit)


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.jpg", True),
        ("https://slack.com/a.jpg", True),
        ("https://files.slack.com:443/a.jpg", False),
        ("http://files.slack.com/a.jpg", False),
        ("https://files.slack.com.evil.example/a.jpg", False),
        ("https://notslack.com/a.jpg", False),
        ("https://files.slack.com@evil.example/a.jpg", False),
        ("https://me@files.slack.com/a.jpg", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("https://files.slack.com:x/a.jpg", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
async def test_only_slacks_own_hosts_get_the_token(
    session: aiohttp.ClientSession, url: str, *, ours: bool
) -> None:
    """Scheme, host and port are checked before a request is made."""
    assert _downloads(session, "https://slack.com/api/")._ours(urlsplit(url)) is ours


async def test_a_file_is_fetched_with_the_token(
    slack: Slack, session: aiohttp.ClientSession
) -> None:
    """The bytes of a private file arrive."""
    file_id = slack.file(PHOTO)
    file = SlackFile(
        id=file_id, media_type="image/jpeg", url=f"{slack.world.base}/files/{file_id}/a.jpg"
    )
    assert await _downloads(session, slack.api_url).fetch(file, TOKEN) == PHOTO


@pytest.fixture
async def odd(session: aiohttp.ClientSession) -> AsyncGenerator[str, None]:
    """A host that does odd things; yields its address."""

    async def big(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 500, content_type="image/jpeg")

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="  <!DOCTYPE html><html>", content_type="application/octet-stream")

    async def away(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.query["to"])

    async def circle(_: web.Request) -> web.Response:
        raise web.HTTPFound("/circle")

    async def status(request: web.Request) -> web.Response:
        return web.Response(status=int(request.query["code"]))

    server = web.Application()
    server.add_routes(
        [
            web.get("/big", big),
            web.get("/page", page),
            web.get("/away", away),
            web.get("/circle", circle),
            web.get("/s", status),
        ]
    )
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await session.close()
    await runner.cleanup()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/big", "slack-file-too-large"),
        ("/page", "slack-file-needs-scope"),
        ("/away?to=http://localhost:1/x", "slack-file-elsewhere"),
        ("/away?to=https://example.com/x", "slack-file-elsewhere"),
        ("/circle", "slack-file-elsewhere"),
        ("/s?code=403", "slack-file-needs-scope"),
        ("/s?code=404", "slack-file-gone"),
    ],
)
async def test_odd_answers_are_refused(
    session: aiohttp.ClientSession, odd: str, path: str, code: str
) -> None:
    """Large bodies, login pages, redirects to elsewhere and in circles: each has its sentence."""
    file = SlackFile(id="F1", media_type="image/jpeg", url=odd + path)
    with pytest.raises(FileRefused, match=code):
        await _downloads(session, odd + "/api/").fetch(file, "token")


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_passing_trouble_is_tried_again(
    session: aiohttp.ClientSession, odd: str, status: int
) -> None:
    """A host that is busy or broken for a moment is asked again later."""
    file = SlackFile(id="F1", media_type="image/jpeg", url=f"{odd}/s?code={status}")
    with pytest.raises(FileLater):
        await _downloads(session, odd + "/api/").fetch(file, "token")


async def test_a_redirect_within_slack_is_followed(
    session: aiohttp.ClientSession, odd: str
) -> None:
    """A redirect to the same host is no trouble."""
    file = SlackFile(id="F1", media_type="image/jpeg", url=f"{odd}/away?to=/big")
    assert len(await _downloads(session, odd + "/api/", 1000).fetch(file, "token")) == 500


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": "notes.pdf"}, "I can only look at photos"),
        ({"size": 10**9}, "larger than 25 MB"),
        ({"mode": "tombstone"}, "could not open"),
        ({"url": "https://example.com/a.jpg"}, "not stored in Slack"),
    ],
)
async def test_a_refused_file_is_explained(ear: Bot, more: dict[str, object], words: str) -> None:
    """The person reads, in the thread, why a file was not opened, and it is not asked for."""
    slack = ear.slack
    direct = slack.direct("U1")
    asked = await slack.say("U1", direct, uploads=(slack.file(PHOTO, **more),))
    await slack.until(lambda: slack.seen(direct))
    (notice,) = slack.seen(direct, thread=asked.ts)
    assert words in notice.text
    assert ear.received == []


async def test_the_login_page_is_a_missing_scope(ear: Bot) -> None:
    """Without files:read Slack sends its login page; the person is told which permission lacks."""
    slack = ear.slack
    slack.world.grants[TOKEN].scopes.discard("files:read")
    direct = slack.direct("U1")
    await slack.say("U1", direct, uploads=(slack.file(PHOTO),))
    await slack.until(lambda: slack.seen(direct))
    assert "files:read" in slack.seen(direct)[0].text


async def test_good_photos_are_taken_and_bad_ones_named(ear: Bot) -> None:
    """Of a photo and a PDF, the photo is handed over and the PDF explained."""
    slack = ear.slack
    direct = slack.direct("U1")
    uploads = (slack.file(PHOTO), slack.file(b"%PDF", "notes.pdf"))
    await slack.say("U1", direct, "both", uploads=uploads)
    await slack.until(lambda: slack.seen(direct))
    assert [incoming.photos for incoming in ear.received] == [(PHOTO,)]
