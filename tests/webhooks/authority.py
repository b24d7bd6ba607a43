"""A certificate authority for tests: real certificates of its own, for servers on loopback and for clients."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Issued:
    certificate: str  # PEM
    key: str  # PEM


class Authority:
    def __init__(self, name: str = "Test authority") -> None:
        self._name = _name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        made = self._builder(self._name, self._key.public_key(), _now() - timedelta(days=1), _now() + timedelta(days=9))
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
        self.certificate = _pem(made.sign(self._key, hashes.SHA256()))

    def server(self, address: str = "127.0.0.1") -> Issued:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address)), x509.DNSName("localhost")])
        return self._issue("a server", ExtendedKeyUsageOID.SERVER_AUTH, names)

    def client(self, name: str = "PushCart", *, begins: datetime | None = None, ends: datetime | None = None) -> Issued:
        return self._issue(name, ExtendedKeyUsageOID.CLIENT_AUTH, begins=begins, ends=ends)

    def _issue(
        self,
        name: str,
        usage: x509.ObjectIdentifier,
        names: x509.SubjectAlternativeName | None = None,
        *,
        begins: datetime | None = None,
        ends: datetime | None = None,
    ) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        begins, ends = begins or _now() - timedelta(days=1), ends or _now() + timedelta(days=9)
        made = self._builder(_name(name), key.public_key(), begins, ends)
        made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        made = made.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        made = made.add_extension(issuer, critical=False)
        if names is not None:
            made = made.add_extension(names, critical=False)
        clear = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return Issued(_pem(made.sign(self._key, hashes.SHA256())), clear)

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, begins: datetime, ends: datetime
    ) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
        made = made.serial_number(x509.random_serial_number())
        return made.not_valid_before(begins).not_valid_after(ends)


def server_context(folder: Path, issued: Issued, *, clients_of: Authority | None = None) -> ssl.SSLContext:
    """For a server with this certificate; it demands one of its clients where an authority is named for them."""
    (folder / "server.pem").write_text(issued.certificate)
    (folder / "server.key").write_text(issued.key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    if clients_of is not None:
        # By TLS 1.3 a client hears that its certificate was refused only when it has written its request.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(cadata=clients_of.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _now() -> datetime:
    return datetime.now(UTC)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
