"""The browser's session: who it is, its language and cases, and the end of it all."""

from typing import Any, Final, get_args

from aiohttp import web

from bots.web_chat.erasure import erase_everything, tell
from bots.web_chat.guard import (
    access_mark,
    csrf_token,
    session_cookie_of,
    set_cookie,
    spend,
    spend_visit,
)
from bots.web_chat.sessions import Session
from bots.web_chat.signing import same
from bots.web_chat.site import (
    ACCESS_COOKIE,
    SESSION_COOKIE,
    Problem,
    Site,
    chat_of,
    json_of,
    locale_of,
    sid_of,
    site_of,
)
from bots.web_chat.strings import strings
from core.domain.messages import Command, Register

REGISTERS: Final[tuple[Register, ...]] = get_args(Register)


def add_session(app: web.Application) -> None:
    """Route everything that is about the session and not about one case."""
    app.router.add_get("/api/session", get_session)
    app.router.add_get("/api/words", get_words)
    app.router.add_post("/api/access", post_access)
    app.router.add_post("/api/cases", post_case)
    app.router.add_post("/api/locale", post_locale)
    app.router.add_post("/api/register", post_register)
    app.router.add_post("/api/delete", post_delete)


async def get_session(request: web.Request) -> web.Response:
    """Return all that the page needs to start; opens a session for a new browser."""
    site = site_of(request)
    sid = session_cookie_of(request)
    if sid is None:
        await spend_visit(request)
        sid = site.signer.new_session()
    async with site.sessions.change(sid) as session:
        if not session.cases:
            session.open_case(site.sessions.now_s())
    response = web.json_response(_session_json(request, site, sid, session))
    set_cookie(request, response, SESSION_COOKIE, sid)
    return response


def _session_json(request: web.Request, site: Site, sid: str, session: Session) -> dict[str, Any]:
    locale = locale_of(request, session)
    settings = site.settings
    return {
        "csrf": csrf_token(site, sid),
        "agreed": session.agreed,
        "locale": locale,
        "register": session.register,
        "locales": site.services.words.locales(),
        "strings": strings(site, locale),
        "cases": [
            {"number": case.number, "title": case.title, "updated": case.updated_s}
            for case in session.cases
        ],
        "limits": {
            "photos": settings.max_photos,
            "photo_bytes": settings.max_photo_bytes,
            "upload_bytes": settings.max_upload_bytes,
            "days": site.services.conversation.policy.retention_days,
        },
    }


async def get_words(request: web.Request) -> web.Response:
    """Return the page's sentences to anybody, so that it can ask for the access token."""
    locale = locale_of(request, Session())
    words = strings(site_of(request), locale)
    return web.json_response({"locale": locale, "strings": words})


async def post_access(request: web.Request) -> web.Response:
    """Trade the access token for a cookie."""
    await spend_visit(request)
    site = site_of(request)
    expected = site.settings.access_token
    given = (await json_of(request)).get("token")
    if expected is None or not isinstance(given, str):
        raise Problem(400, "web-error-request")
    if not same(given, expected.get_secret_value()):
        raise Problem(401, "web-error-access")
    response = web.json_response({"ok": True})
    set_cookie(request, response, ACCESS_COOKIE, access_mark(site))
    return response


async def post_case(request: web.Request) -> web.Response:
    """Open a case, or return the newest one if it is still empty."""
    sid, site = sid_of(request), site_of(request)
    await spend(request, sid)
    async with site.sessions.change(sid) as session:
        case = session.open_case(site.sessions.now_s())
    return web.json_response({"number": case.number}, status=201)


async def post_locale(request: web.Request) -> web.Response:
    """Choose a language, for the page and for the answers in a case."""
    sid, site = sid_of(request), site_of(request)
    await spend(request, sid)
    body = await json_of(request)
    locale, number = body.get("locale"), body.get("case")
    if locale not in site.services.words.locales() or not isinstance(number, int):
        raise Problem(400, "web-error-request")
    async with site.sessions.change(sid) as session:
        if session.case(number) is None:
            raise Problem(404, "web-error-case")
        session.locale = locale
    command = Command(name="language", argument=locale)
    await tell(site, chat_of(sid, number), _key(body), command, locale)
    return web.json_response({"ok": True})


async def post_register(request: web.Request) -> web.Response:
    """Choose whom the answers are for, from the next message on."""
    sid, site = sid_of(request), site_of(request)
    await spend(request, sid)
    wanted = (await json_of(request)).get("register")
    register = next((one for one in REGISTERS if one == wanted), None)
    if register is None:
        raise Problem(400, "web-error-request")
    async with site.sessions.change(sid) as session:
        session.register = register
    return web.json_response({"ok": True})


async def post_delete(request: web.Request) -> web.Response:
    """Delete everything of this session; the receipt arrives in a fresh case."""
    sid, site = sid_of(request), site_of(request)
    key = _key(await json_of(request))
    locale = locale_of(request, await site.sessions.load(sid))
    response = web.json_response({"number": await erase_everything(site, sid, key, locale)})
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _key(body: dict[str, Any]) -> str:
    key = body.get("key")
    if not isinstance(key, str) or not key:
        raise Problem(400, "web-error-request")
    return key
