"""Programs on this machine that add the credentials which the corporate proxy asks for: a module for each.

To add one, write a module that defines ``FORWARDER`` and list it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.forwarders import alpaca, cntlm, px

if TYPE_CHECKING:
    from proxyenv.catalog.forwarders.forwarder import ForwarderProgram
    from proxyenv.model.forwarder import Listener

FORWARDERS: Final[tuple[ForwarderProgram, ...]] = (px.FORWARDER, cntlm.FORWARDER, alpaca.FORWARDER)


def find_program_of(listener: Listener) -> ForwarderProgram | None:
    """The forwarder that a process is; ``None`` for any other program."""
    return next((each for each in FORWARDERS if each.runs_as(listener)), None)
