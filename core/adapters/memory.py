"""Every port in one process: for tests, and for trying a frontend without Redis.

Same promises as the Redis adapters while the process lives, and none after it ends. Not encrypted,
and nothing expires.
"""

from core.adapters.memory_cases import MemoryCases
from core.adapters.memory_dead import MemoryDeadLetters
from core.adapters.memory_extras import (
    MemoryAlbums,
    MemoryBlobs,
    MemoryBoard,
    MemoryDrawer,
    MemoryLiveText,
    MemoryThrottle,
)
from core.adapters.memory_jobs import MemoryHold, MemoryJobs
from core.adapters.memory_outbox import MemoryLedger, MemoryOutbox
from core.adapters.memory_state import MemoryState

__all__ = [
    "MemoryAlbums",
    "MemoryBlobs",
    "MemoryBoard",
    "MemoryCases",
    "MemoryDeadLetters",
    "MemoryDrawer",
    "MemoryHold",
    "MemoryJobs",
    "MemoryLedger",
    "MemoryLiveText",
    "MemoryOutbox",
    "MemoryState",
    "MemoryThrottle",
]
