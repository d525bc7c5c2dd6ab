"""Certificate lint rules."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from proxyenv.certificates import tbs
from proxyenv.certificates.der import parse_element
from proxyenv.certificates.issuers import MOST_KNOWN
from proxyenv.certificates.parser import UNREADABLE, quiet
from proxyenv.certificates.pem import escape_label
from proxyenv.certificates.signature import load_key
from proxyenv.codes import require_code
from proxyenv.model.inspection import Lint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes


E = TypeVar("E", bound=x509.ExtensionType)

SOON: Final = timedelta(days=30)

_SECURITY_BITS: Final = 112
"""OpenSSL's security level 2, the default of Debian, Fedora and Python (SSL_CTX_set_security_level(3))."""

_UNUSUAL_CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})
_BROKEN: Final = frozenset({"md2", "md4", "md5"})
_OLD_DIGESTS: Final = {
    f"1.2.840.113549.1.1.{arc}": name for arc, name in ((2, "md2"), (3, "md4"), (4, "md5"))
}
_WITHOUT_DIGEST: Final = frozenset({"1.3.101.112", "1.3.101.113"})
_LONGEST: Final = timedelta(days=825)
_BREAKABLE: Final = 1024
_KNOWN_EXTENSIONS: Final = frozenset(
    {
        tbs.KEY_USAGE,
        tbs.SUBJECT_ALT_NAME,
        tbs.BASIC_CONSTRAINTS,
        tbs.NAME_CONSTRAINTS,
        tbs.POLICIES,
        tbs.POLICY_MAPPINGS,
        tbs.POLICY_CONSTRAINTS,
        tbs.EXTENDED_KEY_USAGE,
        tbs.INHIBIT_ANY_POLICY,
    }
)
_EMPTY_NAME: Final = b"\x30\x00"
_OCTETS_OF_A_SERIAL: Final = 20
_TRUE: Final = b"\x01\x01\xff"
_CERT_SIGN: Final = 0x04  # bit 5 of the BIT STRING, counted from the left


@dataclass(frozen=True, slots=True)
class CertificateUse:
    """What a certificate is used for.

    Args:
        signs: whether it signs others; otherwise a server sends it as its own.
        anchored: whether it is itself a trust anchor.
    """

    signs: bool
    anchored: bool


def make_lint(code: str, detail: str = "") -> Lint:
    """A lint with the meaning of its code, and what was seen.

    Raises:
        KeyError: *code* is not registered; that is a bug.
    """
    declared = require_code("lints", code)
    message = f"{declared.meaning}: {detail}" if detail else declared.meaning
    return Lint(code, declared.severity or "error", message)


@functools.lru_cache(maxsize=MOST_KNOWN)
def lint_certificate(der: bytes, use: CertificateUse, *, now: datetime) -> tuple[Lint, ...]:
    """The lints of one certificate by itself.

    Args:
        der: a certificate that can be parsed.
        use: what it is used for.
        now: aware.
    """
    with quiet():
        try:
            fields, parsed = tbs.parse_fields(der), x509.load_der_x509_certificate(der)
            return tuple(_lints(fields, parsed, use, now))
        except UNREADABLE as error:
            return (make_lint("cert-malformed", escape_label(str(error)) or type(error).__name__),)


@functools.lru_cache(maxsize=MOST_KNOWN)
def is_self_issued(der: bytes) -> bool:
    """Whether subject and issuer are the same name, as in every root."""
    fields = tbs.parse_fields(der)
    return fields.issuer == fields.subject


def names_itself(der: bytes) -> bool:
    """Whether the key identifiers of a certificate name one key; true if one is missing or unreadable."""
    try:
        return _names_itself({each.oid: each for each in tbs.parse_fields(der).extensions})
    except ValueError:
        return True


def signs_others(der: bytes) -> bool:
    """Whether a certificate is meant to sign others, whatever its extensions allow.

    Some roots lack the extension that says so, or even deny it. They differ from a server's certificate in
    that they have no other issuer and no subjectAltName.
    """
    try:
        fields = tbs.parse_fields(der)
        values = {each.oid: each.value for each in fields.extensions}
    except ValueError:
        return True
    if values.get(tbs.BASIC_CONSTRAINTS, b"")[2:5] == _TRUE:
        return True
    if fields.issuer == fields.subject and tbs.SUBJECT_ALT_NAME not in values:
        return True
    return bool(int.from_bytes(values.get(tbs.KEY_USAGE, b"")[3:4], "big") & _CERT_SIGN)


