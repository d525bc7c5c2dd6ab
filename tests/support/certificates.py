"""Certificates made when a test asks for them; none lies in the repository, so none expires.

Everything is P-256, so that making one costs about a millisecond. The defaults are what a strict
verifier (Python 3.13) accepts; every defect has to be asked for.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the DER, lower-case hex."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def key_pem(self) -> bytes:
        """PKCS#8, a `PRIVATE KEY` block."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def key_der(self) -> bytes:
        """PKCS#8."""
        return self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    @property
    def traditional_key_pem(self) -> bytes:
        """SEC 1, an `EC PRIVATE KEY` block."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def make_ca(
    name: str = "Test Corporate CA",
    *,
    issuer: Issued | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    is_ca: bool | None = True,
    key_cert_sign: bool | None = True,
    critical: bool = True,
    serial: int | None = None,
) -> Issued:
    """A CA, self-signed unless *issuer* is given.

    Args:
        name: its common name.
        issuer: the CA that signs it.
        not_before: aware; yesterday by default.
        not_after: aware; in a year by default.
        is_ca: what basicConstraints say; `None` leaves the extension out.
        key_cert_sign: what keyUsage says of signing; `None` leaves the extension out.
        critical: whether basicConstraints are marked critical, as Python 3.13 demands.
        serial: the serial number; random by default.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(name, key, issuer, not_before, not_after)
    if serial is not None:
        builder = builder.serial_number(serial)
    else:
        builder = builder.serial_number(x509.random_serial_number())
    if is_ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=critical)
    if key_cert_sign is not None:
        builder = builder.add_extension(_key_usage(key_cert_sign=key_cert_sign), critical=True)
    return _signed(builder, key, issuer)


def make_leaf(
    issuer: Issued,
    *names: str,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> Issued:
    """A server certificate for *names*: host names or IP addresses, `localhost` by default."""
    names = names or ("localhost",)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(names[0], key, issuer, not_before, not_after)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(key_cert_sign=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
    )
    return _signed(builder, key, issuer)


def make_expired_ca(name: str = "Expired CA") -> Issued:
    """A CA that was valid for the year 2020, in UTC."""
    return make_ca(
        name, not_before=datetime(2020, 1, 1, tzinfo=UTC), not_after=datetime(2020, 12, 31, tzinfo=UTC)
    )


def make_v1_root(name: str = "Version 1 Root") -> bytes:
    """The DER of a self-signed certificate of version 1, which has no extensions at all."""
    ca = make_ca(name)
    fields = _children(_children(ca.der)[0])
    tbs = _sequence(b"".join(field for field in fields if field[0] not in {0xA0, 0xA3}))
    signature = ca.key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    algorithm = _children(ca.der)[1]
    return _sequence(tbs + algorithm + b"\x03" + _length(len(signature) + 1) + b"\x00" + signature)


def make_crl(issuer: Issued) -> bytes:
    """An empty revocation list, an `X509 CRL` block."""
    now = datetime.now(UTC)
    builder = x509.CertificateRevocationListBuilder(issuer.certificate.subject, now, now + DAY)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def make_pkcs7(*issued: Issued, encoding: Encoding = Encoding.PEM) -> bytes:
    """A PKCS#7 container, a `PKCS7` block."""
    return pkcs7.serialize_certificates([each.certificate for each in issued], encoding)


def make_pkcs12(issued: Issued) -> bytes:
    """A PKCS#12 container with the key, unencrypted."""
    return pkcs12.serialize_key_and_certificates(
        b"test", issued.key, issued.certificate, None, NoEncryption()
    )


def make_keyless_pkcs12(*issued: Issued, password: bytes = b"") -> bytes:
    """A PKCS#12 container without a key."""
    protection = BestAvailableEncryption(password) if password else NoEncryption()
    certificates = [each.certificate for each in issued]
    return pkcs12.serialize_key_and_certificates(None, None, None, certificates, protection)


def _builder(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: Issued | None,
    not_before: datetime | None,
    not_after: datetime | None,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = issuer.key if issuer else key
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .not_valid_before(not_before or now - DAY)
        .not_valid_after(not_after or now + 365 * DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )


def _signed(
    builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey, issuer: Issued | None
) -> Issued:
    return Issued(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def _key_usage(*, key_cert_sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=key_cert_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def _sequence(content: bytes) -> bytes:
    return b"\x30" + _length(len(content)) + content


def _split(der: bytes) -> tuple[int, int]:
    """Where the content of the first element begins and ends."""
    if der[1] < 0x80:
        return 2, 2 + der[1]
    start = 2 + (der[1] & 0x7F)
    return start, start + int.from_bytes(der[2:start], "big")


def _children(der: bytes) -> list[bytes]:
    """The elements inside the first element of *der*, each with its header."""
    start, end = _split(der)
    content, children = der[start:end], []
    while content:
        size = _split(content)[1]
        children.append(content[:size])
        content = content[size:]
    return children
