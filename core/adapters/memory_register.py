"""`core.ports.PictureRegister` in a dict."""

import time

from core.adapters.register_bands import nearest
from core.domain.provenance import Fingerprint, RegisterEntry


class MemoryRegister:
    """Entries by their file's hash."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[float, RegisterEntry]] = {}

    async def enter(self, entry: RegisterEntry, *, ttl_s: float) -> None:
        """Keep an entry for a time."""
        name = entry.fingerprint.sha256
        until_s, _ = self._entries.get(name, (0.0, entry))
        self._entries[name] = (max(until_s, time.monotonic() + ttl_s), entry)

    async def find(self, fingerprint: Fingerprint) -> RegisterEntry | None:
        """Return the same file's entry, else the nearest look's."""
        now = time.monotonic()
        live = {name: entry for name, (until_s, entry) in self._entries.items() if until_s > now}
        return live.get(fingerprint.sha256) or nearest(fingerprint, live.values())
