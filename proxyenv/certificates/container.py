"""Containers of certificates: PKCS#7, PKCS#12 and Apple's profiles are opened, and Java's own are refused."""

from __future__ import annotations

import shlex
from itertools import takewhile
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.certificates.der import (
    CONTEXT_0,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    find_foreign_kind,
    parse_element,
    split_elements,
)
from proxyenv.certificates.pem import Block, Blocks, escape_label, malformed, read_blocks, unexpected
from proxyenv.errors import TrustError
from proxyenv.model.certificate import LeftOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cryptography import x509

_KEY_STORES: Final = {b"\xfe\xed\xfe\xed": "JKS", b"\xce\xce\xce\xce": "JCEKS"}
"""The first octets of what ``keytool`` wrote before Java 9. No maintained library reads it."""

_NO_PASSWORDS: Final = (None, b"")
"""A file without a password has no password or an empty one; PKCS#12 distinguishes the two."""

_CONTAINERS: Final = {"PKCS7": "PKCS#7", "PKCS12": "PKCS#12"}

_LARGEST: Final = 4 * 1024 * 1024
"""Of a container, in bytes. All public roots that there are make 200 kB."""

_LEGACY: Final = tuple(bytes.fromhex("060a2a864886f70d010c01") + bytes((last,)) for last in (1, 2, 5, 6))
"""RC4 and RC2 by a password (RFC 7292, appendix C), which OpenSSL 3 has in its legacy provider alone."""

_CONSTRUCTED: Final = 0x20

_PROFILE: Final = b"<plist"
_PAYLOADS: Final = "com.apple.security."


class Opening(NamedTuple):
    """What came of opening a PKCS#12.

    Args:
        certificates: each as DER, or in words why it cannot be written as that.
        has_key: whether there is a private key too.
        reason: what the library says where no password opens it; else empty.
        refusal: as a clause, why it was not opened to the end; else empty.
    """

    certificates: tuple[bytes | str, ...] = ()
    has_key: bool = False
    reason: str = ""
    refusal: str = ""


if TYPE_CHECKING:
    OpenPkcs12 = Callable[[bytes, tuple[bytes | None, ...]], Opening]
    """Opens a PKCS#12 by the first of the passwords that fits; nothing here starts a process."""


class OpenedBlock(NamedTuple):
    """The certificates of a block.

    Args:
        blocks: one for each certificate.
        export: where there is a private key too, which is not kept: the command that exports the certificates
            alone; else empty.
        left_out: what cannot be read.
    """

    blocks: tuple[Block, ...] = ()
    export: str = ""
    left_out: tuple[LeftOut, ...] = ()


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


def open_profile(data: bytes, *, source: str) -> Blocks | None:
    """The certificates of a configuration profile of Apple's (``.mobileconfig``), signed or not.

    Args:
        data: a whole file.
        source: where it comes from, for messages.

    Returns:
        ``None`` if it is no profile.

    Raises:
        PrivateKeyError: there is a private key in it.
    """
    text = _find_signed(data) or data
    start = text.find(_PROFILE)
    if start < 0 or b"PayloadContent" not in text:
        return None
    blocks: list[Block] = []
    left_out: list[LeftOut] = []
    for number, payload in enumerate(_read_payloads(text), start=1):
        read = read_blocks(payload, source=source)
        place = f"payload {number} of `{source}`"
        blocks += [
            each._replace(place=place) if each.place == f"`{source}`" else each for each in read.blocks
        ]
        left_out += read.left_out
    return Blocks(tuple(blocks), tuple(left_out))


def open_block(
    block: Block, *, source: str, password: str | None, open_pkcs12: OpenPkcs12 | None = None
) -> OpenedBlock:
    """The certificates of a block: the block itself, or what is in it if it is a container.

    Args:
        block: a PEM block, or a file in DER.
        source: the file that it comes from, for messages.
        password: of a PKCS#12 file; ``None`` if there is none.
        open_pkcs12: opens such a file; without it one is left out.

    Raises:
        TrustError: ``ca-password``: the password is missing or wrong.
    """
    kind = find_foreign_kind(block.der)
    if kind in _CONTAINERS and parse_element(block.der).rest.strip():
        return _damaged(block, f"it has data after the {_CONTAINERS[kind]} structure")
    if kind == "PKCS7":
        return _open_pkcs7(block)
    if kind == "PKCS12" and block.place == f"`{source}`":
        if open_pkcs12 is None:
            return OpenedBlock(left_out=(unexpected(block.place, kind, source=source),))
        return _open_pkcs12(block, password, open_pkcs12, source=source)
    return OpenedBlock((block,))


def _open_pkcs7(block: Block) -> OpenedBlock:
    from cryptography.hazmat.primitives.serialization import pkcs7

    from proxyenv.certificates.parser import UNREADABLE, quiet

    with quiet():  # Windows writes BER here, which the standard allows
        try:
            found = pkcs7.load_der_pkcs7_certificates(block.der)
        except UNREADABLE as error:
            return _damaged(block, f"it is a damaged PKCS#7 ({_reason(error)})")
        return _numbered(tuple(map(_write_der, found)), block)


