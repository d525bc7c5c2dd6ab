"""Chains of certificates: who issued which, where the chain ends, and the lints between them."""

from __future__ import annotations

import enum
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509

from proxyenv.certificates.issuers import (
    MOST_KNOWN,
    find_issuer,
    find_issuer_name,
    find_named_issuer,
    find_subject,
    group_by_subject,
    load,
)
from proxyenv.certificates.lint import (
    CertificateUse,
    is_self_issued,
    lint_certificate,
    make_lint,
    names_itself,
)
from proxyenv.certificates.parser import UNREADABLE, quiet, render_name
from proxyenv.certificates.pem import escape_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from proxyenv.model.inspection import CertificatePath, Lint

LOCAL_HOST: Final = "localhost"
"""The host of a generated server certificate, unless a name constraint requires another."""

_ELSEWHERE: Final = ("host.example.com", "host.example.net")
"""Hosts for CAs that may not sign for local names."""

_LONGEST: Final = 100
"""Of a chain, as OpenSSL's clients follow it unless told otherwise."""

_HOST: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class PathRole(enum.Flag):
    """The position of a certificate in a path."""

    SERVER = enum.auto()
    BETWEEN = enum.auto()
    ANCHOR = enum.auto()
    CA = BETWEEN | ANCHOR
    SENT = SERVER | BETWEEN
    ANY = SERVER | BETWEEN | ANCHOR


@dataclass(frozen=True, slots=True)
class LintedCertificate:
    """One certificate of a path, with its lints.

    Args:
        der: the certificate.
        role: its position in this path.
        findings: its lints there.
    """

    der: bytes
    role: PathRole
    findings: tuple[Lint, ...]


def lint_path(path: CertificatePath, *, now: datetime) -> tuple[LintedCertificate, ...]:
    """Lint every certificate that a client looks at, from the server's own upwards.

    Args:
        path: if nothing is sent, a valid server certificate below the first anchor is assumed.
        now: aware.
    """
    chain, anchors = find_chain(path), frozenset(path.anchors)
    links, below = [], 0
    for number, der in enumerate(chain):
        signs = not (path.sent and number == 0)
        use = CertificateUse(signs=signs, anchored=der in anchors)
        findings = [*lint_certificate(der, use, now=now)]
        if number + 1 == len(chain):
            findings += _end(der, path)
        if signs:
            findings += _limits(der, path.host, below)
            below += not is_self_issued(der)
        links.append(LintedCertificate(der, _role(use), tuple(findings)))
    return tuple(links)


def find_chain(path: CertificatePath) -> tuple[bytes, ...]:
    """The certificates from the server's own, or the first anchor, up to the last known issuer."""
    pool = dict.fromkeys((*path.anchors, *path.sent))
    try:
        named = group_by_subject(pool, most=len(pool))
    except UNREADABLE:  # by what the chain goes on is not known then
        named = {}
    return follow(path.sent[0] if path.sent else path.anchors[0], named)


def follow(der: bytes, named: Mapping[bytes, tuple[bytes, ...]]) -> tuple[bytes, ...]:
    """A certificate, its issuer, and so on, up to the last that is known or to the hundredth.

    Args:
        der: the first.
        named: the candidates, by their names.
    """
    chain = {der: None}
    above = find_named_issuer(der, named)
    while above is not None and above not in chain and len(chain) < _LONGEST:
        chain[above] = None
        above = find_named_issuer(above, named)
    return tuple(chain)


def find_permitted_host(path: CertificatePath) -> str:
    """A host that all CAs of a path may issue certificates for; if there is none, any host.

    Args:
        path: a path that sends nothing.
    """
    every = [found for der in find_chain(path) if (found := _constraints(der)) is not None]
    names = [name.lstrip(".") for each in every for name in _hosts(each.permitted_subtrees)]
    usable = [name for name in names if _HOST.fullmatch(name)]
    candidates = (*(f"host.{name}" for name in usable), *usable, LOCAL_HOST, *_ELSEWHERE)
    fitting = (host for host in candidates if all(_permits(each, host) for each in every))
    return next(fitting, LOCAL_HOST)


