"""PEM as it occurs in the field: which blocks a file has, and which of them may be certificates."""

from __future__ import annotations

import binascii
import functools
import hashlib
import re
import shlex
from itertools import islice
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.der import find_foreign_kind, is_der, parse_element, split_elements
from proxyenv.errors import TrustError
from proxyenv.model.certificate import LeftOut
from proxyenv.record import NamedTuple

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
_QUOTES: Final = b"\"'"
_BARE: Final = re.compile(rb"[A-Za-z0-9+/]{64,}+={0,2}")
_ESCAPED: Final = re.compile(rb"-----\\{1,4}[rn]")
_ESCAPES: Final = (rb"\\r", rb"\\n", rb"\r", rb"\n")
_PLAIN: Final = re.compile(
    rb"^-----BEGIN CERTIFICATE-----[ \t\r]*+\n(MI(?:[A-Za-z0-9+/=]++[ \t\r]*+\n)++)"
    rb"-----END CERTIFICATE-----[ \t\r]*+$",
    re.MULTILINE,
)
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_SAMPLE: Final = 512
_KIND_LIMIT: Final = 40
_MOST: Final = 20_000
"""How many markers a file may have, so that reading one takes little memory. All public roots make 300."""

_ALIAS: Final = 0x0C
_KEY_ID: Final = 0x04


class PrivateKeyError(TrustError):
    """An input has a private key, which refuses all of it."""