def _lints(
    fields: tbs.CertificateFields, parsed: x509.Certificate, use: CertificateUse, now: datetime
) -> Iterator[Lint]:
    yield Lint("role", "info", _role(fields, use))
    yield from _dates(parsed, now)
    yield from _serial(fields)
    yield from _key(load_key(fields.key))
    yield from _signature(parsed, use, self_issued=fields.issuer == fields.subject)
    if fields.issuer == _EMPTY_NAME:
        yield make_lint("issuer-empty")
    if not fields.version:
        yield make_lint("version-1")
        return
    extensions = {each.oid: each for each in fields.extensions}
    yield from _critical(extensions)
    yield from _authority(parsed, extensions) if use.signs else _server(fields, parsed, extensions)
    if fields.issuer != fields.subject:
        if not _names_issuer(extensions):
            yield make_lint("aki-missing")
    elif not _names_itself(extensions):
        yield make_lint("aki-wrong")


def _role(fields: tbs.CertificateFields, use: CertificateUse) -> str:
    if not use.signs:
        return "a server's certificate"
    return "a root" if fields.issuer == fields.subject else "an intermediate CA"


def _dates(parsed: x509.Certificate, now: datetime) -> Iterator[Lint]:
    if now > parsed.not_valid_after_utc:
        yield make_lint("cert-expired", f"on {_date(parsed.not_valid_after_utc)}")
    elif now + SOON > parsed.not_valid_after_utc:
        yield make_lint("cert-expires-soon", f"on {_date(parsed.not_valid_after_utc)}")
    if now < parsed.not_valid_before_utc:
        yield make_lint("cert-not-yet-valid", f"before {_date(parsed.not_valid_before_utc)}")


