"""Fetches private files, from Slack's own hosts and nowhere else.

A file's address comes from the outside and is fetched with the bot's token, so every address, and
every redirect, is checked before the token is sent.
"""

from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

import aiohttp

from bots.slack_bot.events import SlackFile
from core.domain.errors import InfrastructureError, UserError

REDIRECTS: Final = 3
_PIECE_BYTES: Final = 65_536
_PATIENT: Final = (408, 425, 429)
_PAGES: Final = (b"<!doctype html", b"<html")


class FileRefused(UserError):
    """This file will not be looked at; ``code`` says why."""


class FileLater(InfrastructureError):
    """The file could not be fetched now."""


class Downloads:
    """Fetches files with the token of their workspace."""

    def __init__(
        self, session: aiohttp.ClientSession, *, api_url: str, max_size_bytes: int
    ) -> None:
        """Remember where files may come from.

        Args:
            session: Connections; its time limit holds for each file.
            api_url: Files may come from this host and its subdomains, by the same scheme and port.
            max_size_bytes: Larger files are refused.
        """
        self._session = session
        self._home = urlsplit(api_url)
        self._max_size_bytes = max_size_bytes

    def check(self, file: SlackFile) -> None:
        """Refuse what need not be fetched.

        Raises:
            FileRefused: It is no picture, too large, or no longer there.
        """
        if file.gone:
            raise FileRefused("slack-file-gone")
        if not file.looks_like_picture:
            raise FileRefused("slack-file-not-photo")
        if file.size_bytes > self._max_size_bytes:
            raise FileRefused("slack-file-too-large", limit=self._max_size_bytes // 1_000_000)

    async def fetch(self, file: SlackFile, token: str) -> bytes:
        """Return a file's bytes.

        Raises:
            FileRefused: It is none that we may, can or want to fetch.
            FileLater: Slack did not answer; try again.
        """
        self.check(file)
        try:
            return await self._follow(file.url, token)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise FileLater(f"a file did not arrive: {type(error).__name__}") from error

    async def _follow(self, url: str, token: str) -> bytes:
        for _ in range(REDIRECTS + 1):
            if not self._ours(urlsplit(url)):
                raise FileRefused("slack-file-elsewhere")
            headers = {"Authorization": f"Bearer {token}"}
            async with self._session.get(url, headers=headers, allow_redirects=False) as answer:
                location = answer.headers.get("Location")
                if not (answer.status // 100 == 3 and location):  # noqa: PLR2004
                    return await self._read(answer)
                url = urljoin(url, location)
        raise FileRefused("slack-file-elsewhere")

    def _ours(self, url: SplitResult) -> bool:
        try:
            host, port = url.hostname or "", url.port
        except ValueError:
            return False
        home = self._home.hostname or ""
        return (
            url.scheme == self._home.scheme
            and port == self._home.port
            and url.username is None
            and (host == home or host.endswith(f".{home}"))
        )

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        if answer.status >= 500 or answer.status in _PATIENT:  # noqa: PLR2004
            raise FileLater(f"a file did not arrive: status {answer.status}")
        if answer.status in (401, 403):
            raise FileRefused("slack-file-needs-scope")
        if answer.status != 200:  # noqa: PLR2004
            raise FileRefused("slack-file-gone")
        data = bytearray()
        async for piece in answer.content.iter_chunked(_PIECE_BYTES):
            data += piece
            if len(data) > self._max_size_bytes:
                raise FileRefused("slack-file-too-large", limit=self._max_size_bytes // 1_000_000)
        # Without the files:read scope Slack sends its login page, with status 200.
        if answer.content_type == "text/html" or bytes(data[:64]).lstrip().lower().startswith(
            _PAGES
        ):
            raise FileRefused("slack-file-needs-scope")
        return bytes(data)
