"""What is checked: a process of the user's, and what it must find there."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from proxyenv.errors import UsageError
from proxyenv.model.proxy_url import mask_secret
from proxyenv.model.url import (
    DEFAULT_PORTS,
    describe_refusal,
    encode_host,
    join_authority,
    require_unencoded,
    show_location,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proxyenv.model.forwarder import Forwarder
    from proxyenv.model.proxy_url import ProxyURL

DEFAULT_URLS: Final = ("http://httpbin.org/uuid", "https://httpbin.org/uuid")
"""What is fetched by default: the document of Prefect's own how-to."""

TIMEOUT: Final = 10.0
"""Seconds that one step over the network may take: connecting, one answer, one handshake."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a URL. ``str()`` always shows the port."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """``host:port``, with brackets around an IPv6 address."""
        return join_authority(self.host, self.port)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


def parse_origin(url: str) -> Origin:
    """The origin of an ``http://`` or ``https://`` URL.

    Raises:
        UsageError: ``url-invalid``: another scheme, no host or an impossible port.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
        host = parts.hostname or ""
        if ":" not in host:
            host = encode_host(require_unencoded(host))
    except ValueError as error:
        raise UsageError(
            "url-invalid", f"`{show_location(url)}` is not a URL: {describe_refusal(error)}"
        ) from error
    if port is None or not host:
        raise UsageError(
            "url-invalid", f"`{show_location(url)}` is not an `http://` or `https://` URL with a host"
        )
    return Origin(parts.scheme, host, port)


def _find_secrets(url: str) -> set[str]:
    """The password in a URL, or else the user, which may be a token: as it stands there, and decoded."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return set()
    secret = parts.password or parts.username
    return {secret, unquote(secret)} if secret else set()


def show_url(url: str) -> str:
    """*url* as :func:`show_location` shows it, without its credentials where a parser finds them."""
    return show_location(strip_credentials(url) if _is_url(url) else url)


def name_url(url: str) -> str:
    """*url* in the name of a check: the same, with the host that is asked.

    Where an `@` in its path leaves no doubt to the parser alone, its path is hidden and not its host.

    Raises:
        UsageError: ``url-invalid``: it has no origin.
    """
    shown, origin = show_url(url), parse_origin(url)
    try:
        is_same = parse_origin(shown) == origin
    except UsageError:
        is_same = False
    return shown if is_same else f"{origin}/****"


def _is_url(text: str) -> bool:
    """Whether a parser of URLs agrees about what is the host of one."""
    try:
        return bool(urlsplit(text).hostname) and urlsplit(text).port != 0
    except ValueError:
        return False


def strip_credentials(url: str) -> str:
    """*url* without credentials, which can still be opened."""
    head, separator, tail = url.partition("://")
    authority, slash, path = tail.partition("/")
    return f"{head}{separator}{authority.rpartition('@')[2]}{slash}{path}"


@dataclass(frozen=True, slots=True)
class Runtime:
    """How processes get what they need, besides the variables.

    Args:
        pythons: the interpreters that truststore or the plugin must reach.
        truststore: whether Python takes its roots from the operating system's store.
        store: the name of that store, for people.
        anchors: how many corporate CAs it must hold.
        lacking: the subjects of the corporate CAs that it does not hold.
        plugin: whether Prefect's plugin sets the environment.
    """

    pythons: tuple[str, ...] = ()
    truststore: bool = False
    store: str = ""
    anchors: int = 0
    lacking: tuple[str, ...] = ()
    plugin: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """A process of the user's, and what must be proved of it.

    The first four say what the process is. The rest is expected of it: it comes from what was decided (the
    configuration and the receipt), never from this environment, which is under suspicion.

    Args:
        python: the interpreter.
        environment: all its variables.
        directory: its working directory, where Prefect looks for settings; nothing is imported from it.
        added: whether ``environment`` is that of this shell with the env file added, as new shells have it.
        http_proxy: for ``http://`` URLs, or ``None`` for direct.
        https_proxy: for ``https://`` URLs, or ``None`` for direct.
        no_proxy: the entries that go direct.
        bundle: what clients verify against, a file or a hashed directory: the merged bundle, or with
            truststore that of the operating system; ``None`` without a corporate CA.
        profile: Prefect's profile.
        api_url: the API; ``None`` means Prefect's ephemeral server.
        urls: what to fetch, ``http://`` or ``https://``.
        refused: interpreter → why root must not run it; for this one and those of *runtime*.
        forms: those URLs that the user did not name, which stand for one another, and what each has to be:
            the API's health (``api``), a page of a package index (``index``) or JSON (``uuid``).
        public_roots: a PEM file of the public roots; ``None`` means certifi's.
        timeout: seconds for one step over the network.
        runtime: how processes get what they need, besides the variables.
        version: of ``python``, such as ``3.13``; empty where it is unknown.
        target_pythons: versions of Python that must accept the same certificates.
        forwarders: what listens at those proxies that are on this machine, where that matters.
    """

    python: str
    environment: Mapping[str, str] = field(repr=False)
    directory: Path
    http_proxy: ProxyURL | None
    https_proxy: ProxyURL | None
    no_proxy: tuple[str, ...]
    bundle: Path | None
    profile: str
    api_url: str | None
    urls: tuple[str, ...]
    added: bool = False
    refused: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    forms: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    public_roots: Path | None = None
    timeout: float = TIMEOUT
    runtime: Runtime = field(default_factory=Runtime)
    version: str = ""
    target_pythons: tuple[str, ...] = ()
    forwarders: Mapping[ProxyURL, Forwarder] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def proxies(self) -> tuple[ProxyURL, ...]:
        """The proxies of both schemes, each once."""
        found = (self.http_proxy, self.https_proxy)
        return tuple(dict.fromkeys(proxy for proxy in found if proxy is not None))

    def mask(self, text: str) -> str:
        """What somebody else said, without the secrets of the proxies and of the URLs, in any spelling."""
        for proxy in self.proxies:  # an answer may repeat what it was sent
            text = proxy.mask(text)
        urls = (*self.urls, *((self.api_url,) if self.api_url else ()))
        secrets = {secret for url in urls for secret in _find_secrets(url)}
        for secret in sorted(secrets, key=len, reverse=True):
            text = mask_secret(text, secret)
        return text
