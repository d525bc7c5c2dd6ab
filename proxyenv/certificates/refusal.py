"""Which certificate of a path OpenSSL refused, and what is wrong with it.

Python passes OpenSSL's reason on, but not the depth of the certificate that it is about. So the path is built
here again, by name and signature, and the lint behind the reason is looked for in OpenSSL's order
(``x509_vfy.c``): extensions and strengths from the server's own certificate upwards, dates from the root
downwards.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography import x509
from cryptography.x509.oid import NameOID

from proxyenv.certificates.lint import is_self_issued
from proxyenv.certificates.parser import UNREADABLE, quiet
from proxyenv.certificates.path import find_chain, find_names, lint_path
from proxyenv.certificates.pem import escape_label
from proxyenv.certificates.rules import judge
from proxyenv.certificates.tbs import parse_fields
from proxyenv.codes import read_family
from proxyenv.codes.lints import BY_PROXY, REISSUE
from proxyenv.model.inspection import CertificatePath

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from proxyenv.certificates.path import LintedCertificate
    from proxyenv.model.inspection import Lint

_DATES: Final = {9: "cert-not-yet-valid", 10: "cert-expired"}
_NOT_A_CA: Final = frozenset({"bc-false", "ca-unmarked", "bc-missing", "ku-no-cert-sign", "version-1"})
_TOO_SHORT: Final = frozenset({"key-broken", "key-weak"})
_LINTS: Final = {
    2: frozenset({"aki-wrong"}),
    20: frozenset({"aki-wrong"}),
    24: _NOT_A_CA,
    25: frozenset({"path-too-long"}),
    26: frozenset({"eku-no-server"}),
    32: frozenset({"ku-no-cert-sign"}),
    34: frozenset({"unknown-critical"}),
    47: frozenset({"name-not-permitted"}),
    48: frozenset({"name-not-permitted"}),
    66: _TOO_SHORT,
    67: _TOO_SHORT,
    68: frozenset({"signature-broken", "signature-weak"}),
    79: _NOT_A_CA,
    82: frozenset({"ku-sign-not-ca"}),
    83: frozenset({"issuer-empty"}),
    85: frozenset({"aki-missing"}),
    86: frozenset({"ski-missing"}),
    88: frozenset({"san-not-critical"}),
    89: frozenset({"bc-not-critical"}),
    92: frozenset({"ku-missing"}),
}
"""``X509_V_ERR_…`` → the lints that it may stand for."""

_OPENSSL_LINTS: Final = frozenset().union(*_LINTS.values())


class PathLink(NamedTuple):
    """One certificate of a path.

    Args:
        der: the certificate.
        depth: 0 for the server's own.
        anchored: whether it is among what the client trusts.
        name: its subject, short.
        issuer: its issuer, short.
        is_self_issued: whether both are the same name, as in every root.
        not_before: aware.
        not_after: aware.
        fingerprint: SHA-256 of the DER, lower-case hex.
    """

    der: bytes
    depth: int
    anchored: bool
    name: str
    issuer: str
    is_self_issued: bool
    not_before: datetime
    not_after: datetime
    fingerprint: str


class RefusedPath(NamedTuple):
    """A path that OpenSSL refused.

    Args:
        links: the server's own certificate first.
        refused: the certificate that the reason is about; ``None`` where the path does not show it.
        lint: what is wrong with it; ``None`` where no lint says it.
        remedies: of each link, what it has to be reissued with for OpenSSL, which reports one fault at a
            time; empty for a sound one.
        lenient: whether Python 3.12 accepts it.
        namesakes: the fingerprints of what the client trusts under the name of the last link's issuer, and
            whose keys did not sign it.
        hosts: what the server's own certificate is for.
        named: whether one of these has the very key identifier that the last link names: then the signature
            is damaged.
    """

    links: tuple[PathLink, ...]
    refused: PathLink | None
    lint: Lint | None
    remedies: tuple[str, ...]
    lenient: bool
    namesakes: tuple[str, ...]
    hosts: tuple[str, ...]
    named: bool

    @property
    def anchor(self) -> PathLink | None:
        """The highest certificate of the path that the client trusts."""
        return next((link for link in reversed(self.links) if link.anchored), None)


def find_refused(code: int, path: CertificatePath, *, now: datetime) -> RefusedPath | None:
    """Find the certificate that a reason of OpenSSL is about.

    Args:
        code: ``SSLCertVerificationError.verify_code``.
        path: what was sent, and of what the client trusts at least the CAs that its certificates name.
        now: aware.

    Returns:
        ``None`` where what was sent cannot be read.
    """
    try:
        path = CertificatePath(path.sent, _prefer_valid(path.anchors, now), path.host)
        linted = lint_path(path, now=now)
        links = tuple(_describe(each.der, depth, path) for depth, each in enumerate(linted))
    except UNREADABLE:
        return None
    namesakes = find_namesakes(links[-1].der, path.anchors)
    every = (*namesakes, *find_namesakes(links[-1].der, path.sent))
    named = _key_name(links[-1].der, x509.AuthorityKeyIdentifier)
    depth, lint = _find_lint(code, linted)
    return RefusedPath(
        links,
        links[depth] if depth is not None else None,
        lint,
        tuple(_find_remedy(each.findings) for each in linted),
        judge("python3.12", linted).answer == "ok",
        tuple(map(_fingerprint, namesakes)),
        find_names(links[0].der),
        named=named is not None
        and any(_key_name(each, x509.SubjectKeyIdentifier) == named for each in every),
    )


def describe_path(path: CertificatePath) -> tuple[PathLink, ...]:
    """Every certificate of a path, the server's own first.

    Raises:
        ValueError: one cannot be read.
    """
    return tuple(_describe(der, depth, path) for depth, der in enumerate(find_chain(path)))


def find_namesakes(der: bytes, pool: Iterable[bytes]) -> tuple[bytes, ...]:
    """The certificates under the name of the issuer of *der* whose keys did not sign it."""
    wanted = parse_fields(der).issuer
    same = tuple(each for each in pool if each != der and parse_fields(each).subject == wanted)
    signers = find_chain(CertificatePath((der,), same, ""))[1:2]
    return tuple(each for each in same if each not in signers)


def shorten_name(name: x509.Name) -> str:
    """A distinguished name for a sentence: its common name, else its organisation, else all of it."""
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        if found := name.get_attributes_for_oid(oid):
            return escape_label(str(found[0].value))
    return escape_label(name.rfc4514_string()) or "an empty name"


def _find_lint(code: int, linted: tuple[LintedCertificate, ...]) -> tuple[int | None, Lint | None]:
    """The depth of the certificate that OpenSSL reports first, and its lint."""
    upwards = list(enumerate(linted))
    if code in _DATES:
        wanted, order = frozenset({_DATES[code]}), upwards[::-1]
    else:
        wanted, order = _LINTS.get(code, frozenset()), upwards
    if code == 66:  # noqa: PLR2004 - X509_V_ERR_EE_KEY_TOO_SMALL
        order = order[:1]
    elif code == 67:  # noqa: PLR2004 - X509_V_ERR_CA_KEY_TOO_SMALL
        order = order[1:]
    found = ((depth, lint) for depth, each in order for lint in each.findings if lint.code in wanted)
    return next(found, (None, None))


def _find_remedy(findings: Iterable[Lint]) -> str:
    codes = {lint.code for lint in findings} & _OPENSSL_LINTS
    steps = [code.next_step for name, code in read_family("lints").items() if name in codes]
    wanted = (step.removeprefix(REISSUE).removesuffix(BY_PROXY) for step in steps if step.startswith(REISSUE))
    return "; ".join(dict.fromkeys(step.strip() for step in wanted))


def _fingerprint(der: bytes) -> str:
    return hashlib.sha256(der).hexdigest()


def _prefer_valid(anchors: Iterable[bytes], now: datetime) -> tuple[bytes, ...]:
    """As OpenSSL does among CAs of one name: those that are valid today first."""
    return tuple(sorted(anchors, key=lambda der: not _is_valid(der, now)))


def _is_valid(der: bytes, now: datetime) -> bool:
    with quiet():
        parsed = x509.load_der_x509_certificate(der)
        return parsed.not_valid_before_utc <= now <= parsed.not_valid_after_utc


def _describe(der: bytes, depth: int, path: CertificatePath) -> PathLink:
    with quiet():
        parsed = x509.load_der_x509_certificate(der)
        return PathLink(
            der,
            depth,
            der in path.anchors,
            shorten_name(parsed.subject),
            shorten_name(parsed.issuer),
            is_self_issued(der),
            parsed.not_valid_before_utc,
            parsed.not_valid_after_utc,
            _fingerprint(der),
        )


def _key_name(
    der: bytes, kind: type[x509.AuthorityKeyIdentifier | x509.SubjectKeyIdentifier]
) -> bytes | None:
    """The key identifier that an extension names."""
    with quiet():
        try:
            extensions = x509.load_der_x509_certificate(der).extensions
        except UNREADABLE:
            return None
        found = next((each.value for each in extensions if isinstance(each.value, kind)), None)
    return found.key_identifier if found else None
