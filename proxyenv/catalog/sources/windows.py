"""Windows: the policy, the settings of the user (WinINET), and those of services (WinHTTP). Not run there.

Source: Microsoft's ``WINHTTP_CURRENT_USER_IE_PROXY_CONFIG``, ``WINHTTP_PROXY_INFO`` and "Internet Settings";
Chromium's ``ProxyRules`` and ``proxy_config_service_win.cc`` for how both lists are read.
"""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.desktop import describe_wpad
from proxyenv.catalog.sources.source import Source
from proxyenv.model.findings import Found, SourceSettings
from proxyenv.model.windows import WindowsProxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from proxyenv.model.machine import Machine

    Values = Mapping[str, str | int]

INTERNET_SETTINGS: Final = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
_POLICIES: Final = r"Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"
POLICY_KEYS: Final = (rf"HKCU\{_POLICIES}", rf"HKLM\{_POLICIES}")
_WINHTTP: Final = "the settings of WinHTTP"


def read_policy(machine: Machine) -> SourceSettings:
    """What a policy sets, for the user or the machine; where it says so, the machine's own settings."""
    return find_policy("windows-policy", machine.registry)


def find_policy(name: str, registry: Callable[[str], Values]) -> SourceSettings:
    """The same from any registry.

    Args:
        name: of the source.
        registry: gives the values of a key.
    """
    keys = {key: registry(key) for key in POLICY_KEYS}
    of_machine = rf"HKLM\{INTERNET_SETTINGS}"
    if keys[POLICY_KEYS[1]].get("ProxySettingsPerUser") == 0:
        keys[of_machine] = registry(of_machine)
    found = ((key, read_values(values)) for key, values in keys.items())
    key, proxy = next(((key, each) for key, each in found if any(each)), ("", WindowsProxy()))
    return sort_out_windows(name, proxy, f"`{key}`")


def read_user(machine: Machine) -> SourceSettings:
    """What Windows itself answers for the user."""
    proxy = machine.windows_proxy("user") or WindowsProxy()
    return sort_out_windows("windows", proxy, rf"`HKCU\{INTERNET_SETTINGS}`")


def read_services(machine: Machine) -> SourceSettings:
    """What Windows itself answers for services."""
    return sort_out_windows("winhttp", machine.windows_proxy("services") or WindowsProxy(), _WINHTTP)


def read_values(values: Values) -> WindowsProxy:
    """What the values of a key come to: a proxy that is switched off is none."""
    text = {name: str(value).strip() for name, value in values.items()}
    enabled = values.get("ProxyEnable") not in {None, 0, "0"}
    return WindowsProxy(
        text.get("ProxyServer", "") if enabled else "",
        text.get("ProxyOverride", "") if enabled else "",
        text.get("AutoConfigURL", ""),
        detects=values.get("AutoDetect") not in {None, 0, "0"},
    )


def sort_out_windows(name: str, settings: WindowsProxy, place: str) -> SourceSettings:
    """As a source says it.

    Args:
        name: of the source.
        settings: what Windows says.
        place: where.
    """
    server, override = f"`ProxyServer` in {place}", f"`ProxyOverride` in {place}"
    proxies = tuple((kind, Found(text, server)) for kind, text in read_proxy_server(settings.proxy))
    kinds = {kind for kind, _ in proxies}
    entries, notes = read_override(settings.bypass)
    remarks = [Found(note, override) for note in notes if proxies]
    if settings.detects:
        remarks.append(describe_wpad(f"`AutoDetect` in {place}"))
    if settings.script and proxies:
        remarks.append(
            Found("is asked before the proxy that is named beside it", f"`AutoConfigURL` in {place}")
        )
    return SourceSettings(
        name,
        proxies,
        (Found(";".join(entries), override),) if entries and proxies else (),
        direct=(Found("names no proxy for `https://`, which goes direct", server),)
        if kinds == {"http"}
        else (),
        pac=(Found(settings.script, f"`AutoConfigURL` in {place}"),) if settings.script else (),
        notes=tuple(remarks),
        patterns=True,
    )


def read_proxy_server(text: str) -> Iterator[tuple[str, str]]:
    """``host:port``, or ``http=host:port;https=host:port``. SOCKS, of version 4, counts where it is alone."""
    named: dict[str, str] = {}
    for part in re.split(r"[;\s]+", text):
        kind, equals, address = part.partition("=")
        if not equals:
            kind, address = "all", part
        if address:
            named.setdefault(kind.lower(), address)
    for kind in ("http", "https", "all"):
        if kind in named:
            yield kind, named[kind]
    if "socks" in named and not named.keys() & {"http", "https", "all"}:
        address = named["socks"]
        yield "all", address if "://" in address else f"socks4://{address}"


def read_override(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The patterns that Windows understands, and what is to be known of the others."""
    entries = [each for each in re.split(r"[;,\s]+", text) if each]
    odd = {each: reason for each in entries if (reason := _find_oddity(each))}
    notes = (f"has the entry `{each}`, {reason}; it is left out" for each, reason in odd.items())
    return tuple(each for each in entries if each not in odd), tuple(notes)


def _find_oddity(entry: str) -> str:
    if entry.lower() == "<-loopback>":
        return "which sends loopback to the proxy, and no client can be told that"
    if entry.startswith("."):
        return "which Windows compares as a whole name: `*` before the dot is missing"
    with suppress(ValueError):
        if "/" in entry:
            ipaddress.ip_network(entry, strict=False)
            return "a network, which Windows does not understand: it knows `10.*`"
    return ""


_REFERENCE: Final = "Microsoft's documentation and Chromium's sources; not run there"
POLICY: Final = Source("windows-policy", read_policy, _REFERENCE)
USER: Final = Source("windows", read_user, _REFERENCE)
SERVICES: Final = Source("winhttp", read_services, _REFERENCE)
