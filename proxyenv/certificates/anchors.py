"""Which certificates of an input may be trust anchors, and what is left out of it, by name."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.certificate import find_denial, is_for_untrusted
from proxyenv.certificates.pem import PrivateKeyError
from proxyenv.certificates.usual_roots import may_sign
from proxyenv.model.certificate import LeftOut
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from proxyenv.certificates.certificate import CertificateFile
    from proxyenv.model.certificate import Certificate

_MOST_NAMES: Final = 3

_PLURALS: Final = {
    "ca-for-untrusted": "for what the proxy does not trust",
    "ca-expired": "expired",
    "ca-not-yet-valid": "not yet valid",
    "not-a-ca": "not a CA",
    "malformed-certificate": "unreadable",
    "unexpected-block": "no certificate",
    "no-certificate": "without a certificate",
    "ca-unreadable": "unreadable",
    "ca-not-found": "missing",
    "ca-password": "encrypted",
    "ca-repeated": "there twice",
    "public-root": "public roots",
}


_OWN_HINT: Final = "ask IT for the CA of the proxy, which no operating system ships"
_UNTRUSTED_HINT: Final = "ask IT for the CA of what the proxy trusts, `Fortinet_CA_SSL` by default"
_SYSTEM_HINT: Final = "`--base both` starts from the roots of the operating system too"


class Anchors(NamedTuple):
    """What an input is good for.

    Args:
        certificates: those that may be trust anchors.
        left_out: everything else.
    """

    certificates: tuple[Certificate, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


class KnownRoots(NamedTuple):
    """The public roots, which are nobody's corporate CA.

    Args:
        certifi: fingerprints of those that the bundle holds anyway.
        shipped: asks for the fingerprints of those that the operating system ships.
    """

    certifi: frozenset[str] = frozenset()
    shipped: Callable[[], frozenset[str]] = frozenset


def sift(content: CertificateFile, *, source: str, known: KnownRoots, now: datetime) -> Anchors:
    """Keep the CAs that are valid today and nobody else's, and say why not the rest.

    Args:
        content: what a file holds.
        source: where it came from, for messages: a path.
        known: the public roots.
        now: aware.

    Raises:
        PrivateKeyError: ``unexpected-block``: a container has a private key too.
    """
    if content.export:
        reason = f"`{source}` is a PKCS#12 with a private key; only certificates may enter a bundle"
        hint = f"export its certificates alone: `{content.export}`"
        raise PrivateKeyError("unexpected-block", reason, hint=hint)
    good, faults = [], []
    for certificate in content.certificates:
        fault = _find_known(certificate, known) or find_fault(certificate, source=source, now=now)
        if fault is None:
            good.append(certificate)
        else:
            faults.append(fault)
    public = {each.fingerprint for each in faults if each.code == "public-root"}
    beside = (each for each in content.left_out if each.fingerprint not in public)
    return Anchors(tuple(good), (*faults, *beside))


def find_fault(certificate: Certificate, *, source: str, now: datetime) -> LeftOut | None:
    """Why a certificate may not be a trust anchor; ``None`` for a CA that is valid today.

    Args:
        certificate: the candidate.
        source: where it came from, for messages: a path.
        now: aware.
    """
    subject = f"`{certificate.subject}`"
    name = f"{subject} in `{source}`"
    denial = find_denial(certificate.der)
    if denial is not None:
        reason = f"{name} is not a CA: {denial}"
        return LeftOut("not-a-ca", subject, reason, _issuer_hint(certificate), certificate.fingerprint)
    if is_for_untrusted(certificate.der):
        reason = f"{name} is what the proxy signs with where it does not trust the server"
        return LeftOut("ca-for-untrusted", subject, reason, _UNTRUSTED_HINT, certificate.fingerprint)
    if now > certificate.not_after:
        reason = f"{name} expired on {_date(certificate.not_after)}; today is {_date(now)}"
        hint = f"ask IT for the CA that replaced {subject}"
        return LeftOut("ca-expired", subject, reason, hint, certificate.fingerprint)
    if now < certificate.not_before:
        reason = f"{name} is not valid before {_date(certificate.not_before)}; today is {_date(now)}"
        hint = "if the clock of this machine is right, ask IT for the CA that is in use until then"
        return LeftOut("ca-not-yet-valid", subject, reason, hint, certificate.fingerprint)
    if not (may_sign(certificate.der) or _is_loaded(certificate.der)):
        reason = f"{name} cannot be loaded by OpenSSL, and a bundle with it would break every client"
        hint = "ask IT for the CA again; this certificate is damaged"
        return LeftOut("malformed-certificate", subject, reason, hint, certificate.fingerprint)
    return None


def summarise(left_out: Iterable[LeftOut]) -> Iterator[tuple[str, str]]:
    """What was left out: for each kind its code and a clause, which counts and names several things."""
    kinds: dict[str, dict[str, LeftOut]] = {}
    for each in left_out:  # one certificate may be in several files
        kinds.setdefault(each.code, {}).setdefault(each.fingerprint or each.reason, each)
    for code, same in sorted(kinds.items()):
        first, *others = same.values()
        several = f"{len(same)} {_PLURALS[code]}{_enumerate(code, same.values())}"
        yield code, several if others else first.reason


def _enumerate(code: str, same: Iterable[LeftOut]) -> str:
    if code == "public-root":  # a merged bundle has more than a hundred
        return ", which are nobody's corporate CA"
    names = [each.name for each in same]
    more = len(names) - _MOST_NAMES
    return ": " + ", ".join((*names[:_MOST_NAMES], *((f"and {more} more",) if more > 0 else ())))


def _find_known(certificate: Certificate, known: KnownRoots) -> LeftOut | None:
    name, fingerprint = f"`{certificate.subject}`", certificate.fingerprint
    if fingerprint in known.certifi:
        reason = f"{name} is a public root, which the bundle starts from anyway"
        return LeftOut("public-root", name, reason, _OWN_HINT, fingerprint)
    if fingerprint in known.shipped():
        reason = f"{name} is a public root that the operating system ships and certifi does not"
        return LeftOut("public-root", name, reason, _SYSTEM_HINT, fingerprint)
    return None


def _is_loaded(der: bytes) -> bool:
    """Whether OpenSSL loads the certificate, since it refuses some that cryptography accepts.

    With one such certificate in the bundle, every client that reads the bundle trusts nothing.
    """
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=der)
    except ssl.SSLError:
        return False
    return True


def _issuer_hint(certificate: Certificate) -> str:
    if certificate.issuer == certificate.subject:
        return "ask IT for the certificate of the CA that the proxy signs with, not of the proxy itself"
    return f"ask IT for the certificate of the CA that issued it, `{certificate.issuer}`"


def _date(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