def _open_pkcs12(block: Block, password: str | None, open_pkcs12: OpenPkcs12, *, source: str) -> OpenedBlock:
    if not _may_be_pkcs12(block.der):
        return _damaged(block, "it is a damaged PKCS#12")
    if len(block.der) > _LARGEST:
        return _refused(block, f"a PKCS#12 of more than {_LARGEST // 1024**2} MiB is not read")
    given, problem = _encode(password)
    found = open_pkcs12(block.der, _NO_PASSWORDS if given is None else (given, *_NO_PASSWORDS))
    if found.refusal:
        return _refused(block, escape_label(found.refusal))
    if not found.reason:
        export = _name_export(block.der, source) if found.has_key else ""
        return _numbered(found.certificates, block)._replace(export=export)
    if "password" not in found.reason.lower():
        return _damaged(block, f"it is a damaged PKCS#12 ({escape_label(found.reason)})")
    raise TrustError(
        "ca-password",
        f"{block.place} is encrypted: {problem}",
        hint="give the password with `--ca-password-env NAME` or `--ca-password-file FILE`",
    )


def _may_be_pkcs12(der: bytes) -> bool:
    """Whether behind the version there is a content with its kind (RFC 7292, section 4)."""
    try:
        content = parse_element(parse_element(parse_element(der).content).rest)
        return content.tag == SEQUENCE and parse_element(content.content).tag == OBJECT_IDENTIFIER
    except ValueError:
        return False


def _encode(password: str | None) -> tuple[bytes | None, str]:
    """A password as cryptography takes it, which panics at a NUL; and what is wrong where it does not fit."""
    if password is None:
        return None, "it needs a password"
    if "\0" in password:  # it ends with one in the file (RFC 7292, appendix B.1)
        return None, "the password has a NUL character, as no such password has"
    try:
        return password.encode("utf-8"), "the password is wrong"
    except UnicodeEncodeError:
        return None, "the password is not UTF-8"


def _name_export(der: bytes, source: str) -> str:
    """The command that exports the certificates of a PKCS#12 without its key; it asks for the password."""
    legacy = "-legacy " if any(cipher in der for cipher in _LEGACY) else ""
    return f"openssl pkcs12 {legacy}-in {shlex.quote(source)} -nokeys -out ca.pem"


def _find_signed(data: bytes) -> bytes | None:
    """What a signed message says (RFC 5652, section 5), its signature unread; ``None`` for anything else."""
    if len(data) > _LARGEST or find_foreign_kind(data) != "PKCS7":
        return None
    try:
        content_type = parse_element(parse_element(data).content)
        message = parse_element(parse_element(content_type.rest).content)
        version = parse_element(message.content)
        inner = parse_element(parse_element(version.rest).rest)
        wrapped = parse_element(parse_element(inner.content).rest)
        octets = parse_element(wrapped.content)
    except ValueError:
        return None
    if wrapped.tag != CONTEXT_0 or octets.tag & ~_CONSTRUCTED != OCTET_STRING:
        return None
    if octets.tag == OCTET_STRING:
        return octets.content
    chunks = takewhile(lambda chunk: chunk.tag == OCTET_STRING, split_elements(octets.content))
    return b"".join(chunk.content for chunk in chunks)


def _read_payloads(text: bytes) -> Iterator[bytes]:
    import plistlib
    from xml.parsers.expat import ExpatError

    try:
        profile = plistlib.loads(text, fmt=plistlib.FMT_XML)
    except (plistlib.InvalidFileException, ExpatError, ValueError, TypeError, AttributeError, LookupError):
        return
    payloads = profile.get("PayloadContent") if isinstance(profile, dict) else None
    for payload in payloads if isinstance(payloads, list) else ():
        if isinstance(payload, dict):
            kind, content = payload.get("PayloadType"), payload.get("PayloadContent")
            if isinstance(kind, str) and kind.startswith(_PAYLOADS) and isinstance(content, bytes):
                yield content


def _write_der(certificate: x509.Certificate) -> bytes | str:
    """A certificate as DER, or why it cannot be written as that."""
    from cryptography.hazmat.primitives.serialization import Encoding

    from proxyenv.certificates.parser import UNREADABLE

    try:
        return certificate.public_bytes(Encoding.DER)
    except UNREADABLE as error:
        return _reason(error)


def _numbered(certificates: tuple[bytes | str, ...], block: Block) -> OpenedBlock:
    blocks: list[Block] = []
    left_out: list[LeftOut] = []
    for number, each in enumerate(certificates, start=1):
        place = f"certificate {number} of {block.place}"
        if isinstance(each, bytes):
            blocks.append(Block(place, each))
        else:
            left_out.append(malformed(place, escape_label(each)))
    return OpenedBlock(tuple(blocks), left_out=tuple(left_out))


def _damaged(block: Block, reason: str) -> OpenedBlock:
    return OpenedBlock(left_out=(malformed(block.place, reason),))


def _refused(block: Block, reason: str) -> OpenedBlock:
    """A PKCS#12 that may be good, and is not read to its end."""
    reason = f"{block.place} cannot be read: {reason}"
    hint = "ask IT for the CA as a PEM file"
    return OpenedBlock(left_out=(LeftOut("ca-unreadable", block.place, reason, hint),))


def _reason(error: Exception) -> str:
    return escape_label(str(error)) or type(error).__name__
