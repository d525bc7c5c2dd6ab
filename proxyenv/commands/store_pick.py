"""Picks the CA of an intercepting proxy from the operating system's store, where no CA was named.

In WSL the store of Windows comes second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.catalog.sources.vendors import describe_ca
from proxyenv.machine.ca_sources import SYSTEM
from proxyenv.machine.store_roots import find_store_roots, find_windows_roots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.certificates.inspection import Sight
    from proxyenv.certificates.picking import Lacking
    from proxyenv.commands.command import Session
    from proxyenv.machine.store_roots import StoreRoots
    from proxyenv.model.intent import Request


def pick_from_store(session: Session, request: Request, sight: Sight) -> Request | None:
    """A request for the roots of the store that signed what was seen, as ``--ca system`` would name them.

    What is found, or what is missing, is said.

    Args:
        session: with the terminal.
        request: that names no CA.
        sight: of a connection that is intercepted.

    Returns:
        ``None`` where the store holds none that is good.
    """
    sent = tuple(each.certificate.der for each in sight.inspections)
    found = find_store_roots(sent, now=session.now)
    around = None if found.certificates else _look_around(session, sent)
    if around and around.certificates:
        for line in describe_roots(sight.origin, around):
            session.terminal.remark(line)
        ders = tuple(each.der for each in around.certificates)
        return request._replace(confirmed=ders, confirmed_from=around.source)
    for line in (*describe_roots(sight.origin, found), *(describe_lack(around) if around else ())):
        session.terminal.remark(line)
    if not found.certificates:
        return None
    fingerprints = tuple(each.fingerprint for each in found.certificates)
    return request._replace(ca=(SYSTEM,), fingerprints=fingerprints)


def _look_around(session: Session, sent: tuple[bytes, ...]) -> StoreRoots | None:
    from proxyenv.machine.local import LocalMachine

    return find_windows_roots(LocalMachine(session.host), sent, now=session.now)


def describe_roots(origin: str, found: StoreRoots) -> Iterator[str]:
    """What the store holds of the way up, and what to ask IT for where that is nothing good.

    Args:
        origin: what was seen.
        found: of its way up.
    """
    yield f"the proxy intercepts {origin}, and no CA was named"
    for each in found.certificates:
        yield f"{found.source} holds the CA that signed what it shows: {describe_ca(each.subject)}"
        yield f"  SHA-256 {each.fingerprint}, valid until {each.not_after:%Y-%m-%d}"
    if found.certificates:
        count = len(found.certificates)
        several = f"all {count} are right, and taken" if count > 1 else "it is taken"
        yield f"{several} as by `--ca system`: whoever administers this machine put it there"
        return
    yield from (f"not taken: {each.reason}" for each in found.left_out)
    if not found.ends.stored:
        yield from (f"{found.source} holds no CA that signed it{_ask(each)}" for each in found.ends.lacking)


def describe_lack(around: StoreRoots) -> Iterator[str]:
    """Why the store of Windows gives none either; what to ask IT for was said.

    Args:
        around: what it holds of the way up.
    """
    yield from (f"not taken: {each.reason}" for each in around.left_out)
    if not around.left_out:
        yield f"{around.source} holds none either" if any(around.ends) else around.source


def _ask(lacking: Lacking) -> str:
    """What to ask IT for."""
    key = f" with the key identifier `{lacking.key}`" if lacking.key else ""
    others = f" ({lacking.namesakes} of that name have other keys)" if lacking.namesakes else ""
    return f"{others}: ask IT for `{lacking.name}`{key}, and give it with `--ca FILE`"
