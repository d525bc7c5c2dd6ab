"""The proxy: which requests go to it, and the first checks: its name resolves, and it answers as a proxy."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxyenv.checks.connection import resolve
from proxyenv.checks.finding import Finding, failed
from proxyenv.checks.forwarder import judge_forwarder, judge_tunnel
from proxyenv.checks.tunnel import (
    HTTP2_HINT,
    HTTP2Error,
    NotHTTPError,
    ask,
    judge_refusal,
    reach,
    speaks_plain_http,
    speaks_tls,
)
from proxyenv.checks.wire import judge_proxy_certificate
from proxyenv.model.route import RouteKind
from proxyenv.model.subject import parse_origin
from proxyenv.model.url import join_authority
from proxyenv.no_proxy.dialects.dialect import first_filled
from proxyenv.no_proxy.dialects.httpx_clients import HTTPX
from proxyenv.no_proxy.dialects.websockets_16 import WEBSOCKETS
from proxyenv.no_proxy.entries import show_entry, split_entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from proxyenv.model.forwarder import Forwarder
    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.route import Route
    from proxyenv.model.subject import Origin, Subject


@dataclass(frozen=True, slots=True)
class ExpectedRoute:
    """Where a client with the written environment connects for a URL.

    Args:
        proxy: what it connects to; ``None`` when it goes direct.
        bypass: the NO_PROXY entry that makes it go direct, or ``None``.
    """

    proxy: ProxyURL | None
    bypass: str | None = None


def find_route(subject: Subject, url: str) -> ExpectedRoute:
    """Where httpx, and with it Prefect's REST client, connects for *url*."""
    proxy = subject.https_proxy if url.lower().startswith("https:") else subject.http_proxy
    bypass = HTTPX.prepare(_proxy_variables(subject))(url).entry if proxy else None
    return ExpectedRoute(None if bypass else proxy, bypass)


def find_actual(subject: Subject, url: str) -> Route:
    """Where httpx connects for *url* with the environment that the subject really has."""
    return HTTPX.prepare(subject.environment)(url)


def find_refused_entry(subject: Subject, url: str) -> str | None:
    """The entry of NO_PROXY with which every httpx client fails, for showing; ``None`` if it is none."""
    given = first_filled(subject.environment, "no_proxy", "NO_PROXY")
    others = {key: value for key, value in subject.environment.items() if key.lower() != "no_proxy"}
    for entry in split_entries(given[1] if given else ""):
        if HTTPX.prepare({**others, "no_proxy": entry})(url).kind is RouteKind.ERROR:
            return show_entry(entry)
    return None


def explain_bypass(subject: Subject, url: str, finding: Finding) -> Finding:
    """*finding*, or that NO_PROXY sent the request to where there was no connection."""
    entry = find_actual(subject, url).entry or find_route(subject, url).bypass
    if entry is None or entry in _HERE or finding.cause not in _UNREACHED:
        return finding
    detail = f"{finding.detail}; it went direct, since NO_PROXY has `{entry}`"
    hint = (
        f"if `{parse_origin(url).host}` is reached through the proxy only, set up without `{entry}`: "
        "`proxyenv setup --no-proxy LIST`, with what is to stay of the list"
    )
    return failed("bypassed", detail, hint)


def find_websocket_proxy(subject: Subject, url: str) -> ProxyURL | None:
    """The proxy of a websocket to the API at *url*: ``ws://`` too prefers the one for ``https://``."""
    socket = url.replace("http", "ws", 1)
    if WEBSOCKETS.prepare(_proxy_variables(subject))(socket).kind is RouteKind.DIRECT:
        return None
    return subject.https_proxy or subject.http_proxy


def _proxy_variables(subject: Subject) -> dict[str, str]:
    proxies = {"http_proxy": subject.http_proxy, "https_proxy": subject.https_proxy}
    named = {name: proxy.reveal() for name, proxy in proxies.items() if proxy is not None}
    return {**named, "no_proxy": ",".join(subject.no_proxy)}


