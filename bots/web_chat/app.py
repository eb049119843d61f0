"""Puts the web application together."""

from aiohttp import web

from bots.web_chat.files_api import add_files
from bots.web_chat.guard import install_headers, middlewares
from bots.web_chat.messages_api import add_messages
from bots.web_chat.pages import add_pages
from bots.web_chat.session_api import add_session
from bots.web_chat.site import SITE, Site
from bots.web_chat.stream import add_stream


def make_app(site: Site) -> web.Application:
    """Return the application; it listens nowhere yet."""
    app = web.Application(middlewares=middlewares(), client_max_size=64 * 1024)
    app[SITE] = site
    install_headers(app)
    for add in (add_pages, add_session, add_messages, add_stream, add_files):
        add(app)
    return app
