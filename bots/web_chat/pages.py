"""The page itself and its assets, read once and served from memory.

The page holds no data and sets no cookie: a visit from a link elsewhere comes without the strict
cookie, and must not replace it by a new one.
"""

import hashlib
import mimetypes
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web

_FOLDER: Final = Path(__file__).with_name("static")
_PAGE: Final = "index.html"


def add_pages(app: web.Application) -> None:
    """Route ``/`` and ``/c/{number}`` to the page and ``/static/`` to its assets."""
    files = {p.relative_to(_FOLDER).as_posix(): p for p in _FOLDER.rglob("*") if p.is_file()}
    for name, path in files.items():
        app.router.add_get(f"/static/{name}", _served(path))
    page = _served(files[_PAGE])
    app.router.add_get("/", page)
    app.router.add_get(r"/c/{number:\d{1,6}}", page)
    app.router.add_get("/healthz", _healthy)


def _served(path: Path) -> Callable[[web.Request], Awaitable[web.Response]]:
    body = path.read_bytes()
    tag = hashlib.sha256(body).hexdigest()[:32]
    kind = mimetypes.types_map.get(path.suffix, "application/octet-stream")
    kind = "text/javascript" if path.suffix == ".js" else kind

    async def serve(request: web.Request) -> web.Response:
        headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache"}
        if request.if_none_match and any(t.value == tag for t in request.if_none_match):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type=kind, charset=_charset(kind), headers=headers)

    return serve


def _charset(kind: str) -> str | None:
    return "utf-8" if kind.startswith("text/") else None


async def _healthy(_request: web.Request) -> web.Response:
    return web.json_response({"ok": True})
