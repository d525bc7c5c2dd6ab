"""Which hosts belong to the local network, so that no proxy would reach them."""

from __future__ import annotations

import ipaddress
from typing import Final

_PRIVATE: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",  # RFC 1918
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",  # RFC 6598
        "127.0.0.0/8",
        "169.254.0.0/16",  # RFC 3927
        "::1/128",
        "fc00::/7",  # RFC 4193
        "fe80::/10",
    )
)
_SUFFIXES: Final = (
    ".local",
    ".internal",
    ".intranet",
    ".lan",
    ".localdomain",
    ".home.arpa",
    ".localhost",
)


def is_internal(host: str, addresses: tuple[str, ...] = ()) -> bool:
    """Whether a host belongs to the local network, so that a proxy would not reach it.

    That is: a private, loopback or link-local address; a name without a dot; a name in a domain that
    is reserved for local use; a name that resolves, here, to such addresses only.

    Args:
        host: a name or an address, without brackets.
        addresses: what the name resolves to on this machine.
    """
    text = host.lower().removesuffix(".")
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        if "." not in text or text.endswith(_SUFFIXES):
            return True
        return bool(addresses) and all(map(_is_private, addresses))
    return _is_private(text)


def _is_private(address: str) -> bool:
    value = ipaddress.ip_address(address.partition("%")[0])
    return any(value in network for network in _PRIVATE if network.version == value.version)
