"""The bot's side of the photo path: a few helper processes, replaced when anything goes wrong."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from core.domain.errors import InfrastructureError
from core.fairness import FairGate
from core.photos.frames import REPLY, REQUEST, BadFrameError, parse_header, reply_lengths
from core.photos.photo import Photo, PhotoLimits, PhotoRejected
from core.photos.reply import photo_from

_log = logging.getLogger(__name__)

_ROOT: Final = Path(__file__).resolve().parents[2]
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from core.photos.helper import main; main(sys.argv[2])"
)
# Nothing of the bot's own environment, where its tokens are.
_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
_START_TIMEOUT_S: Final = 30.0
_GRACE_S: Final = 5.0


class PhotoHelperUnavailable(InfrastructureError):
    """The helper process cannot be started or does not stay alive."""


class _HelperLost(Exception):
    """The helper ended, or answered out of turn, in the middle of a request."""


class _Helper:
    """One running helper process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, limits: PhotoLimits) -> "_Helper":
        """Start a helper and wait until it is ready.

        Raises:
            PhotoHelperUnavailable: It did not come up.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-c", _START, str(_ROOT), json.dumps(asdict(limits))),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=_ENVIRONMENT,
                start_new_session=True,
            )
        except OSError as error:
            raise PhotoHelperUnavailable("the photo helper cannot be started") from error
        helper = cls(process)
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                ready, _ = await helper._read_reply(0)
        except (TimeoutError, _HelperLost) as error:
            await helper.kill()
            raise PhotoHelperUnavailable("the photo helper did not come up") from error
        except BaseException:
            helper.dismiss()
            raise
        if not ready.get("filtered"):
            _log.warning("system calls of photo decoders are not filtered on this machine")
        return helper

    async def ask(self, data: bytes, limits: PhotoLimits) -> tuple[dict[str, Any], bytes]:
        """Send one file and read the reply.

        Raises:
            _HelperLost: The helper is gone or out of step, and must be replaced.
        """
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - asked for above
        try:
            async with asyncio.timeout(limits.wall_s + _GRACE_S):
                stdin.write(REQUEST.pack(len(data)) + data)
                await stdin.drain()
                return await self._read_reply(limits.max_bytes)
        except (TimeoutError, OSError) as error:
            raise _HelperLost from error

    async def _read_reply(self, max_image_bytes: int) -> tuple[dict[str, Any], bytes]:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - asked for above
        try:
            prefix = await stdout.readexactly(REPLY.size)
            header_bytes, image_bytes = reply_lengths(prefix, max_image_bytes)
            header = parse_header(await stdout.readexactly(header_bytes))
            return header, await stdout.readexactly(image_bytes)
        except (asyncio.IncompleteReadError, BadFrameError) as error:
            raise _HelperLost from error

    def dismiss(self) -> None:
        """Tell the helper to end its child and leave; does not wait."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    async def kill(self) -> None:
        """End the helper and its child, whatever state they are in."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        await self.gone()

    async def gone(self) -> None:
        """Wait until the process has ended and its pipes are closed."""
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        self._process.stdin.close()
        await self._process.wait()


class PhotoNormaliser:
    """Turns bytes that anyone may have sent into photos that are safe to keep.

    At most ``helpers`` photos are decoded at once; further callers wait their turn. Use it as
    ``async with PhotoNormaliser() as normaliser``.
    """

    def __init__(self, limits: PhotoLimits | None = None, *, helpers: int = 2) -> None:
        self._limits = limits or PhotoLimits()
        self._gate = FairGate(helpers)
        self._idle: list[_Helper] = []
        self._dismissed: list[_Helper] = []

    async def __aenter__(self) -> Self:
        """Start the first helper, so that a broken installation shows at once."""
        self._idle.append(await _Helper.start(self._limits))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        leaving = self._idle + self._dismissed
        self._idle, self._dismissed = [], []
        for helper in leaving:
            helper.dismiss()
        async with asyncio.TaskGroup() as group:
            for helper in leaving:
                group.create_task(_ended(helper))

    async def normalise(self, data: bytes, *, owner: str = "") -> Photo:
        """Decode ``data``, judge it, and encode it anew, upright, in sRGB, without metadata.

        Args:
            data: Bytes that anyone may have sent.
            owner: Whose photo it is: people who wait take turns, whatever each of them sent.

        Raises:
            PhotoRejected: The photo cannot be used.
            PhotoHelperUnavailable: No helper can be started or kept.
        """
        if not data:
            raise PhotoRejected("empty")
        if len(data) > self._limits.max_bytes:
            raise PhotoRejected("too-many-bytes")
        async with self._gate.turn(owner):
            header, image = await self._ask_twice(data)
        return photo_from(header, image)

    async def _ask_twice(self, data: bytes) -> tuple[dict[str, Any], bytes]:
        """Ask again when a helper is lost: something else may have ended it while it idled."""
        try:
            return await self._ask(data)
        except _HelperLost:
            pass
        try:
            return await self._ask(data)
        except _HelperLost as error:
            raise PhotoHelperUnavailable("the photo helper does not stay alive") from error

    async def _ask(self, data: bytes) -> tuple[dict[str, Any], bytes]:
        async with self._borrowed() as helper:
            return await helper.ask(data, self._limits)

    @contextlib.asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[_Helper]:
        """Lend a helper; only one that answered in full is used again."""
        helper = self._idle.pop() if self._idle else await _Helper.start(self._limits)
        try:
            yield helper
        except _HelperLost:
            await helper.kill()
            raise
        except BaseException:  # cancelled: nobody may wait here
            helper.dismiss()
            self._dismissed.append(helper)
            raise
        self._idle.append(helper)


async def _ended(helper: _Helper) -> None:
    """Wait for a dismissed helper; kill one that does not leave."""
    try:
        async with asyncio.timeout(_GRACE_S):
            await helper.gone()
    except TimeoutError:
        await helper.kill()
