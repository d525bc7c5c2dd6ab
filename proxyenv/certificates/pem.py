"""PEM as it occurs in the field: which blocks a file has, and whether all of them are certificates."""

from __future__ import annotations

import base64
import binascii
import functools
import re
import shlex
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.certificates.der import find_foreign_kind, is_der, parse_element
from proxyenv.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator


_OUTSIDE: Final = re.compile(r"[^ -~]")
_RULE: Final = re.compile(r"-{4,}")
_SUSPECT: Final = re.compile(r"[^ -~]|-{4}")


def escape_label(text: str) -> str:
    r"""*text* as one line of printable ASCII in which no PEM marker can hide.

    Whoever made a certificate chose its subject. A line feed in it could add a block to the bundle, and so
    could ``-----BEGIN`` for readers that search for markers anywhere. So every other character becomes the
    ``\XX`` pairs of its UTF-8, as in RFC 4514, and so does each hyphen in a run of four or more.

    Args:
        text: any text. What is escaped already remains unchanged.
    """
    if _SUSPECT.search(text) is None:  # nearly always
        return text
    text = _OUTSIDE.sub(lambda match: _pairs(match.group()), text)
    return _RULE.sub(lambda match: _pairs(match.group()), text)


def _pairs(text: str) -> str:
    return "".join(f"\\{octet:02X}" for octet in text.encode("utf-8", "surrogatepass"))


# At most five closing hyphens: where `a.pem` has no final line feed, `cat a.pem b.pem` joins END and BEGIN.
# What comes before the label has a small size, so that a file of hyphens or blanks is read in one pass.
_MARKER: Final = re.compile(rb"-----[ \t]{0,8}(BEGIN|END)\b[ \t]*+([^\r\n-]*+)(-{0,5})")
_PRIVATE_KEY: Final = re.compile(
    rb"--[ \t]{0,8}BEGIN[^\r\n-]{0,40}?PRIVATE[ \t]{1,8}KEY|^PuTTY-User-Key-File-\d",
    re.IGNORECASE | re.MULTILINE,
)
_TRUSTED: Final = "TRUSTED CERTIFICATE"
_CONTAINERS: Final = frozenset({"PKCS7", "PKCS #7 SIGNED DATA", "CMS"})
_KINDS: Final = frozenset({"CERTIFICATE", "X509 CERTIFICATE", _TRUSTED, *_CONTAINERS})
_BLANKS: Final = b" \t\r\n\v\f"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_KIND_LIMIT: Final = 40

_ALIAS: Final = 0x0C
_KEY_ID: Final = 0x04


class Block(NamedTuple):
    """The content of one PEM block or of a DER file.

    Args:
        place: where it is, for messages: ``block 2 of `corp.pem` ``.
        der: the decoded content, which may be something else than a certificate.
    """

    place: str
    der: bytes


def parse_blocks(data: bytes, *, source: str) -> tuple[Block, ...]:
    """Split *data* into blocks; refuse all of it if a label names anything but a certificate or PKCS#7.

    Text outside the blocks is ignored.

    Args:
        data: PEM (in ASCII, a superset of it, or UTF-16 as PowerShell writes it), or one DER object.
        source: where *data* came from, for messages: a path.

    Raises:
        TrustError: ``unexpected-block``: a block is of another kind. ``malformed-certificate``: the
            markers do not pair up, or a block is not base64.
    """
    if is_der(data):
        return (Block(f"`{source}`", data),)
    if data.startswith(_UTF_16):
        data = data.decode("utf-16", "replace").encode("ascii", "replace")
    markers = tuple(_MARKER.finditer(data))
    _refuse_foreign_markers(markers, source=source)
    if b"private" in data.lower() and _PRIVATE_KEY.search(data):
        raise _unexpected(f"a part of `{source}`", "PRIVATE KEY", source=source)
    return tuple(_pair(markers, data, source=source))


def refuse_foreign(der: bytes, *, place: str, source: str) -> None:
    """Refuse a key or a container, which a file or block may turn out to be.

    Raises:
        TrustError: ``unexpected-block``.
    """
    kind = find_foreign_kind(der)
    if kind is not None:
        raise _unexpected(place, kind, source=source, is_key=True)


