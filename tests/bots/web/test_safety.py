"""The web chat is safe by default."""

import asyncio

import aiohttp
import pytest
from aiohttp.typedefs import URL
from pydantic import ValidationError

from bots.web_chat.guard import HEADERS
from bots.web_chat.settings import Settings
from bots.web_chat.signing import Signer
from tests.bots.web.client import Visitor
from tests.bots.web.scripted import Running, running, skin

PATHS = ("/", "/c/1", "/static/js/app.js", "/api/session", "/nowhere", "/healthz", "/api/words")


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_carries_the_security_headers(site: Running, path: str) -> None:
    """Whatever is asked for, the browser is told to run nothing but the page's own files."""
    async with aiohttp.ClientSession() as http, http.get(site.url + path) as response:
        shown = {name: response.headers.get(name) for name in HEADERS}
    assert shown == HEADERS


def test_the_policy_allows_no_inline_code_and_no_other_site() -> None:
    """The Content-Security-Policy has no unsafe keyword, no wildcard and no address."""
    policy = HEADERS["Content-Security-Policy"]
    assert not any(word in policy for word in ("unsafe", "*", "http:", "https:", "data:"))


async def test_the_page_itself_sets_no_cookie(site: Running) -> None:
    """A visit from a link elsewhere comes without the strict cookie and must not replace it."""
    async with aiohttp.ClientSession() as http, http.get(site.url) as response:
        assert "Set-Cookie" not in response.headers


async def test_the_session_cookie_is_out_of_reach(site: Running) -> None:
    """Scripts cannot read it, other sites cannot send it."""
    async with aiohttp.ClientSession() as http, http.get(f"{site.url}/api/session") as response:
        cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


async def test_a_forged_cookie_is_no_session(site: Running) -> None:
    """A cookie signed with another key opens nothing."""
    forged = Signer(b"another key, long enough", max_age_s=1e9, now_s=lambda: 0.0)
    cookies = {"skingen_session": forged.seal("skingen_session", "somebody")}
    async with (
        aiohttp.ClientSession(cookies=cookies) as http,
        http.get(f"{site.url}/api/cases/1/events") as response,
    ):
        assert response.status == 401


async def test_a_change_needs_the_csrf_token(visitor: Visitor) -> None:
    """The cookie alone changes nothing."""
    visitor.csrf = ""
    assert (await visitor.post("/api/cases"))[0] == 403


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
async def test_a_change_from_another_site_is_refused(
    visitor: Visitor, headers: dict[str, str]
) -> None:
    """Even with cookie and token, a request must come from the page itself."""
    assert (await visitor.post("/api/cases", **headers))[0] == 403


async def test_a_foreign_name_for_this_machine_is_refused(visitor: Visitor) -> None:
    """A page that points its own name at the loopback address gets nothing (DNS rebinding)."""
    async with visitor.http.get("/api/session", headers={"Host": "evil.example"}) as response:
        assert response.status == 421


async def test_a_picture_address_works_for_its_session_only(
    site: Running, visitor: Visitor
) -> None:
    """An address that leaks is worth nothing to somebody else."""
    photo = skin(form="JPEG")
    await visitor.send("", photo, previews=(photo,))
    entry = next(e for e in await visitor.entries() if e["author"] == "user")
    url = entry["blocks"][0]["pictures"][0]["url"]
    async with visitor.http.get(url) as mine:
        assert (mine.status, await mine.read()) == (200, photo)
        assert mine.headers["Cache-Control"] == "no-store"
    async with Visitor(site.url) as stranger:
        await stranger.session()
        async with stranger.http.get(url) as theirs:
            assert theirs.status == 404


async def test_bytes_are_never_shown_as_another_type(visitor: Visitor) -> None:
    """Changing the type in a picture's address breaks its signature."""
    photo = skin(form="JPEG")
    await visitor.send("", photo, previews=(photo,))
    entry = next(e for e in await visitor.entries() if e["author"] == "user")
    url = entry["blocks"][0]["pictures"][0]["url"].replace("image/jpeg", "text/html")
    async with visitor.http.get(url) as response:
        assert response.status == 404


async def test_nobody_reads_another_persons_case(site: Running, visitor: Visitor) -> None:
    """Case numbers count inside a session: the same number is another case for another person."""
    await visitor.send("my secret")
    async with Visitor(site.url) as stranger:
        await stranger.session()
        assert await stranger.entries() == []
        async with stranger.http.get("/api/cases/2/events") as response:
            assert response.status == 404


