"""What a dialect is: one client's reading of the proxy variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from proxyenv.model.route import Route

Router = Callable[[str], Route]
"""From a URL (`http`, `https`, `ws` or `wss`) to what the client does with it. Pure, and never raises."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One client's reading of the proxy variables.

    Args:
        name: the client, short and stable: the column of ``routes`` and ``client`` in its JSON.
        verified: the versions that were driven and agreed.
        source: where the rule stands: a function of the client's source, a manual, a measurement.
        prepare: reads an environment once and returns the router for it. Linear in the length of the
            environment; it never raises, since what makes the client fail is a route of its own.
    """

    name: str
    verified: tuple[str, ...]
    source: str
    prepare: Callable[[Mapping[str, str]], Router]
