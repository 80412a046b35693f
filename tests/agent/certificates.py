"""Certificates as good or as bad as a test wants them, made on the spot."""

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from agent.config_broker import TlsSettings

DAY = timedelta(days=1)
PEM = serialization.Encoding.PEM


class Authority:
    """One authority with its folder; what it issues lies there as NAME.pem and NAME.key."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.name = _named(name)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.file = folder / f"{name}.pem"
        made = self._begun(self.name, self.key, -DAY, DAY)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.file.write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(PEM))

    def issue(
        self,
        name: str,
        *,
        host: str = "127.0.0.1",
        begins: timedelta = -DAY,
        ends: timedelta = DAY,
        password: bytes = b"",
    ) -> TlsSettings:
        """A certificate with its key, as settings that believe this authority."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._begun(_named(name), key, begins, ends)
        address: x509.GeneralName
        try:
            address = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            address = x509.DNSName(host)
        made = made.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        made = made.add_extension(usages, critical=False)
        certificate, file = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(PEM))
        locked: Any = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        file.touch(mode=0o600)
        file.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, locked))
        return TlsSettings(ca=self.file, certificate=certificate, key=file)

    def revoke(self, *revoked: TlsSettings) -> Path:
        """The authority's list of what it has revoked, which may be nothing."""
        now = datetime.now(UTC)
        made = x509.CertificateRevocationListBuilder().issuer_name(self.name).last_update(now - DAY)
        made = made.next_update(now + DAY)
        for number in _serials(revoked):
            gone = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(now - DAY).build()
            made = made.add_revoked_certificate(gone)
        path = self.folder / "crl.pem"
        path.write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(PEM))
        return path

    def _begun(self, subject: x509.Name, key: Any, begins: timedelta, ends: timedelta) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number())
        return made.not_valid_before(now + begins).not_valid_after(now + ends)


def broker_lines(shown: TlsSettings, clients: Authority) -> list[str]:
    """How mosquitto shows its certificate and demands one of this authority's of everybody."""
    return [
        f"certfile {shown.certificate}",
        f"keyfile {shown.key}",
        f"cafile {clients.file}",
        "require_certificate true",
        "use_identity_as_username true",
    ]


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _serials(revoked: Iterable[TlsSettings]) -> list[int]:
    assert all(each.certificate for each in revoked)
    return [x509.load_pem_x509_certificate(each.certificate.read_bytes()).serial_number for each in revoked]  # type: ignore[union-attr]
