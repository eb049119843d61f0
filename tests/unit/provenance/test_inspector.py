"""A picture of unknown origin is read in a process that can do no harm."""

import json

import pytest

from core.domain.provenance import Finding, Fingerprint, Marks, RegisterEntry, judge
from core.photos.inspector import Inspector, marks_from
from core.provenance.fingerprint import sha256
from core.provenance.manifest import Known
from tests.signing import CREDENTIALS, SIGNER
from tests.unit.provenance.pictures import badged, saved_again, skin

KNOWN = Known.of(CREDENTIALS)
ENTRY = RegisterEntry(
    fingerprint=Fingerprint(sha256="a" * 64), making="generated", condition_id="acne", day=""
)


def marks(**some: object) -> Marks:
    """Return marks."""
    return Marks(fingerprint=Fingerprint(sha256=""), **some)  # type: ignore[arg-type]


async def test_marks_are_read_off_a_file() -> None:
    """Signature, label, badge and hashes are found in our file; only badge and look in a copy."""
    inspector = Inspector(KNOWN, ["SYNTHETIC"])
    signed = SIGNER.sign(badged(), "generated", "demo")

    ours = await inspector.inspect(signed)
    copy = await inspector.inspect(saved_again(signed))

    assert ours is not None
    assert copy is not None
    assert (ours.manifest, ours.label, ours.badge) == ("ours", True, True)
    assert ours.fingerprint.sha256 == sha256(signed)
    assert (copy.manifest, copy.label, copy.badge) == ("none", False, True)
    assert copy.fingerprint.distance(ours.fingerprint) < 10


@pytest.mark.parametrize("data", [b"", b"text", b"\x89PNG\r\n\x1a\n and nothing more"])
async def test_what_is_no_picture_has_no_marks(data: bytes) -> None:
    """Empty, wrong and damaged files end in None, not in an error."""
    assert await Inspector(None, []).inspect(data) is None


async def test_a_photo_has_no_marks_of_ours() -> None:
    """Without certificates and badge a picture is merely hashed."""
    import io  # noqa: PLC0415 - one line of one test

    target = io.BytesIO()
    skin().save(target, "WEBP")

    found = await Inspector(None, ["SYNTHETIC"]).inspect(target.getvalue())

    assert found is not None
    assert (found.manifest, found.label, found.badge) == ("none", False, False)


@pytest.mark.parametrize(
    "change",
    [{"fingerprint": {"sha256": "a", "look": "b" * 64}}, {"manifest": "mine"}, {"fingerprint": 3}],
)
def test_an_answer_is_checked(change: dict[str, object]) -> None:
    """The process that met hostile bytes is not believed what makes no sense."""
    good = {
        "fingerprint": {"sha256": "a" * 64, "look": "b" * 64},
        "manifest": "ours",
        "label": False,
        "badge": False,
    }

    assert marks_from(json.dumps(good).encode()) is not None
    assert marks_from(json.dumps(good | change).encode()) is None
    assert marks_from(b"") is None


@pytest.mark.parametrize(
    ("found", "entry", "origin"),
    [
        (marks(manifest="ours"), None, "intact"),
        (marks(manifest="ours"), ENTRY, "intact"),
        (marks(badge=True), ENTRY, "known"),
        (marks(manifest="broken", badge=True), None, "altered"),
        (marks(badge=True, label=True), None, "alike"),
        (marks(manifest="foreign"), None, "foreign"),
        (marks(label=True), None, "foreign"),
        (marks(), None, "unknown"),
    ],
)
def test_the_surer_sign_wins(found: Marks, entry: RegisterEntry | None, origin: str) -> None:
    """A whole signature counts most, then the register, then what anybody could copy."""
    assert judge(found, entry) == Finding(origin=origin, entry=entry)  # type: ignore[arg-type]
