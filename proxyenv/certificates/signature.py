"""The public keys of certificates, and whether one of them made a signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes


def load_key(spki: bytes) -> PublicKeyTypes | None:
    """The key in a SubjectPublicKeyInfo, or ``None`` if cryptography does not know its type."""
    try:
        return load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm):
        return None


def verifies(key: PublicKeyTypes | None, certificate: x509.Certificate) -> bool | None:
    """Whether *key* signed *certificate*; ``None`` if that cannot be determined."""
    data, signature = certificate.tbs_certificate_bytes, certificate.signature
    try:
        match key:
            case rsa.RSAPublicKey():
                scheme = certificate.signature_algorithm_parameters
                if not isinstance(scheme, padding.PKCS1v15 | padding.PSS):
                    return None if scheme is None else False
                key.verify(signature, data, scheme, digest_of(certificate))
            case ec.EllipticCurvePublicKey():
                key.verify(signature, data, ec.ECDSA(digest_of(certificate)))
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
                key.verify(signature, data)
            case dsa.DSAPublicKey():
                key.verify(signature, data, digest_of(certificate))
            case _:
                return None
    except InvalidSignature:
        return False
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return True


def digest_of(certificate: x509.Certificate) -> hashes.HashAlgorithm:
    """The digest algorithm of a certificate's signature.

    Raises:
        ValueError: the algorithm has no digest.
        UnsupportedAlgorithm: cryptography does not know it.
    """
    algorithm = certificate.signature_hash_algorithm
    if algorithm is None:
        raise ValueError("it is signed without a digest")
    return algorithm
