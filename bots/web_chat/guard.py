"""What stands between a request and its handler: headers, host, origin, CSRF, access, errors."""

import ipaddress
import logging
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bots.web_chat.sessions import Session
from bots.web_chat.settings import is_loopback
from bots.web_chat.signing import same
from bots.web_chat.site import (
    ACCESS_COOKIE,
    SESSION_COOKIE,
    Problem,
    Site,
    locale_of,
    sid_of,
    site_of,
)
from core.domain.errors import InfrastructureError

log = logging.getLogger(__name__)

CSRF_HEADER: Final = "X-CSRF-Token"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
_CLOSED_TO_STRANGERS: Final = ("/api/", "/blob/")
_OPEN: Final = frozenset({"/api/access", "/api/words"})

HEADERS: Final = {
    # No inline code or style, nothing from elsewhere, no frame, no form target, no HTML sinks.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), browsing-topics=()",
    "X-Frame-Options": "DENY",
}


def middlewares() -> Sequence[Middleware]:
    """Return them, outermost first."""
    return (_headers, _problems, _expected_host, _access, _same_site)


async def _headers_of(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update({k: v for k, v in HEADERS.items() if k not in response.headers})
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Server"] = "SkinGEN"


def install_headers(app: web.Application) -> None:
    """Put the security headers on every response, event streams included."""
    app.on_response_prepare.append(_headers_of)


@web.middleware
async def _headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        return _answer(request, error.status, "web-error-not-found", headers=None)


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Problem as problem:
        after = {} if problem.retry_s is None else {"Retry-After": f"{problem.retry_s:.0f}"}
        return _answer(request, problem.status, problem.code, headers=after)
    except InfrastructureError as error:
        log.warning("a request failed: %s", error)
        return _answer(request, 503, "web-error-trouble", headers={"Retry-After": "3"})


def _answer(
    request: web.Request, status: int, code: str, *, headers: dict[str, str] | None
) -> web.Response:
    site = site_of(request)
    message = site.text(locale_of(request, Session()), code)
    return web.json_response({"code": code, "message": message}, status=status, headers=headers)


@web.middleware
async def _expected_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    # A page of another site must not reach a loopback server by pointing its own name at it.
    settings = site_of(request).settings
    name = (urlsplit(f"//{request.host}").hostname or "").casefold()
    if name not in settings.allowed_hosts and not is_loopback(name):
        named = settings.allowed_hosts or is_loopback(settings.host)
        if named:
            raise Problem(421, "web-error-host")
    return await handler(request)


@web.middleware
async def _access(request: web.Request, handler: Handler) -> web.StreamResponse:
    site = site_of(request)
    if (
        site.settings.access_token
        and request.path.startswith(_CLOSED_TO_STRANGERS)
        and request.path not in _OPEN
        and not _admitted(request, site)
    ):
        raise Problem(401, "web-error-access")
    return await handler(request)


def _admitted(request: web.Request, site: Site) -> bool:
    sealed = request.cookies.get(ACCESS_COOKIE, "")
    return site.signer.unseal(ACCESS_COOKIE, sealed) == access_mark(site)


def access_mark(site: Site) -> str:
    """Return what the access cookie holds: it ends with the token that it was given for."""
    token = site.settings.access_token
    return site.signer.mark("token", token.get_secret_value() if token else "")


@web.middleware
async def _same_site(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.method not in _SAFE_METHODS:
        _check_origin(request)
        if request.path not in _OPEN:
            expected = csrf_token(site_of(request), sid_of(request))
            if not same(request.headers.get(CSRF_HEADER, ""), expected):
                raise Problem(403, "web-error-csrf")
    return await handler(request)


def _check_origin(request: web.Request) -> None:
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise Problem(403, "web-error-csrf")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise Problem(403, "web-error-csrf")


def csrf_token(site: Site, sid: str) -> str:
    """Return the token that a page of this session must send with every change."""
    return site.signer.mark("csrf", sid)


async def spend(request: web.Request, sid: str) -> None:
    """Count one message or button press of a session.

    Raises:
        Problem: Too many in a short time.
    """
    settings = site_of(request).settings
    windows = ((settings.messages_per_minute, 60.0), (settings.messages_per_hour, 3600.0))
    await _take(request, f"web:messages:{sid}", windows)


async def spend_visit(request: web.Request) -> None:
    """Count one new session or one try of the access token of an address.

    Raises:
        Problem: Too many within the hour.
    """
    site = site_of(request)
    # The address itself is never stored.
    name = site.signer.mark("address", _address(request))
    windows = ((site.settings.sessions_per_hour, 3600.0),)
    await _take(request, f"web:visits:{name}", windows)


async def _take(request: web.Request, key: str, windows: Sequence[tuple[int, float]]) -> None:
    wait_s = await site_of(request).services.throttle.wait_s(key, windows)
    if wait_s > 0:
        raise Problem(429, "web-error-too-fast", retry_s=max(1.0, wait_s))


def _address(request: web.Request) -> str:
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
    if site_of(request).settings.behind_proxy and forwarded:
        return forwarded
    address = request.remote or ""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    # One household has a whole /64 of IPv6 addresses.
    wide = ipaddress.ip_network(f"{parsed}/64", strict=False) if parsed.version == 6 else parsed  # noqa: PLR2004
    return str(wide)


def set_cookie(request: web.Request, response: web.StreamResponse, name: str, value: str) -> None:
    """Set a signed cookie that scripts cannot read and other sites cannot send."""
    site = site_of(request)
    response.set_cookie(
        name,
        site.signer.seal(name, value),
        max_age=site.settings.session_s,
        httponly=True,
        samesite="Strict",
        secure=site.settings.behind_proxy or request.secure,
        path="/",
    )


def session_cookie_of(request: web.Request) -> str | None:
    """Return the session id of a valid cookie, or None."""
    sealed = request.cookies.get(SESSION_COOKIE, "")
    return site_of(request).signer.unseal(SESSION_COOKIE, sealed)
