"""Sets of certificates: merged, selected by fingerprint, written as a PEM bundle."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.pem import escape_label
from proxyenv.errors import TrustError
from proxyenv.model.url import show_location

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.model.certificate import Certificate, LeftOut

_COLUMNS: Final = 64
_SHA1_DIGITS: Final = 40
_SHA256_DIGITS: Final = 64


def merge(*groups: Iterable[Certificate]) -> tuple[Certificate, ...]:
    """Every certificate once, sorted by fingerprint, so that equal sets give equal tuples."""
    return tuple(sorted({each.fingerprint: each for group in groups for each in group}.values()))


def render_bundle(certificates: Iterable[Certificate], *, title: str) -> bytes:
    """A PEM bundle that OpenSSL, Go, Java, Node and a person can read.

    Args:
        certificates: in any order, with or without repetitions.
        title: what the file is, for its first lines; may have several lines.

    Returns:
        ASCII with line feeds. Equal sets give equal bytes: sorted by fingerprint, encoded from the DER,
        without a date. No text of a subject or title can break out of its comment line.
    """
    header = "".join(f"# {escape_label(line)}".rstrip() + "\n" for line in title.splitlines())
    return (header + "".join(map(_render, merge(certificates)))).encode("ascii")


def render_pem(der: bytes) -> bytes:
    """One certificate as a PEM block: 64 columns, line feeds, nothing else."""
    encoded = base64.b64encode(der)
    body = b"\n".join(encoded[start : start + _COLUMNS] for start in range(0, len(encoded), _COLUMNS))
    return b"-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n" % body


def select(
    certificates: Iterable[Certificate], fingerprints: Iterable[str], left_out: Iterable[LeftOut] = ()
) -> tuple[Certificate, ...]:
    """Require exactly the certificates with the given fingerprints.

    Args:
        certificates: what was read.
        fingerprints: SHA-256 as people paste it: in either case, with colons or blanks. Without any,
            every certificate is accepted.
        left_out: what was read too and is not good, for the hint.

    Returns:
        *certificates*, unchanged.

    Raises:
        TrustError: ``fingerprint-mismatch``: one is missing, one was not asked for, or a text is not a
            SHA-256 fingerprint.
    """
    present = tuple(certificates)
    wanted = {normalise_fingerprint(text) for text in fingerprints}
    if not wanted:
        return present
    held = {each.fingerprint for each in present}
    if missing := sorted(wanted - held):
        bad = next((each for each in left_out if each.fingerprint == missing[0]), None)
        raise TrustError(
            "fingerprint-mismatch",
            f"the certificate with the fingerprint `{missing[0]}` is left out: {bad.reason}"
            if bad
            else f"no certificate has the fingerprint `{missing[0]}`",
            hint=_held_hint(merge(present), bad),
        )
    for each in merge(present):
        if each.fingerprint not in wanted:
            raise TrustError(
                "fingerprint-mismatch",
                f"`{each.subject}` has the fingerprint `{each.fingerprint}`, which was not asked for",
                hint="if IT confirms this fingerprint, give it with `--ca-fingerprint` too",
            )
    return present


def _render(certificate: Certificate) -> str:
    return (
        f"\n# subject: {escape_label(certificate.subject)}\n"
        f"# SHA-256: {certificate.fingerprint}\n"
        f"{render_pem(certificate.der).decode('ascii')}"
    )


def normalise_fingerprint(text: str) -> str:
    """A SHA-256 fingerprint as people paste it, in lower case without colons and blanks.

    Raises:
        TrustError: ``fingerprint-mismatch``: it is not a SHA-256 fingerprint.
    """
    digits = "".join(text.replace(":", "").split()).lower()
    if len(digits) == _SHA256_DIGITS and set(digits) <= set("0123456789abcdef"):
        return digits
    kind = "a SHA-1 fingerprint" if len(digits) == _SHA1_DIGITS else "not a SHA-256 fingerprint"
    raise TrustError(
        "fingerprint-mismatch",
        f"`{escape_label(show_location(text))}` is {kind}",
        hint="ask IT for the SHA-256 fingerprint of the CA: 64 hexadecimal digits",
    )


def _held_hint(present: tuple[Certificate, ...], bad: LeftOut | None) -> str:
    successor = next((each for each in present if bad and f"`{each.subject}`" == bad.name), None)
    if successor:
        held = f"`{successor.fingerprint}`, valid until {successor.not_after:%Y-%m-%d}"
        return (
            f"its successor is in the input too: {held}; if IT confirms that, give it with `--ca-fingerprint`"
        )
    if not present:
        if bad:
            return bad.hint or "ask IT for the CA that is in use now"
        return "no CA was given or found; name the file that holds it with `--ca`"
    held = ", ".join(f"`{each.fingerprint}` (`{each.subject}`)" for each in present)
    return f"compare with IT's list; the input holds {held}"
