"""Certificates like the given ones except for the keys, so that they can be tried in real handshakes.

The key of the corporate CA is not here, so no server can use a certificate below it. But a client judges
names, dates, extensions, algorithms and sizes, and these work with any key: the mirror keeps every byte of a
certificate except its public key and its signature. Key identifiers remain too; clients compare them with
each other, not with the keys.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from proxyenv.certificates.parser import UNREADABLE, quiet
from proxyenv.certificates.signature import load_key, verifies
from proxyenv.certificates.tbs import SUBJECT_KEY_IDENTIFIER, parse_fields
from proxyenv.checks.keys import MirrorError, find_kind, issuer_kind, make_key, sign
from proxyenv.model.inspection import CertificatePath

if TYPE_CHECKING:
    from proxyenv.certificates.tbs import CertificateFields
    from proxyenv.checks.keys import PrivateKey

LOCAL_HOST: Final = "localhost"
"""The host of a generated server certificate, where none was seen on the wire."""

_EXTERNAL: Final = 100  # numbers of keys whose certificates are unknown start here
_LEAF: Final = 99
_WEAK: Final = frozenset({"md5", "sha1"})


@dataclass(frozen=True, slots=True)
class Mirror:
    """A path that a server can send.

    Args:
        path: its certificates.
        key: the private key of the server's certificate, PEM.
    """

    path: CertificatePath
    key: bytes


@dataclass(frozen=True, slots=True)
class _Original:
    """A certificate to be mirrored, with its new key."""

    der: bytes
    fields: CertificateFields
    parsed: x509.Certificate
    key: PrivateKey


def make_mirror(path: CertificatePath, *, now: datetime) -> Mirror:
    """Make certificates like those of *path*, with new keys, signed by each other in the same way.

    A signature that does not verify in *path* does not verify in the mirror. If nothing is sent, a server
    certificate is generated as a proxy would issue it under the first anchor.

    Args:
        path: what was seen, or what is to be judged.
        now: aware; a generated certificate is valid around it.

    Raises:
        MirrorError: a certificate cannot be parsed, or its algorithms are not available here.
    """
    originals = [_read(der, number) for number, der in enumerate(dict.fromkeys((*path.sent, *path.anchors)))]
    mirrored = {each.der: _reissue(each, originals) for each in originals}
    anchors = tuple(mirrored[der] for der in path.anchors)
    if path.sent:
        sent = tuple(mirrored[der] for der in path.sent)
        key = next(each.key for each in originals if each.der == path.sent[0])
        return Mirror(CertificatePath(sent, anchors, path.host), _pem(key))
    issuer = next(each for each in originals if each.der == path.anchors[0])
    leaf, leaf_key = _make_leaf(issuer, path.host, now=now)
    between = tuple(each for each in anchors if not _is_self_issued(each))
    return Mirror(CertificatePath((leaf, *between), anchors, path.host), _pem(leaf_key))


def _read(der: bytes, number: int) -> _Original:
    with quiet():
        try:
            fields, parsed = parse_fields(der), x509.load_der_x509_certificate(der)
        except UNREADABLE as error:
            raise MirrorError(f"it cannot be parsed: {error}") from error
    kind = find_kind(fields.key)
    if kind is None:
        raise MirrorError("the type of its key is unknown")
    return _Original(der, fields, parsed, make_key(kind, number))


def _reissue(original: _Original, others: list[_Original]) -> bytes:
    fields = replace(original.fields, key=_spki(original.key))
    signer = _find_signer(original, others)
    key = signer.key if signer else make_key(issuer_kind(original.parsed), _EXTERNAL)
    return replace(fields, signature=sign(key, fields.signed, original.parsed)).der


def _find_signer(original: _Original, others: list[_Original]) -> _Original | None:
    """The signer: whose key verifies the signature, or else whose name matches if that cannot be verified."""
    candidates = [each for each in others if each.fields.subject == original.fields.issuer]
    answers = [(verifies(load_key(each.fields.key), original.parsed), each) for each in candidates]
    for wanted in (True, None):
        for answer, candidate in answers:
            if answer is wanted:
                return candidate
    return None


def _make_leaf(issuer: _Original, host: str, *, now: datetime) -> tuple[bytes, PrivateKey]:
    """A server certificate as a correct proxy issues it under *issuer*."""
    key = make_key("ec-secp256r1", _LEAF)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise MirrorError("no key for the server")
    day = timedelta(days=1)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    template = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + 90 * day)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier(_key_identifier(issuer), None, None), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _sign_leaf(template.public_bytes(Encoding.DER), issuer), key


def _sign_leaf(template: bytes, issuer: _Original) -> bytes:
    like = _find_algorithm(issuer)
    algorithm = parse_fields(like.public_bytes(Encoding.DER)).algorithm
    fields = replace(parse_fields(template), issuer=issuer.fields.subject, algorithm=algorithm)
    return replace(fields, signature=sign(issuer.key, fields.signed, like)).der


def _find_algorithm(issuer: _Original) -> x509.Certificate:
    """A certificate signed as *issuer* would sign: with the algorithm of its own, but no weak digest."""
    parsed = issuer.parsed
    digest = None if parsed.signature_algorithm_parameters is None else parsed.signature_hash_algorithm
    own = issuer_kind(parsed).partition("-")[0] == (find_kind(issuer.fields.key) or "").partition("-")[0]
    if own and (digest is None or digest.name not in _WEAK):
        return parsed
    digest = hashes.SHA256()
    builder = x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(x509.Name([]))
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    builder = builder.not_valid_before(moment).not_valid_after(moment).serial_number(1)
    try:
        return builder.public_key(issuer.key.public_key()).sign(issuer.key, digest)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise MirrorError("no certificate can be signed with such a key here") from error


def _key_identifier(issuer: _Original) -> bytes:
    """The issuer's subjectKeyIdentifier, or the one by RFC 5280, section 4.2.1.2."""
    try:
        for extension in issuer.fields.extensions:
            if extension.oid == SUBJECT_KEY_IDENTIFIER:
                return extension.value[2:]
    except ValueError as error:
        raise MirrorError(f"its extensions cannot be read: {error}") from error
    return hashlib.sha1(_spki(issuer.key), usedforsecurity=False).digest()


def _is_self_issued(der: bytes) -> bool:
    fields = parse_fields(der)
    return fields.issuer == fields.subject


def _spki(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _pem(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
