"""A proxy that intercepts with exactly the certificates that it is given, good or bad."""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

from support.certificates import make_leaf
from support.defects import make_case
from support.proxies import ProxyServer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.certificates import Issued

__all__ = ["IssuingProxy", "context_of", "context_of_der", "context_with_defect", "contexts_of"]


def _load(chain: bytes, key: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")  # a server may show what no client accepts
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "chain.pem"
        file.write_bytes(key + chain)
        context.load_cert_chain(file)
    return context


def context_of(leaf: Issued, *others: Issued) -> ssl.SSLContext:
    """A server's side of TLS that sends *leaf*, and then *others*."""
    return _load(b"".join(each.pem for each in (leaf, *others)), leaf.key_pem)


def context_of_der(der: bytes, key: bytes) -> ssl.SSLContext:
    """A server's side of TLS that sends this certificate alone, whatever is wrong with it."""
    return _load(ssl.DER_cert_to_PEM_cert(der).encode(), key)


def contexts_of(issuer: Issued, *names: str, sends: tuple[Issued, ...] = ()) -> dict[str, ssl.SSLContext]:
    """For each name a good leaf of *issuer*, sent with *sends*."""
    return {name: context_of(make_leaf(issuer, name), *sends) for name in names}


def context_with_defect(name: str) -> tuple[ssl.SSLContext, bytes]:
    """The server's side of a case of :mod:`support.defects`, and the PEM of what a client is to trust."""
    case = make_case(name)
    chain = "".join(ssl.DER_cert_to_PEM_cert(der) for der in case.path.sent)
    anchors = "".join(ssl.DER_cert_to_PEM_cert(der) for der in case.path.anchors)
    return _load(chain.encode(), case.key), anchors.encode()


@dataclass
class IssuingProxy(ProxyServer):
    """The proxy.

    Args:
        trusted: PEM of what it trusts behind it.
        contexts: host → the server's side of TLS that it shows in that host's name.
    """

    trusted: Path = Path()
    contexts: Mapping[str, ssl.SSLContext] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ca = self.ca or trustme.CA()
        super().__post_init__()
        self._upstream = ssl.create_default_context(cafile=str(self.trusted))

    def _mint(self, host: str) -> ssl.SSLContext:
        return self.contexts[host] if host in self.contexts else super()._mint(host)
