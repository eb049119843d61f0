"""Looks at a picture of unknown origin, in a process that is confined and ends afterwards."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, get_args

from core.domain.provenance import Fingerprint, Marks
from core.provenance import manifest

_ROOT: Final = Path(__file__).resolve().parents[2]
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); from core.photos.marks_helper import main; main()"
)
# Nothing of the bot's own environment, where its tokens are.
_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
_PATIENCE_S: Final = 40.0
_MAX_BYTES: Final = 20 * 2**20
_HEX: Final = frozenset("0123456789abcdef")
_DIGITS: Final = 64


class Inspector:
    """`core.ports.PictureInspector`: one short-lived process per picture, a few at a time."""

    def __init__(
        self, known: manifest.Known | None, words: Sequence[str], *, at_once: int = 2
    ) -> None:
        """Prepare; nothing starts before the first picture.

        Args:
            known: How our signatures are recognised; None where there are none.
            words: What stands on our badges, in every language.
            at_once: Most processes at a time.
        """
        request = {
            "anchors": known.anchors if known else "",
            "serials": sorted(known.serials) if known else [],
            "words": sorted(set(words)),
        }
        self._request = json.dumps(request).encode() + b"\n"
        self._slots = asyncio.Semaphore(at_once)

    async def inspect(self, data: bytes) -> Marks | None:
        """Return a file's marks; None when it is no picture that can be read."""
        if not data or len(data) > _MAX_BYTES:
            return None
        async with self._slots:
            return marks_from(await self._ask(data))

    async def _ask(self, data: bytes) -> bytes:
        """Return what the process wrote; empty when it ended in any other way."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-c", _START, str(_ROOT)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_ENVIRONMENT,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(_PATIENCE_S):
                out, _ = await process.communicate(self._request + data)
        except TimeoutError:
            out = b""
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        return out


def marks_from(answer: bytes) -> Marks | None:
    """Read an answer, and believe no more of it than was checked: hostile bytes were there."""
    try:
        values: dict[str, Any] = json.loads(answer)
        found = values["fingerprint"]
        hashes = (str(found["sha256"]), str(found["look"]))
        state, label, badge = values["manifest"], values["label"], values["badge"]
    except (ValueError, KeyError, TypeError):
        return None
    plausible = all(len(one) == _DIGITS and set(one) <= _HEX for one in hashes)
    if not plausible or state not in get_args(manifest.State):
        return None
    return Marks(
        fingerprint=Fingerprint(sha256=hashes[0], look=hashes[1]),
        manifest=state,
        label=label is True,
        badge=badge is True,
    )