_UNREACHED: Final = frozenset({"origin-unreachable", "api-unreachable", "timeout"})

_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Entries for what no proxy can reach: who asks for it means this machine."""

TARGET_CAUSES: Final = frozenset({"proxy-denied", "proxy-gateway"})
"""Causes that concern one target; the proxy may still open tunnels to others."""

_UNSPECIFIED: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a connection to it reaches this machine

_RESOLVE_SECONDS: Final = 10.0


def find_addresses(proxy: ProxyURL) -> frozenset[str]:
    """The addresses of the proxy; empty if its name does not resolve, or not in time."""
    try:
        found = resolve(proxy.host, proxy.port, seconds=_RESOLVE_SECONDS)
    except OSError:
        return frozenset()
    addresses = {str(entry[4][0]) for entry in found}
    return frozenset(addresses | {_UNSPECIFIED[address] for address in addresses & _UNSPECIFIED.keys()})


def check_resolve(proxy: ProxyURL) -> Finding:
    """Whether the proxy's name has an address."""
    try:
        found = socket.getaddrinfo(proxy.host, proxy.port, type=socket.SOCK_STREAM)
    except OSError as error:
        hint = f"check the spelling of `{proxy.host}`; such names often resolve only on a company's network"
        return failed(
            "proxy-name-unknown", f"`{proxy.host}` does not resolve: {error.strerror or error}", hint
        )
    addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
    return Finding(f"`{proxy.host}` is {', '.join(addresses)}")


def check_connect(  # noqa: PLR0911, PLR0913 - one kind of answer after the other
    proxy: ProxyURL,
    origin: Origin,
    roots: Path,
    *,
    demanded: bool,
    timeout: float,
    forwarder: Forwarder | None = None,
) -> Finding:
    """Whether the proxy accepts a connection, speaks as its URL says, and opens a tunnel.

    Args:
        proxy: what to ask.
        origin: what to ask it for.
        roots: what to verify the certificate of an ``https://`` proxy against.
        demanded: whether clients will need a tunnel to exactly this origin. If not, a refusal that only a
            proxy gives is good enough.
        timeout: seconds for each step.
        forwarder: what listens there, where that is a program of this machine.
    """
    try:
        channel, peer = reach(proxy, roots, timeout=timeout)
    except OSError as error:
        return _judge_unreached(proxy, origin, error, roots, timeout=timeout)
    try:
        answer = ask(channel, proxy, origin)
    except (NotHTTPError, OSError) as error:
        return _judge_no_answer(proxy, error, roots, timeout=timeout)
    finally:
        channel.close()
    if forwarder is not None and (judged := judge_forwarder(forwarder, answer, proxy, timeout=timeout)):
        return judged
    if answer.is_tunnel:
        opened = f"connected to {join_authority(*peer)}; it opens a tunnel to `{origin.authority}`"
        return judge_tunnel(forwarder, Finding(opened), origin, roots)
    refusal = judge_refusal(answer, proxy, origin)
    if not demanded and refusal.cause in TARGET_CAUSES:
        seen = f"connected to {join_authority(*peer)}, a proxy"
        return Finding(
            f"{seen}; it answers `{answer}` to `CONNECT {origin.authority}`, which no client needs"
        )
    bad_request = answer.status == 400  # noqa: PLR2004 - how a TLS port may answer a plain request
    if bad_request and proxy.scheme == "http" and speaks_tls(proxy, roots, timeout=timeout):
        return _speaks_tls(proxy)
    return refusal


