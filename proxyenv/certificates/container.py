"""Containers of certificates: PKCS#7 and PKCS#12, which are opened, and Java's own, which is refused."""

from __future__ import annotations

import shlex
import warnings
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7, pkcs12

from proxyenv.certificates.der import find_foreign_kind, parse_element
from proxyenv.certificates.pem import Block, escape_label, malformed
from proxyenv.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography import x509

_KEY_STORES: Final = {b"\xfe\xed\xfe\xed": "JKS", b"\xce\xce\xce\xce": "JCEKS"}
"""The first octets of what ``keytool`` wrote before Java 9. No maintained library reads it."""

_NO_PASSWORDS: Final = (None, b"")
"""A file without a password has no password or an empty one; PKCS#12 distinguishes the two."""

_CONTAINERS: Final = {"PKCS7": "PKCS#7", "PKCS12": "PKCS#12"}

_UNREADABLE: Final = (ValueError, TypeError, UnsupportedAlgorithm)


class OpenedBlock(NamedTuple):
    """The certificates of a block.

    Args:
        blocks: one for each certificate.
        has_key: whether there is also a private key. The key is not kept.
    """

    blocks: tuple[Block, ...]
    has_key: bool = False


def refuse_key_store(data: bytes, *, source: str) -> None:
    """Refuse a key store in Java's own format, and say how to export its certificates.

    Raises:
        TrustError: ``unexpected-block``.
    """
    kind = _KEY_STORES.get(data[:4])
    if kind is not None:
        command = f"keytool -list -rfc -keystore {shlex.quote(source)} > ca.pem"
        raise TrustError(
            "unexpected-block",
            f"`{source}` is a Java key store (`{kind}`), which only Java reads",
            hint=f"export its certificates as PEM: `{command}`",
        )


def open_block(block: Block, *, source: str, password: str | None) -> OpenedBlock:
    """The certificates of a block: the block itself, or what is in it if it is a container.

    Args:
        block: a PEM block, or a file in DER.
        source: the file that it comes from, for messages.
        password: of a PKCS#12 file; ``None`` if there is none.

    Raises:
        TrustError: ``ca-password``: the password is missing or wrong. ``malformed-certificate``:
            the container is damaged.
    """
    kind = find_foreign_kind(block.der)
    if kind in _CONTAINERS and parse_element(block.der).rest.strip():
        raise malformed(block.place, f"it has data after the {_CONTAINERS[kind]} structure")
    if kind == "PKCS7":
        return OpenedBlock(tuple(_open_pkcs7(block)))
    if kind == "PKCS12" and block.place == f"`{source}`":
        return _open_pkcs12(block, password)
    return OpenedBlock((block,))


def _open_pkcs7(block: Block) -> Iterator[Block]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Windows writes BER here, which the standard allows
        try:
            found = pkcs7.load_der_pkcs7_certificates(block.der)
        except _UNREADABLE as error:
            raise malformed(block.place, f"it is a damaged PKCS#7 ({_reason(error)})") from error
        yield from _numbered(found, block)


def _open_pkcs12(block: Block, password: str | None) -> OpenedBlock:
    passwords = _NO_PASSWORDS if password is None else (password.encode("utf-8"), *_NO_PASSWORDS)
    for attempt in passwords:
        try:
            found = pkcs12.load_pkcs12(block.der, attempt)
        except _UNREADABLE as error:
            reason = _reason(error)
            continue
        held = [each.certificate for each in (found.cert, *found.additional_certs) if each is not None]
        return OpenedBlock(tuple(_numbered(held, block)), found.key is not None)
    if "password" not in reason.lower():
        raise malformed(block.place, f"it is a damaged PKCS#12 ({reason})")
    raise TrustError(
        "ca-password",
        f"{block.place} is encrypted: "
        + ("it needs a password" if password is None else "the password is wrong"),
        hint="give the password with `--ca-password-env NAME` or `--ca-password-file FILE`",
    )


def _numbered(certificates: list[x509.Certificate], block: Block) -> Iterator[Block]:
    for number, certificate in enumerate(certificates, start=1):
        place = f"certificate {number} of {block.place}"
        try:
            yield Block(place, certificate.public_bytes(Encoding.DER))
        except _UNREADABLE as error:
            raise malformed(place, _reason(error)) from error


def _reason(error: Exception) -> str:
    return escape_label(str(error)) or type(error).__name__
