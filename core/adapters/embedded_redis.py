"""A Redis of our own, for machines where none is configured. One server per folder, never two.

Two file locks make that hold through every crash, for the system itself takes them back:

* ``server.lock`` is inherited by the server and held exactly as long as it lives. Who cannot get
  it adopts the server that is there, by the address in ``server.json``.
* ``users.lock`` is shared by all processes that use the server; the last one to leave stops it. A
  server whose users were all killed goes on alone until the next start adopts it.

Every write is on the disk before it is acknowledged (``appendfsync always``).
"""

import asyncio
import fcntl
import json
import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final

from core.adapters.redis_program import START_S, Address, answer, free_port, launch
from core.domain.errors import StoreUnavailable

_log = logging.getLogger(__name__)

STOP_S: Final = 15.0
"""How long a server may take to end in good order."""

WATCH_S: Final = 0.5
"""How often a watcher looks whether the server lives."""

TRIES: Final = 3
"""Another process may take the free port first."""


class EmbeddedRedis:
    """A server on 127.0.0.1 with its data in ``folder``; started, or adopted if it runs already."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._users: int | None = None
        self._unwanted = False
        self._leaving = threading.Event()
        self._turn = threading.Lock()  # the watcher starts nothing while we stop

    async def start(self) -> str:
        """Start or adopt the server and return its URL, password included.

        Raises:
            StoreUnavailable: There is no server program, it does not start, or the folder is in
                use by one that does not answer.
        """
        try:
            return await asyncio.to_thread(self.open)
        except asyncio.CancelledError:
            self._unwanted = True  # the thread goes on; it tidies up when it sees this
            raise

    async def stop(self) -> None:
        """Leave the server, and end it in good order when nobody else uses it."""
        await asyncio.to_thread(self.close)

    async def __aenter__(self) -> str:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def open(self) -> str:
        """Start or adopt the server; the blocking form of `start`.

        Raises:
            StoreUnavailable: As `start`.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._leaving.clear()
            self._users = os.open(self._folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            self._join(self._users)
            url = self._serve()
        except OSError as error:
            self._leave()
            raise StoreUnavailable(f"{self._folder} cannot be used: {error.strerror}.") from error
        except BaseException:
            self._leave()
            raise
        threading.Thread(target=self._watch, name="redis-watcher", daemon=True).start()
        if self._unwanted:
            self.close()
        return url

    def _watch(self) -> None:
        """Start the server again whenever it dies; its clients find it at the same address."""
        while not self._leaving.wait(WATCH_S):
            try:
                with self._lock() as lock:
                    died = lock is not None
                if died:
                    self._serve()
                    _log.warning("The embedded Redis had died; it was started again.")
            except (StoreUnavailable, OSError) as error:
                _log.error("The embedded Redis is down: %s", error)

    def _leave(self) -> None:
        users, self._users = self._users, None
        if users is not None:
            os.close(users)

    def close(self) -> None:
        """Leave the server; the blocking form of `stop`. May be called twice."""
        with self._turn:
            self._leaving.set()
            self._close()

    def _close(self) -> None:
        if self._users is None:
            return
        try:
            # Newcomers wait at this lock until the server is down, and then start another.
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._shut_down()
        except BlockingIOError:
            return  # somebody else uses it
        finally:
            self._leave()

    def _join(self, users: int) -> None:
        until_s = time.monotonic() + START_S
        while True:
            try:
                return fcntl.flock(users, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until_s:
                    raise self._in_use() from None
                time.sleep(0.02)

    def _serve(self) -> str:
        until_s = time.monotonic() + START_S
        spawned = 0
        while True:
            with self._turn, self._lock() as lock:
                if lock is not None:
                    if spawned == TRIES or self._leaving.is_set():
                        raise StoreUnavailable(f"Redis does not start: {self._last_words()}")
                    self._spawn(lock, fresh=spawned > 0)
                    spawned += 1
            note = self._note()
            state = "silent" if note is None else answer(note)
            if note is not None and state == "ready":
                return note.url
            if state == "loading":
                until_s = time.monotonic() + START_S
            if time.monotonic() > until_s:
                raise self._in_use()
            time.sleep(0.02)

    def _in_use(self) -> StoreUnavailable:
        return StoreUnavailable(
            f"{self._folder} is in use by a Redis that does not answer; end it, or choose another "
            "data folder."
        )

    @contextmanager
    def _lock(self) -> Generator[int | None, None, None]:
        """Give the server's lock, or None while a server lives."""
        lock = os.open(self._folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            yield None
            return
        try:
            yield lock
        finally:
            os.close(lock)  # a server that was started meanwhile holds its own copy

    def _spawn(self, lock: int, *, fresh: bool) -> None:
        """Start a server that outlives us and holds ``lock`` for as long as it lives."""
        # The address of the last server, so that its clients find this one.
        note = None if fresh else self._note()
        if note is None:
            note = Address(port=free_port(), password=secrets.token_urlsafe(24))
        (self._folder / "server.pid").unlink(missing_ok=True)
        self._write_note(note)
        launch(self._folder, note, lock)

    def _write_note(self, note: Address) -> None:
        draft = self._folder / "server.json.new"
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(asdict(note), file)
        draft.replace(self._folder / "server.json")

    def _note(self) -> Address | None:
        try:
            return Address(**json.loads((self._folder / "server.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def _last_words(self) -> str:
        with suppress(OSError):
            log = (self._folder / "server.log").read_text(encoding="utf-8", errors="replace")
            if log.strip():
                return log.strip().splitlines()[-1]
        return f"see {self._folder / 'server.log'}"

    def _shut_down(self) -> None:
        for number, patience_s in ((signal.SIGTERM, STOP_S), (signal.SIGKILL, STOP_S)):
            with self._lock() as lock:
                if lock is not None:
                    return
            with suppress(OSError, ValueError):
                os.kill(int((self._folder / "server.pid").read_text()), number)
            if self._ended_within(patience_s):
                return

    def _ended_within(self, patience_s: float) -> bool:
        until_s = time.monotonic() + patience_s
        while time.monotonic() < until_s:
            with self._lock() as lock:
                if lock is not None:
                    return True
            time.sleep(0.02)
        return False
