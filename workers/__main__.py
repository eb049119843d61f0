"""``python -m workers``: the composition root of a GPU worker."""

import argparse
import asyncio
import importlib
import logging
import secrets
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config import traces
from config.logging import configure
from config.running import run_process
from config.settings import (
    ROOT,
    DialogueSettings,
    LoggingSettings,
    OperationsSettings,
    ProvenanceSettings,
    SettingsInvalid,
    StoreSettings,
    WorkerSettings,
    load,
)
from core import metrics
from core.adapters.assembly import Place, Stores, open_stores
from core.adapters.health import steady, watch_stores
from core.adapters.redis_cases import Limits
from core.adapters.redis_jobs import LeasePolicy
from core.conversation import Conversation, Policy
from core.labels import load_labels
from core.ontology import Ontology, load_ontology
from core.operations import Operations
from core.prompts import SYSTEM
from core.provenance.credentials import configured, credentials_in
from core.provenance.manifest import Signer
from core.words import Words
from workers.answering import Answering
from workers.batching import ModelThread
from workers.desk import Desk
from workers.devices import Device, choose, memory_bytes
from workers.drawing import Drawing
from workers.eyes import Eyes, Wanted, open_eyes
from workers.generators import Generator, Source
from workers.live import Typist
from workers.localizers import Localizer
from workers.localizers.classical import ClassicalLocalizer
from workers.looking import Looking
from workers.loop import Craft, Worker
from workers.models import build_generator, build_localizer, build_vlm, read_entry
from workers.own_skin import Repainter
from workers.own_skin.repainting import StudioRepainter
from workers.own_skin.series import OwnSkin
from workers.shortlist import Shortlist
from workers.sketches import Sketches
from workers.studio import Studio
from workers.vlms import Candidate, VisionLanguageModel

logger = logging.getLogger("workers")

NONE: Final = "none"
AUTO: Final = "auto"
GENERATOR: Final = "generator"
DEMO: Final = Path("models") / "demo"
CONDITIONS: Final = ROOT / "config" / "conditions.toml"
BADGES: Final[dict[Source, str]] = {
    "generated": "pictures-badge",
    "schematic": "pictures-badge-schematic",
    "composite": "pictures-badge-composite",
}


def desk(built: Stores, settings: StoreSettings, dialogue: DialogueSettings) -> Desk:
    """Build the worker's end of the stores."""
    conversation = Conversation(
        cases=built.cases,
        blobs=built.blobs,
        jobs=built.jobs,
        albums=built.albums,
        photos=None,
        words=Words(ROOT / "config" / "locales"),
        ontology=load_ontology(ROOT / "config" / "conditions.toml"),
        clock=built.clock,
        policy=Policy(retention_days=settings.retention_days, pictures=dialogue.pictures),
    )
    conversation.warm()
    return Desk(
        cases=built.cases,
        blobs=built.blobs,
        conversation=conversation,
        register=built.register,
        register_s=load(ProvenanceSettings).register_s,
    )


def signer(folder: Path) -> Signer:
    """Return what signs pictures, with the operator's credentials or a pair of our own.

    Args:
        folder: Where a pair of our own is kept.

    Raises:
        SignerUnavailable: The credentials are wrong, or cannot be read or made.
    """
    settings = load(ProvenanceSettings)
    if settings.c2pa_certificate is None:
        return Signer(credentials_in(folder))
    if settings.c2pa_key is None:
        raise SettingsInvalid("Set SKINGEN_C2PA_KEY to the key of SKINGEN_C2PA_CERTIFICATE.")
    chain, former = settings.c2pa_certificate, settings.c2pa_former
    return Signer(configured(chain, settings.c2pa_key, former))


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """What a worker loads before it takes its first job; None where it takes no such jobs."""

    vlm: VisionLanguageModel | None
    generator: Generator | None
    eyes: Eyes = field(default_factory=Eyes)
    localizer: Localizer | None = None


def models(settings: WorkerSettings) -> Models:
    """Load the models.

    Raises:
        ModelUnavailable: One of them is missing, corrupt or does not fit.
    """
    device, file = choose(settings.device), settings.models_file
    vlm, generator, localizer = settings.vlm, settings.generator, settings.localizer
    return Models(
        vlm=(
            None
            if vlm == NONE
            else build_vlm(read_entry(file, "vlm", vlm), device, secret=settings.key())
        ),
        generator=(
            None
            if generator == NONE
            else build_generator(read_entry(file, "generator", generator), device)
        ),
        localizer=(
            None
            if localizer == NONE
            else build_localizer(read_entry(file, "localizer", localizer), device)
        ),
        eyes=open_eyes(eyes_wanted(settings), load_ontology(CONDITIONS), device),
    )


def eyes_wanted(settings: WorkerSettings) -> Wanted:
    """Return what compares pictures; the demo pack's eyes know the demo pack's pictures only."""

    def chosen(value: str, name: str, *, demo: bool) -> str:
        return value if value != AUTO else str(DEMO / name) if demo else NONE

    reads, draws = settings.vlm == "demo", settings.generator in {"demo", "schematic"}
    return Wanted(
        models_file=settings.models_file,
        embedder=settings.embedder,
        cases=NONE if settings.vlm == NONE else chosen(settings.cases, "cases", demo=reads),
        verifier=NONE
        if settings.generator == NONE
        else chosen(settings.verifier, "verifier", demo=draws),
        trained_on=chosen(settings.trained_on, "trained_on", demo=draws),
        root=settings.models_file.resolve().parent.parent,
    )


