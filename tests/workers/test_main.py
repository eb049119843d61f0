"""``python -m workers``: real processes on a real Redis."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.adapters.assembly import Place, Stores, open_stores
from core.adapters.redis_cases import Limits
from core.adapters.redis_jobs import LeasePolicy
from core.domain.cases import CaseHead, CasePhoto, PictureSpec, Turn
from core.domain.jobs import Acceptance, AnswerJob, RenderJob
from core.domain.messages import CaseId, ChatRef, Person
from core.domain.replies import Gallery, Paragraph, Ranking, Reply
from tests import tiny_diffusion, tiny_vlms
from tests.redis_servers import RedisServer, free_port
from tests.workers.photos import jpeg

# Importing the model libraries takes seconds on an idle machine and minutes on a busy one.
pytestmark = pytest.mark.timeout(400)
PATIENCE_S = 180

ROOT = Path(__file__).parents[2]
CHAT = ChatRef(platform="stage", chat_id="1")
OWNER = Person(platform="stage", user_id="1")
CASE = CaseId("c" * 26)


@dataclass
class Site:
    """A server, a folder, and the stores of a frontend over both."""

    url: str
    folder: Path
    stores: Stores

    async def open_case(self) -> None:
        """Store a case whose first turn, with a photo, waits for its answer."""
        cases, blobs = self.stores.cases, self.stores.blobs
        head = CaseHead(id=CASE, chat=CHAT, owner=OWNER, locale="en", register="lay", created_s=0.0)
        opened = Acceptance(keys=("k0",), chat=CHAT, head=head, opens=True)
        assert await cases.accept(opened) == "accepted"
        photo = CasePhoto(blob=await blobs.put(CASE, jpeg()), width_px=80, height_px=60)
        turn = Turn(id="t1", role="user", text="What is this?", at_s=0.0, photos=(photo,))
        job = AnswerJob(id="j1", case_id=CASE, turn_id="t1", owner=OWNER, chat=CHAT)
        asked = Acceptance(keys=("k1",), chat=CHAT, head=head, turn=turn, job=job)
        assert await cases.accept(asked) == "accepted"

    async def ask_for_pictures(self) -> None:
        """Dispatch a job that draws one picture."""
        case = await self.stores.cases.load(CASE)
        assert case is not None
        spec = PictureSpec(condition_id="eczema", tone=3, site="arm", severity=2, seed=1)
        job = RenderJob(
            id="r1", case_id=CASE, turn_id="t1", owner=OWNER, chat=CHAT, pictures=(spec,)
        )
        asked = Acceptance(keys=("k2",), chat=CHAT, head=case.head, job=job)
        assert await self.stores.cases.accept(asked) == "accepted"

    async def reply(self, slot: str) -> Reply:
        """Return the reply in a slot, once it is there."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                parcel = await self.stores.outbox.claim("stage", "test", wait_s=1.0)
                if parcel is None:
                    continue
                await self.stores.outbox.done(parcel)
                if parcel.reply is not None and parcel.reply.slot == slot:
                    return parcel.reply


@asynccontextmanager
async def site(url: str, folder: Path) -> AsyncGenerator[Site, None]:
    """Give the stores of a frontend."""
    place = Place(url=url, password=None, keys=None, folder=folder)
    async with open_stores(place, limits=Limits(), leases=LeasePolicy()) as stores:
        yield Site(url, folder, stores)


