"""Pictures, downloads, and a case as one page to keep."""

import re
from urllib.parse import quote

from aiohttp import web

from bots.web_chat.export_page import export_page
from bots.web_chat.signing import same
from bots.web_chat.site import Problem, case_of, chat_of, locale_of, sid_of, site_of
from bots.web_chat.wire import SHOWN, blob_mark
from core.domain.messages import BlobKey

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def add_files(app: web.Application) -> None:
    """Route pictures, downloads and the page to keep."""
    app.router.add_get(r"/blob/{mark}/{media:[a-z]+/[a-z0-9.+-]+}/{key:[A-Za-z0-9/_-]+}", get_blob)
    app.router.add_get(r"/api/cases/{number:\d{1,6}}/export.html", get_export)


async def get_blob(request: web.Request) -> web.Response:
    """Return bytes whose address was signed for this session."""
    site, sid = site_of(request), sid_of(request)
    key, media = request.match_info["key"], request.match_info["media"]
    if not same(request.match_info["mark"], blob_mark(key, media, sid, site.signer)):
        raise Problem(404, "web-error-not-found")
    data = await site.services.blobs.get(BlobKey(key))
    if data is None:
        raise Problem(404, "web-error-not-found")
    headers = {} if media in SHOWN else _attached(request.query.get("name", "skingen"))
    return web.Response(body=data, content_type=media, headers=headers)


def _attached(name: str) -> dict[str, str]:
    # Whatever it holds, a browser must save it and not show it as a page of this site.
    return {"Content-Disposition": f"attachment; filename={_NOT_IN_NAMES.sub('-', name)}"}


async def get_export(request: web.Request) -> web.Response:
    """Return a case as one HTML file with its pictures inside."""
    sid, number, session = await case_of(request)
    site = site_of(request)
    entries = await site.services.board.read(chat_of(sid, number))
    locale = locale_of(request, session)
    page = await export_page(site, entries, locale)
    name = quote(f"skingen-{number}.html")
    return web.Response(text=page, content_type="text/html", headers=_attached(name))
