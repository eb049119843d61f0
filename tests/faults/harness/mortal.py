"""A process of the product that dies at every named step, once: ``python …mortal bots telegram``.

A command that ends by itself is begun anew after each death, too: ``…mortal bots.admin requeue X``.

The steps are what the outside can tell apart: each script in Redis, each write of a blob, each call
of a platform, before it and after it. They are found by wrapping, so the product carries no hook:
a new script is a new step by itself. Each step dies once; a marker file, written before the kill,
remembers that over the restarts. Hundreds of deaths would cost hundreds of imports: a parent has
everything imported, and each life is a fork of it.
"""

import ctypes
import importlib
import inspect
import os
import signal
import sys
from collections.abc import Callable
from functools import cache, wraps
from importlib import resources
from pathlib import Path
from typing import Any

FOLDER = "FAULTS_STEPS"
"""Variable that names the folder of the marker files; the last part is the process's name."""

_DIE_WITH_PARENT = 1
"""Source: prctl(2), PR_SET_PDEATHSIG."""


def scripts() -> list[str]:
    """Return the names of all scripts of the store."""
    found = (resources.files("core.adapters") / "lua").iterdir()
    return sorted(file.name.removesuffix(".lua") for file in found if file.name != "prelude.lua")


def die_once(when: str, name: str) -> None:
    """End this process without warning, unless it has died here before."""
    mark = Path(os.environ[FOLDER]) / f"{when}-{name}"
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(owner: Any, method: str, name: Callable[..., str]) -> None:
    """Make a method deadly before and after; ``name`` says from its arguments which step it is."""
    inner = getattr(owner, method)

    @wraps(inner)
    async def patiently(self: Any, *args: Any, **kwargs: Any) -> Any:
        step = name(*args, **kwargs)
        die_once("before", step)
        result = await inner(self, *args, **kwargs)
        die_once("after", step)
        return result

    @wraps(inner)
    def at_once(self: Any, *args: Any, **kwargs: Any) -> Any:
        step = name(*args, **kwargs)
        die_once("before", step)
        result = inner(self, *args, **kwargs)
        die_once("after", step)
        return result

    setattr(owner, method, patiently if inspect.iscoroutinefunction(inner) else at_once)


def arm(module: str, *arguments: str) -> None:
    """Make the steps of a process deadly."""
    from core.adapters import file_blobs  # noqa: PLC0415
    from core.adapters.redis_cases import RedisCases  # noqa: PLC0415
    from core.adapters.redis_lease import Heart  # noqa: PLC0415
    from core.adapters.redis_link import RedisLink  # noqa: PLC0415
    from core.adapters.redis_outbox import RedisLedger  # noqa: PLC0415

    deadly(RedisLink, "run", lambda name, *_: name)
    deadly(RedisLedger, "_put", lambda part, _: f"ledger-{part[0]}")
    deadly(RedisCases, "set_profile", lambda *_: "profile")
    deadly(Heart, "_beat", lambda *_: "beat")
    deadly(file_blobs.Path, "replace", lambda *_: "blob")
    if module == "bots" and "telegram" in arguments:
        from bots.telegram_bot.connection import Connection  # noqa: PLC0415

        deadly(Connection, "do_request", _telegram_method)
    if module == "bots" and "slack" in arguments:
        from slack_sdk.web.async_client import AsyncWebClient  # noqa: PLC0415

        deadly(AsyncWebClient, "api_call", lambda method, **_: method)


def _telegram_method(url: str, *_: Any, **__: Any) -> str:
    return "download" if "/file/" in url else url.partition("?")[0].split("/")[-1]


def prepare(module: str, arguments: list[str]) -> Callable[[], int]:
    """Import and read what a process needs; returns the ``main`` of its module."""
    from core.refusals import refusal  # noqa: PLC0415
    from core.triage import triage  # noqa: PLC0415

    program = importlib.import_module(module)
    main: Callable[[], int]
    if not hasattr(program, "__path__"):
        main = program.main
        return main
    program = importlib.import_module(f"{module}.__main__")
    main = program.main
    for platform in arguments:
        program.frontend_module(platform)
    triage(["hello"])
    refusal("hello")
    # Neither changes once it is read.
    program.Words, program.load_ontology = cache(program.Words), cache(program.load_ontology)
    program.Words(program.ROOT / "config" / "locales").locales()
    program.load_ontology(program.ROOT / "config" / "conditions.toml")
    return main


def live(program: Callable[[], int]) -> int:
    """Run it in a child of this process until it ends; returns its exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    # Whoever kills the parent means the child.
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    sys.exit(program())


def main() -> int:
    """Run a module of the product as ``python -m`` would, again after each death."""
    module, *arguments = sys.argv[1:]
    Path(os.environ[FOLDER]).mkdir(parents=True, exist_ok=True)
    program = prepare(module, arguments)
    arm(module, *arguments)
    sys.argv = [module, *arguments]
    while (status := live(program)) == -signal.SIGKILL:
        pass
    return status


if __name__ == "__main__":
    sys.exit(main())
