"""alpaca: NTLM with a PAC file, in Go. Without `-C` it asks the desktop for one, which is not known here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.forwarders.forwarder import ForwarderProgram, read_script
from proxyenv.model.forwarder import Upstream

if TYPE_CHECKING:
    from proxyenv.model.forwarder import Listener
    from proxyenv.model.machine import Machine


def _find_upstream(machine: Machine, listener: Listener) -> Upstream | None:
    words = listener.arguments[1:]
    for word, value in zip(words, (*words[1:], ""), strict=True):
        flag, equals, given = word.lstrip("-").partition("=")
        if word.startswith("-") and flag == "C":
            pac = given if equals else value
            script = read_script(machine, listener.directory, pac)
            return Upstream((), "its command line", pac, script) if pac else None
    return None


FORWARDER: Final = ForwarderProgram(
    "alpaca",
    _find_upstream,
    "give alpaca the right password: `alpaca -H` prints what `NTLM_CREDENTIALS` has to hold; then restart it",
    "start alpaca with the company's PAC file: `-C URL`",
)
