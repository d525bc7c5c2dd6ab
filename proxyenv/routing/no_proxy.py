"""NO_PROXY: entries that every client survives, and what httpx makes of them.

One bracketed or CIDR IPv6 entry makes *every* httpx 0.28 client raise, whatever it asks for, and
Prefect with it; `*.x` is ignored by httpx, requests, urllib and websockets. So the entries are
normalised before they are written, and what a client will not honour is said.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from proxyenv.errors import UsageError
from proxyenv.routing.urls import mask_userinfo

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
"""Always direct. httpx compares texts, so the name does not cover the addresses nor the reverse."""

_NAME: Final = re.compile(r"\.?(?!-)[a-z0-9_-]+(?<!-)(\.(?!-)[a-z0-9_-]+(?<!-))*")
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
_INTERNAL_SUFFIXES: Final = (
    ".local",
    ".internal",
    ".intranet",
    ".lan",
    ".localdomain",
    ".home.arpa",
    ".localhost",
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """What became of NO_PROXY entries.

    Args:
        entries: what may be written, in order, each once.
        notes: what was changed or dropped and why, a sentence each.
    """

    entries: tuple[str, ...]
    notes: tuple[str, ...] = ()


def split_entries(text: str) -> tuple[str, ...]:
    """The entries of a list, whatever separates them: commas, blanks, `;` or `|`."""
    return tuple(entry for entry in re.split(r"[,;|\s]+", text.strip("\"' \t\r\n")) if entry)


def normalise(entries: tuple[str, ...]) -> Normalised:
    """Make entries that no client chokes on and that most understand.

    `*.x` and `.x` become `x,.x`; brackets go; an IPv6 network goes, since httpx 0.28 raises on it; a
    lone `*` swallows the rest, as httpx has it.

    Raises:
        UsageError: ``no-proxy-invalid``, for an entry that is no host, address or network.
    """
    kept: dict[str, None] = {}
    notes: list[str] = []
    for entry in entries:
        texts, note = _normalise_entry(entry)
        kept.update(dict.fromkeys(texts))
        if note:
            notes.append(f"NO_PROXY entry `{mask_userinfo(entry)}`: {note}")
    if "*" in kept:
        kept = {"*": None}
    return Normalised(tuple(kept), tuple(notes))


def _normalise_entry(entry: str) -> tuple[tuple[str, ...], str | None]:
    text = entry.lower()
    if text in {"*", "<local>", "<-loopback>"}:
        return (("*",), None) if text == "*" else ((), "only Windows understands it; name the hosts")
    if "://" in text:
        host = urlsplit(text).hostname or ""
        texts, _ = _normalise_entry(host) if host else ((), None)
        return texts, "a URL means nothing here; its host is taken"
    network = _find_network(text.strip("[]") if text.endswith("]") else text)
    if network is not None:
        return _network_entry(network)
    host, _, port = text.partition(":")
    if port and (not port.isdigit() or host.startswith("[")):
        raise _refusal(entry)
    return _name_entry(entry, host.removesuffix(".") if not _is_octets(host) else host, port)


def _find_network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _network_entry(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> tuple[tuple[str, ...], str | None]:
    if network.prefixlen == network.max_prefixlen:
        return (network.network_address.compressed,), None
    if isinstance(network, ipaddress.IPv6Network):
        return (), "dropped, since an IPv6 network makes every httpx client raise; name the hosts"
    return (str(network),), "httpx, websockets, urllib and Node ignore networks; name the hosts as well"


def _find_ascii(name: str) -> str:
    """The name as DNS has it; one that cannot be encoded is left for the refusal that follows."""
    with contextlib.suppress(UnicodeError):
        return name if name.isascii() else name.encode("idna").decode("ascii")
    return name


def _is_octets(host: str) -> bool:
    return re.fullmatch(r"(\d{1,3}\.){1,3}\*?", host) is not None


def _name_entry(entry: str, host: str, port: str) -> tuple[tuple[str, ...], str | None]:
    if _is_octets(host):
        return (), "no client understands an address prefix; write a network such as `10.0.0.0/8`"
    name = _find_ascii(host.removeprefix("*") if len(host) > 1 else host)
    if not _NAME.fullmatch(name):
        raise _refusal(entry)
    suffix = f":{port}" if port else ""
    note = "curl, git, Go and uv differ about ports; the host alone is understood by all" if port else None
    if name.startswith("."):
        return (name[1:] + suffix, name + suffix), note
    return (name + suffix,), note


def _refusal(entry: str) -> UsageError:
    return UsageError(
        "no-proxy-invalid",
        f"the NO_PROXY entry `{mask_userinfo(entry)}` is no host, address or network",
        hint="entries look like `host.corp.example`, `.corp.example`, `10.1.2.3` or `10.0.0.0/8`",
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
    if _find_network(text) is not None:
        return _is_private(text)
    if "." not in text or text.endswith(_INTERNAL_SUFFIXES):
        return True
    return bool(addresses) and all(_is_private(address) for address in addresses)


def _is_private(address: str) -> bool:
    value = ipaddress.ip_address(address.partition("%")[0])
    return any(value in network for network in _PRIVATE if network.version == value.version)


def find_bypass(entries: tuple[str, ...], url: str) -> str | None:
    """The entry that makes httpx 0.28 go direct for a URL, or ``None`` when it is proxied.

    Follows ``httpx._utils.get_environment_proxies`` and ``URLPattern`` of httpx 0.28.1: addresses and
    `localhost` match as text, `x` matches itself and what is below it, `.x` only what is below it, a
    port must be the explicit one, and a network matches nothing but its own first address.
    """
    parts = urlsplit(url)
    host, port = (parts.hostname or "").lower(), parts.port
    if port == {"http": 80, "https": 443}.get(parts.scheme):
        port = None
    for entry in entries:
        if entry == "*" or _matches(entry.lower(), host, port):
            return entry
    return None


def render_pattern(entry: str) -> str:
    """The httpx mount pattern of an entry, as httpx 0.28.1 makes it from NO_PROXY."""
    network = _find_network(entry)
    if network is not None:
        address = entry.partition("/")[0]
        return f"all://[{address}]" if network.version == _IPV6 else f"all://{address}"
    return f"all://{entry}" if entry.lower() == "localhost" else f"all://*{entry}"


_IPV6: Final = 6


def _matches(entry: str, host: str, port: int | None) -> bool:
    if _find_network(entry) is not None:
        return entry.partition("/")[0] == host
    name, _, wanted = entry.partition(":")
    if wanted and int(wanted) != port:
        return False
    if name == "localhost":
        return host == name
    if name.startswith("."):
        return host.endswith(name) and host != name
    return host == name or host.endswith(f".{name}")
