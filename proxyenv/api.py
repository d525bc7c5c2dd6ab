"""A proxy declared in code: httpx clients that route exactly as the written environment says.

They read the files that ``proxyenv setup`` wrote, not this process's variables, so they work where no
shell has sourced anything: an IDE, a service, a notebook.
"""

from __future__ import annotations

import os
import ssl
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from proxyenv.bounded import read_content
from proxyenv.catalog.shells.posix import parse_values
from proxyenv.decide.direct_routes import read_direct
from proxyenv.errors import UsageError, not_installed
from proxyenv.formats.configuration import parse_configuration
from proxyenv.machine.host import find_layout
from proxyenv.model.additions import choose_additions
from proxyenv.model.proxy_url import parse_proxy_url
from proxyenv.no_proxy.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from proxyenv.model.configuration import Configuration
    from proxyenv.model.installation import Layout


_OF_TRANSPORTS = frozenset({"verify", "cert", "http1", "http2", "limits"})
_NOT_OURS = frozenset({"transport", "proxy"})


class _Written(NamedTuple):
    """What the written files say: the variables, what goes direct, and the roots as a context."""

    environment: Mapping[str, str]
    direct: Matcher
    context: ssl.SSLContext


def mounts(*, prefix: str | Path | None = None) -> dict[str, httpx.BaseTransport]:
    """The routes, for ``httpx.Client(mounts=…)``.

    They carry all that is meant to be direct, networks and exact names too, which httpx cannot read
    from ``NO_PROXY``.

    Args:
        prefix: where the installation lies, if it was made with ``--prefix``.

    Returns:
        URL pattern to transport, one for each proxied scheme: it sends each request direct or through
        the proxy, and verifies with :func:`ssl_context`.

    Raises:
        ProxyenvError: ``not-installed``.
    """
    return _make_routes(_read(prefix))


def async_mounts(*, prefix: str | Path | None = None) -> dict[str, httpx.AsyncBaseTransport]:
    """The same for ``httpx.AsyncClient(mounts=…)``.

    Args:
        prefix: as for :func:`mounts`.

    Raises:
        ProxyenvError: ``not-installed``.
    """
    return _make_async_routes(_read(prefix))


def ssl_context(*, prefix: str | Path | None = None) -> ssl.SSLContext:
    """A verifying context with the roots of the bundle, for ``httpx.Client(verify=…)`` and others.

    Without a corporate CA these are certifi's, which are httpx's own; with ``--trust truststore`` they are
    the operating system's.

    Args:
        prefix: as for :func:`mounts`.

    Raises:
        ProxyenvError: ``not-installed``.
    """
    return _read(prefix).context


def client(*, prefix: str | Path | None = None, **options: Any) -> httpx.Client:  # noqa: ANN401 - httpx types them
    """An ``httpx.Client`` with these routes and roots. The process's own variables are not looked at.

    Args:
        prefix: as for :func:`mounts`.
        **options: for ``httpx.Client``; ``mounts`` are added to ours.

    Raises:
        ProxyenvError: ``not-installed``; ``usage`` for ``transport``, ``proxy``, false ``verify``.
    """
    return httpx.Client(**_options(_read(prefix), _make_routes, options))


def async_client(*, prefix: str | Path | None = None, **options: Any) -> httpx.AsyncClient:  # noqa: ANN401 - httpx types them
    """The same as an ``httpx.AsyncClient``.

    Args:
        prefix: as for :func:`mounts`.
        **options: for ``httpx.AsyncClient``; ``mounts`` are added to ours.

    Raises:
        ProxyenvError: ``not-installed``; ``usage`` for ``transport``, ``proxy``, false ``verify``.
    """
    return httpx.AsyncClient(**_options(_read(prefix), _make_async_routes, options))


def activate(*, prefix: str | Path | None = None) -> tuple[str, ...]:
    """Give this process the proxy and the CA, as Prefect's plugin does for others.

    Call it first in a notebook or an ASGI application: Prefect loads no plugin where `import prefect` happens
    inside a running event loop. What the process has set stays.

    Args:
        prefix: as for :func:`mounts`.

    Returns:
        The names of the variables that were added.

    Raises:
        ProxyenvError: ``not-installed``.
    """
    _, written, configuration = _read_files(prefix)
    if configuration.uses_truststore:
        import truststore

        truststore.inject_into_ssl()
    added = choose_additions(written, os.environ, os.path.exists).variables
    os.environ.update(added)
    if "prefect" in sys.modules:  # it has read its settings already
        sys.modules["prefect.context"].refresh_global_settings_context()
    return tuple(added)


