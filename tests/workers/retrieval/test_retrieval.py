"""Similar cases: built from any data set, found by look and tone, shown where they may be."""

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.domain.cases import Assessment, Likelihood
from core.domain.errors import ModelUnavailable
from core.domain.jobs import AnswerDone, AnswerJob
from tests.workers.conftest import FakeHold, World, answer_lease, world  # noqa: F401 - fixtures
from tests.workers.photos import jpeg
from tests.workers.seeing_doubles import ColourEmbedder
from workers.batching import ModelThread
from workers.desk import Desk
from workers.retrieval import CaseIndex, IndexCard, KnownCase, Match, shares
from workers.retrieval.consulting import Consulting
from workers.retrieval.files import CARD, load_index, save_index
from workers.retrieval.index import build
from workers.retrieval.library import SHOWN, Library, open_library
from workers.retrieval.reranking import reranked
from workers.retrieval.sources import RenderedPhotos, RenderedPool, open_source

DATA = RenderedPhotos(each=2, seed=11)


def card(source: str = "rendered:2:11", *, shown: bool = True, synthetic: bool = True) -> IndexCard:
    """Return a card."""
    return IndexCard(
        source=source, fingerprint="f", embedder="colours", licence="CC0", credit="Ann",
        shown=shown, synthetic=synthetic,
    )  # fmt: skip


@pytest.fixture(scope="module")
def index() -> CaseIndex:
    """Give an index of two renders per condition."""
    return build(DATA, ColourEmbedder(), card())


def folder_of(root: Path) -> Path:
    """Write an image folder with a table."""
    rows = ["file_name,condition,site"]
    for number, condition in enumerate(["psoriasis", "acne", "psoriasis"]):
        Image.new("RGB", (64, 64), (60 + 60 * number, 90, 80)).save(root / f"{number}.png")
        rows.append(f"{number}.png,{condition},arm")
    (root / "metadata.csv").write_text("\n".join(rows) + "\n")
    return root


def test_every_case_is_its_own_nearest(index: CaseIndex) -> None:
    """A picture that is in the index finds itself first, whatever its light."""
    for number in (0, 7, 23):
        feature = ColourEmbedder().embed([DATA.picture(number, 192)])[0]
        best = index.nearest(feature, None)[0]
        assert (best.case.number, best.similarity) == (number, pytest.approx(1, abs=1e-3))


def test_tone_decides_among_equals(index: CaseIndex) -> None:
    """Of two cases that look the same, the one on the person's own skin tone comes first."""
    vectors = np.ones((2, 27), np.float32)
    light, dark = (
        KnownCase(number=i, condition_id="acne", ita_deg=angle, site="", look="")
        for i, angle in enumerate((55.0, -40.0))
    )
    twins = replace(index, cases=(light, dark), vectors=vectors / np.sqrt(27))
    feature = index.centre + index.scale

    assert twins.nearest(feature, -35.0)[0].case is dark
    assert twins.nearest(feature, 50.0)[0].case is light
    assert twins.nearest(feature, None, condition_id="eczema") == ()


def test_an_index_is_written_and_read(index: CaseIndex, tmp_path: Path) -> None:
    """What comes back finds the same cases; a missing, damaged or foreign index is refused."""
    save_index(index, tmp_path)

    again = load_index(tmp_path, "colours")

    assert (again.card, again.cases) == (index.card, index.cases)
    assert np.abs(again.vectors - index.vectors).max() < 2e-3
    with pytest.raises(ModelUnavailable, match="made with colours, not other"):
        load_index(tmp_path, "other")
    (tmp_path / CARD).write_text("{}")
    with pytest.raises(ModelUnavailable, match="damaged"):
        load_index(tmp_path, "colours")
    with pytest.raises(ModelUnavailable, match="there is no index"):
        load_index(tmp_path / "absent", "colours")


def test_an_image_folder_is_a_source(tmp_path: Path) -> None:
    """A folder with a table is indexed with its labels and opened again by its path."""
    source = str(folder_of(tmp_path))
    built = build(open_source(source), ColourEmbedder(), card(source, synthetic=False))
    save_index(built, tmp_path / "index")

    library = open_library(tmp_path / "index", ColourEmbedder())

    assert [case.condition_id for case in built.cases] == ["psoriasis", "acne", "psoriasis"]
    assert built.cases[0].site == "arm"
    match = Match(case=built.cases[1], similarity=1.0)
    assert library.photographed(match).startswith(b"\xff\xd8\xff")
    assert library.example("acne", 10.0) is not None
    assert library.example("eczema", 10.0) is None


@pytest.mark.parametrize("source", ["rendered:x:1", "no/such/folder"])
def test_a_wrong_source_is_refused(source: str) -> None:
    """A word that makes no sense and a missing folder end in one sentence."""
    with pytest.raises(ModelUnavailable, match="cannot be opened"):
        open_source(source)


