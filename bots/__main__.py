"""``python -m bots telegram|slack|web|console``: the composition root of a frontend."""

import argparse
import asyncio
import importlib
import importlib.util
import logging
import signal
import sys
from pathlib import Path
from types import ModuleType

from bots import Frontend, Reachable, Services
from bots.delivery import Delivery
from config import traces
from config.logging import configure
from config.running import run_process
from config.settings import (
    ROOT,
    AdmissionSettings,
    DialogueSettings,
    LoggingSettings,
    OperationsSettings,
    ProvenanceSettings,
    SettingsInvalid,
    StoreSettings,
    load,
)
from core.adapters.assembly import Place, Stores, open_stores
from core.adapters.health import steady, watch_stores
from core.adapters.redis_cases import Limits
from core.adapters.redis_jobs import LeasePolicy
from core.conversation import Conversation, Policy, Quotas
from core.domain.errors import InfrastructureError
from core.ontology import load_ontology
from core.operations import Check, Operations
from core.photos import PhotoLimits, PhotoNormaliser
from core.photos.inspector import Inspector
from core.provenance.credentials import configured, credentials_in
from core.provenance.manifest import Known
from core.words import Words

logger = logging.getLogger("bots")

ALBUM_PAUSE_S = 0.4
"""How often complete albums are looked for."""

FLOOD = 4
"""So many times a person's quota of a minute are no conversation any more."""

SWEEP_PAUSE_S = 3600.0
"""How often expired blobs are deleted."""


SHRED_PAUSE_S = 10.0
"""How often erasures are looked for."""


def frontend_module(platform: str) -> ModuleType:
    """Import ``bots.<platform>_bot``, ``bots.<platform>_chat`` or ``bots.<platform>``.

    Raises:
        SettingsInvalid: There is no such frontend.
    """
    if platform.isidentifier():
        for name in (f"{platform}_bot", f"{platform}_chat", platform):
            if importlib.util.find_spec(f"bots.{name}"):
                return importlib.import_module(f"bots.{name}")
    raise SettingsInvalid(f"There is no frontend called {platform!r} in bots/.")


def services(
    built: Stores, photos: PhotoNormaliser, settings: StoreSettings, dialogue: DialogueSettings
) -> Services:
    """Build what a frontend uses."""
    words = Words(ROOT / "config" / "locales")
    ontology = load_ontology(ROOT / "config" / "conditions.toml")
    admission = load(AdmissionSettings)
    conversation = Conversation(
        cases=built.cases,
        blobs=built.blobs,
        jobs=built.jobs,
        albums=built.albums,
        photos=photos,
        words=words,
        ontology=ontology,
        clock=built.clock,
        policy=Policy(
            retention_days=settings.retention_days,
            max_text_chars=dialogue.max_text_chars,
            max_photos=dialogue.max_photos,
            pictures=dialogue.pictures,
            quotas=quotas(admission),
            allowed=admission.allowed,
            denied=admission.denied,
        ),
        throttle=built.throttle,
        register=built.register,
        inspector=Inspector(own_marks(settings.data_folder), badge_words(words)),
    )
    return Services(
        conversation=conversation,
        words=words,
        ontology=ontology,
        blobs=built.blobs,
        board=built.board,
        drawer=built.drawer,
        throttle=built.throttle,
    )


def quotas(settings: AdmissionSettings) -> Quotas:
    """Return the quotas that an operator set."""

    def windows(*pairs: tuple[int, float]) -> tuple[tuple[int, float], ...]:
        return tuple((count, span_s) for count, span_s in pairs if count)

    return Quotas(
        messages=windows(
            (settings.quota_per_minute, 60.0),
            (settings.quota_per_hour, 3600.0),
            (settings.quota_per_day, 86_400.0),
        ),
        photos=windows((settings.quota_photos_per_day, 86_400.0)),
        everybody=windows((settings.quota_all_per_minute, 60.0)),
        exports=windows((settings.quota_exports_per_hour, 3600.0)),
        flood=windows((FLOOD * settings.quota_per_minute, 60.0)),
    )


