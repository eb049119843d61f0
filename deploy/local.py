"""``python -m deploy.local``: the whole project on one machine, in one process group.

Starts Redis (unless one is configured), a worker and the frontends, restarts what crashes, and
stops every child on Ctrl-C or SIGTERM, letting each finish what it has in hand.
"""

import argparse
import asyncio
import importlib.util
import os
import signal
import sys
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from config.settings import ROOT, LocalSettings, SettingsInvalid, StoreSettings, load
from core.adapters.assembly import Place, redis_at
from core.domain.errors import InfrastructureError

DRAIN_S: Final = 30.0
"""How long a child may finish what it has in hand before it is killed."""

RESTART_PAUSE_S: Final = 2.0
MAX_RESTARTS: Final = 5
SETTINGS_WRONG: Final = 2


@dataclass(slots=True)
class Child:
    """One process.

    Attributes:
        name: Module and argument, such as ``bots web``.
        foreground: Has the terminal; when it ends, everything ends.
        process: While it runs.
        restarts: How often it crashed so far.
    """

    name: str
    foreground: bool = False
    process: asyncio.subprocess.Process | None = None
    restarts: int = 0


@dataclass(slots=True)
class Group:
    """The children and how to end them."""

    environment: dict[str, str]
    logs: Path
    children: list[Child] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    exit_code: int = 0

    async def start(self, child: Child) -> None:
        """Start one child; its log goes to a file unless it has the terminal."""
        self.children.append(child)
        await self._spawn(child)

    async def _spawn(self, child: Child) -> None:
        module, *rest = child.name.split()
        with self._log(child) as log:
            child.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                module,
                *rest,
                env=self.environment,
                cwd=ROOT,
                stdin=None if child.foreground else asyncio.subprocess.DEVNULL,
                stdout=None if child.foreground else log,
                stderr=log,
            )

    def _log(self, child: Child) -> IO[bytes]:
        self.logs.mkdir(parents=True, exist_ok=True)
        return (self.logs / f"{child.name.replace(' ', '-')}.log").open("ab")

    async def watch(self, child: Child) -> None:
        """Wait for a child, start it again when it crashes, end the group when it must not."""
        while not self.stopping.is_set():
            if child.process is None:
                return
            code = await child.process.wait()
            if self.stopping.is_set():
                return
            if child.foreground or code in {0, SETTINGS_WRONG} or child.restarts >= MAX_RESTARTS:
                self._end(child, code)
                return
            child.restarts += 1
            _say(f"{child.name} ended with code {code}; starting it again.")
            await asyncio.sleep(RESTART_PAUSE_S)
            await self._spawn(child)

    def _end(self, child: Child, code: int) -> None:
        if code and not child.foreground:
            _say(f"{child.name} cannot run: {_last_line(self.logs, child)}")
        self.exit_code = code if code > 0 else int(code < 0)
        self.stopping.set()

    async def stop(self) -> None:
        """Ask every child to drain, frontends first; kill what does not end in time."""
        for child in reversed(self.children):
            if child.process is not None and child.process.returncode is None:
                child.process.terminate()
        for child in self.children:
            if child.process is None:
                continue
            try:
                async with asyncio.timeout(DRAIN_S):
                    await child.process.wait()
            except TimeoutError:
                child.process.kill()
                await child.process.wait()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - the operator's terminal


def _last_line(logs: Path, child: Child) -> str:
    path = logs / f"{child.name.replace(' ', '-')}.log"
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else f"see {path}"


def frontends(settings: LocalSettings) -> list[str]:
    """Return the frontends that can run: chats whose tokens are set, and the local chat."""
    wanted = []
    if settings.telegram_token is not None:
        wanted.append("telegram")
    if settings.slack_bot_token is not None:
        wanted.append("slack")
    return wanted


def has_web() -> bool:
    """Return whether the web chat is there."""
    return importlib.util.find_spec("bots.web_chat") is not None


async def run(arguments: argparse.Namespace) -> int:
    """Run everything until told to stop; returns the exit code."""
    store, settings = load(StoreSettings), load(LocalSettings)
    place = Place(
        url=store.url(), password=store.password(), keys=store.keys(), folder=store.data_folder
    )
    async with redis_at(place) as url:
        environment = dict(os.environ) | {"REDIS_URL": url, "PYTHONUNBUFFERED": "1"}
        group = Group(environment=environment, logs=store.data_folder / "log")
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, group.stopping.set)
        await group.start(Child(name="workers"))
        if arguments.photo is not None:
            environment["SKINGEN_CONSOLE_DEMO_PHOTO"] = str(arguments.photo.resolve())
            await group.start(Child(name="bots console", foreground=True))
        else:
            await _start_chats(group, settings, console=arguments.console)
        await _until_stopped(group)
        return group.exit_code


async def _start_chats(group: Group, settings: LocalSettings, *, console: bool) -> None:
    chats = frontends(settings)
    for chat in chats:
        await group.start(Child(name=f"bots {chat}"))
    if console or not has_web():
        _say(_where(chats, "the console chat is below", group.logs))
        await group.start(Child(name="bots console", foreground=True))
        return
    address = f"http://127.0.0.1:{settings.web_port}/"
    await group.start(Child(name="bots web"))
    _say(_where(chats, f"the web chat is at {address}", group.logs))
    if sys.stdout.isatty() and await _answers(settings.web_port):
        webbrowser.open(address)


def _where(chats: Sequence[str], local: str, logs: Path) -> str:
    others = f", {' and '.join(chats)}" if chats else ""
    return f"SkinGEN runs: Redis, one worker{others}; {local}; logs in {logs}. Stop it with Ctrl-C."


async def _answers(port: int) -> bool:
    for _ in range(100):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        writer.close()
        await writer.wait_closed()
        return True
    return False


async def _until_stopped(group: Group) -> None:
    async with asyncio.TaskGroup() as tasks:
        watching = [tasks.create_task(group.watch(child)) for child in group.children]
        await group.stopping.wait()
        await group.stop()
        for task in watching:
            task.cancel()


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("--photo", type=Path, help="ask about this photo in the terminal and end")
    parser.add_argument("--console", action="store_true", help="chat in the terminal")
    arguments = parser.parse_args()
    if arguments.photo is not None and not arguments.photo.is_file():
        _say(f"There is no photo at {arguments.photo}.")
        return SETTINGS_WRONG
    try:
        return asyncio.run(run(arguments))
    except (SettingsInvalid, InfrastructureError) as error:
        _say(str(error))
        return SETTINGS_WRONG


if __name__ == "__main__":
    sys.exit(main())
