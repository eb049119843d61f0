"""Fetches the photos that people send."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from telegram.error import BadRequest, NetworkError, TelegramError
from telegram.ext import ExtBot

from bots.telegram_bot.content import ImageFile
from bots.telegram_bot.pacing import Patience
from bots.telegram_bot.settings import Settings

PAUSES_S: Final = (1.0, 3.0, 0.0)
"""Pauses after each failed attempt; there are as many attempts as pauses."""

_log = logging.getLogger(__name__)


class FileUnavailable(Exception):
    """A photo cannot be had.

    Attributes:
        key: Catalogue key of what to tell the person.
    """

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Files:
    """Downloads from Telegram, within limits of size and time."""

    def __init__(
        self,
        bot: ExtBot[Patience],
        settings: Settings,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bot = bot
        self._limit_bytes = settings.max_file_bytes
        self._timeout_s = settings.upload_timeout_s
        self._home = f"{settings.api_url}/file/bot"
        self._sleep = sleep

    async def fetch(self, file: ImageFile) -> bytes:
        """Return the bytes of a photo.

        Raises:
            FileUnavailable: It is too big, or Telegram does not give it.
        """
        if (file.size_bytes or 0) > self._limit_bytes:
            raise FileUnavailable("telegram-file-too-big")
        for pause_s in PAUSES_S:
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await self._download(file)
            except BadRequest as error:
                too_big = "too big" in str(error).casefold()
                key = "telegram-file-too-big" if too_big else "telegram-file-failed"
                raise FileUnavailable(key) from error
            except (NetworkError, TimeoutError) as error:
                _log.warning("a file did not come: %s", type(error).__name__)
            except TelegramError as error:
                raise FileUnavailable("telegram-file-failed") from error
            await self._sleep(pause_s)
        raise FileUnavailable("telegram-file-failed")

    async def _download(self, file: ImageFile) -> bytes:
        handle = await self._bot.get_file(file.file_id)
        if (handle.file_size or 0) > self._limit_bytes:
            raise FileUnavailable("telegram-file-too-big")
        # The library would read a path of this machine, or ask another host, if it were told to.
        if not (handle.file_path or "").startswith(self._home):
            _log.warning("a file was not fetched: it is not at the Bot API's address")
            raise FileUnavailable("telegram-file-failed")
        data = bytes(await handle.download_as_bytearray(read_timeout=self._timeout_s))
        if len(data) > self._limit_bytes:
            raise FileUnavailable("telegram-file-too-big")
        return data
