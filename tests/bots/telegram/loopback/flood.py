"""Flood limits as Telegram documents them.

Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass

from tests.bots.telegram.loopback.errors import Refused

SENDS = frozenset({"sendMessage", "sendPhoto", "sendDocument", "sendMediaGroup"})
EDITS = frozenset({"editMessageText", "editMessageMedia", "editMessageCaption", "sendMessageDraft"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Calls per window in seconds; the slack forgives what the way over loopback adds.

    Attributes:
        overall: Messages, and separately edits, over all chats.
        chat: Messages, and separately edits, in one chat.
        group: Messages and edits together in one group.
        slack_s: By how much every window is shortened.
    """

    overall: tuple[int, float] = (30, 1.0)
    chat: tuple[int, float] = (1, 1.0)
    group: tuple[int, float] = (20, 60.0)
    slack_s: float = 0.15


class Flood:
    """Counts calls and refuses those above the limits."""

    def __init__(self, limits: Limits | None) -> None:
        self._limits = limits
        self._times: defaultdict[str, deque[float]] = defaultdict(deque)
        self.refusals = 0

    def check(self, method: str, chat_id: int) -> None:
        """Count a call.

        Raises:
            Refused: With 429 and ``retry_after``; then it is not counted.
        """
        if self._limits is None or method not in SENDS | EDITS:
            return
        kind = "send" if method in SENDS else "edit"
        windows = [(f"{kind}:{chat_id}", self._limits.chat), (kind, self._limits.overall)]
        if chat_id < 0:
            windows.append((f"group:{chat_id}", self._limits.group))
        now_s = time.monotonic()
        wait_s = max(self._wait_s(key, window, now_s) for key, window in windows)
        if wait_s > 0:
            self.refusals += 1
            seconds = math.ceil(wait_s)
            text = f"Too Many Requests: retry after {seconds}"
            raise Refused(429, text, retry_after=seconds)
        for key, _ in windows:
            self._times[key].append(now_s)

    def _wait_s(self, key: str, window: tuple[int, float], now_s: float) -> float:
        count, seconds = window
        times, seconds = self._times[key], seconds - (self._limits.slack_s if self._limits else 0)
        while times and times[0] <= now_s - seconds:
            times.popleft()
        return times[-count] + seconds - now_s if len(times) >= count else 0.0
