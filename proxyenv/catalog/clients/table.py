"""Every client, and what follows from the rows. Adding a client is a row and a test, never a branch.

Rows that name versions were measured: each client in a network namespace of its own, with an origin under
the corporate root, one under a public root, and a proxy that records what it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients import compiled, javascript, prefect, python, system
from proxyenv.catalog.clients.client import Client, Role
from proxyenv.catalog.clients.libraries import WEBSOCKET_VARIABLES
from proxyenv.catalog.tools import load_tools

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.catalog.tools.tool import Keys, Tool

__all__ = [
    "CLIENTS",
    "FAMILIES",
    "MORE_ROOTS",
    "PROXY_VARIABLES",
    "UNSET_WITH_PROXY",
    "UNSET_WITH_ROOTS",
    "UNSET_WITH_STORE",
    "VARIABLES",
    "WEBSOCKET_VARIABLES",
    "Client",
    "Role",
    "all_roots_variables",
    "find_client",
    "find_tool",
    "is_about_network",
    "read_by",
    "roots_variables",
    "store_switches",
    "switches",
    "tls_proxy_variables",
]

_FAMILIES: Final[tuple[tuple[str, tuple[Client, ...]], ...]] = (
    ("Prefect", prefect.CLIENTS),
    ("Python libraries", python.LIBRARIES),
    ("Python tools", python.TOOLS),
    ("System", system.CLIENTS),
    ("JavaScript", javascript.CLIENTS),
    ("Rust", compiled.RUST),
    ("Go", compiled.GO),
    ("Java", ()),
)

FAMILIES: Final[Mapping[str, tuple[Client, ...]]] = {
    family: (*(row for tool in load_tools() if tool.family == family for row in tool.clients), *rows)
    for family, rows in _FAMILIES
}
"""Every client by its family: those with a file of their own first."""

CLIENTS: Final[tuple[Client, ...]] = tuple(row for rows in FAMILIES.values() for row in rows)
"""The clients that the env files serve, and those that they cannot."""

VARIABLES: Final[Mapping[str, Keys]] = {
    **{tool.name: tool.variables for tool in load_tools()},
    **prefect.VARIABLES,
    **python.VARIABLES,
    **system.VARIABLES,
    **javascript.VARIABLES,
    **compiled.VARIABLES,
}
"""By the name of a tool or a family of clients: what the variables mean that only they read."""

_OWNERS: Final = {row.name: tool for tool in load_tools() for row in tool.clients}


def find_tool(client: Client) -> Tool | None:
    """The tool that a row belongs to; ``None`` for a client without a file of its own."""
    return _OWNERS.get(client.name)


def read_by(client: Client) -> frozenset[str]:
    """The names of the tools, and of :data:`VARIABLES`, whose settings hold for a client."""
    tool = find_tool(client)
    return frozenset((*((tool.name,) if tool else ()), *client.reads))


PROXY_VARIABLES: Final = {
    "http": ("http_proxy", "HTTP_PROXY"),
    "https": ("https_proxy", "HTTPS_PROXY"),
    "all": ("all_proxy", "ALL_PROXY"),
    "no": ("no_proxy", "NO_PROXY"),
}
"""Both cases of each, the one that most clients prefer first. wget, apt and gRPC read only lower case,
uv, npm and Go prefer upper case, so both are written with one value."""

UNSET_WITH_PROXY: Final = ("ALL_PROXY", "all_proxy")
"""Unset when inherited: it says nothing that the other two do not say, and websockets does not read it."""

OWN_LISTS: Final = ("npm_config_noproxy", "no_grpc_proxy")
"""Lists that one client reads before NO_PROXY: set where they say more, and else unset when inherited."""

MORE_ROOTS: Final = (
    "NIX_SSL_CERT_FILE",
    "PREFECT_API_SSL_CERT_FILE",
    "npm_config_cafile",
    "NPM_CONFIG_CAFILE",
)
"""More variables that name a file of trust anchors: the env files write none of them."""

LISTS: Final = frozenset((*PROXY_VARIABLES["no"], *OWN_LISTS))
"""The variables whose value is a list of hosts that go direct."""

UNSET_WITH_ROOTS: Final = ("SSL_CERT_DIR",)
"""Unset when inherited: with it, curl 7.88 ignores `SSL_CERT_FILE`."""

UNSET_WITH_STORE: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Unset when inherited, where the operating system's store is to count: truststore, OpenSSL, Go and uv take
these instead of it."""


def is_about_network(name: str) -> bool:
    """Whether a variable's name looks as if it were about proxies or CAs."""
    folded = name.lower()
    return any(word in folded for word in ("prox", "cert", "_ca", "ca_", "bundle"))


def find_client(name: str) -> Client | None:
    """The row of that name."""
    return next((client for client in CLIENTS if client.name == name), None)


def roots_variables(*, truststore: bool = False) -> tuple[tuple[str, Role], ...]:
    """Every variable that the env files set to name trust anchors, once, in the order of the rows.

    Args:
        truststore: leave out those of which no client needs one, as the operating system's store is
            enough for each.
    """
    wanted = (client.written for client in CLIENTS if not (truststore and client.store))
    return tuple({roots.variable: (roots.variable, roots.role) for roots in wanted if roots}.values())


def all_roots_variables() -> tuple[str, ...]:
    """Every variable that may name trust anchors: all that the env files write, and some more."""
    return (*(name for name, _role in roots_variables()), *MORE_ROOTS, *UNSET_WITH_ROOTS)


def tls_proxy_variables() -> tuple[str, ...]:
    """What names the roots for a proxy that itself speaks TLS, and nothing else; once."""
    proxies = (client.proxy for client in CLIENTS if client.proxy)
    known = {roots.variable for client in CLIENTS for roots in client.roots}
    return tuple(dict.fromkeys(name for proxy in proxies for name in proxy.tls_roots if name not in known))


def switches() -> tuple[tuple[str, str], ...]:
    """Every variable with a fixed value, once."""
    return tuple(dict(pair for client in CLIENTS for pair in client.switches).items())


def store_switches() -> tuple[tuple[str, str], ...]:
    """Every variable with a fixed value that makes a client use the operating system's store, once."""
    return tuple(dict(pair for client in CLIENTS for pair in client.store_switches).items())
