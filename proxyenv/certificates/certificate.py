"""From bytes to certificates, and whether a certificate may be a trust anchor."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.container import OpenedBlock, open_block, open_profile, refuse_key_store
from proxyenv.certificates.foreign import describe_archive, describe_foreign, find_label
from proxyenv.certificates.pem import escape_label, find_foreign, malformed, read_blocks, unexpected
from proxyenv.certificates.usual import describe_usual
from proxyenv.certificates.usual_roots import may_sign
from proxyenv.errors import TrustError
from proxyenv.model.certificate import LeftOut
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from proxyenv.certificates.container import OpenPkcs12
    from proxyenv.certificates.pem import Block
    from proxyenv.model.certificate import Certificate

_NOTHING_KNOWN: Final[Mapping[str, Certificate]] = MappingProxyType({})

_TELLING: Final = (
    "ca-password",
    "ca-for-untrusted",
    "ca-expired",
    "ca-not-yet-valid",
    "not-a-ca",
    "malformed-certificate",
    "unexpected-block",
    "ca-unreadable",
    "ca-not-found",
    "public-root",
    "no-certificate",
    "ca-repeated",
)
"""The reasons to leave something out: the first says most about an input in which nothing is good."""

_FOR_UNTRUSTED: Final = (b"Fortinet_CA_Untrusted", b"Fortinet Untrusted CA")
"""The CA of a FortiGate for servers that it does not trust: `untrusted-caname` of its profile."""


class CertificateFile(NamedTuple):
    """The certificates of a file of trust anchors.

    Args:
        certificates: each once, in the order of the file.
        export: for a container that also has a private key, which is not kept: the command that exports its
            certificates alone; else empty.
        left_out: whatever else is in the file.
    """

    certificates: tuple[Certificate, ...]
    export: str = ""
    left_out: tuple[LeftOut, ...] = ()


def parse_certificates(
    data: bytes,
    *,
    source: str,
    known: Mapping[str, Certificate] = _NOTHING_KNOWN,
    password: str | None = None,
    open_pkcs12: OpenPkcs12 | None = None,
) -> tuple[Certificate, ...]:
    """Every certificate in *data*; see :func:`parse_content`, which also says what else is in it."""
    content = parse_content(data, source=source, known=known, password=password, open_pkcs12=open_pkcs12)
    return content.certificates


def parse_content(
    data: bytes,
    *,
    source: str,
    known: Mapping[str, Certificate] = _NOTHING_KNOWN,
    password: str | None = None,
    open_pkcs12: OpenPkcs12 | None = None,
) -> CertificateFile:
    """Read every certificate in *data*, and name what else there is.

    A key next to its certificate is a common export, and every user of the machine can read the bundle: it
    refuses all of *data*, or, in a container, all trust (:func:`proxyenv.certificates.anchors.sift`).
    Anything else is left out.

    Args:
        data: PEM, DER, PKCS#7 in either, PKCS#12 or a configuration profile; see :func:`read_blocks`.
        source: where *data* came from, for messages: a path.
        known: certificates parsed earlier, by fingerprint; they are not parsed again.
        password: of a PKCS#12 file.
        open_pkcs12: opens such a file; without it one is left out.

    Returns:
        Each certificate once, in the order of the file, whether it is a CA or not.

    Raises:
        TrustError: ``unexpected-block``, ``malformed-certificate``, ``ca-password``, ``ca-unreadable`` or
            ``no-certificate``: there is no certificate, or a private key.
    """
    refuse_key_store(data, source=source)
    if describe_archive(data):  # what it holds would be read if it happens not to be compressed
        raise _no_certificate(data, source=source)
    found: dict[str, Certificate] = {}
    opened = _open(data, source=source, password=password, open_pkcs12=open_pkcs12)
    left_out = list(opened.left_out)
    for block in opened.blocks:
        fingerprint = block.fingerprint
        each = known.get(fingerprint) or _describe(block, fingerprint, source=source)
        if isinstance(each, LeftOut):
            left_out.append(each)
        elif fingerprint in found:
            left_out.append(_repeated(each, source))
        else:
            found[fingerprint] = each
    if not found:
        raise make_refusal(left_out) if left_out else _no_certificate(data, source=source)
    return CertificateFile(tuple(found.values()), opened.export, tuple(left_out))


def make_refusal(left_out: Sequence[LeftOut]) -> TrustError:
    """The error for an input in which nothing is good: the reason that says most about it.

    Args:
        left_out: everything in it, at least one thing.
    """
    ranked = sorted(left_out, key=lambda each: _TELLING.index(each.code))
    first, others = ranked[0], len(left_out) - 1
    if not others:
        return TrustError(first.code, first.reason, hint=first.hint)
    rest = "1 other part is" if others == 1 else f"{others} other parts are"
    return TrustError(first.code, f"{first.reason}; {rest} not usable either", hint=first.hint)


def _open(data: bytes, *, source: str, password: str | None, open_pkcs12: OpenPkcs12 | None) -> OpenedBlock:
    """All blocks of a file, its containers opened."""
    read = open_profile(data, source=source) or read_blocks(data, source=source)
    opened = [
        open_block(block, source=source, password=password, open_pkcs12=open_pkcs12) for block in read.blocks
    ]
    return OpenedBlock(
        tuple(block for each in opened for block in each.blocks),
        next((each.export for each in opened if each.export), ""),
        (*read.left_out, *(left for each in opened for left in each.left_out)),
    )


def _no_certificate(data: bytes, *, source: str) -> TrustError:
    hint = "ask IT for the CA as a PEM file; it has a line `-----BEGIN CERTIFICATE-----`"
    if not data.strip():
        return TrustError("no-certificate", f"`{source}` is empty", hint=hint)
    likeness = describe_foreign(data)
    if likeness is None:
        return TrustError("no-certificate", f"`{source}` holds no certificate", hint=hint)
    message = f"`{source}` holds no certificate: it is {likeness.words}"
    return TrustError("no-certificate", message, hint=likeness.hint)


def _repeated(certificate: Certificate, source: str) -> LeftOut:
    name = f"`{certificate.subject}`"
    return LeftOut("ca-repeated", name, f"{name} is in `{source}` twice", fingerprint=certificate.fingerprint)


def find_denial(der: bytes) -> str | None:
    """Why a certificate may not sign others, as a clause; ``None`` if it may.

    It may where basicConstraints say so and keyUsage, if there, does not deny it; or where it is a root of
    version 1.

    Args:
        der: a certificate that :func:`parse_certificates` returned.
    """
    if may_sign(der):
        return None
    from proxyenv.certificates.parser import parse_denial

    return parse_denial(der)


def is_for_untrusted(der: bytes) -> bool:
    """Whether a proxy signs with this CA, or with one above it, what it does not trust itself.

    Whoever trusted it would trust every forged server behind that proxy.
    """
    return any(name in der for name in _FOR_UNTRUSTED)


def _describe(block: Block, fingerprint: str, *, source: str) -> Certificate | LeftOut:
    usual = describe_usual(block.der, fingerprint)
    if usual is not None:
        return usual
    foreign = find_foreign(block.der, place=block.place, source=source)
    if foreign is not None:
        return foreign
    from proxyenv.certificates.parser import UNREADABLE, parse_certificate

    try:
        return parse_certificate(block.der, fingerprint)
    except UNREADABLE as error:
        label = find_label(block.der)
        if label is not None:
            return unexpected(block.place, label, source=source)
        return malformed(block.place, escape_label(str(error)) or type(error).__name__)
