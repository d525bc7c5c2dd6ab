"""Temporary keys of a given type, and signatures with a given algorithm.

They sign certificates for a few handshakes in memory or on loopback. Nothing trusts them.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa

from proxyenv.certificates.signature import digest_of, load_key

if TYPE_CHECKING:
    from cryptography import x509

PrivateKey = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | dsa.DSAPrivateKey
)

_MOST_BITS: Final = 4096
"""The largest mirrored RSA key. Clients treat 4096 and 8192 bits alike, and a larger key takes seconds."""


class MirrorError(Exception):
    """No mirror can be made. ``str()`` is the reason, as a clause."""


def find_kind(spki: bytes) -> str | None:
    """A name for the type of a key: ``rsa-2048-65537``, ``ec-secp256r1``, ``ed25519``."""
    key = load_key(spki)
    match key:
        case rsa.RSAPublicKey():
            return f"rsa-{key.key_size}-{key.public_numbers().e}"
        case ec.EllipticCurvePublicKey():
            return f"ec-{key.curve.name}"
        case ed25519.Ed25519PublicKey():
            return "ed25519"
        case ed448.Ed448PublicKey():
            return "ed448"
        case dsa.DSAPublicKey():
            return f"dsa-{key.key_size}"
        case _:
            return None


@functools.cache
def make_key(kind: str, number: int) -> PrivateKey:  # noqa: ARG001 - part of the key of the cache
    """A key, made once per process: one with 4096 bits takes a second.

    Args:
        kind: as :func:`find_kind` names it.
        number: tells keys of one type apart.

    Raises:
        MirrorError: such a key cannot be generated here.
    """
    family, _, rest = kind.partition("-")
    try:
        match family:
            case "rsa":
                size, exponent = map(int, rest.split("-"))
                return rsa.generate_private_key(3 if exponent == 3 else 65537, min(size, _MOST_BITS))  # noqa: PLR2004
            case "ec":
                return ec.generate_private_key(_CURVES[rest]())
            case "ed25519":
                return ed25519.Ed25519PrivateKey.generate()
            case "ed448":
                return ed448.Ed448PrivateKey.generate()
            case _:
                return dsa.generate_private_key(int(rest))
    except (ValueError, KeyError, UnsupportedAlgorithm) as error:
        raise MirrorError(f"a key of type `{kind}` cannot be generated here") from error


_CURVES: Final = {
    curve.name: curve
    for curve in (
        ec.SECP192R1,
        ec.SECP224R1,
        ec.SECP256R1,
        ec.SECP384R1,
        ec.SECP521R1,
        ec.SECP256K1,
        ec.BrainpoolP256R1,
        ec.BrainpoolP384R1,
        ec.BrainpoolP512R1,
    )
}


def issuer_kind(certificate: x509.Certificate) -> str:
    """The type of key that may have signed a certificate whose issuer is unknown."""
    oid = certificate.signature_algorithm_oid.dotted_string
    if oid.startswith("1.2.840.10045."):
        return "ec-secp256r1"
    return {"1.3.101.112": "ed25519", "1.3.101.113": "ed448"}.get(oid, "rsa-2048-65537")


def sign(key: PrivateKey, data: bytes, like: x509.Certificate) -> bytes:
    """Sign *data* with the signature algorithm of *like*.

    Raises:
        MirrorError: the algorithm does not match the type of *key*, or is not available.
    """
    try:
        match key:
            case ed25519.Ed25519PrivateKey() | ed448.Ed448PrivateKey():
                return key.sign(data)
            case rsa.RSAPrivateKey():
                scheme = like.signature_algorithm_parameters
                if isinstance(scheme, padding.PKCS1v15 | padding.PSS):
                    return key.sign(data, scheme, digest_of(like))
            case ec.EllipticCurvePrivateKey():
                return key.sign(data, ec.ECDSA(digest_of(like)))
            case dsa.DSAPrivateKey():
                return key.sign(data, digest_of(like))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        oid = like.signature_algorithm_oid.dotted_string
        raise MirrorError(f"a signature with the algorithm {oid} cannot be made here") from error
    raise MirrorError("its signature algorithm does not match the key of its issuer")
