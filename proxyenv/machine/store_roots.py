"""The roots in the system's store, in WSL also in that of Windows, that signed what a connection shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.certificates.anchors import sift
from proxyenv.certificates.certificate import CertificateFile
from proxyenv.certificates.picking import Ends, find_ends
from proxyenv.errors import DiscoveryError, TrustError
from proxyenv.machine.roots import (
    SystemRoots,
    find_known,
    parse_system_roots,
    read_public_roots,
    read_system_roots,
)
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from proxyenv.model.certificate import Certificate, LeftOut
    from proxyenv.model.machine import Machine


class StoreRoots(NamedTuple):
    """What the store holds of the way up.

    Args:
        source: where the store is, for messages; or why it cannot be read.
        certificates: the roots that are right, and good today.
        left_out: those that would be right, and are not good today or public.
        ends: where the ways end.
    """

    source: str
    certificates: tuple[Certificate, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    ends: Ends = Ends()


def find_store_roots(sent: Sequence[bytes], *, now: datetime, store: SystemRoots | None = None) -> StoreRoots:
    """The roots of the store that *sent* leads up to.

    An administrator put them there, so what came over the wire need not be trusted: it selects.

    Args:
        sent: DER, the server's own certificate first.
        now: aware.
        store: that of this machine, where it was read already.
    """
    try:
        store = store or read_system_roots()
        public, _ = read_public_roots()
        stored = {each.der: each for each in parse_system_roots(store, public)}
    except (DiscoveryError, TrustError) as error:
        return StoreRoots(error.message)
    ends = find_ends(sent, stored)
    right = CertificateFile(tuple(stored[der] for der in ends.stored))
    sifted = sift(right, source=store.source, known=find_known(public), now=now)
    return StoreRoots(store.source, sifted.certificates, sifted.left_out, ends)


def find_windows_roots(machine: Machine, sent: Sequence[bytes], *, now: datetime) -> StoreRoots | None:
    """The same of the store of Windows around WSL; ``None`` elsewhere.

    Args:
        machine: this one.
        sent: see :func:`find_store_roots`.
        now: aware.
    """
    import ssl

    from proxyenv.catalog.sources.wsl_roots import WHERE, read_windows_roots

    answer = read_windows_roots(machine) if machine.platform == "linux" else None
    if answer is None:
        return None
    if answer.refusal:
        return StoreRoots(answer.refusal)
    pem = "".join(map(ssl.DER_cert_to_PEM_cert, answer.certificates))
    return find_store_roots(sent, now=now, store=SystemRoots(WHERE, pem.encode("ascii")))