def find_names(der: bytes) -> tuple[str, ...]:
    """The host names and addresses that a server certificate is for, as they stand in it."""
    names = _find(der, x509.SubjectAlternativeName)
    if not isinstance(names, x509.SubjectAlternativeName):
        return ()
    addresses = names.get_values_for_type(x509.IPAddress)
    return tuple(map(escape_label, (*names.get_values_for_type(x509.DNSName), *map(str, addresses))))


def find_host(der: bytes) -> str:
    """A host that a server certificate is valid for."""
    names = _find(der, x509.SubjectAlternativeName)
    hosts = names.get_values_for_type(x509.DNSName) if isinstance(names, x509.SubjectAlternativeName) else []
    usable = (name.replace("*", "host") for name in hosts)
    return next((name for name in usable if _HOST.fullmatch(name)), LOCAL_HOST)


def _role(use: CertificateUse) -> PathRole:
    if use.anchored:
        return PathRole.ANCHOR
    return PathRole.BETWEEN if use.signs else PathRole.SERVER


def _limits(der: bytes, host: str, below: int) -> Iterator[Lint]:
    """The lints of what a CA may issue.

    Args:
        der: the CA.
        host: of the server at the end of the path; may be empty.
        below: how many CAs there are between, those that issued themselves aside.
    """
    limit, constraints = _path_length(der), _constraints(der)
    if limit is not None and below > limit:
        yield make_lint("path-too-long", f"{limit} allowed")
    if host and constraints is not None and not _permits(constraints, host):
        yield make_lint("name-not-permitted", f"`{host}`")


def _end(der: bytes, path: CertificatePath) -> Iterator[Lint]:
    """The lint for the end of a chain."""
    issuer = find_issuer_name(der)
    has_namesake = any(each != der and find_subject(each) == issuer for each in path.anchors)
    if der in path.anchors and find_issuer(der, (der,)) is not None:
        return
    if der in path.anchors and is_self_issued(der) and names_itself(der):
        yield make_lint("root-damaged")
    elif has_namesake:
        yield make_lint("signature-wrong")
    else:
        code = "root-missing" if der in path.anchors else "issuer-missing"
        yield make_lint(code, f"`{_render_issuer(der)}`")


def _render_issuer(der: bytes) -> str:
    try:
        return render_name(load(der).issuer)
    except UNREADABLE:
        return "unreadable"


@functools.lru_cache(maxsize=MOST_KNOWN)
def _path_length(der: bytes) -> int | None:
    constraints = _find(der, x509.BasicConstraints)
    return constraints.path_length if isinstance(constraints, x509.BasicConstraints) else None


@functools.lru_cache(maxsize=MOST_KNOWN)
def _constraints(der: bytes) -> x509.NameConstraints | None:
    found = _find(der, x509.NameConstraints)
    return found if isinstance(found, x509.NameConstraints) else None


def _find(der: bytes, kind: type[x509.ExtensionType]) -> x509.ExtensionType | None:
    with quiet():
        try:
            extensions = load(der).extensions
        except UNREADABLE:
            return None
        return next((each.value for each in extensions if isinstance(each.value, kind)), None)


def _permits(constraints: x509.NameConstraints, host: str) -> bool:
    permitted = _hosts(constraints.permitted_subtrees)
    excluded = _hosts(constraints.excluded_subtrees)
    if permitted and not any(_within(host, name) for name in permitted):
        return False
    return not any(_within(host, name) for name in excluded)


def _hosts(names: Iterable[x509.GeneralName] | None) -> list[str]:
    return [name.value for name in names or () if isinstance(name, x509.DNSName)]


def _within(host: str, name: str) -> bool:
    """Whether *host* is *name* or below it (RFC 5280, section 4.2.1.10)."""
    host, name = host.lower(), name.lower().lstrip(".")
    return not name or host == name or host.endswith(f".{name}")