async def started(url: str, folder: Path, **settings: str) -> asyncio.subprocess.Process:
    """Start a worker with models that answer at once."""
    environment = dict(os.environ) | {
        "REDIS_URL": url,
        "SKINGEN_DATA_FOLDER": str(folder),
        "SKINGEN_LOG_FORMAT": "json",
        "SKINGEN_WORKER_VLM": "instant",
        "SKINGEN_WORKER_GENERATOR": "instant",
        "SKINGEN_WORKER_EMBEDDER": "none",
        "SKINGEN_WORKER_DEVICE": "cpu",
        **settings,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "workers", env=environment, cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def ended(worker: asyncio.subprocess.Process) -> tuple[int, str]:
    """Ask a worker to end and return its exit code and what it wrote."""
    worker.send_signal(signal.SIGTERM)
    async with asyncio.timeout(PATIENCE_S):
        _, errors = await worker.communicate()
    assert worker.returncode is not None
    return worker.returncode, errors.decode()


async def test_photo_is_answered_and_drawn_and_sigterm_drains(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    """A worker takes both kinds of jobs, and ends well when told to."""
    async with site(redis_server.url, tmp_path) as place:
        await place.open_case()
        worker = await started(place.url, tmp_path)

        answer = await place.reply("t1.answer")
        await place.ask_for_pictures()
        pictures = await place.reply("r1.pictures")
        code, log = await ended(worker)

        texts = [block.text for block in answer.blocks if isinstance(block, Paragraph)]
        assert "I have 1 photo(s)" in "".join(texts)
        (gallery,) = [block for block in pictures.blocks if isinstance(block, Gallery)]
        stored = await place.stores.blobs.get(gallery.pictures[0].blob)
        assert stored is not None
        assert stored.startswith(b"\x89PNG")
        assert code == 0
        assert "What is this?" not in log
        assert log.count('"event": "batch"') >= 2


def pack(root: Path) -> Path:
    """Write a project with tiny models in the demo pack's layout; returns its models file."""
    models = root / "models"
    vlm = tiny_vlms.llava(models / "vlm")
    names = {"eczema": "eczema", "psoriasis": "psoriasis"}
    (vlm / "skingen.json").write_text(
        json.dumps({"score_question": "What is this?", "candidates": names})
    )
    tiny_diffusion.stable_diffusion(models / "sd")
    (models / "generator.toml").write_text(
        "steps = 2\n[conditions.eczema]\nserved = true\nadapter = ''\n"
    )
    file = root / "config" / "models.toml"
    file.parent.mkdir()
    file.write_text(
        "[vlm.demo]\nbackend = 'transformers_vlm'\nfolder = 'models/vlm'\n"
        "[generator.demo]\nbackend = 'chooser'\nfolder = 'models/sd'\n"
    )
    return file


@pytest.mark.long
async def test_demo_layout_is_served(redis_server: RedisServer, tmp_path: Path) -> None:
    """Checkpoints in the demo pack's layout assess a photo and draw what they think it is."""
    async with site(redis_server.url, tmp_path / "data") as place:
        await place.open_case()
        worker = await started(
            place.url,
            tmp_path / "data",
            SKINGEN_WORKER_VLM="demo",
            SKINGEN_WORKER_GENERATOR="demo",
            SKINGEN_WORKER_MODELS_FILE=str(pack(tmp_path / "project")),
        )

        answer = await place.reply("t1.answer")
        await place.ask_for_pictures()
        pictures = await place.reply("r1.pictures")
        code, log = await ended(worker)

        (ranking,) = [block for block in answer.blocks if isinstance(block, Ranking)]
        assert {row.condition_id for row in ranking.possibilities} <= {"eczema", "psoriasis"}
        assert any(isinstance(block, Gallery) for block in pictures.blocks)
        assert (code, "Traceback" in log) == (0, False)


async def test_worker_waits_for_redis(tmp_path: Path, mortal_server: RedisServer) -> None:
    """A worker that starts before Redis begins as soon as Redis is there."""
    async with site(mortal_server.url, tmp_path) as place:
        await place.open_case()
        mortal_server.stop()
        worker = await started(place.url, tmp_path)
        async with asyncio.timeout(PATIENCE_S):
            assert worker.stderr is not None
            while b"waiting for redis" not in await worker.stderr.readline():
                pass
        mortal_server.start()

        assert await place.reply("t1.answer")
        assert (await ended(worker))[0] == 0


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("SKINGEN_WORKER_VLM", "no-such", "has no [vlm.no-such]"),
        (
            "SKINGEN_WORKER_MODELS_FILE",
            "/no/such/models.toml",
            "/no/such/models.toml cannot be read",
        ),
        ("SKINGEN_WORKER_MAX_BATCH", "0", "SKINGEN_WORKER_MAX_BATCH is wrong"),
        ("SKINGEN_WORKER_DEVICE", "cuda", "PyTorch sees none"),
    ],
)
async def test_wrong_setting_is_one_sentence(
    tmp_path: Path, setting: str, value: str, sentence: str
) -> None:
    """What is wrong is said in the last line, without a traceback; the exit code is 2."""
    url = f"redis://127.0.0.1:{free_port()}/0"
    worker = await started(url, tmp_path, **{setting: value})
    async with asyncio.timeout(PATIENCE_S):
        _, errors = await worker.communicate()

    assert sentence in errors.decode().strip().splitlines()[-1]
    assert "Traceback" not in errors.decode()
    assert worker.returncode == 2
