"""A proxy declared in code: httpx clients that route exactly as the written environment says.

They read the files that ``proxyenv setup`` wrote, not this process's variables, so they work where no
shell has sourced anything: an IDE, a service, a notebook.
"""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import httpx

from proxyenv.discovery.layout import find_layout
from proxyenv.errors import not_installed
from proxyenv.routing.no_proxy import render_pattern, split_entries
from proxyenv.routing.proxy_url import parse_proxy_url
from proxyenv.targets.env_list import parse_env_list

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

T = TypeVar("T")


class _Written(NamedTuple):
    """What the written files say: the variables, and the roots as a context."""

    environment: Mapping[str, str]
    context: ssl.SSLContext


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
    return _routes(_read(prefix), httpx.HTTPTransport)


def async_mounts(*, prefix: str | Path | None = None) -> dict[str, httpx.AsyncHTTPTransport | None]:
    """The same for ``httpx.AsyncClient(mounts=…)``.

    Args:
        prefix: as for :func:`mounts`.

    Raises:
        ProxyenvError: ``not-installed``.
    """
    return _routes(_read(prefix), httpx.AsyncHTTPTransport)


def ssl_context(*, prefix: str | Path | None = None) -> ssl.SSLContext:
    """A verifying context with the roots of the bundle, for ``httpx.Client(verify=…)`` and others.

    Without a corporate CA these are certifi's, which are httpx's own.

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
        ProxyenvError: ``not-installed``.
    """
    return httpx.Client(**_options(_read(prefix), httpx.HTTPTransport, options))


def async_client(*, prefix: str | Path | None = None, **options: Any) -> httpx.AsyncClient:  # noqa: ANN401 - likewise
    """The same as an ``httpx.AsyncClient``.

    Args:
        prefix: as for :func:`mounts`.
        **options: for ``httpx.AsyncClient``; ``mounts`` are added to ours.

    Raises:
        ProxyenvError: ``not-installed``.
    """
    return httpx.AsyncClient(**_options(_read(prefix), httpx.AsyncHTTPTransport, options))


def _read(prefix: str | Path | None) -> _Written:
    layout = find_layout(os.fspath(prefix) if prefix is not None else None, os.environ)
    try:
        text = layout.env_file("list").read_text("utf-8", "surrogateescape")
    except FileNotFoundError as error:
        raise not_installed() from error
    bundle = layout.bundle if layout.bundle.exists() else None
    context = (
        ssl.create_default_context(cafile=bundle) if bundle else httpx.create_ssl_context(trust_env=False)
    )
    return _Written(parse_env_list(text), context)


def _options(written: _Written, transport: Callable[..., object], options: dict[str, Any]) -> dict[str, Any]:
    defaults = {"verify": written.context, "trust_env": False}
    return {**defaults, **options, "mounts": {**_routes(written, transport), **options.get("mounts", {})}}


def _routes(written: _Written, transport: Callable[..., T]) -> dict[str, T | None]:
    entries = split_entries(written.environment.get("no_proxy", ""))
    if "*" in entries:
        return {}
    routes: dict[str, T | None] = {}
    for scheme in ("http", "https"):
        url = written.environment.get(f"{scheme}_proxy")
        if url is not None:
            secure = parse_proxy_url(url).scheme == "https"
            proxy = httpx.Proxy(url, ssl_context=written.context if secure else None)
            routes[f"{scheme}://"] = transport(verify=written.context, proxy=proxy)
    return routes | dict.fromkeys(render_pattern(entry) for entry in entries)
