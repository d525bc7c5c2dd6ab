"""Who issued a certificate, by name and signature, among those that are at hand."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from cryptography import x509

from proxyenv.certificates.parser import UNREADABLE, quiet
from proxyenv.certificates.signature import load_key, verifies
from proxyenv.certificates.tbs import parse_fields
from proxyenv.certificates.usual import read_usual

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

MOST_KNOWN: Final = 65_536
"""Of what is remembered of each certificate: CAs that form a chain ask for it again and again. A file of
16 MiB holds fewer."""

_MOST_NAMESAKES: Final = 16
"""That are looked at; of a CA that is renewed every year some are kept."""


def find_issuer(der: bytes, pool: Iterable[bytes]) -> bytes | None:
    """The issuer of a certificate, by name and signature; by name alone if the signature tells nothing.

    Args:
        der: the certificate.
        pool: candidates; a self-issued certificate may find itself.
    """
    try:
        wanted = find_issuer_name(der)
        namesakes = tuple(each for each in pool if find_subject(each) == wanted)
    except UNREADABLE:
        return None
    return _pick_issuer(der, namesakes)


def find_named_issuer(der: bytes, named: Mapping[bytes, tuple[bytes, ...]]) -> bytes | None:
    """As :func:`find_issuer`, of candidates that are grouped already: many ask the same pool."""
    try:
        return _pick_issuer(der, named.get(find_issuer_name(der), ()))
    except UNREADABLE:
        return None


@functools.lru_cache(maxsize=MOST_KNOWN)
def _pick_issuer(der: bytes, namesakes: tuple[bytes, ...]) -> bytes | None:
    try:
        load(der)
    except UNREADABLE:
        return None
    unsure = None
    for each in namesakes:
        answer = _has_signed(each, der)
        if answer:
            return each
        if answer is None and unsure is None:
            unsure = each
    return unsure


@functools.lru_cache(maxsize=MOST_KNOWN)
def _has_signed(issuer: bytes, der: bytes) -> bool | None:
    return verifies(load_key(parse_fields(issuer).key), load(der))


@functools.lru_cache(maxsize=256)  # as for its fields
def load(der: bytes) -> x509.Certificate:
    """A certificate as cryptography reads it.

    Raises:
        ValueError: it does not, and so are the other exceptions of ``UNREADABLE``.
    """
    with quiet():
        return x509.load_der_x509_certificate(der)


def group_by_subject(pool: Iterable[bytes], *, most: int = _MOST_NAMESAKES) -> dict[bytes, tuple[bytes, ...]]:
    """The certificates of each name.

    Args:
        pool: in any order.
        most: only so many of one name are kept, the first.

    Raises:
        ValueError: one of them lacks the fields of a certificate.
    """
    groups: dict[bytes, list[bytes]] = {}
    for der in pool:
        group = groups.setdefault(find_subject(der), [])
        if len(group) < most:
            group.append(der)
    return {name: tuple(group) for name, group in groups.items()}


@functools.lru_cache(maxsize=MOST_KNOWN)
def find_subject(der: bytes) -> bytes:
    """The name of a certificate, as DER; quickly where it has been read in the usual form.

    Raises:
        ValueError: *der* lacks the fields of a certificate.
    """
    try:
        return read_usual(der).subject
    except (ValueError, IndexError):
        return parse_fields(der).subject


@functools.lru_cache(maxsize=MOST_KNOWN)
def find_issuer_name(der: bytes) -> bytes:
    """The name of the CA that issued a certificate, as DER.

    Raises:
        ValueError: *der* lacks the fields of a certificate.
    """
    return parse_fields(der).issuer


def find_relevant(chain: Sequence[bytes], pool: Iterable[bytes]) -> tuple[bytes, ...]:
    """Those of *pool* that a path from *chain* can lead to, without parsing the others.

    Args:
        chain: what was sent.
        pool: what the client trusts.
    """
    candidates = tuple(pool)
    asked: set[bytes] = set()

    def find(der: bytes) -> Iterable[bytes]:
        """Those that bear the name of the issuer; each name is looked for once."""
        name = find_issuer_name(der)
        if name in asked:
            return ()
        asked.add(name)
        return [each for each in candidates if name in each and parse_fields(each).subject == name]

    return climb(chain, find)


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
