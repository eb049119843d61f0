"""C2PA manifests: a signed statement inside the file of how it was made.

No thumbnail is put in (it would be a second, unbadged picture), nothing is fetched from a network,
and the photo under a composite is not named as an ingredient: it is nobody's business but its
owner's.
"""

import io
import json
from dataclasses import dataclass
from typing import Any, Final, Literal

import c2pa
from PIL import Image

from core.domain.errors import SignerUnavailable
from core.domain.provenance import Making
from core.provenance.credentials import Credentials, serials
from core.provenance.labels import SOURCE_TYPES

State = Literal["ours", "broken", "foreign", "none"]

NAME: Final = "skingen-bot"
_PNG: Final = "image/png"
_SIGNED: Final = ("image/png", "image/jpeg", "image/webp", "image/tiff", "image/avif")


class Signer:
    """Signs finished files. Used from one thread at a time."""

    def __init__(self, credentials: Credentials) -> None:
        """Load the key.

        Raises:
            SignerUnavailable: Certificate and key do not fit C2PA.
        """
        self._credentials = credentials
        self._settings = {
            "builder": {"thumbnail": {"enabled": False}},
            "verify": {"verify_after_sign": False, "remote_manifest_fetch": False},
        }
        trial = self.sign(_sample(), "generated", NAME)
        if read(trial, _PNG, Known.of(credentials)) != "ours":
            raise SignerUnavailable("the key does not belong to the certificate, or it has expired")

    def sign(self, png: bytes, making: Making, model: str) -> bytes:
        """Return the file with a manifest in it; after this not one byte may change.

        Args:
            png: A finished PNG, badge and label included.
            making: How it was made.
            model: Name of checkpoint and adapter.

        Raises:
            SignerUnavailable: It could not be signed.
        """
        signed = io.BytesIO()
        info = c2pa.C2paSignerInfo(b"es256", self._credentials.chain, self._credentials.key, None)
        try:
            with (
                c2pa.Context.from_dict(self._settings) as context,
                c2pa.Signer.from_info(info) as signer,
                c2pa.Builder(_statement(making, model), context) as builder,
            ):
                builder.sign(signer, _PNG, io.BytesIO(png), signed)
        except c2pa.C2paError as error:
            raise SignerUnavailable(f"the picture could not be signed: {error}") from error
        return signed.getvalue()


def _statement(making: Making, model: str) -> dict[str, Any]:
    action = {
        "action": "c2pa.created",
        "digitalSourceType": SOURCE_TYPES[making],
        "softwareAgent": {"name": model or NAME},
    }
    return {
        "claim_generator_info": [{"name": NAME}],
        "title": "synthetic reference picture",
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }


def _sample() -> bytes:
    sample = io.BytesIO()
    Image.new("RGB", (8, 8)).save(sample, "PNG")
    return sample.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What our own signatures are recognised by.

    Attributes:
        anchors: Certificate chains, PEM.
        serials: Serial numbers of the signers among them; a shared authority signs for others too.
    """

    anchors: str
    serials: frozenset[str]

    @classmethod
    def of(cls, credentials: Credentials) -> "Known":
        """Return how to recognise what was signed with these credentials."""
        return cls(anchors=credentials.known.decode(), serials=serials(credentials.known))


def read(data: bytes, media_type: str, known: Known) -> State:
    """Return the state of a file's manifest.

    Args:
        data: Any file; call it where a parser's failure does no harm.
        media_type: IANA type of ``data``.
        known: How ours are recognised.
    """
    if media_type not in _SIGNED:
        return "none"
    try:
        with (
            c2pa.Context.from_dict(_trusting(known.anchors)) as context,
            c2pa.Reader(media_type, io.BytesIO(data), context=context) as reader,
        ):
            report = json.loads(reader.json())
    except c2pa.C2paError:
        return "none"
    return _state(report, known.serials)


def _trusting(anchors: str) -> dict[str, Any]:
    return {
        "trust": {"trust_anchors": anchors},
        "verify": {
            "verify_trust": True,
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
        },
    }


def _state(report: dict[str, Any], signers: frozenset[str]) -> State:
    """Read the validation report."""
    active = report.get("validation_results", {}).get("activeManifest", {})
    codes = {row.get("code", "") for kind in active.values() for row in kind}
    manifest = report.get("manifests", {}).get(report.get("active_manifest", ""), {})
    serial = str(manifest.get("signature_info", {}).get("cert_serial_number", ""))
    if "signingCredential.trusted" not in codes or serial not in signers:
        return "foreign"
    return "ours" if report.get("validation_state") == "Trusted" else "broken"
