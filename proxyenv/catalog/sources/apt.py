"""The proxy of apt, its files merged as ``apt-config dump`` does.

It may be a cache of packages that serves nothing else; the trial of ``setup`` finds that out.
Source: apt-transport-http(1), apt.conf(5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.source import Source
from proxyenv.catalog.sources.variables import sort_out_kinds
from proxyenv.catalog.tools import read_tool
from proxyenv.catalog.tools.apt import TOOL
from proxyenv.model.findings import Found
from proxyenv.model.url import show_location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.catalog.tools import ToolSetting
    from proxyenv.model.findings import SourceSettings
    from proxyenv.model.machine import Machine

_NAME: Final = "apt"
_KINDS: Final = {f"acquire::{scheme}::proxy": scheme for scheme in ("http", "https")}
_DETECTING: Final = tuple(
    f"{scope}::proxy-auto-detect" for scope in ("acquire", "acquire::http", "acquire::https")
)


def read(machine: Machine) -> SourceSettings:
    """The proxies for all hosts; a host that goes ``DIRECT`` is an entry of its list."""
    settings = read_tool(machine, TOOL)
    return sort_out_kinds(_NAME, _find(settings))._replace(notes=tuple(_find_notes(settings)))


def _find(settings: tuple[ToolSetting, ...]) -> Iterator[tuple[str, Found[str]]]:
    for setting in settings:
        found = Found(setting.item.value, setting.provenance)
        if kind := _KINDS.get(setting.name.lower()):
            yield kind, found
        elif (host := _find_host(setting)) and found.value.lower() == "direct":
            yield "no", Found(host, found.provenance)


def _find_notes(settings: tuple[ToolSetting, ...]) -> Iterator[Found[str]]:
    for setting in settings:
        if setting.name.lower().replace("proxyautodetect", "proxy-auto-detect") in _DETECTING:
            yield Found("names a program that says the proxy; it is not run", setting.provenance)
        elif (host := _find_host(setting)) and setting.item.value.lower() != "direct":
            yield Found(f"is a proxy for `{show_location(host)}` alone", setting.provenance)


def _find_host(setting: ToolSetting) -> str:
    """The host that a setting is for; nothing where it is for all."""
    for prefix in _KINDS:
        if setting.name.lower().startswith(f"{prefix}::"):
            return setting.name[len(prefix) + 2 :]
    return ""


SOURCE: Final = Source(_NAME, read, "apt-transport-http(1), driven by tests/clients/test_sources.py")
