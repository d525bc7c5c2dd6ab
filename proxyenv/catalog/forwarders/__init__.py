"""Programs on this machine that add the credentials which the corporate proxy asks for: a module for each.

To add one, write a module that defines ``FORWARDER`` and list it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.forwarders import alpaca, cntlm, px

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.catalog.forwarders.forwarder import ForwarderProgram
    from proxyenv.model.forwarder import Forwarder, Listener

FORWARDERS: Final[tuple[ForwarderProgram, ...]] = (px.FORWARDER, cntlm.FORWARDER, alpaca.FORWARDER)


def find_past(forwarder: Forwarder, host: str, find_address: Callable[[], str | None]) -> str | None:
    """Which of the hosts that a forwarder reaches without a proxy a host is among; ``None``: none is known.

    Args:
        forwarder: what listens there.
        host: the name that it is asked for.
        find_address: its address, or ``None``; asked only where it matters.
    """
    program = next((each for each in FORWARDERS if each.name == forwarder.name), None)
    if program is None or forwarder.upstream is None:
        return None
    return program.find_past(forwarder.upstream.past, host.lower(), find_address)


def find_program_of(listener: Listener) -> ForwarderProgram | None:
    """The forwarder that a process is; ``None`` for any other program."""
    return next((each for each in FORWARDERS if each.runs_as(listener)), None)
