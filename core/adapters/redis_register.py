"""`core.ports.PictureRegister` over Redis: one string per file, one set per band of a look.

Values are sealed like everything else, though they name nobody. A band's set may name entries that
expired; the script that reads it forgets them.
"""

from typing import Final

from pydantic import TypeAdapter

from core.adapters.redis_link import RedisLink
from core.adapters.register_bands import bands, nearest
from core.domain.errors import RecordUnreadable
from core.domain.provenance import Fingerprint, RegisterEntry

_entries: Final[TypeAdapter[RegisterEntry]] = TypeAdapter(RegisterEntry)


class RedisRegister:
    """Entries by their file's hash, found by bands of their look."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def enter(self, entry: RegisterEntry, *, ttl_s: float) -> None:
        """Keep an entry for a time."""
        name = entry.fingerprint.sha256
        sealed = self._link.master.seal(_entries.dump_json(entry), f"register:{name}")
        ttl_ms = max(1, int(ttl_s * 1000))
        await self._link.run("register_put", name, sealed, ttl_ms, *bands(entry.fingerprint.look))

    async def find(self, fingerprint: Fingerprint) -> RegisterEntry | None:
        """Return the same file's entry, else the nearest look's."""
        rows = await self._link.run("register_find", fingerprint.sha256, *bands(fingerprint.look))
        found = [
            self._open(name.decode(), sealed)
            for name, sealed in zip(*[iter(rows)] * 2, strict=True)
        ]
        entries = {entry.fingerprint.sha256: entry for entry in found if entry is not None}
        return entries.get(fingerprint.sha256) or nearest(fingerprint, entries.values())

    def _open(self, name: str, sealed: bytes) -> RegisterEntry | None:
        try:
            return _entries.validate_json(self._link.master.unseal(sealed, f"register:{name}"))
        except (RecordUnreadable, ValueError):
            return None  # of another version or of a retired key: as good as forgotten