def _date(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def _serial(fields: tbs.CertificateFields) -> Iterator[Lint]:
    number = fields.number
    if number < 0:
        yield make_lint("serial-negative", str(number))
    elif number == 0:
        yield make_lint("serial-zero")
    elif number.bit_length() > 8 * _OCTETS_OF_A_SERIAL - 1:
        yield make_lint("serial-long")


def _key(key: PublicKeyTypes | None) -> Iterator[Lint]:
    """Key strength by NIST SP 800-57, part 1, table 2, as OpenSSL computes it."""
    match key:
        case rsa.RSAPublicKey() if key.key_size < _BREAKABLE:
            yield make_lint("key-broken", f"RSA of {key.key_size} bits")
        case rsa.RSAPublicKey() if key.key_size < 2048:  # noqa: PLR2004 - 112 bits
            yield make_lint(
                "key-weak", f"RSA of {key.key_size} bits; {_SECURITY_BITS}-bit security requires 2048"
            )
        case ec.EllipticCurvePublicKey() if key.curve.key_size < 2 * _SECURITY_BITS:
            yield make_lint("key-weak", f"the curve {key.curve.name}")
        case ec.EllipticCurvePublicKey() if key.curve.name not in _UNUSUAL_CURVES:
            yield make_lint("key-unusual", f"the curve {key.curve.name}")
        case ed448.Ed448PublicKey():
            yield make_lint("key-unusual", "Ed448")
        case dsa.DSAPublicKey():
            yield make_lint("key-unusual", "DSA")
        case None:
            yield make_lint("key-unusual")
        case rsa.RSAPublicKey() | ec.EllipticCurvePublicKey() | ed25519.Ed25519PublicKey():
            return
        case _:
            yield make_lint("key-unusual", type(key).__name__)


def _signature(parsed: x509.Certificate, use: CertificateUse, *, self_issued: bool) -> Iterator[Lint]:
    try:
        scheme, digest = parsed.signature_algorithm_parameters, parsed.signature_hash_algorithm
    except UnsupportedAlgorithm:
        scheme, digest = None, None
    oid = parsed.signature_algorithm_oid.dotted_string
    name = digest.name if digest is not None else _OLD_DIGESTS.get(oid, "")
    if name in _BROKEN | {"sha1"}:
        grave = "signature-broken" if name in _BROKEN else "signature-weak"
        yield make_lint("signature-weak-root" if self_issued or use.anchored else grave, name)
    elif digest is None and oid not in _WITHOUT_DIGEST:
        yield make_lint("signature-unusual", oid)
    if isinstance(scheme, padding.PSS) and digest is not None and scheme._salt_length != digest.digest_size:  # noqa: SLF001 - there is no public name
        yield make_lint("signature-unusual", f"RSA-PSS with a salt of {scheme._salt_length} octets")  # noqa: SLF001 - there is no public name


def _critical(extensions: dict[str, tbs.Extension]) -> Iterator[Lint]:
    for oid, extension in extensions.items():
        if extension.critical and oid not in _KNOWN_EXTENSIONS:
            yield make_lint("unknown-critical", oid)


def _authority(parsed: x509.Certificate, extensions: dict[str, tbs.Extension]) -> Iterator[Lint]:
    constraints = _find(parsed, x509.BasicConstraints)
    if constraints is None:
        if tbs.KEY_USAGE in extensions:
            yield make_lint("bc-missing")
    elif not constraints.ca:
        yield make_lint("bc-false")
    else:
        if not extensions[tbs.BASIC_CONSTRAINTS].critical:
            yield make_lint("bc-not-critical")
        if constraints.path_length is not None:
            yield make_lint("path-length", str(constraints.path_length))
    usage = _find(parsed, x509.KeyUsage)
    if usage is None:
        yield make_lint("ku-missing" if constraints is not None else "ca-unmarked")
    elif not usage.key_cert_sign:
        yield make_lint("ku-no-cert-sign")
    if tbs.SUBJECT_KEY_IDENTIFIER not in extensions:
        yield make_lint("ski-missing")
    yield from _purposes(parsed)
    if tbs.NAME_CONSTRAINTS in extensions:
        yield make_lint("name-constraints")


def _server(
    fields: tbs.CertificateFields, parsed: x509.Certificate, extensions: dict[str, tbs.Extension]
) -> Iterator[Lint]:
    yield from _purposes(parsed)
    if tbs.SUBJECT_ALT_NAME not in extensions:
        yield make_lint("san-missing")
    elif fields.subject == _EMPTY_NAME and not extensions[tbs.SUBJECT_ALT_NAME].critical:
        yield make_lint("san-not-critical")
    constraints = _find(parsed, x509.BasicConstraints)
    usage = _find(parsed, x509.KeyUsage)
    if constraints is not None and constraints.ca:
        yield make_lint("server-is-ca")
    elif usage is not None and usage.key_cert_sign:
        yield make_lint("ku-sign-not-ca")
    if parsed.not_valid_after_utc - parsed.not_valid_before_utc > _LONGEST:
        yield make_lint("validity-long")


def _purposes(parsed: x509.Certificate) -> Iterator[Lint]:
    usage = _find(parsed, x509.ExtendedKeyUsage)
    if usage is not None and not {_SERVER, _ANY} & {each.dotted_string for each in usage}:
        yield make_lint("eku-no-server")


_SERVER: Final = ExtendedKeyUsageOID.SERVER_AUTH.dotted_string
_ANY: Final = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE.dotted_string
_KEY_IDENTIFIER: Final = 0x80


def _names_issuer(extensions: dict[str, tbs.Extension]) -> bool:
    """Whether the authorityKeyIdentifier has a keyIdentifier, as RFC 5280, section 4.2.1.1, requires."""
    extension = extensions.get(tbs.AUTHORITY_KEY_IDENTIFIER)
    return extension is not None and extension.value[2:3] == bytes((_KEY_IDENTIFIER,))


def _names_itself(extensions: dict[str, tbs.Extension]) -> bool:
    """Whether both key identifiers agree; true if one of them is missing."""
    own, named = (extensions.get(oid) for oid in (tbs.SUBJECT_KEY_IDENTIFIER, tbs.AUTHORITY_KEY_IDENTIFIER))
    if own is None or named is None or not _names_issuer(extensions):
        return True
    identifier = parse_element(parse_element(named.value).content).content
    return parse_element(own.value).content == identifier


def _find(parsed: x509.Certificate, kind: type[E]) -> E | None:
    return next((each.value for each in parsed.extensions if isinstance(each.value, kind)), None)
