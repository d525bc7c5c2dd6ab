"""Which CAs of a store signed what a connection shows: the way up, each step proven.

What came over the wire only selects: an answer is always the store's own copy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509

from proxyenv.certificates.certificate import find_denial, is_for_untrusted
from proxyenv.certificates.der import parse_element
from proxyenv.certificates.hash_directory import fold_name
from proxyenv.certificates.issuers import climb
from proxyenv.certificates.lint import is_self_issued, names_itself
from proxyenv.certificates.parser import UNREADABLE, quiet, render_name
from proxyenv.certificates.signature import load_key, verifies
from proxyenv.certificates.tbs import parse_fields
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_MOST_SENT: Final = 16
"""Of what was sent. A longer chain is none that clients accept."""


class Lacking(NamedTuple):
    """The CA that would have to be known, and is neither sent nor stored.

    Args:
        name: of the CA, as text.
        key: its key identifier, hex; empty where what it signed does not say it.
        namesakes: how many CAs of that name are known, none of which signed it.
    """

    name: str
    key: str
    namesakes: int


class Ends(NamedTuple):
    """Where the ways up from a server's certificate end.

    Args:
        stored: the roots among them that the store holds, DER, whatever their dates.
        sent: the roots that were sent and that the store does not hold.
        lacking: the CAs above the others.
    """

    stored: tuple[bytes, ...] = ()
    sent: tuple[bytes, ...] = ()
    lacking: tuple[Lacking, ...] = ()


def find_ends(sent: Sequence[bytes], store: Iterable[bytes]) -> Ends:
    """Walk from the certificate that a server sent first up to the roots.

    A step leads to a CA with the name of the issuer and, where both say it, the key identifier of the issuer,
    and whose key made the signature. It may have been sent along, or be in the store.

    Args:
        sent: DER, the server's own first.
        store: DER.
    """
    held = frozenset(store)
    named = _group((*sent[:_MOST_SENT], *held))
    if not sent or _find_names(sent[0]) is None:
        return Ends()

    def find(der: bytes) -> tuple[bytes, ...]:
        return tuple(each for each in _namesakes(der, named) if _has_signed(each, der))

    reached = dict.fromkeys((sent[0], *climb(sent[:1], find)))
    roots = tuple(each for each in reached if _has_signed(each, each))
    tops = (each for each in reached if each not in roots and not find(each) and not _is_alone(each))
    return Ends(
        tuple(sorted(each for each in roots if each in held)),
        tuple(each for each in roots if each not in held),
        tuple(found for each in tops if (found := _describe(each, len(_namesakes(each, named))))),
    )


def _group(ders: Iterable[bytes]) -> Mapping[bytes, Sequence[bytes]]:
    """The certificates by their subjects, spelled in one way."""
    groups: dict[bytes, dict[bytes, None]] = {}
    for der in ders:
        names = _find_names(der)
        if names is not None:
            groups.setdefault(names[0], {})[der] = None
    return {name: tuple(found) for name, found in groups.items()}


def _namesakes(der: bytes, named: Mapping[bytes, Sequence[bytes]]) -> Sequence[bytes]:
    names = _find_names(der)
    return named.get(names[1], ()) if names else ()


def _find_names(der: bytes) -> tuple[bytes, bytes] | None:
    """Subject and issuer, spelled in one way; ``None`` for what is no certificate."""
    try:
        fields = parse_fields(der)
        return _fold(fields.subject), _fold(fields.issuer)
    except UNREADABLE:
        return None


def _fold(name: bytes) -> bytes:
    try:
        return fold_name(parse_element(name).content)
    except UNREADABLE:
        return name


def _has_signed(issuer: bytes, der: bytes) -> bool:
    """Whether a CA made the signature of a certificate, whose issuer bears its name."""
    try:
        return (
            _names(issuer, der)
            and _agree(issuer, der)
            and find_denial(issuer) is None
            and not is_for_untrusted(issuer)
            and verifies(load_key(parse_fields(issuer).key), _load(der)) is True
        )
    except UNREADABLE:
        return False


def _names(issuer: bytes, der: bytes) -> bool:
    above, below = _find_names(issuer), _find_names(der)
    return above is not None and below is not None and above[0] == below[1]


def _agree(issuer: bytes, der: bytes) -> bool:
    """Whether the key identifiers are one, where both say theirs."""
    above, below = _find_keys(issuer)[0], _find_keys(der)[1]
    return above is None or below is None or above == below


def _find_keys(der: bytes) -> tuple[bytes | None, bytes | None]:
    """The key identifiers of a certificate: its own, and its issuer's."""
    own = issuer = None
    with quiet():
        for each in _load(der).extensions:
            if isinstance(each.value, x509.SubjectKeyIdentifier):
                own = each.value.digest
            elif isinstance(each.value, x509.AuthorityKeyIdentifier):
                issuer = each.value.key_identifier
    return own, issuer


def _is_alone(der: bytes) -> bool:
    """Whether a certificate is below no other, such as a server's that signed itself."""
    return is_self_issued(der) and names_itself(der)


def _load(der: bytes) -> x509.Certificate:
    with quiet():
        return x509.load_der_x509_certificate(der)


def _describe(der: bytes, namesakes: int) -> Lacking | None:
    try:
        return Lacking(render_name(_load(der).issuer), (_find_keys(der)[1] or b"").hex(), namesakes)
    except UNREADABLE:
        return None