@pytest.mark.parametrize(
    "settings",
    [{"host": "0.0.0.0"}, {"allowed_hosts": ["skin.example"]}, {"behind_proxy": True}],  # noqa: S104
)
def test_a_reachable_server_needs_an_access_token(settings: dict[str, object]) -> None:
    """Bound to anything but loopback, it does not start without a token of 16 characters."""
    with pytest.raises(ValidationError, match="SKINGEN_WEB_ACCESS_TOKEN"):
        Settings(_env_file=None, **settings)
    with pytest.raises(ValidationError, match="SKINGEN_WEB_ACCESS_TOKEN"):
        Settings(_env_file=None, access_token="short", **settings)
    assert Settings(_env_file=None, access_token="long enough a token", **settings).public


def test_by_default_it_listens_on_loopback_only() -> None:
    """Without any setting nobody else can reach it."""
    assert not Settings(_env_file=None).public


async def test_the_access_token_opens_the_door_once() -> None:
    """Without it there is no session; with it there is a cookie, good until the token changes."""
    async with running(access_token="correct horse battery") as site, Visitor(site.url) as guest:
        assert (await guest.session())["status"] == 401
        assert (await guest.post("/api/access", {"token": "a guess that is wrong"}))[0] == 401
        assert (await guest.session())["status"] == 401
        assert (await guest.post("/api/access", {"token": "correct horse battery"}))[0] == 200
        assert (await guest.session())["status"] == 200


async def test_guessing_the_access_token_is_slow() -> None:
    """An address has a few tries in an hour."""
    async with (
        running(access_token="correct horse battery", sessions_per_hour=3) as site,
        Visitor(site.url) as guest,
    ):
        tries = [(await guest.post("/api/access", {"token": "x"}))[0] for _ in range(5)]
    assert tries == [401, 401, 401, 429, 429]


async def test_too_many_messages_are_slowed_down() -> None:
    """The answer says when to try again, in words and in a header."""
    async with running(messages_per_minute=3) as site, Visitor(site.url) as guest:
        await guest.agreed()
        sent = [(await guest.send("hello"))[0] for _ in range(3)]
        assert sent == [202, 202, 429]
        form = aiohttp.FormData({"key": "abcdefgh", "text": "hello"})
        headers = {"X-CSRF-Token": guest.csrf}
        async with guest.http.post("/api/cases/1/messages", data=form, headers=headers) as response:
            assert int(response.headers["Retry-After"]) >= 1
            assert (await response.json())["message"] == (
                "That was a lot at once. Please wait a moment."
            )


async def test_too_many_tabs_are_refused() -> None:
    """One browser cannot hold every connection of the server."""
    async with running(streams_per_session=2) as site, Visitor(site.url) as guest:
        await guest.session()
        third = guest.http.get("/api/cases/1/events")
        async with guest.listening(), guest.listening(), third as refused:
            assert refused.status == 429
        async with asyncio.timeout(5):
            while True:
                async with guest.http.get("/api/cases/1/events") as later:
                    if later.status == 200:
                        break


async def test_behind_a_proxy_cookies_are_secure_and_visitors_are_told_apart() -> None:
    """The proxy's word counts for the address, and the session travels over TLS only."""
    settings = {"behind_proxy": True, "allowed_hosts": ["skin.example"], "sessions_per_hour": 1}
    token = "correct horse battery"
    async with running(access_token=token, **settings) as site:
        for address, status in (("192.0.2.1", 200), ("192.0.2.1", 429), ("192.0.2.2", 200)):
            headers = {
                "Host": "skin.example",
                "Origin": "https://skin.example",
                "X-Forwarded-For": f"203.0.113.9, {address}",
            }
            body = {"token": token}
            async with (
                aiohttp.ClientSession() as http,
                http.post(f"{site.url}/api/access", json=body, headers=headers) as response,
            ):
                assert response.status == status
                if status == 200:
                    assert "Secure" in response.headers["Set-Cookie"]


async def test_a_new_token_shuts_the_old_door() -> None:
    """Changing the access token ends what the old one opened."""
    async with running(access_token="correct horse battery") as first, Visitor(first.url) as guest:
        await guest.post("/api/access", {"token": "correct horse battery"})
        jar = guest.http.cookie_jar.filter_cookies(URL(first.url))
    async with (
        running(after=first, access_token="another long token") as second,
        Visitor(second.url) as same,
    ):
        same.http.cookie_jar.update_cookies(jar)
        assert (await same.session())["status"] == 401
