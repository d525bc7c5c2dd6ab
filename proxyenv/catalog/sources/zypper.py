"""SUSE's ``/etc/sysconfig/proxy``, which YaST writes, zypper reads and logins get.

Source: the comments of the file itself; ``ProxyInfoSysconfig`` of libzypp 17.25, called.
Debian's zypper is built without it, and goes by variables alone.
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
    """Its variables, where ``PROXY_ENABLED`` is there and does not say no. An empty variable says nothing."""
    path = machine.root / "etc/sysconfig/proxy"
    variables = {
        each.name: Found(each.value, f"`{path}`, line {each.line}")
        for each in read_sysconfig(machine.read(path) or "")
        if each.name.isupper()
    }
    switch = variables.pop(_SWITCH, None)
    named = {name: found for name, found in variables.items() if found.value}
    if switch is not None and switch.value.lower() == "no":
        return SourceSettings(
            _NAME, direct=(Found("says `no`: no proxy", f"`{_SWITCH}` in {switch.provenance}"),)
        )
    if switch is None and named:
        return SourceSettings(_NAME, direct=(Found(f"has no `{_SWITCH}`: no proxy", f"`{path}`"),))
    return sort_out(_NAME, named)


SOURCE: Final = Source(_NAME, read, "the comments in /etc/sysconfig/proxy of openSUSE; libzypp 17.25")
