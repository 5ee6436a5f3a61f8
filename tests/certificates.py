"""Certificates for loopback servers, good and bad, made when they are needed."""

from __future__ import annotations

import ipaddress
import ssl
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Trust:
    """A root, an intermediate, and certificates signed by it or not. Nothing trusts them unless told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root_key, self.middle_key = (
            ec.generate_private_key(ec.SECP256R1()),
            ec.generate_private_key(ec.SECP256R1()),
        )
        self.root = self._certificate("Root", self.root_key, None, self.root_key, authority=True)
        self.middle = self._certificate("Middle", self.middle_key, self.root, self.root_key, authority=True)

    def server(self, kind: str) -> ssl.SSLContext:
        """A server's TLS rules: `expired`, `self-signed`, `wrong-host`, `incomplete`, `old`, or `good`."""
        # RSA for the old one: TLS 1.0 servers of that age know nothing else.
        key: Key = rsa.generate_private_key(65537, 2048) if kind == "old" else ec.generate_private_key(ec.SECP256R1())
        signer = None if kind in {"self-signed", "old"} else self.middle
        certificate = self._certificate(
            "elsewhere.example" if kind == "wrong-host" else "127.0.0.1",
            key,
            signer,
            self.middle_key if signer else key,
            expired=kind == "expired",
        )
        chain = [certificate] if kind in {"self-signed", "old", "incomplete"} else [certificate, self.middle]
        path = self.folder / f"{kind}-{id(key)}.pem"
        path.write_bytes(
            b"".join(item.public_bytes(serialization.Encoding.PEM) for item in chain)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if kind == "old":
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # it is old on purpose
                context.maximum_version = ssl.TLSVersion.TLSv1
            context.set_ciphers("ALL@SECLEVEL=0")
        context.load_cert_chain(path)
        return context

    def root_file(self) -> Path:
        """The root, for those who should trust it."""
        path = self.folder / "root.pem"
        path.write_bytes(self.root.public_bytes(serialization.Encoding.PEM))
        return path

    def _certificate(
        self,
        name: str,
        key: Key,
        issuer: x509.Certificate | None,
        signing: Key,
        *,
        authority: bool = False,
        expired: bool = False,
    ) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        alternative: x509.GeneralName = x509.DNSName(name)
        if name[0].isdigit():
            alternative = x509.IPAddress(ipaddress.ip_address(name))
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=-1 if expired else 30))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if not authority:
            builder = builder.add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        return builder.sign(signing, hashes.SHA256())
