"""The environment variables of this process.

Both cases of a variable are looked at, as the clients do; equal values are one find.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.table import PROXY_VARIABLES
from proxyenv.catalog.sources.source import Source
from proxyenv.model.findings import Found, SourceSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.model.machine import Machine

_NAME: Final = "environment"


def read(machine: Machine) -> SourceSettings:
    """Proxy URLs and NO_PROXY lists as the variables hold them."""
    environment = machine.environment
    return SourceSettings(
        _NAME,
        tuple((kind, found) for kind in ("http", "https", "all") for found in _find(environment, kind)),
        tuple(found for found in _find(environment, "no") if found.value.strip()),
    )


def _find(environment: Mapping[str, str], kind: str) -> Iterator[Found[str]]:
    names: dict[str, list[str]] = {}
    for name in PROXY_VARIABLES[kind]:
        if name in environment:
            names.setdefault(environment[name], []).append(f"`{name}`")
    yield from (Found(value, f"{' and '.join(found)} in the environment") for value, found in names.items())


SOURCE: Final = Source(_NAME, read, "no_proxy/dialects, driven by tests/clients/test_python_routes.py")