def _read(prefix: str | Path | None) -> _Written:
    layout, written, configuration = _read_files(prefix)
    context = _make_context(layout, truststore=configuration.uses_truststore)
    return _Written(written, Matcher(read_direct(configuration, source="`proxyenv.toml`")), context)


def _read_files(prefix: str | Path | None) -> tuple[Layout, dict[str, str], Configuration]:
    """Where the files are, the variables of ``env.sh``, and what was decided.

    Raises:
        DiscoveryError: ``not-installed``.
    """
    layout = find_layout(os.fspath(prefix) if prefix is not None else None, os.environ)
    try:
        text = read_content(layout.env_file("sh")).decode("utf-8", "surrogateescape")
        saved = read_content(layout.configuration).decode("utf-8", "replace")
    except FileNotFoundError as error:
        raise not_installed() from error
    return layout, parse_values(text), parse_configuration(saved, source=f"`{layout.configuration}`")


def _make_context(layout: Layout, *, truststore: bool) -> ssl.SSLContext:
    """As the configuration says: the operating system's store, the bundle, or certifi's roots."""
    if truststore:
        from truststore import SSLContext

        return SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if layout.bundle.exists():
        return ssl.create_default_context(cafile=layout.bundle)
    return httpx.create_ssl_context(trust_env=False)


def _options(
    written: _Written,
    make_routes: Callable[[_Written, Mapping[str, Any]], dict[str, Any]],
    options: dict[str, Any],
) -> dict[str, Any]:
    refused = sorted(_NOT_OURS & options.keys())
    if refused:
        raise UsageError(
            "usage",
            f"`{refused[0]}` would go past the routes that were set up",
            hint="make an `httpx.Client` of your own with `mounts=proxyenv.mounts()`",
        )
    if options.get("verify") is False:
        raise UsageError("usage", "verification is never switched off", hint="leave `verify` out")
    chosen = {"verify": written.context, "trust_env": False, **options}
    of_transports = {name: value for name, value in chosen.items() if name in _OF_TRANSPORTS}
    return {**chosen, "mounts": {**make_routes(written, of_transports), **(options.get("mounts") or {})}}


class _Routed(httpx.BaseTransport):
    """Sends each request direct or through the proxy, by what the list means."""

    def __init__(self, direct: Matcher, proxy: httpx.Proxy, options: Mapping[str, Any]) -> None:
        self._direct = direct
        self._without = httpx.HTTPTransport(**options)
        self._through = httpx.HTTPTransport(**options, proxy=proxy)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        entry = self._direct.find_entry(str(request.url))
        return (self._without if entry else self._through).handle_request(request)

    def close(self) -> None:
        """Close the connections of both ways."""
        self._without.close()
        self._through.close()


class _AsyncRouted(httpx.AsyncBaseTransport):
    """The same, asynchronously."""

    def __init__(self, direct: Matcher, proxy: httpx.Proxy, options: Mapping[str, Any]) -> None:
        self._direct = direct
        self._without = httpx.AsyncHTTPTransport(**options)
        self._through = httpx.AsyncHTTPTransport(**options, proxy=proxy)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        entry = self._direct.find_entry(str(request.url))
        return await (self._without if entry else self._through).handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections of both ways."""
        await self._without.aclose()
        await self._through.aclose()


def _make_routes(
    written: _Written, options: Mapping[str, Any] | None = None
) -> dict[str, httpx.BaseTransport]:
    return {
        f"{scheme}://": _Routed(written.direct, proxy, options or {"verify": written.context})
        for scheme, proxy in _proxies(written).items()
    }


def _make_async_routes(
    written: _Written, options: Mapping[str, Any] | None = None
) -> dict[str, httpx.AsyncBaseTransport]:
    return {
        f"{scheme}://": _AsyncRouted(written.direct, proxy, options or {"verify": written.context})
        for scheme, proxy in _proxies(written).items()
    }


def _proxies(written: _Written) -> dict[str, httpx.Proxy]:
    urls = {scheme: written.environment.get(f"{scheme}_proxy") for scheme in ("http", "https")}
    return {
        scheme: httpx.Proxy(
            url, ssl_context=written.context if parse_proxy_url(url).scheme == "https" else None
        )
        for scheme, url in urls.items()
        if url is not None
    }
