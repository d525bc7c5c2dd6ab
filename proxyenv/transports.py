"""A proxy declared in code: httpx clients that route exactly as the written environment says.

They read the files that ``proxyenv setup`` wrote, not this process's variables, so they work where no
shell has sourced anything: an IDE, a service, a notebook.
"""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from proxyenv.discovery.layout import find_layout
from proxyenv.errors import DiscoveryError
from proxyenv.routing.no_proxy import render_pattern, split_entries
from proxyenv.routing.proxy_url import parse_proxy_url
from proxyenv.targets.env_list import parse_env_list

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from proxyenv.model.layout import Layout

T = TypeVar("T")


def mounts(*, prefix: str | Path | None = None) -> dict[str, httpx.HTTPTransport | None]:
    """The routes, for ``httpx.Client(mounts=…)``.

    Args:
        prefix: where the installation lies, if it was made with ``--prefix``.

    Returns:
        URL pattern to transport: one for each proxied scheme, which verifies with
        :func:`ssl_context`, and ``None``, which is httpx's word for direct, for what NO_PROXY names.

    Raises:
        ProxyenvError: ``not-installed``.
    """
    layout = _layout(prefix)
    context = _context(layout)
    return _routes(layout, context, lambda proxy: httpx.HTTPTransport(verify=context, proxy=proxy))


def async_mounts(*, prefix: str | Path | None = None) -> dict[str, httpx.AsyncHTTPTransport | None]:
    """The same for ``httpx.AsyncClient(mounts=…)``.

    Args:
        prefix: as for :func:`mounts`.

    Raises:
        ProxyenvError: ``not-installed``.
    """
    layout = _layout(prefix)
    context = _context(layout)
    return _routes(layout, context, lambda proxy: httpx.AsyncHTTPTransport(verify=context, proxy=proxy))


def ssl_context(*, prefix: str | Path | None = None) -> ssl.SSLContext:
    """A verifying context with the roots of the bundle, for ``httpx.Client(verify=…)`` and others.

    Without a corporate CA these are certifi's, which are httpx's own.

    Args:
        prefix: as for :func:`mounts`.

    Raises:
        ProxyenvError: ``not-installed``.
    """
    return _context(_layout(prefix))


def client(*, prefix: str | Path | None = None, **options: Any) -> httpx.Client:  # noqa: ANN401 - httpx types them
    """An ``httpx.Client`` with these routes and roots. The process's own variables are not looked at.

    Args:
        prefix: as for :func:`mounts`.
        **options: for ``httpx.Client``; ``mounts`` are added to ours.

    Raises:
        ProxyenvError: ``not-installed``.
    """
    layout = _layout(prefix)
    context = _context(layout)
    routes = _routes(layout, context, lambda proxy: httpx.HTTPTransport(verify=context, proxy=proxy))
    return httpx.Client(**_options(routes, context, options))


def async_client(*, prefix: str | Path | None = None, **options: Any) -> httpx.AsyncClient:  # noqa: ANN401 - likewise
    """The same as an ``httpx.AsyncClient``.

    Args:
        prefix: as for :func:`mounts`.
        **options: for ``httpx.AsyncClient``; ``mounts`` are added to ours.

    Raises:
        ProxyenvError: ``not-installed``.
    """
    layout = _layout(prefix)
    context = _context(layout)
    routes = _routes(layout, context, lambda proxy: httpx.AsyncHTTPTransport(verify=context, proxy=proxy))
    return httpx.AsyncClient(**_options(routes, context, options))


def _options(routes: dict[str, Any], context: ssl.SSLContext, options: dict[str, Any]) -> dict[str, Any]:
    defaults = {"verify": context, "trust_env": False}
    return {**defaults, **options, "mounts": {**routes, **options.get("mounts", {})}}


def _layout(prefix: str | Path | None) -> Layout:
    return find_layout(os.fspath(prefix) if prefix is not None else None, os.environ)


def _context(layout: Layout) -> ssl.SSLContext:
    _environment(layout)  # only to refuse where nothing is set up
    if layout.bundle.exists():
        return ssl.create_default_context(cafile=layout.bundle)
    return httpx.create_ssl_context(trust_env=False)


def _environment(layout: Layout) -> dict[str, str]:
    try:
        return parse_env_list(layout.env_file("list").read_text("utf-8", "surrogateescape"))
    except FileNotFoundError as error:
        raise DiscoveryError(
            "not-installed", "nothing is set up here", hint="`proxyenv setup` comes first"
        ) from error


def _routes(layout: Layout, context: ssl.SSLContext, make: Callable[[httpx.Proxy], T]) -> dict[str, T | None]:
    environment = _environment(layout)
    routes: dict[str, T | None] = {}
    for scheme in ("http", "https"):
        if f"{scheme}_proxy" in environment:
            proxy = parse_proxy_url(environment[f"{scheme}_proxy"])
            routes[f"{scheme}://"] = make(
                httpx.Proxy(proxy.reveal(), ssl_context=context if proxy.scheme == "https" else None)
            )
    entries = split_entries(environment.get("no_proxy", ""))
    if "*" in entries:
        return {}
    return routes | dict.fromkeys(render_pattern(entry) for entry in entries)
