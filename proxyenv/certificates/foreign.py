"""What a file is in which no certificate was found, in words for a person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.der import is_der
from proxyenv.certificates.pem import decode_text
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_START: Final = 4096
_TAR: Final = slice(257, 262)


class Likeness(NamedTuple):
    """What a file looks like.

    Args:
        words: what it is, as in "it is …".
        hint: what to do.
    """

    words: str
    hint: str


_UNPACK: Final = "unpack it, and name the file of certificates that is in it"
_ASK: Final = "ask IT for the CA as a PEM file; it has a line `-----BEGIN CERTIFICATE-----`"
_PAGE: Final = "a web page came in place of the file, often one to log in at: download it again in a browser"

_ARCHIVES: Final = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x28\xb5\x2f\xfd": "zstd",
}

_TEXTS: Final = (
    (
        rb"(?i)<(?:!doctype\s{1,9}html|html|head|body)\b",
        Likeness("a web page (HTML)", _PAGE),
    ),
    (
        rb"\A\s{0,99}(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-|sk-(?:ssh|ecdsa))",
        Likeness("a public key of ssh", "ssh has keys of its own; " + _ASK),
    ),
    (
        rb"-{2,4}\s?BEGIN SSH2 PUBLIC",
        Likeness("a public key of ssh", "ssh has keys of its own; " + _ASK),
    ),
    (
        rb"\A\s{0,99}Certificate:\s{1,9}Data:",
        Likeness(
            "the description of a certificate without the certificate",
            "`openssl x509` writes the certificate where `-noout` is not given",
        ),
    ),
    (
        rb"<plist\b",
        Likeness("a configuration profile (`.mobileconfig`) without a certificate", _ASK),
    ),
    (
        rb"BEGIN (?:X509 |TRUSTED )?CERTIFICATE",
        Likeness(
            "PEM whose lines `-----BEGIN CERTIFICATE-----` are damaged",
            "copy or export the file again; each such line starts and ends with five hyphens",
        ),
    ),
    (rb"\A\s{0,99}<\?xml", Likeness("XML", _ASK)),
    (rb"\A\s{0,99}\{\s{0,99}[\"}]", Likeness("JSON", _ASK)),
    (rb"\A%PDF-", Likeness("a PDF document", _ASK)),
)


def describe_foreign(data: bytes) -> Likeness | None:
    """What a whole file without a certificate looks like; ``None`` where it looks like nothing known."""
    start = decode_text(data[:_START])
    found = (likeness for pattern, likeness in _TEXTS if re.search(pattern, start))
    return describe_archive(data) or next(found, None)


def describe_archive(data: bytes) -> Likeness | None:
    """What a file is that has to be unpacked first; ``None`` for any other."""
    for magic, name in _ARCHIVES.items():
        if data.startswith(magic):
            return Likeness(f"compressed ({name})", _UNPACK)
    return Likeness("an archive (tar)", _UNPACK) if data[_TAR] == b"ustar" else None


_SPELLINGS: Final = (
    (rb"\A0[\x80-\x84]", "it is DER, and PEM is expected there"),
    (rb"-----\\{1,4}[rn]", "its line feeds are written as `\\n`"),
    (rb"<plist\b", "it is a configuration profile (`.mobileconfig`)"),
    (rb"-----BEGIN (?:PKCS|CMS)", "it is PKCS#7, and certificates in PEM are expected there"),
    (rb"-----[ \t]{0,8}-----BEGIN", "a line feed is missing between two of its blocks"),
    (rb"(?m)^[ \t]{1,99}-----(?:BEGIN|END)", "its lines are indented"),
    (
        rb"(?m)^[^\r\n-]{1,99}-----BEGIN",
        "there is text before `-----BEGIN` in the same line",
    ),
    (rb"\A[^\n]{64,}\Z", "it has no line feeds"),
    (rb"(?:\r?\n[ \t]*){2}(?!-)[A-Za-z0-9+/=]{4}", "it has empty lines inside a block"),
)


def describe_spelling(data: bytes) -> str:
    """Why OpenSSL does not load a file that holds CAs, as a clause."""
    text = decode_text(data)
    if not is_der(data) and b"-----BEGIN" not in text:
        return "its lines `-----BEGIN CERTIFICATE-----` are missing"
    for pattern, words in _SPELLINGS:
        if re.search(pattern, data):
            return words
    return "it is UTF-16" if text != data else "a part of it is damaged, which spoils the whole file"


def find_label(der: bytes) -> str | None:
    """The PEM label for DER that is a request or a revocation list; ``None`` for anything else."""
    from cryptography import x509

    loaders: tuple[tuple[str, Callable[[bytes], object]], ...] = (
        ("CERTIFICATE REQUEST", x509.load_der_x509_csr),
        ("X509 CRL", x509.load_der_x509_crl),
    )
    for label, load in loaders:
        try:
            load(der)
        except ValueError:
            continue
        return label
    return None