class Block(NamedTuple):
    """The content of one PEM block or of a DER file.

    Args:
        place: where it is, for messages: ``block 2 of `corp.pem` ``.
        der: the decoded content, which may be something else than a certificate.
    """

    place: str
    der: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the content, lower-case hex."""
        return hashlib.sha256(self.der).hexdigest()


class Blocks(NamedTuple):
    """What a file holds.

    Args:
        blocks: what may be certificates, in the order of the file.
        left_out: what cannot be.
    """

    blocks: tuple[Block, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def read_blocks(data: bytes, *, source: str) -> Blocks:
    r"""Split *data* into blocks. Text outside them is ignored.

    Args:
        data: PEM in ASCII or a superset of it, in UTF-16 as PowerShell writes it, or with ``\n`` for line
            feeds as JSON writes it; one DER object; either of them in base64 without markers.
        source: where *data* came from, for messages: a path.

    Raises:
        PrivateKeyError: ``unexpected-block``: there is a private key.
        TrustError: ``ca-unreadable``: there are more blocks than any file of CAs has.
    """
    if is_der(data):
        return Blocks((Block(f"`{source}`", data),))
    text = decode_text(data)
    markers = tuple(islice(_MARKER.finditer(text), _MOST + 1))
    if len(markers) > _MOST:
        raise TrustError("ca-unreadable", f"`{source}` has more than {_MOST // 2} blocks")
    _refuse_keys(text, markers, source=source)
    if not markers and (bare := _decode_bare(text)):
        return read_blocks(bare, source=source)
    blocks: list[Block] = []
    left_out: list[LeftOut] = []
    for each in _pair(markers, text, source=source):
        if isinstance(each, Block):
            blocks.append(each)
        else:
            left_out.append(each)
    return Blocks(tuple(blocks), tuple(left_out))


def parse_blocks(data: bytes, *, source: str) -> tuple[Block, ...]:
    """As :func:`read_blocks`, for files that only we write: anything else in one refuses it.

    Raises:
        TrustError: ``unexpected-block``, ``malformed-certificate`` or ``ca-unreadable``.
    """
    blocks, left_out = read_blocks(data, source=source)
    if left_out:
        raise TrustError(left_out[0].code, left_out[0].reason, hint=left_out[0].hint)
    return blocks


def decode_text(data: bytes) -> bytes:
    r"""*data* as one octet per character, with line feeds where ``\n`` was written."""
    encoding = _find_utf_16(data)
    if encoding:
        data = data.decode(encoding, "replace").encode("ascii", "replace")
    for escape in _ESCAPES if _ESCAPED.search(data) else ():
        data = data.replace(escape, b"\n")
    return data


def is_plain(data: bytes) -> bool:
    """Whether every block of a file is spelt in the one way that each client reads."""
    markers = data.count(b"-----BEGIN") + data.count(b"-----END")
    blocks = [block[1] for block in _PLAIN.finditer(data)]
    return 0 < markers == 2 * len(blocks) and all(map(_is_whole, blocks))


def _is_whole(body: bytes) -> bool:
    """Whether the base64 of a block is one DER element."""
    try:
        return not parse_element(binascii.a2b_base64(body)).rest
    except ValueError:
        return False


def find_foreign(der: bytes, *, place: str, source: str) -> LeftOut | None:
    """What *der* is where it is a public key or a container and not a certificate.

    Raises:
        PrivateKeyError: ``unexpected-block``: it is a private key.
    """
    kind = find_foreign_kind(der)
    if kind is None:
        return None
    if kind.endswith("PRIVATE KEY"):
        raise _private(place, kind, source=source, is_key=True)
    return unexpected(place, kind, source=source)


def _find_utf_16(data: bytes) -> str | None:
    """The encoding of a text in UTF-16, which has no need of a byte order mark."""
    if data.startswith(_UTF_16):
        return "utf-16"
    sample = data[:_SAMPLE]
    halves = {"utf-16-le": sample[1::2], "utf-16-be": sample[::2]}
    return next((name for name, half in halves.items() if half.count(0) * 10 > len(half) * 9), None)


def _decode_bare(text: bytes) -> bytes | None:
    """What a text is that is nothing but base64: of a certificate, or of a file of them."""
    stripped = text.translate(None, _BLANKS).strip(_QUOTES)
    if not _BARE.fullmatch(stripped):
        return None
    try:
        decoded = binascii.a2b_base64(stripped, strict_mode=True)
    except binascii.Error:
        return None
    return decoded if is_der(decoded) or b"-----BEGIN " in decoded[:_SAMPLE] else None


def _refuse_keys(text: bytes, markers: tuple[re.Match[bytes], ...], *, source: str) -> None:
    number = 0
    is_key = all(_kind(marker).endswith("PRIVATE KEY") for marker in markers)
    for marker in markers:
        number += marker[1] == b"BEGIN"
        kind = _kind(marker)
        if kind.endswith(("PRIVATE KEY", "PRIVATE KEY BLOCK")):
            raise _private(f"block {max(number, 1)} of `{source}`", kind, source=source, is_key=is_key)
    if b"private" in text.lower() and _PRIVATE_KEY.search(text):
        raise _private(f"a part of `{source}`", "PRIVATE KEY", source=source)


def _pair(markers: tuple[re.Match[bytes], ...], text: bytes, *, source: str) -> Iterator[Block | LeftOut]:
    begin: re.Match[bytes] | None = None
    number = 0
    for marker in markers:
        if marker[1] == b"BEGIN":
            if begin is not None:
                yield _unended(begin, place=f"block {number} of `{source}`", source=source)
            begin = marker
            number += 1
            continue
        place = f"block {max(number, 1)} of `{source}`"
        if begin is None or _kind(begin) != _kind(marker):
            reason = f"its `-----END {_kind(marker)}-----` has no matching `-----BEGIN {_kind(marker)}-----`"
            yield malformed(place, reason)
        elif _kind(begin) not in _KINDS:
            yield unexpected(place, _kind(begin), source=source)
        else:
            yield _open(text, begin, marker, place=place, source=source)
        begin = None
    if begin is not None:
        yield _unended(begin, place=f"block {number} of `{source}`", source=source)


def _unended(begin: re.Match[bytes], *, place: str, source: str) -> LeftOut:
    kind = _kind(begin)
    if kind in _KINDS:
        return malformed(place, f"it has no `-----END {kind}-----`")
    return unexpected(place, kind, source=source)


def _open(
    text: bytes, begin: re.Match[bytes], end: re.Match[bytes], *, place: str, source: str
) -> Block | LeftOut:
    kind = _kind(begin)
    for marker in (begin, end):
        expected = f"-----{marker[1].decode()} {kind}-----"
        if marker.group() != expected.encode():
            return malformed(place, f"its marker is not exactly `{expected}`")
    try:
        der = binascii.a2b_base64(text[begin.end() : end.start()].translate(None, _BLANKS), strict_mode=True)
    except binascii.Error:
        return malformed(place, "it is not valid base64")
    return _read_trusted(der, place=place, source=source) if kind == _TRUSTED else Block(place, der)


def _read_trusted(der: bytes, *, place: str, source: str) -> Block | LeftOut:
    """The certificate at the start of OpenSSL's ``TRUSTED CERTIFICATE``; a list of uses may follow it.

    A name or a key identifier is only a label. A list of uses is a decision of the user that a plain
    certificate cannot express, so it is not dropped silently.
    """
    try:
        certificate = parse_element(der)
        labels = parse_element(certificate.rest).content if certificate.rest else b""
        tags = {element.tag for element in split_elements(labels)}
    except ValueError:
        return malformed(place, "it is cut off")
    if tags - {_ALIAS, _KEY_ID}:
        return LeftOut(
            "unexpected-block",
            place,
            f"{place} is a `{_TRUSTED}` that OpenSSL trusts, or rejects, for certain uses only",
            f"if it may be trusted for all uses: `openssl x509 -in {shlex.quote(source)} -out ca.pem`",
        )
    return Block(place, certificate.raw)


def _kind(marker: re.Match[bytes]) -> str:
    return _label(marker[2])


@functools.lru_cache(maxsize=64)  # a bundle has the same label hundreds of times
def _label(octets: bytes) -> str:
    return escape_label(octets.strip().decode("utf-8", "replace"))[:_KIND_LIMIT]


def malformed(place: str, reason: str) -> LeftOut:
    """A block that should be a certificate and cannot be read."""
    return LeftOut(
        "malformed-certificate",
        place,
        f"{place} is not a readable certificate: {reason}",
        "copy or export the file again; it was damaged or cut off on the way",
    )


def unexpected(place: str, kind: str, *, source: str) -> LeftOut:
    """A block of another kind, which is no secret."""
    hint = "give a file that holds only the certificates of the CA"
    if kind == "PKCS12":
        command = f"openssl pkcs12 -in {shlex.quote(source)} -cacerts -nokeys -out ca.pem"
        hint = f"export the CA certificate alone: `{command}`"
    if kind.endswith("CERTIFICATE REQUEST"):
        hint = "a request is what a CA is asked with; ask IT for the certificate of the CA"
    reason = f"{place} is a `{kind}`; only certificates may enter a bundle"
    return LeftOut("unexpected-block", place, reason, hint)


def _private(place: str, kind: str, *, source: str, is_key: bool = False) -> PrivateKeyError:
    hint = f"export the CA certificate alone: `openssl x509 -in {shlex.quote(source)} -out ca.pem`"
    if is_key:
        hint = "this file is a private key and holds no certificate; ask IT for the certificate of the CA"
    reason = f"{place} is a `{kind}`; only certificates may enter a bundle"
    return PrivateKeyError("unexpected-block", reason, hint=hint)
