"""Records as bytes."""

import json
from typing import Any

import pytest

from core.adapters import codec
from core.adapters.codec import Codec
from core.domain.cases import Assessment, Likelihood, Turn
from core.domain.errors import RecordUnreadable
from core.domain.jobs import AnswerJob, Job, RenderJob
from core.domain.messages import BlobKey
from core.domain.replies import (
    Button,
    Command,
    Download,
    Gallery,
    Heading,
    NextStep,
    Paragraph,
    Picture,
    Possibility,
    Ranking,
    Reply,
)
from tests.contracts.stores.makers import ANN, CHAT, answer_job, head, photo, render_job

TURN = Turn(
    id="t",
    role="assistant",
    text="words",
    at_s=1.5,
    photos=(photo(1),),
    assessment=Assessment(
        findings="red", differential=(Likelihood(condition_id="acne", share=0.75),), unusual=True
    ),
    answers=("since=week",),
)
REPLY = Reply(
    slot="s",
    chat=CHAT,
    blocks=(
        Heading(text="h"),
        Paragraph(text="p", quiet=True),
        Ranking(
            possibilities=(
                Possibility(
                    condition_id="acne",
                    lay_name="pimples",
                    medical_name="acne",
                    likelihood=0.5,
                    words="likely",
                ),
            )
        ),
        NextStep(level="soon", title="See somebody", text="…", reasons=("it grew",)),
        Gallery(
            pictures=(
                Picture(
                    blob=BlobKey("b"), media_type="image/png", caption="c", alt="a", synthetic=True
                ),
            )
        ),
        Download(blob=BlobKey("b"), media_type="application/zip", name="n", caption="c"),
    ),
    buttons=(Button(label="Draw", command=Command(name="draw", argument="acne:3")),),
    stage="waiting",
)


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        (codec.turns, TURN),
        (codec.replies, REPLY),
        (codec.heads, head()),
        (codec.jobs, answer_job("q1")),
        (codec.jobs, render_job("r1")),
    ],
)
def test_records_come_back_as_they_were(kind: Codec[Any], record: Any) -> None:
    """Every kind of record and block survives storage with its types."""
    assert kind.load(kind.dump(record)) == record
    assert type(kind.load(kind.dump(record))) is type(record)


def test_jobs_are_told_apart_by_their_kind() -> None:
    """A job comes back as the kind that it was, and an unknown kind is refused."""
    stored = json.loads(codec.jobs.dump(answer_job("q1")))
    stored["d"]["kind"] = "dance"

    with pytest.raises(RecordUnreadable, match="does not fit"):
        codec.jobs.load(json.dumps(stored))


@pytest.mark.parametrize(
    "raw", [b"", b"null", b"[]", b"{}", b'{"v": 1}', b"\xff", b"not json", b'{"v": 1, "d": {}}']
)
def test_what_is_no_record_is_refused(raw: bytes) -> None:
    """Bytes that are not ours are refused in a sentence, never guessed."""
    with pytest.raises(RecordUnreadable):
        codec.turns.load(raw)


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_other_versions_are_refused(version: object) -> None:
    """A record of another schema version names both versions."""
    stored = json.loads(codec.turns.dump(TURN)) | {"v": version}

    with pytest.raises(RecordUnreadable, match=rf"schema version {version}; this program knows 1"):
        codec.turns.load(json.dumps(stored))


def test_half_a_character_can_be_stored() -> None:
    """Text that UTF-8 cannot hold is stored with a replacement."""
    job: Job = AnswerJob(
        id="q", case_id=head().id, turn_id="t", owner=ANN, chat=CHAT, quotes="\udc00"
    )

    loaded = codec.jobs.load(codec.jobs.dump(job))

    assert not isinstance(loaded, RenderJob)
    assert loaded.quotes == "?"
