"""Chains of certificates: who issued which, where the chain ends, and the lints between them."""

from __future__ import annotations

import enum
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509

from proxyenv.certificates.lint import (
    CertificateUse,
    is_self_issued,
    lint_certificate,
    make_lint,
    names_itself,
)
from proxyenv.certificates.parser import UNREADABLE, quiet, render_name
from proxyenv.certificates.pem import escape_label
from proxyenv.certificates.signature import load_key, verifies
from proxyenv.certificates.tbs import parse_fields
from proxyenv.certificates.usual import read_usual

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from proxyenv.model.inspection import CertificatePath, Lint

LOCAL_HOST: Final = "localhost"
"""The host of a generated server certificate, unless a name constraint requires another."""

_ELSEWHERE: Final = ("host.example.com", "host.example.net")
"""Hosts for CAs that may not sign for local names."""

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
    chain = find_chain(path)
    links = []
    for number, der in enumerate(chain):
        role = _role(der, path)
        use = CertificateUse(signs=not (path.sent and number == 0), anchored=der in path.anchors)
        findings = lint_certificate(der, use, now=now)
        links.append(LintedCertificate(der, role, (*findings, *_relations(path, chain, number))))
    return tuple(links)


def find_chain(path: CertificatePath) -> tuple[bytes, ...]:
    """The certificates from the server's own, or the first anchor, up to the last known issuer."""
    pool = tuple(dict.fromkeys((*path.anchors, *path.sent)))
    chain = [path.sent[0] if path.sent else path.anchors[0]]
    while (issuer := find_issuer(chain[-1], pool)) is not None and issuer not in chain:
        chain.append(issuer)
    return tuple(chain)


def find_issuer(der: bytes, pool: Iterable[bytes]) -> bytes | None:
    """The issuer of a certificate, by name and signature; by name alone if the signature tells nothing.

    Args:
        der: the certificate.
        pool: candidates; a self-issued certificate may find itself.
    """
    try:
        wanted = parse_fields(der).issuer
        _load(der)
        candidates = [each for each in pool if find_subject(each) == wanted]
    except UNREADABLE:
        return None
    unsure = None
    for each in candidates:
        answer = _has_signed(each, der)
        if answer:
            return each
        if answer is None and unsure is None:
            unsure = each
    return unsure


@functools.lru_cache(maxsize=1024)  # one path asks several times for the same issuers
def _has_signed(issuer: bytes, der: bytes) -> bool | None:
    return verifies(load_key(parse_fields(issuer).key), _load(der))


def find_relevant(chain: Sequence[bytes], pool: Iterable[bytes]) -> tuple[bytes, ...]:
    """Those of *pool* that a path from *chain* can lead to, without parsing the others.

    Args:
        chain: what was sent.
        pool: what the client trusts.
    """
    candidates = tuple(pool)

    def find(name: bytes) -> list[bytes]:
        return [each for each in candidates if name in each and parse_fields(each).subject == name]

    return climb(chain, _by_name(find))


_MOST_NAMESAKES: Final = 16
"""That are looked at; of a CA that is renewed every year some are kept."""


def group_by_subject(pool: Iterable[bytes]) -> Mapping[bytes, Sequence[bytes]]:
    """The certificates of each name, at most the first sixteen of one."""
    groups: dict[bytes, list[bytes]] = {}
    for der in pool:
        group = groups.setdefault(find_subject(der), [])
        if len(group) < _MOST_NAMESAKES:
            group.append(der)
    return groups


def find_subject(der: bytes) -> bytes:
    """The name of a certificate, as DER; quickly where it has been read in the usual form.

    Raises:
        ValueError: *der* lacks the fields of a certificate.
    """
    try:
        return read_usual(der).subject
    except (ValueError, IndexError):
        return parse_fields(der).subject


def find_above(der: bytes, named: Mapping[bytes, Sequence[bytes]]) -> tuple[bytes, ...]:
    """As :func:`find_relevant`, of certificates that are grouped already: many ask the same pool."""
    return climb((der,), _by_name(lambda name: named.get(name, ())))


def _by_name(find: Callable[[bytes], Iterable[bytes]]) -> Callable[[bytes], Iterable[bytes]]:
    """Find the issuers of certificates by the name that they have for it; namesakes are found once."""
    asked: set[bytes] = set()

    def find_once(der: bytes) -> Iterable[bytes]:
        name = parse_fields(der).issuer
        if name in asked:
            return ()
        asked.add(name)
        return find(name)

    return find_once


def climb(chain: Iterable[bytes], find: Callable[[bytes], Iterable[bytes]]) -> tuple[bytes, ...]:
    """The issuers of a chain, their issuers, and so on, each once; *find* knows those of one certificate."""
    found: dict[bytes, None] = {}
    wanted = list(chain)
    while wanted:
        for each in find(wanted.pop()):
            if each not in found:
                found[each] = None
                wanted.append(each)
    return tuple(found)


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


def _role(der: bytes, path: CertificatePath) -> PathRole:
    if der in path.anchors:
        return PathRole.ANCHOR
    return PathRole.SERVER if path.sent and der == path.sent[0] else PathRole.BETWEEN


def _relations(path: CertificatePath, chain: tuple[bytes, ...], number: int) -> Iterator[Lint]:
    der = chain[number]
    if number + 1 == len(chain):
        yield from _end(der, path)
    below = chain[1:number] if path.sent else chain[:number]
    limit = _path_length(der)
    if (
        limit is not None
        and (number or not path.sent)
        and sum(not is_self_issued(each) for each in below) > limit
    ):
        yield make_lint("path-too-long", f"{limit} allowed")
    constraints = _constraints(der)
    signs = path.host if number or not path.sent else ""
    if signs and constraints is not None and not _permits(constraints, signs):
        yield make_lint("name-not-permitted", f"`{path.host}`")


def _end(der: bytes, path: CertificatePath) -> Iterator[Lint]:
    """The lint for the end of a chain."""
    parsed, issuer = _load_quietly(der), parse_fields(der).issuer
    has_namesake = any(each != der and parse_fields(each).subject == issuer for each in path.anchors)
    if der in path.anchors and find_issuer(der, (der,)) is not None:
        return
    if der in path.anchors and is_self_issued(der) and names_itself(der):
        yield make_lint("root-damaged")
    elif has_namesake:
        yield make_lint("signature-wrong")
    else:
        code = "root-missing" if der in path.anchors else "issuer-missing"
        yield make_lint(code, f"`{_issuer(parsed)}`")


def _issuer(parsed: x509.Certificate | None) -> str:
    return render_name(parsed.issuer) if parsed else "unreadable"


def _path_length(der: bytes) -> int | None:
    constraints = _find(der, x509.BasicConstraints)
    return constraints.path_length if isinstance(constraints, x509.BasicConstraints) else None


def _constraints(der: bytes) -> x509.NameConstraints | None:
    found = _find(der, x509.NameConstraints)
    return found if isinstance(found, x509.NameConstraints) else None


def _find(der: bytes, kind: type[x509.ExtensionType]) -> x509.ExtensionType | None:
    with quiet():
        try:
            extensions = _load(der).extensions
        except UNREADABLE:
            return None
        return next((each.value for each in extensions if isinstance(each.value, kind)), None)


@functools.lru_cache(maxsize=256)  # as for its fields
def _load(der: bytes) -> x509.Certificate:
    with quiet():
        return x509.load_der_x509_certificate(der)


def _load_quietly(der: bytes) -> x509.Certificate | None:
    try:
        return _load(der)
    except UNREADABLE:
        return None


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
