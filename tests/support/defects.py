"""A root and a server certificate under it with one defect each: what corporate CAs look like in the field.

Built from DER elements, since a library that makes certificates refuses to make half of these.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from proxyenv.certificates.der import encode_element as encode
from proxyenv.model.inspection import CertificatePath

HOST: Final = "origin.example.test"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Extensions = dict[str, tuple[bool, bytes]]

_ALGORITHMS: Final = {
    "sha256-rsa": "300d06092a864886f70d01010b0500",
    "sha1-rsa": "300d06092a864886f70d0101050500",
    "ecdsa-sha256": "300a06082a8648ce3d040302",
    "ed25519": "300506032b6570",
    # RSA-PSS, SHA-256, and a salt as long as the key allows: 222 octets
    "pss": "304206092a864886f70d01010a3035a00f300d06096086480165030402010500"
    "a11c301a06092a864886f70d010108300d06096086480165030402010500a2040202"
    "00de",
}

_BC, _KU, _SKI, _AKI, _SAN, _EKU, _NC = (
    "551d13",
    "551d0f",
    "551d0e",
    "551d23",
    "551d11",
    "551d25",
    "551d1e",
)


@dataclass(frozen=True)
class Recipe:
    """What one certificate is made from.

    Args:
        subject: its common name; empty for an empty name.
        key: a name for the key; equal names are equal keys.
        drop: extensions to leave out.
        put: extensions to add or replace, each critical or not, with its value.
        kind: of the key.
        algorithm: that its issuer signs with; `None` for the usual one of the issuer's key.
    """

    subject: str
    key: str
    serial: int = 0x1234567890
    not_before: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(days=2))
    not_after: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(days=300))
    drop: tuple[str, ...] = ()
    put: Extensions = field(default_factory=dict)
    kind: str = "rsa2048"
    algorithm: str | None = None
    version: int = 3
    no_extensions: bool = False


@dataclass(frozen=True)
class Case:
    """A path that a server shows, the key to show it with, and who trusts what."""

    path: CertificatePath
    key: bytes


@functools.cache
def make_key(kind: str, name: str) -> Key:
    match kind:
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case "p256":
            return ec.generate_private_key(ec.SECP256R1())
        case "p521":
            return ec.generate_private_key(ec.SECP521R1())
        case "secp256k1":
            return ec.generate_private_key(ec.SECP256K1())
        case "rsa8192":
            return _known_key()
        case _:
            return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


def _known_key() -> rsa.RSAPrivateKey:
    """A key of 8192 bits at once: its primes are those of RFC 3526, section 5, and RFC 7919, A.3."""
    bits = 3966
    pi = 4 * (4 * _arc_tangent(5, bits) - _arc_tangent(239, bits)) >> _GUARD
    frame = 2**4096 - 2**4032 - 1
    p, q = frame + 2**64 * (pi + 240904), frame + 2**64 * ((_euler(bits) >> _GUARD) + 5736041)
    d = pow(65537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    return rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), rsa.rsa_crt_iqmp(p, q), public
    ).private_key(unsafe_skip_rsa_key_validation=True)


_GUARD: Final = 64


def _arc_tangent(divisor: int, bits: int) -> int:
    """Of 1/divisor, by its power series."""
    term = (1 << bits + _GUARD) // divisor
    total, number, sign = term, 1, 1
    while term := term // divisor**2:
        number, sign = number + 2, -sign
        total += sign * (term // number)
    return total


def _euler(bits: int) -> int:
    term = total = 1 << bits + _GUARD
    number = 0
    while term := term // (number := number + 1):
        total += term
    return total


def _spki(key: Key) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _name(text: str) -> bytes:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lab"), x509.NameAttribute(NameOID.COMMON_NAME, text)]
        if text
        else []
    ).public_bytes()


def _time(moment: datetime) -> bytes:
    if moment.year < 2050:
        return encode(0x17, f"{moment:%y%m%d%H%M%SZ}".encode())
    return encode(0x18, f"{moment:%Y%m%d%H%M%SZ}".encode())


def _integer(value: int) -> bytes:
    return encode(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def _sign(key: Key, algorithm: str, data: bytes) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(hashes.SHA256()))
    if algorithm == "pss":
        return key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 222), hashes.SHA256())
    digest = hashes.SHA1() if algorithm == "sha1-rsa" else hashes.SHA256()  # noqa: S303 - the defect
    return key.sign(data, padding.PKCS1v15(), digest)


def _algorithm(key: Key, recipe: Recipe) -> str:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return "ecdsa-sha256"
    return recipe.algorithm or "sha256-rsa"


def _extension(oid: str, critical: bool, value: bytes) -> bytes:
    flag = encode(0x01, b"\xff") if critical else b""
    return encode(0x30, encode(0x06, bytes.fromhex(oid)) + flag + encode(0x04, value))


def make(recipe: Recipe, issuer: Recipe, *, is_ca: bool) -> bytes:
    """The DER of one certificate."""
    key, signer = make_key(recipe.kind, recipe.key), make_key(issuer.kind, issuer.key)
    algorithm = _algorithm(signer, recipe)
    extensions = _ca_extensions(key) if is_ca else _leaf_extensions(key, signer)
    extensions = {oid: each for oid, each in extensions.items() if oid not in recipe.drop} | recipe.put
    if recipe.no_extensions:
        extensions = {}
    tail = b"".join(_extension(oid, *each) for oid, each in extensions.items())
    tbs = encode(
        0x30,
        (encode(0xA0, _integer(recipe.version - 1)) if recipe.version > 1 else b"")
        + _integer(recipe.serial)
        + bytes.fromhex(_ALGORITHMS[algorithm])
        + _name(issuer.subject)
        + encode(0x30, _time(recipe.not_before) + _time(recipe.not_after))
        + _name(recipe.subject)
        + _spki(key)
        + (encode(0xA3, encode(0x30, tail)) if tail else b""),
    )
    signature = encode(0x03, b"\x00" + _sign(signer, algorithm, tbs))
    return encode(0x30, tbs + bytes.fromhex(_ALGORITHMS[algorithm]) + signature)


def _identifier(key: Key) -> bytes:
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest


def _ca_extensions(key: Key) -> Extensions:
    return {
        _BC: (True, x509.BasicConstraints(ca=True, path_length=None).public_bytes()),
        _KU: (True, _usage(cert_sign=True)),
        _SKI: (False, encode(0x04, _identifier(key))),
    }


def _leaf_extensions(key: Key, signer: Key) -> Extensions:
    return {
        _BC: (True, x509.BasicConstraints(ca=False, path_length=None).public_bytes()),
        _KU: (True, _usage(cert_sign=False)),
        _EKU: (False, _purposes(ExtendedKeyUsageOID.SERVER_AUTH)),
        _SAN: (False, x509.SubjectAlternativeName([x509.DNSName(HOST)]).public_bytes()),
        _SKI: (False, encode(0x04, _identifier(key))),
        _AKI: (False, _authority(_identifier(signer))),
    }


def _authority(identifier: bytes) -> bytes:
    return encode(0x30, encode(0x80, identifier))


def _authority_by_serial(root: Recipe) -> bytes:
    name = encode(0xA1, encode(0xA4, _name(root.subject)))
    return encode(0x30, name + encode(0x82, _integer(root.serial)[2:]))


def _purposes(*oids: x509.ObjectIdentifier) -> bytes:
    return x509.ExtendedKeyUsage(oids).public_bytes()


def _usage(*, cert_sign: bool) -> bytes:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not cert_sign,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=cert_sign,
        crl_sign=cert_sign,
        encipher_only=False,
        decipher_only=False,
    ).public_bytes()


def _constraints(name: str) -> tuple[bool, bytes]:
    return True, x509.NameConstraints([x509.DNSName(name)], None).public_bytes()


ROOT: Final = Recipe("Lab Root", "root")
INTERMEDIATE: Final = Recipe("Lab Intermediate", "intermediate", serial=0x77)
LEAF: Final = Recipe(HOST, "leaf", serial=0x99)


@dataclass(frozen=True)
class _Plan:
    """Which certificates a case has."""

    root: Recipe = ROOT
    leaf: Recipe = LEAF
    between: Recipe | None = None
    send_between: bool = True
    trust_between: bool = False
    trust_root: bool = True
    alone: bool = False  # the server's own certificate is what is trusted


def _root(**changes: object) -> _Plan:
    return _Plan(root=replace(ROOT, **changes))  # type: ignore[arg-type]  # a table of fields


def _leaf(**changes: object) -> _Plan:
    return _Plan(leaf=replace(LEAF, **changes))  # type: ignore[arg-type]  # a table of fields


_OLD = {"not_before": datetime(2020, 1, 1, tzinfo=UTC), "not_after": datetime(2023, 1, 1, tzinfo=UTC)}
_FUTURE = {"not_before": datetime(2040, 1, 1, tzinfo=UTC), "not_after": datetime(2050, 1, 1, tzinfo=UTC)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CA = x509.BasicConstraints(ca=True, path_length=None).public_bytes()
_CLIENT = (False, _purposes(ExtendedKeyUsageOID.CLIENT_AUTH))
_CERT_SIGN = (True, _usage(cert_sign=False))

DEFECTS: Final[dict[str, _Plan]] = {
    # what everybody accepts
    "good": _Plan(),
    "good_inter": _Plan(between=INTERMEDIATE),
    "ed25519_root": _root(kind="ed25519"),
    "eku_server_only": _root(put={_EKU: (False, _purposes(ExtendedKeyUsageOID.SERVER_AUTH))}),
    "ku_not_critical": _root(put={_KU: (False, _usage(cert_sign=True))}),
    "leaf_1970": _leaf(not_before=_EPOCH),
    "leaf_empty_subject": _leaf(
        subject="", put={_SAN: (True, x509.SubjectAlternativeName([x509.DNSName(HOST)]).public_bytes())}
    ),
    "leaf_long_10y": _leaf(not_after=datetime.now(UTC) + timedelta(days=3650)),
    "leaf_no_bc": _leaf(drop=(_BC,)),
    "leaf_no_eku": _leaf(drop=(_EKU,)),
    "leaf_no_ku": _leaf(drop=(_KU,)),
    "leaf_no_ski": _leaf(drop=(_SKI,)),
    "leaf_serial_zero": _leaf(serial=0),
    "p256_root": _root(kind="p256"),
    "p521_root": _root(kind="p521"),
    "root_1970_2099": _root(not_before=_EPOCH, not_after=datetime(2099, 1, 1, tzinfo=UTC)),
    "root_with_aki": _root(put={_AKI: (False, b"")}),
    "rsa4096_root": _root(kind="rsa4096"),
    "rsa8192_root": _root(kind="rsa8192"),
    "serial_21_octets": _root(serial=1 << 162),
    "serial_zero": _root(serial=0),
    "sha1_root": _root(algorithm="sha1-rsa"),
    "utf8_subject": _root(subject="Lab Wurzel \u00e4\u00f6\u00fc \u6f22"),
    # what somebody refuses
    "anchor_is_intermediate": _Plan(
        between=INTERMEDIATE, send_between=False, trust_between=True, trust_root=False
    ),
    "anchor_is_intermediate_no_aki": _Plan(
        between=replace(INTERMEDIATE, drop=(_AKI,)), send_between=False, trust_between=True, trust_root=False
    ),
    "bare_v3_no_ext": _root(no_extensions=True),
    "bc_ca_false": _root(put={_BC: (True, x509.BasicConstraints(ca=False, path_length=None).public_bytes())}),
    "bc_missing": _root(drop=(_BC,)),
    "bc_not_critical": _root(put={_BC: (False, _CA)}),
    "bc_pathlen0_with_inter": _Plan(
        root=replace(ROOT, put={_BC: (True, x509.BasicConstraints(ca=True, path_length=0).public_bytes())}),
        between=INTERMEDIATE,
    ),
    "eku_client_only": _root(put={_EKU: _CLIENT}),
    "empty_issuer": _root(subject=""),
    "expired_leaf": _leaf(**_OLD),
    "expired_root": _root(**_OLD),
    "ku_missing": _root(drop=(_KU,)),
    "ku_no_certsign": _root(put={_KU: _CERT_SIGN}),
    "leaf_cn_only": _leaf(drop=(_SAN,)),
    "leaf_eku_client": _leaf(put={_EKU: _CLIENT}),
    "leaf_empty_subject_san_noncrit": _leaf(subject=""),
    "leaf_cert_sign": _leaf(put={_KU: (True, _usage(cert_sign=True))}),
    "leaf_no_aki": _leaf(drop=(_AKI,)),
    "leaf_serial_negative": _leaf(serial=-5),
    "missing_inter": _Plan(between=INTERMEDIATE, send_between=False),
    "missing_inter_bundle_has_it": _Plan(between=INTERMEDIATE, send_between=False, trust_between=True),
    "name_constraints_bad": _root(put={_NC: _constraints("elsewhere.test")}),
    "name_constraints_exclude_all": _root(
        put={_NC: (True, x509.NameConstraints(None, [x509.DNSName("")]).public_bytes())}
    ),
    "name_constraints_ok": _root(put={_NC: _constraints("example.test")}),
    "notyet_root": _root(**_FUTURE),
    "root_aki_of_another": _root(put={_AKI: (False, _authority(b"another key"))}),
    "root_no_ski": _root(drop=(_SKI,)),
    "root_no_ski_leaf_aki_issuer_serial": _Plan(
        root=replace(ROOT, drop=(_SKI,)), leaf=replace(LEAF, put={_AKI: (False, _authority_by_serial(ROOT))})
    ),
    "root_no_ski_leaf_no_aki": _Plan(root=replace(ROOT, drop=(_SKI,)), leaf=replace(LEAF, drop=(_AKI,))),
    "rsa1024_leaf": _leaf(kind="rsa1024"),
    "rsa1024_root": _root(kind="rsa1024"),
    "rsapss_root": _Plan(root=replace(ROOT, algorithm="pss"), leaf=replace(LEAF, algorithm="pss")),
    "secp256k1_root": _root(kind="secp256k1"),
    "selfsigned_leaf": _Plan(alone=True),
    "selfsigned_leaf_ca_true": _Plan(
        alone=True, leaf=replace(LEAF, put={_BC: (True, _CA), _KU: (True, _usage(cert_sign=True))})
    ),
    "serial_negative": _root(serial=-5),
    "sha1_inter": _Plan(between=replace(INTERMEDIATE, algorithm="sha1-rsa")),
    "sha1_leaf": _leaf(algorithm="sha1-rsa"),
    "unknown_critical_ext": _root(put={"2a030405": (True, b"\x05\x00")}),
    "v1_root": _root(version=1, no_extensions=True),
}
"""Name → what is wrong, with everything else as a strict verifier wants it."""


@functools.cache
def make_case(name: str) -> Case:
    """The certificates of one defect."""
    plan = DEFECTS[name]
    if plan.alone:
        leaf = make(plan.leaf, plan.leaf, is_ca=False)
        return Case(CertificatePath((leaf,), (leaf,), HOST), _pem(plan.leaf))
    root = plan.root
    if name == "root_with_aki":
        identifier = _identifier(make_key(root.kind, root.key))
        root = replace(root, put={_AKI: (False, _authority(identifier))})
    issuer, sent, anchors = root, [], [make(root, root, is_ca=True)] if plan.trust_root else []
    if plan.between:
        put = {_AKI: (False, _authority(_identifier(make_key(root.kind, root.key))))}
        put = {oid: each for oid, each in put.items() if oid not in plan.between.drop}
        between = make(replace(plan.between, put=put), root, is_ca=True)
        issuer = plan.between
        sent += [between] if plan.send_between else []
        anchors += [between] if plan.trust_between else []
    leaf = make(plan.leaf, issuer, is_ca=False)
    return Case(CertificatePath((leaf, *sent), tuple(anchors), HOST), _pem(plan.leaf))


def _pem(recipe: Recipe) -> bytes:
    key = make_key(recipe.kind, recipe.key)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
