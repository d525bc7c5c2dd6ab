"""SUSE's ``/etc/sysconfig/proxy``, which YaST writes, zypper reads and logins get.

Source: the comments of the file itself; libzypp, ``ProxyInfoSysconfig``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.source import Source
from proxyenv.catalog.sources.variables import sort_out
from proxyenv.formats.assignments import read_sysconfig
from proxyenv.model.findings import Found, SourceSettings

if TYPE_CHECKING:
    from proxyenv.model.machine import Machine

_NAME: Final = "zypper"
_SWITCH: Final = "PROXY_ENABLED"


def read(machine: Machine) -> SourceSettings:
    """Its variables, unless ``PROXY_ENABLED`` says no. An empty variable says nothing."""
    path = machine.root / "etc/sysconfig/proxy"
    variables = {
        each.name: Found(each.value, f"`{path}`, line {each.line}")
        for each in read_sysconfig(machine.read(path) or "")
        if each.value
    }
    switch = variables.get(_SWITCH)
    if switch is not None and switch.value.lower() == "no":
        return SourceSettings(
            _NAME, direct=(Found("says `no`: no proxy", f"`{_SWITCH}` in {switch.provenance}"),)
        )
    return sort_out(_NAME, variables)


SOURCE: Final = Source(_NAME, read, "the comments in /etc/sysconfig/proxy of openSUSE; not run there")