def own_marks(folder: Path) -> Known:
    """Return how our signatures are recognised.

    Args:
        folder: Where a pair of our own is kept.

    Raises:
        SignerUnavailable: The certificates cannot be read or made.
    """
    settings = load(ProvenanceSettings)
    if settings.c2pa_certificate is None:
        return Known.of(credentials_in(folder))
    return Known.of(configured(settings.c2pa_certificate, former=settings.c2pa_former))


def badge_words(words: Words) -> tuple[str, ...]:
    """Return what stands on our badges, in every language."""
    keys = ("pictures-badge", "pictures-badge-schematic", "pictures-badge-composite")
    return tuple(words.text(locale, key) for locale in words.locales() for key in keys)


def reaching(frontend: Frontend) -> Check:
    """Return a check of the connection to the platform."""

    async def platform() -> str:
        return frontend.trouble() if isinstance(frontend, Reachable) else ""

    return platform


async def close_albums(conversation: Conversation) -> None:
    """Answer complete albums, for ever."""
    while True:
        await asyncio.sleep(ALBUM_PAUSE_S)
        try:
            while await conversation.close_album():
                pass
        except InfrastructureError as error:
            logger.warning("albums wait", extra={"error": str(error)})


async def sweep(built: Stores, retention_s: float) -> None:
    """Delete expired blobs, for ever."""
    while True:
        try:
            await built.blobs.sweep(retention_s)
        except InfrastructureError as error:
            logger.warning("sweep failed", extra={"error": str(error)})
        await asyncio.sleep(SWEEP_PAUSE_S)


async def shred(built: Stores) -> None:
    """Have the store's log forget what was erased, for ever."""
    while True:
        await asyncio.sleep(SHRED_PAUSE_S)
        try:
            await built.shredder.shred()
        except InfrastructureError as error:
            logger.warning("erased records stay in the log", extra={"error": str(error)})


async def run(platform: str) -> None:
    """Run one frontend until it ends by itself or is told to stop."""
    module = frontend_module(platform)
    configure(load(LoggingSettings))
    settings, dialogue = load(StoreSettings), load(DialogueSettings)
    own_settings = load(module.Settings)
    told = load(OperationsSettings)
    traces.configure(told, f"bots-{platform}")
    operations = Operations(checks={"redis": steady("the stores are not open yet")})
    limits = PhotoLimits(badge_words=badge_words(Words(ROOT / "config" / "locales")))
    async with (
        operations.served(told.ops_host, told.ops_port),
        open_stores(
            Place(
                url=settings.url(),
                password=settings.password(),
                keys=settings.keys(),
                folder=settings.data_folder,
                replicas=settings.redis_replicas,
            ),
            limits=Limits(retention_s=settings.retention_s, max_queue=dialogue.max_queue),
            leases=LeasePolicy(delivery_s=dialogue.delivery_lease_s),
        ) as built,
        PhotoNormaliser(limits) as photos,
    ):
        shared = services(built, photos, settings, dialogue)
        await asyncio.to_thread(shared.conversation.warm)
        frontend: Frontend = module.build(own_settings, shared)
        watch_stores(operations, built, max_queue=dialogue.max_queue)
        operations.checks["platform"] = reaching(frontend)
        delivery = Delivery(
            frontend=frontend,
            outbox=built.outbox,
            live=built.live,
            max_attempts=dialogue.delivery_max_attempts,
            renew_s=dialogue.delivery_lease_s / 3,
        )
        async with asyncio.TaskGroup() as tasks:
            helpers = [
                tasks.create_task(delivery.run()),
                tasks.create_task(close_albums(shared.conversation)),
                tasks.create_task(sweep(built, settings.retention_s)),
                tasks.create_task(shred(built)),
            ]
            serving = tasks.create_task(frontend.serve())
            for name in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(name, serving.cancel)
            await asyncio.wait([serving])
            for helper in helpers:
                helper.cancel()


def main() -> int:
    """Read the command line; 0 when it ended well, 2 when a setting is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bots", description=__doc__)
    parser.add_argument("platform", help="telegram, slack, web or console")
    return run_process(run(parser.parse_args().platform))


if __name__ == "__main__":
    sys.exit(main())
