"""Reads the proxy variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.catalog.clients.table import PROXY_VARIABLES
from proxyenv.model.found import Found

if TYPE_CHECKING:
    from collections.abc import Mapping


def find_proxies(environment: Mapping[str, str]) -> tuple[tuple[str, Found[str]], ...]:
    """Proxy URLs as the variables hold them, by kind: ``http``, ``https`` or ``all``.

    Both cases of a variable are looked at, as the clients do; equal values are one find.
    """
    return tuple((kind, found) for kind in ("http", "https", "all") for found in _find(environment, kind))


def find_no_proxy(environment: Mapping[str, str]) -> tuple[Found[str], ...]:
    """NO_PROXY lists as the variables hold them."""
    return tuple(found for found in _find(environment, "no") if found.value.strip())


def _find(environment: Mapping[str, str], kind: str) -> tuple[Found[str], ...]:
    names: dict[str, list[str]] = {}
    for name in PROXY_VARIABLES[kind]:
        if name in environment:
            names.setdefault(environment[name], []).append(f"`{name}`")
    return tuple(Found(value, f"{' and '.join(found)} in the environment") for value, found in names.items())
