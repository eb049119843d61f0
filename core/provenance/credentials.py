"""Key and certificates for signatures: an operator's, or a pair made at the first run.

The pair that is made proves only that two pictures come from the same installation; other people's
software says of it "valid, signer unknown". A certificate from a C2PA-recognised authority is a
setting.
"""

import datetime as dt
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from core.domain.errors import SignerUnavailable

FILE_NAME: Final = "signing.pem"
_DAYS: Final = 3650
_BACKDATED: Final = dt.timedelta(days=1)
"""Clocks of two machines may differ; a certificate is valid from a day ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a signature is made with.

    Attributes:
        chain: Certificates in PEM, the signer's first.
        key: The signer's private key in PEM (PKCS 8, elliptic curve P-256).
        known: What our signatures are checked against, PEM: the chain, and former chains.
    """

    chain: bytes
    key: bytes = field(repr=False)
    known: bytes


def configured(
    certificate: Path, key: Path | None = None, former: Path | None = None
) -> Credentials:
    """Read an operator's credentials.

    Args:
        certificate: Chain in PEM, the signer's certificate first.
        key: Private key in PEM; None where nothing is signed.
        former: Chains that signed earlier pictures, PEM.

    Raises:
        SignerUnavailable: A file cannot be read or holds something else.
    """
    try:
        chain, secret = certificate.read_bytes(), key.read_bytes() if key else b""
        old = former.read_bytes() if former else b""
        x509.load_pem_x509_certificates(chain + old)
        if key is not None:
            serialization.load_pem_private_key(secret, None)
    except OSError as error:
        raise SignerUnavailable(f"{error.filename} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise SignerUnavailable(
            f"{certificate} must hold a certificate chain, and the key file a bare key, in PEM"
        ) from error
    return Credentials(chain=chain, key=secret, known=chain + old)


def credentials_in(folder: Path) -> Credentials:
    """Return the credentials kept in ``folder``, making them (mode 0600) at the first call.

    Raises:
        SignerUnavailable: The folder cannot be written, or the file holds something else.
    """
    path = folder / FILE_NAME
    try:
        if not path.exists():
            _make(path)
        whole = path.read_bytes()
        certificates = x509.load_pem_x509_certificates(whole)
        key = serialization.load_pem_private_key(whole, None)
    except OSError as error:
        raise SignerUnavailable(f"{path} cannot be used: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise SignerUnavailable(f"{path} holds no credentials; remove it to make new") from error
    chain = b"".join(_pem(certificate) for certificate in certificates)
    return Credentials(chain=chain, key=_pkcs8(key), known=chain)  # type: ignore[arg-type]


def serials(known: bytes) -> frozenset[str]:
    """Return the serial numbers of signers among certificates, as C2PA reports name them."""
    return frozenset(
        str(certificate.serial_number)
        for certificate in x509.load_pem_x509_certificates(known)
        if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    )


def _make(path: Path) -> None:
    """Write under another name and link it: nobody sees half a file, and the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_new_pair())
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _new_pair() -> bytes:
    """Return a signer's certificate, that of the authority which issued it, and the signer's key.

    C2PA refuses a signer that is its own authority, so there are two; the authority's key is
    thrown away. Source: C2PA specification 2.1, 14.5.1 "Certificate Profiles".
    """
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name = _name("SkinGEN bot, local authority")
    root = _certificate(root_name, root_name, root_key, root_key, authority=True)
    signer = _certificate(_name("SkinGEN bot"), root_name, key, root_key, authority=False)
    return _pem(signer) + _pem(root) + _pkcs8(key)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    draft = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + dt.timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(_usage(authority=authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if not authority:
        mail = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        draft = draft.add_extension(mail, critical=False)
    return draft.sign(issuer_key, hashes.SHA256())


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "SkinGEN bot"),
        ]
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pkcs8(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
