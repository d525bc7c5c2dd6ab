"""What each client reads, as data. Adding a client is a row and a test, never a branch.

Every row was measured: each client in a network namespace of its own, with an origin under the
corporate root, one under a public root, and a proxy that records what it is asked for.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple


class Role(enum.Enum):
    """What the value of a roots variable means to the client that reads it."""

    REPLACES_ROOTS = "replaces"
    """It must name the merged bundle, or every host that is not intercepted breaks."""

    ADDS_ROOTS = "adds"
    """It must name the corporate CAs alone: the whole bundle would be parsed once more for nothing."""


class Client(NamedTuple):
    """One client.

    Args:
        name: as its users call it.
        roots: the variable that names its trust anchors, or ``None`` when no variable does.
        role: what that variable means.
        proxy: whether it takes its proxy from `HTTP_PROXY`, `HTTPS_PROXY` and their lower case.
        switches: variables that must have a fixed value for the client to look at the others.
        store: whether the operating system's store is enough for it: by itself, or since it goes through
            Python's ``ssl``, which truststore serves.
        store_switches: variables that must have a fixed value for that.
        note: what else a user has to know.
    """

    name: str
    roots: str | None = None
    role: Role = Role.REPLACES_ROOTS
    proxy: bool = True
    switches: tuple[tuple[str, str], ...] = ()
    store: bool = False
    store_switches: tuple[tuple[str, str], ...] = ()
    note: str = ""


CLIENTS: Final[tuple[Client, ...]] = (
    Client(
        "Prefect (API client, websockets)",
        "SSL_CERT_FILE",
        note="the profile's `PREFECT_API_SSL_CERT_FILE` wins",
        store=True,
    ),
    Client("httpx", "SSL_CERT_FILE", store=True),
    Client(
        "websockets", "SSL_CERT_FILE", note="with credentials to encode: `WSS_PROXY`, `WS_PROXY`", store=True
    ),
    Client("urllib (Python)", "SSL_CERT_FILE", store=True),
    Client("aiohttp", "SSL_CERT_FILE", note="a proxy only with `trust_env=True`", store=True),
    Client("requests", "REQUESTS_CA_BUNDLE", store=True),
    Client("pip >= 24.2", "SSL_CERT_FILE", note="adds to the system store", store=True),
    Client("pip < 24.2", "PIP_CERT"),
    Client("uv", "SSL_CERT_FILE", store=True, store_switches=(("UV_SYSTEM_CERTS", "1"),)),
    Client("curl", "CURL_CA_BUNDLE", note="ignores `HTTP_PROXY` in upper case", store=True),
    Client("git", "GIT_SSL_CAINFO", store=True),
    Client("AWS CLI, boto3", "AWS_CA_BUNDLE"),
    Client("gcloud", "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE"),
    Client("google-auth, azure-core", "REQUESTS_CA_BUNDLE", store=True),
    Client("httplib2", "HTTPLIB2_CA_CERTS", store=True),
    Client("gRPC (Python)", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", note="reads lower case only"),
    Client(
        "Node >= 22.21 (fetch, https)",
        "NODE_EXTRA_CA_CERTS",
        Role.ADDS_ROOTS,
        switches=(("NODE_USE_ENV_PROXY", "1"),),
        note="Node 20 takes no proxy from the environment",
    ),
    Client("npm, yarn 1, pnpm, bun", "NODE_EXTRA_CA_CERTS", Role.ADDS_ROOTS),
    Client("deno", "DENO_CERT", Role.ADDS_ROOTS),
    Client("cargo", "CARGO_HTTP_CAINFO", store=True),
    Client("Go programs (kubectl, terraform, gh)", "SSL_CERT_FILE", note="on Linux", store=True),
    Client("Ruby", "SSL_CERT_FILE", store=True),
    Client(
        "Perl LWP",
        "PERL_LWP_SSL_CA_FILE",
        switches=(("PERL_LWP_ENV_PROXY", "1"),),
        store=True,
    ),
    Client("wget, apt, aria2", note="no variable names their CA: install it in the system store", store=True),
    Client("Java, Maven, Gradle", proxy=False, note="system properties only"),
)
"""The clients that the env files serve, and those that they cannot."""

PROXY_VARIABLES: Final = {
    "http": ("http_proxy", "HTTP_PROXY"),
    "https": ("https_proxy", "HTTPS_PROXY"),
    "all": ("all_proxy", "ALL_PROXY"),
    "no": ("no_proxy", "NO_PROXY"),
}
"""Both cases of each, the one that most clients prefer first. wget, apt and gRPC read only lower case,
uv, npm and Go prefer upper case, so both are written with one value."""

WEBSOCKET_VARIABLES: Final = ("wss_proxy", "WSS_PROXY", "ws_proxy", "WS_PROXY")
"""Only websockets reads them, before any other."""

UNSET_WITH_PROXY: Final = ("ALL_PROXY", "all_proxy")
"""Unset when inherited: it says nothing that the other two do not say, and websockets does not read it."""

OWN_LISTS: Final = ("npm_config_noproxy", "no_grpc_proxy")
"""Lists that one client reads before NO_PROXY: set where they say more, and else unset when inherited."""

UNSET_WITH_ROOTS: Final = ("SSL_CERT_DIR",)
"""Unset when inherited: with it, curl 7.88 ignores `SSL_CERT_FILE`."""


UNSET_WITH_STORE: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Unset when inherited, where the operating system's store is to count: truststore, OpenSSL, Go and uv take
these instead of it."""


def roots_variables(*, truststore: bool = False) -> tuple[tuple[str, Role], ...]:
    """Every variable that names trust anchors, once, in the order of the rows.

    Args:
        truststore: leave out those of which no client needs one, as the operating system's store is
            enough for each.
    """
    wanted = (client for client in CLIENTS if client.roots and not (truststore and client.store))
    return tuple({str(client.roots): (str(client.roots), client.role) for client in wanted}.values())


def switches() -> tuple[tuple[str, str], ...]:
    """Every variable with a fixed value, once."""
    return tuple(dict(pair for client in CLIENTS for pair in client.switches).items())


def store_switches() -> tuple[tuple[str, str], ...]:
    """Every variable with a fixed value that makes a client use the operating system's store, once."""
    return tuple(dict(pair for client in CLIENTS for pair in client.store_switches).items())


def render_table() -> str:
    """The clients as a Markdown table, for the README."""
    rows = [
        "| Client | Proxy from the env file | CA from | The CA there | With truststore | Note |",
        "|---|---|---|---|---|---|",
    ]
    for client in CLIENTS:
        roots = f"`{client.roots}`" if client.roots else "-"
        role = {Role.REPLACES_ROOTS: "merged bundle", Role.ADDS_ROOTS: "corporate CAs"}[client.role]
        proxy = "yes" if client.proxy else "no"
        with_store = "the store" if client.store else "the same" if client.roots else "-"
        rows.append(
            f"| {client.name} | {proxy} | {roots} | {role if client.roots else '-'} | {with_store} "
            f"| {client.note} |"
        )
    return "\n".join(rows) + "\n"
