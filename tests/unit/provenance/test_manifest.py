"""Signatures: ours are known, changes show, others' stay others'."""

import io
import json
import stat
from pathlib import Path

import c2pa
import pytest

from core.domain.errors import SignerUnavailable
from core.provenance import manifest
from core.provenance.credentials import FILE_NAME, configured, credentials_in
from core.provenance.labels import SOURCE_TYPES
from tests.signing import CREDENTIALS, SIGNER
from tests.unit.provenance.pictures import badged, opened

OURS = manifest.Known.of(CREDENTIALS)
PNG = "image/png"


def state(data: bytes, known: manifest.Known = OURS) -> str:
    """Return what is read of a PNG."""
    return manifest.read(data, PNG, known)


def test_a_signed_picture_is_ours_and_looks_the_same() -> None:
    """The signature is read back, and no pixel changed."""
    plain = badged()

    signed = SIGNER.sign(plain, "generated", "demo")

    assert state(signed) == "ours"
    assert opened(signed).tobytes() == opened(plain).tobytes()
    assert b"trainedAlgorithmicMedia" in signed


def test_one_changed_byte_shows() -> None:
    """A file that was changed after signing is broken, not ours."""
    signed = bytearray(SIGNER.sign(badged(), "generated", "demo"))
    signed[len(signed) // 2] ^= 1

    assert state(bytes(signed)) == "broken"


def test_somebody_elses_signature_is_foreign(tmp_path: Path) -> None:
    """A valid signature of another installation is not ours; a file without one has none."""
    other = manifest.Signer(credentials_in(tmp_path))

    assert state(other.sign(badged(), "generated", "demo")) == "foreign"
    assert state(badged()) == "none"
    assert manifest.read(b"not a picture", "", OURS) == "none"
    assert state(b"not a picture") == "none"


def test_another_signer_of_the_same_authority_is_foreign() -> None:
    """Who shares our certificate authority is still not us."""
    strangers = manifest.Known(anchors=OURS.anchors, serials=frozenset({"1"}))

    assert state(SIGNER.sign(badged(), "generated", "demo"), strangers) == "foreign"


@pytest.mark.parametrize("making", ["generated", "schematic", "composite"])
def test_the_statement_names_the_source_and_no_thumbnail(making: str) -> None:
    """The manifest says how and by which model it was made, and holds no second picture."""
    signed = SIGNER.sign(badged(), making, "demo + lora")  # type: ignore[arg-type]

    with c2pa.Reader(PNG, io.BytesIO(signed)) as reader:
        report = json.loads(reader.json())
    (statement,) = report["manifests"].values()
    (action,) = statement["assertions"][0]["data"]["actions"]
    assert action["digitalSourceType"] == SOURCE_TYPES[making]  # type: ignore[index]
    assert action["softwareAgent"]["name"] == "demo + lora"
    assert "thumbnail" not in statement
    assert len(signed) - len(badged()) < 8000


def test_own_credentials_are_made_once_and_kept_private(tmp_path: Path) -> None:
    """The first run makes a pair that only its owner reads; later runs find the same one."""
    first, second = credentials_in(tmp_path), credentials_in(tmp_path)

    assert first == second
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    assert b"PRIVATE" not in first.chain
    assert "PRIVATE" not in repr(first)


def test_an_operators_credentials_are_read_and_old_ones_stay_known(tmp_path: Path) -> None:
    """After a change of certificate, pictures that the former one signed are still ours."""
    old, new = credentials_in(tmp_path / "old"), credentials_in(tmp_path / "new")
    for name, data in (("chain", new.chain), ("key", new.key), ("former", old.chain)):
        (tmp_path / name).write_bytes(data)

    read = configured(tmp_path / "chain", tmp_path / "key", tmp_path / "former")

    known = manifest.Known.of(read)
    assert state(manifest.Signer(read).sign(badged(), "generated", "demo"), known) == "ours"
    assert state(manifest.Signer(old).sign(badged(), "generated", "demo"), known) == "ours"


def test_wrong_credentials_are_said_in_one_sentence(tmp_path: Path) -> None:
    """A missing, a mixed-up and a damaged file are told apart from a working one at the start."""
    other = credentials_in(tmp_path / "other")
    (tmp_path / "chain").write_bytes(other.chain)
    (tmp_path / "text").write_text("no certificate")
    (tmp_path / FILE_NAME).write_text("damaged")

    with pytest.raises(SignerUnavailable, match="cannot be read"):
        configured(tmp_path / "absent", tmp_path / "absent")
    with pytest.raises(SignerUnavailable, match="must hold"):
        configured(tmp_path / "text", tmp_path / "text")
    with pytest.raises(SignerUnavailable, match="holds no credentials"):
        credentials_in(tmp_path)
    (tmp_path / "key").write_bytes(CREDENTIALS.key)
    with pytest.raises(SignerUnavailable, match="does not belong"):
        manifest.Signer(configured(tmp_path / "chain", tmp_path / "key"))
