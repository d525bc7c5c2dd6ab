"""What a source of settings is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.model.findings import SourceSettings
    from proxyenv.model.machine import Machine


class Source(NamedTuple):
    """A place on the machine that may name proxies.

    Args:
        name: in JSON and in tests.
        read: what it says; nothing where the machine does not have it. It asks the machine and never raises
            for what is absent.
        reference: where its rules are written down, or the test that drives a real program.
    """

    name: str
    read: Callable[[Machine], SourceSettings]
    reference: str
