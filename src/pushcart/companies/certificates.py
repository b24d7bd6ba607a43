"""What stands behind mutual TLS: our certificate for one endpoint, its key, and the authorities that we trust there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from pushcart.companies.errors import CompanyError
from pushcart.kit import clock, crypto

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

USE = "webhook-client-key"
LONGEST = 50_000  # characters of PEM


@dataclass(frozen=True)
class ClientCertificate:
    """`chain` is PEM, ours first; `key` is PEM in clear; `ends` is when the first of the chain does."""

    chain: str
    key: str
    ends: datetime


def read_client_certificate(chain: str, key: str) -> ClientCertificate:
    """Reads a certificate with its chain, and its key, as their owner brings them.

    Raises:
        CompanyError: not PEM, a key under a password, a key of another certificate, not yet or no longer valid, not for
            clients. `field` is "certificate" or "key".
    """
    certificates = _certificates(chain, field="certificate")
    private = _key(key)
    ours = certificates[0]
    if _public(ours.public_key()) != _public(private.public_key()):
        raise CompanyError("key", f"The key does not fit the first certificate, {_name(ours)}.")
    now = clock.now()
    for each in certificates:
        if each.not_valid_before_utc > now:
            raise CompanyError("certificate", f"{_name(each)} is valid from {each.not_valid_before_utc:%Y-%m-%d} on.")
        if each.not_valid_after_utc <= now:
            raise CompanyError("certificate", f"{_name(each)} ended on {each.not_valid_after_utc:%Y-%m-%d}.")
    if not _for_clients(ours):
        raise CompanyError("certificate", f"{_name(ours)} is not meant for clients (its extended key usage says so).")
    return ClientCertificate(
        chain=_pem(certificates),
        key=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        ends=min(each.not_valid_after_utc for each in certificates),
    )


def read_authorities(pem: str) -> str:
    """The authorities that an endpoint's certificate must come from, as PEM.

    Raises:
        CompanyError: not PEM, or one that has ended; `field` is "authorities".
    """
    authorities = _certificates(pem, field="authorities")
    for each in authorities:
        if each.not_valid_after_utc <= clock.now():
            raise CompanyError("authorities", f"{_name(each)} ended on {each.not_valid_after_utc:%Y-%m-%d}.")
    return _pem(authorities)


def seal_key(key: str) -> str:
    return crypto.seal(key, use=USE)


def open_key(sealed: str) -> str:
    """The key in PEM.

    Raises:
        SealBrokenError: this installation has not the key that it was sealed with.
    """
    return crypto.unseal(sealed, use=USE)


def _certificates(pem: str, *, field: str) -> list[x509.Certificate]:
    if len(pem) > LONGEST:
        raise CompanyError(field, f"That is longer than {LONGEST:,} characters.")
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise CompanyError(
            field, "That is no certificate in PEM: it must hold a block from BEGIN CERTIFICATE to END CERTIFICATE."
        ) from None


def _key(pem: str) -> PrivateKeyTypes:
    if len(pem) > LONGEST:
        raise CompanyError("key", f"That is longer than {LONGEST:,} characters.")
    try:
        return load_pem_private_key(pem.encode(), password=None)
    except TypeError:
        raise CompanyError("key", "The key is under a password: take that off, it is kept encrypted here.") from None
    except ValueError:
        raise CompanyError("key", "That is no private key in PEM.") from None


def _for_clients(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return bool({ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(usage))


def _public(key: object) -> bytes:
    found: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]  # every kind of key has it
    return found


def _pem(certificates: list[x509.Certificate]) -> str:
    return "".join(each.public_bytes(Encoding.PEM).decode() for each in certificates)


def _name(certificate: x509.Certificate) -> str:
    return f"The certificate of {certificate.subject.rfc4514_string() or 'nobody'}"
