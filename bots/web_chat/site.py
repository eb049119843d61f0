"""What every handler of the web chat shares."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from bots import Services
from bots.web_chat.lives import Lives
from bots.web_chat.sessions import Session, Sessions
from bots.web_chat.settings import Settings
from bots.web_chat.signing import Signer
from core.domain.messages import CaseId, ChatRef, Person

PLATFORM: Final = "web"
SESSION_COOKIE: Final = "skingen_session"
ACCESS_COOKIE: Final = "skingen_access"


@dataclass(kw_only=True)
class Site:
    """The running web chat.

    Attributes:
        uploads: Bounds the messages with photos that arrive at the same time.
        streams: Open event streams by session: their tasks, to end them, and their requests.
    """

    settings: Settings
    services: Services
    sessions: Sessions
    signer: Signer
    lives: Lives
    uploads: asyncio.Semaphore
    streams: dict[str, dict[asyncio.Task[Any], web.Request]] = field(default_factory=dict)

    def text(self, locale: str, key: str, **arguments: str | float) -> str:
        """Return a sentence of the catalogue."""
        return self.services.words.text(locale, key, register="lay", **arguments)


SITE: Final = web.AppKey("site", Site)


class Problem(Exception):
    """A request that cannot be met; ``code`` names the sentence for the person.

    Attributes:
        status: HTTP status.
        retry_s: When to try again; None if that would not help.
    """

    def __init__(self, status: int, code: str, *, retry_s: float | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry_s = retry_s


def site_of(request: web.Request) -> Site:
    """Return the site that serves a request."""
    return request.app[SITE]


def sid_of(request: web.Request) -> str:
    """Return the id of the session that the cookie proves.

    Raises:
        Problem: There is no valid cookie.
    """
    sealed = request.cookies.get(SESSION_COOKIE, "")
    sid = site_of(request).signer.unseal(SESSION_COOKIE, sealed)
    if sid is None:
        raise Problem(401, "web-error-session")
    return sid


async def case_of(request: web.Request) -> tuple[str, int, Session]:
    """Return session id, case number and session of a request to ``/api/cases/{number}``.

    Raises:
        Problem: The case is not one of this session's.
    """
    sid = sid_of(request)
    session = await site_of(request).sessions.load(sid)
    number = int(request.match_info["number"])
    if session.case(number) is None:
        raise Problem(404, "web-error-case")
    return sid, number, session


def chat_of(sid: str, number: int) -> ChatRef:
    """Return the chat of a case."""
    return ChatRef(platform=PLATFORM, chat_id=sid, thread_id=str(number))


def person_of(sid: str) -> Person:
    """Return the person of a session."""
    return Person(platform=PLATFORM, user_id=sid)


def shelf_of(sid: str, number: int) -> CaseId:
    """Return the name under which previews of a case's photos are kept."""
    return CaseId("w" + hashlib.sha256(f"{sid}\n{number}".encode()).hexdigest()[:31])


def locale_of(request: web.Request, session: Session) -> str:
    """Return the language that the person chose, else the browser's first one."""
    accepted = request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip()
    return site_of(request).services.words.match(session.locale or accepted or None)


async def json_of(request: web.Request) -> dict[str, Any]:
    """Return the JSON object that a request carries.

    Raises:
        Problem: It carries something else.
    """
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Problem(400, "web-error-request")
    return body