def crafts(
    loaded: Models, own_desk: Desk, thread: ModelThread, typist: Typist, settings: WorkerSettings
) -> tuple[Craft, ...]:
    """Build what the worker can do with its models."""
    words = Words(ROOT / "config" / "locales")
    ontology = load_ontology(ROOT / "config" / "conditions.toml")
    sign = signer(load(StoreSettings).data_folder).sign

    def badge_word(locale: str, source: Source) -> str:
        return words.text(locale, BADGES[source])

    consultant = loaded.eyes.consultant
    able: list[Craft] = []
    if loaded.vlm is not None:
        answering = Answering(
            vlm=loaded.vlm,
            desk=own_desk,
            thread=thread,
            typist=typist,
            candidates=candidates(ontology),
            shortlist=Shortlist(ontology, load_labels(ROOT / "config" / "labels.toml")),
            system=SYSTEM,
            stability_checks=settings.stability_checks,
            localizer=loaded.localizer,
            consulting=None
            if consultant is None
            else consultant(desk=own_desk, thread=thread, badge_word=badge_word, sign=sign),
        )
        looking = Looking(
            vlm=loaded.vlm, desk=own_desk, thread=thread, candidates=answering.candidates
        )
        able += [answering, looking]
    if loaded.generator is not None:
        studio = Studio(loaded.generator, thread, settings.max_batch)
        drawing = Drawing(
            studio=studio,
            desk=own_desk,
            badge_word=badge_word,
            verifier=loaded.eyes.verifier,
            own_skin=own_skin(studio, loaded, settings),
            sign=sign,
            localizer=loaded.localizer,
            sketches=Sketches(
                typist=typist,
                progress=lambda locale, share: words.text(
                    locale, "drawing-progress", percent=round(share * 100)
                ),
                badge_word=lambda locale: words.text(locale, BADGES["generated"]),
            ),
            composite_s=load(StoreSettings).retention_s,
        )
        able.append(drawing)
    return tuple(able)


def own_skin(studio: Studio, loaded: Models, settings: WorkerSettings) -> OwnSkin | None:
    """Build what draws on people's own photos.

    Raises:
        ModelUnavailable: Its checkpoint is missing, corrupt or does not fit.
    """
    if settings.inpainter == NONE:
        return None
    repainter: Repainter = StudioRepainter(studio=studio)
    if settings.inpainter != GENERATOR:
        entry = read_entry(settings.models_file, "inpainter", settings.inpainter)
        module = importlib.import_module("workers.own_skin.inpainting")
        repainter = module.build_inpainter(entry, choose(settings.device), studio.thread)
    return OwnSkin(
        repainter=repainter,
        localizer=loaded.localizer or ClassicalLocalizer(),
        thread=studio.thread,
        verifier=loaded.eyes.verifier,
        example=loaded.eyes.example,
    )


def candidates(ontology: Ontology) -> tuple[Candidate, ...]:
    """Return all conditions by their medical names, for models that name none of their own."""
    return tuple(
        Candidate(condition_id=condition.id, name=condition.medical_name)
        for condition in ontology.all()
    )


def device_memory(device: Device) -> Callable[[], Awaitable[None]]:
    """Return a gauge of the accelerator's memory; a CPU has none of its own."""

    async def look() -> None:
        for kind, size_bytes in memory_bytes(device).items():
            metrics.DEVICE_BYTES.labels(kind).set(size_bytes)

    return look


async def run() -> None:
    """Load the models and work until told to stop; what is under way is finished first."""
    configure(load(LoggingSettings))
    settings, dialogue, store = load(WorkerSettings), load(DialogueSettings), load(StoreSettings)
    told = load(OperationsSettings)
    traces.configure(told, "worker")
    operations = Operations(checks={"models": steady("the models are being loaded")})
    async with operations.served(told.ops_host, told.ops_port):
        # In a thread: a process that loads for minutes still says that it lives.
        loaded = await asyncio.to_thread(models, settings)
        operations.checks["models"] = steady()
        await work(loaded, operations, settings, dialogue, store)


async def work(
    loaded: Models,
    operations: Operations,
    settings: WorkerSettings,
    dialogue: DialogueSettings,
    store: StoreSettings,
) -> None:
    """Take jobs until told to stop; what is under way is finished first."""
    place = Place(
        url=store.url(),
        password=store.password(),
        keys=store.keys(),
        folder=store.data_folder,
        replicas=store.redis_replicas,
    )
    leases = LeasePolicy(
        lease_s=settings.lease_s,
        job_timeout_s=settings.job_timeout_s,
        max_attempts=settings.max_attempts,
    )
    limits = Limits(retention_s=store.retention_s, max_queue=dialogue.max_queue)
    async with open_stores(place, limits=limits, leases=leases) as built:
        with ModelThread() as thread:
            own_desk = desk(built, store, dialogue)
            typist = Typist(built.live)
            worker = Worker(
                name=f"{socket.gethostname()}-{secrets.token_hex(4)}",
                queue=built.jobs,
                desk=own_desk,
                typist=typist,
                crafts=crafts(loaded, own_desk, thread, typist, settings),
                max_batch=settings.max_batch,
            )
            watch_stores(operations, built, max_queue=dialogue.max_queue)
            operations.gauges.append(device_memory(choose(settings.device)))

            def drain() -> None:
                operations.checks["draining"] = steady("it finishes what it has in hand and stops")
                worker.drain()

            for name in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(name, drain)
            logger.info(
                "worker ready", extra={"vlm": settings.vlm, "generator": settings.generator}
            )
            await worker.run()


def main() -> int:
    """Run a worker; 0 when it ended well, 2 when a setting, a model or a store is wrong."""
    argparse.ArgumentParser(prog="python -m workers", description=__doc__).parse_args()
    return run_process(run())


if __name__ == "__main__":
    sys.exit(main())