def _judge_unreached(
    proxy: ProxyURL, origin: Origin, error: OSError, roots: Path, *, timeout: float
) -> Finding:
    if isinstance(error, ssl.SSLCertVerificationError):
        return judge_proxy_certificate(proxy, roots, error, timeout=timeout)
    undecided = isinstance(error, ssl.SSLError | ConnectionResetError | BrokenPipeError | TimeoutError)
    if proxy.scheme == "https" and undecided and speaks_plain_http(proxy, origin, timeout=timeout):
        return failed(
            "proxy-not-tls",
            f"`{proxy.authority}` speaks plain HTTP and no TLS, as most proxies do, for `https://` sites too",
            _advise_scheme(proxy, "http"),
        )
    if isinstance(error, FileNotFoundError):
        return failed("bundle-missing", "the bundle does not exist", "write it again: `proxyenv setup`")
    if isinstance(error, ssl.SSLError):
        return failed(
            "tls-failed",
            f"the TLS handshake with the proxy `{proxy.authority}` failed: {error.reason or error}",
        )
    return _judge_no_connection(proxy, error)


def _judge_no_connection(proxy: ProxyURL, error: OSError) -> Finding:
    if isinstance(error, ConnectionRefusedError):
        hint = f"is the proxy running, and is {proxy.port} its port?"
        return failed("proxy-refused", f"nothing listens at `{proxy.authority}`", hint)
    if isinstance(error, socket.gaierror):
        return failed("proxy-name-unknown", f"`{proxy.host}` does not resolve: {error.strerror}")
    hint = f"check host and port, the VPN, and whether a firewall blocks `{proxy.host}`"
    return failed(
        "proxy-unreachable", f"`{proxy.authority}` does not answer: {error.strerror or error}", hint
    )


def _judge_no_answer(proxy: ProxyURL, error: Exception, roots: Path, *, timeout: float) -> Finding:
    if isinstance(error, TimeoutError):
        detail = f"`{proxy.authority}` accepts the connection and does not answer within {timeout:g} s"
        return failed("timeout", detail, f"is {proxy.port} the proxy's port?")
    if proxy.scheme == "http" and speaks_tls(proxy, roots, timeout=timeout):
        return _speaks_tls(proxy)
    if isinstance(error, HTTP2Error):
        return failed(error.cause, f"`{proxy.authority}` {error}", HTTP2_HINT)
    seen = str(error) if isinstance(error, NotHTTPError) else f"drops the connection: {error}"
    return failed("proxy-not-a-proxy", f"`{proxy.authority}` {seen}", f"is {proxy.port} the proxy's port?")


def _speaks_tls(proxy: ProxyURL) -> Finding:
    return failed(
        "proxy-speaks-tls",
        f"`{proxy.authority}` speaks TLS and does not understand plain HTTP",
        _advise_scheme(proxy, "https"),
    )


def _advise_scheme(proxy: ProxyURL, scheme: str) -> str:
    """A URL with a password is shown masked, and so is nothing to paste."""
    if proxy.sensitive:
        return f"give the same URL with `{scheme}://`, its user name and password included"
    return f"write the URL with `{scheme}://`: `--proxy {proxy._replace(scheme=scheme)}`"


def judge_way(proxy: ProxyURL | None, peers: Collection[tuple[str, int]], seen: str) -> Finding:
    """Whether a successful request went where the environment says.

    Args:
        proxy: the one that the environment names for it, or ``None``.
        peers: the addresses that the client connected to; empty where that could not be observed.
        seen: what came of the request, as a clause.
    """
    if proxy is None:
        return Finding(f"{seen}; direct")
    if not peers:
        return Finding(f"{seen}; it should go through `{proxy.authority}`, which could not be observed")
    if is_connected(proxy, peers):
        return Finding(f"{seen}; connected to the proxy `{proxy.authority}`")
    return failed("not-proxied", f"{seen}, but without a connection to the proxy `{proxy.authority}`")


def is_connected(proxy: ProxyURL, peers: Iterable[tuple[str, int]]) -> bool:
    """Whether a client connected to *proxy*, by the addresses of its peers."""
    addresses = find_addresses(proxy)
    return any(port == proxy.port and host in addresses for host, port in peers)