def _refuse_foreign_markers(markers: tuple[re.Match[bytes], ...], *, source: str) -> None:
    number = 0
    is_key = all(_kind(marker).endswith("PRIVATE KEY") for marker in markers)
    for marker in markers:
        number += marker[1] == b"BEGIN"
        kind = _kind(marker)
        if kind not in _KINDS:
            raise _unexpected(f"block {max(number, 1)} of `{source}`", kind, source=source, is_key=is_key)


def _pair(markers: tuple[re.Match[bytes], ...], data: bytes, *, source: str) -> Iterator[Block]:
    begin: re.Match[bytes] | None = None
    number = 0
    for marker in markers:
        number += marker[1] == b"BEGIN"
        place = f"block {max(number, 1)} of `{source}`"
        _check_spelling(marker, place=place)
        if marker[1] == b"BEGIN":
            if begin is not None:
                raise _cut_off(f"block {number - 1} of `{source}`", _kind(begin))
            begin = marker
            continue
        if begin is None or _kind(begin) != _kind(marker):
            raise malformed(
                place,
                f"its `-----END {_kind(marker)}-----` has no matching `-----BEGIN {_kind(marker)}-----`",
            )
        yield _decode(data[begin.end() : marker.start()], _kind(begin), place=place, source=source)
        begin = None
    if begin is not None:
        raise _cut_off(f"block {number} of `{source}`", _kind(begin))


def _check_spelling(marker: re.Match[bytes], *, place: str) -> None:
    expected = f"-----{marker[1].decode()} {_kind(marker)}-----"
    if marker.group() != expected.encode():
        raise malformed(place, f"its marker is not exactly `{expected}`")


def _decode(body: bytes, kind: str, *, place: str, source: str) -> Block:
    try:
        der = base64.b64decode(body.translate(None, _BLANKS), validate=True)
    except binascii.Error as error:
        raise malformed(place, "it is not valid base64") from error
    return Block(place, _leading_certificate(der, place=place, source=source) if kind == _TRUSTED else der)


def _leading_certificate(der: bytes, *, place: str, source: str) -> bytes:
    """The certificate at the start of OpenSSL's ``TRUSTED CERTIFICATE``; a list of uses may follow it.

    A name or a key identifier is only a label. A list of uses is a decision of the user that a plain
    certificate cannot express, so it is not dropped silently.
    """
    try:
        certificate = parse_element(der)
        labels = parse_element(certificate.rest).content if certificate.rest else b""
        tags = set()
        while labels:
            element = parse_element(labels)
            tags.add(element.tag)
            labels = element.rest
    except ValueError as error:
        raise malformed(place, "it is cut off") from error
    if tags - {_ALIAS, _KEY_ID}:
        raise TrustError(
            "unexpected-block",
            f"{place} is a `{_TRUSTED}` that OpenSSL trusts, or rejects, for certain uses only",
            hint=f"if it may be trusted for all uses: `openssl x509 -in {shlex.quote(source)} -out ca.pem`",
        )
    return certificate.raw


def _kind(marker: re.Match[bytes]) -> str:
    return _label(marker[2])


@functools.lru_cache(maxsize=64)  # a bundle has the same label hundreds of times
def _label(octets: bytes) -> str:
    return escape_label(octets.strip().decode("utf-8", "replace"))[:_KIND_LIMIT]


def _cut_off(place: str, kind: str) -> TrustError:
    return malformed(place, f"it has no `-----END {kind}-----`")


def malformed(place: str, reason: str) -> TrustError:
    """The error for a block that should be a certificate and cannot be read."""
    return TrustError(
        "malformed-certificate",
        f"{place} is not a readable certificate: {reason}",
        hint="copy or export the file again; it was damaged or cut off on the way",
    )


def _unexpected(place: str, kind: str, *, source: str, is_key: bool = False) -> TrustError:
    return TrustError(
        "unexpected-block",
        f"{place} is a `{kind}`; only certificates may enter a bundle",
        hint=_export_hint(kind, source=shlex.quote(source), is_key=is_key),
    )


def _export_hint(kind: str, *, source: str, is_key: bool) -> str:
    if kind == "PKCS12":
        return f"export the CA certificate alone: `openssl pkcs12 -in {source} -cacerts -nokeys -out ca.pem`"
    if kind.endswith("PRIVATE KEY") and not is_key:
        return f"export the CA certificate alone: `openssl x509 -in {source} -out ca.pem`"
    if kind.endswith("PRIVATE KEY"):
        return "this file is a private key and holds no certificate; ask IT for the certificate of the CA"
    return "give a file that holds only the certificates of the CA"