def test_the_pool_is_what_the_generator_learned_from() -> None:
    """Its pictures are those of the training pool, by number."""
    pool = open_source("pool:2:3000000")

    assert isinstance(pool, RenderedPool)
    assert pool.picture(1, 192).size == (96, 96)
    assert pool.notes[1].condition
    assert pool.fingerprint == "pool:2:3000000"


def ranked(*pairs: tuple[str, float]) -> tuple[Likelihood, ...]:
    """Return a differential."""
    return tuple(Likelihood(condition_id=name, share=share) for name, share in pairs)


def match(condition: str, similarity: float) -> Match:
    """Return a match."""
    case = KnownCase(number=0, condition_id=condition, ita_deg=None, site="", look="")
    return Match(case=case, similarity=similarity)


def test_labels_of_near_cases_have_a_say() -> None:
    """Cases decide a close call; they do not overturn a clear one; far cases say nothing."""
    close = ranked(("eczema", 0.5), ("psoriasis", 0.48), ("acne", 0.02))
    cases = [match("psoriasis", 0.9), match("psoriasis", 0.85), match("eczema", 0.3)]

    mixed = reranked(close, cases)

    assert [one.condition_id for one in mixed][:2] == ["psoriasis", "eczema"]
    assert sum(one.share for one in mixed) == pytest.approx(1)
    clear = ranked(("eczema", 0.97), ("psoriasis", 0.03))
    assert reranked(clear, cases)[0].condition_id == "eczema"
    assert reranked(close, [match("psoriasis", 0.05)]) == close
    assert reranked(close, []) == close


def test_nearer_cases_count_more() -> None:
    """Shares sum to one and follow likeness."""
    found = shares([match("acne", 0.9), match("eczema", 0.6)])

    assert found["acne"] > 0.9
    assert sum(found.values()) == pytest.approx(1)
    assert shares([]) == {}


def consulting(library: Library, own: World, thread: ModelThread) -> Consulting:
    """Return a consultant over a world in memory."""
    desk = Desk(cases=own, blobs=own, conversation=own)
    return Consulting(
        library=library, desk=desk, thread=thread, badge_word=lambda _locale, _source: "SYNTHETIC"
    )


def done() -> AnswerDone:
    """Return an answer to enrich."""
    differential = ranked(("eczema", 0.5), ("psoriasis", 0.5))
    return AnswerDone(text="t", assessment=Assessment(findings="f", differential=differential))


async def enriched(index: CaseIndex, own: World, before: AnswerDone) -> AnswerDone:
    """Return an answer with similar cases worked in."""
    own.add_case("c1", own.photo_turn("t1"))
    job = AnswerJob(
        id="j", case_id="c1", turn_id="t1", owner=own.stored["c1"].head.owner,  # type: ignore[arg-type]
        chat=own.stored["c1"].head.chat,
    )  # fmt: skip
    library = Library(index=index, embedder=ColourEmbedder(), data=DATA)
    with ModelThread() as thread:
        return await consulting(library, own, thread).enriched(job, jpeg(), before, FakeHold())


async def test_drawn_cases_are_shown_with_their_badge(index: CaseIndex, world: World) -> None:  # noqa: F811
    """Three cases are kept as badged pictures with licence and credit."""
    after = await enriched(index, world, done())

    assert len(after.similar) == SHOWN
    assert {(one.licence, one.credit, one.synthetic) for one in after.similar} == {
        ("CC0", "Ann", True)
    }
    assert world.files[after.similar[0].blob].startswith(b"\x89PNG")
    assert b"algorithmicMedia" in world.files[after.similar[0].blob]


async def test_what_may_not_be_shown_still_ranks(index: CaseIndex, world: World) -> None:  # noqa: F811
    """Where the licence forbids it no picture is kept, and the labels still count."""
    after = await enriched(replace(index, card=card(shown=False)), world, done())

    assert after.similar == ()
    assert after.assessment is not None
    assert after.assessment.differential != done().assessment.differential  # type: ignore[union-attr]


async def test_an_unusual_photo_has_no_similar_cases(index: CaseIndex, world: World) -> None:  # noqa: F811
    """A photo unlike everything known is not compared with it."""
    before = done()
    assert before.assessment is not None
    before = replace(before, assessment=replace(before.assessment, unusual=True))

    assert await enriched(index, world, before) == before
    await asyncio.sleep(0)


async def test_a_library_that_fails_costs_nobody_the_answer(index: CaseIndex, world: World) -> None:  # noqa: F811
    """When the comparison breaks, the answer goes out as it was."""
    broken = replace(index, vectors=np.ones((3, 2), np.float32))

    assert await enriched(broken, world, done()) == done()
