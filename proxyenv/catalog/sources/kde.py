"""KDE: ``kioslaverc``, which System Settings writes.

Source: Chromium's ``proxy_config_service_linux.cc``; KIO's ``kprotocolmanager.cpp``; KConfig's format.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.desktop import Manual, Scheme, describe_wpad, read_manual
from proxyenv.catalog.sources.source import Source
from proxyenv.catalog.tools.tool import config_home, given
from proxyenv.model.findings import Found, SourceSettings
from proxyenv.model.url import describe_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from proxyenv.model.machine import Machine

_NAME: Final = "kde"
_FILE: Final = "kioslaverc"
_SECTION: Final = "Proxy Settings"
_SCHEMES: Final = {"http": "httpProxy", "https": "httpsProxy", "socks": "socksProxy"}
_NONE, _MANUAL, _SCRIPT, _WPAD, _VARIABLES = "01234"
_MOST: Final = 10_000

Settings = dict[str, Found[str]]


def read(machine: Machine) -> SourceSettings:
    """What ``ProxyType`` says; where it is not there, nothing."""
    settings: Settings = {}
    for path in _find_paths(machine):
        settings |= _read_file(path, machine.read(path) or "", machine.environment)
    kind = settings.get("ProxyType")
    if kind is None:
        return SourceSettings(_NAME)
    if kind.value == _MANUAL:
        return _read_manual(settings)
    if kind.value == _SCRIPT:
        script = settings.get("Proxy Config Script")
        return SourceSettings(_NAME, pac=(script,)) if script and script.value else SourceSettings(_NAME)
    if kind.value == _WPAD:
        return SourceSettings(_NAME, notes=(describe_wpad(kind.provenance),))
    if kind.value == _VARIABLES:
        return _read_named(settings, machine.environment)
    return SourceSettings(_NAME, direct=(Found(f"says `{kind.value}`: no proxy", kind.provenance),))


def _find_paths(machine: Machine) -> Iterator[Path]:
    """The weakest first: the system's, KDE 4's, and today's."""
    yield machine.root / "etc/xdg" / _FILE
    old = given(machine, "KDEHOME")
    for directory in (old,) if old else (machine.home / ".kde", machine.home / ".kde4"):
        yield directory / "share/config" / _FILE
    yield config_home(machine) / _FILE


def _read_file(path: Path, text: str, environment: Mapping[str, str]) -> Settings:
    """The settings of the section. ``[$e]`` behind a key asks for variables, ``[fr]`` is for one language."""
    found: Settings = {}
    section = ""
    for number, line in enumerate(text.splitlines()[:_MOST], 1):
        if header := re.match(r"\s*\[([^\]]*)\]", line):
            section = header[1]
            continue
        matched = re.fullmatch(r"\s*([^=\[#]+?)\s*((?:\[[^\]]*\])*)\s*=(.*)", line)
        if section != _SECTION or matched is None:
            continue
        name, options, raw = matched.groups()
        flags = re.findall(r"\[\$(\w*)\]", options)
        if len(flags) != options.count("["):
            continue
        value = re.sub(r"\\([\\sntr])", _unescape, raw.strip())
        if any("e" in each for each in flags):
            value = re.sub(r"\$(?:(\w+)|\{(\w+)\})", lambda m: environment.get(m[1] or m[2], ""), value)
        found[name] = Found(value, f"`{name}` in `{path}`, line {number}")
    return found


def _unescape(matched: re.Match[str]) -> str:
    return {"s": " ", "n": "\n", "t": "\t", "r": "\r"}.get(matched[1], matched[1])


def _read_manual(settings: Settings) -> SourceSettings:
    schemes = {
        kind: scheme
        for kind, name in _SCHEMES.items()
        if name in settings and (scheme := _find_scheme(settings[name]))
    }
    listed = settings.get("NoProxyFor")
    reversed_ = settings.get("ReversedException")
    if listed and reversed_ and reversed_.value.strip().lower() not in {"", "0", "false"}:
        proxies = dict.fromkeys(describe_proxy(scheme.make_url()) for scheme in schemes.values())
        said = (
            f"sends only `{listed.value}` to {', '.join(proxies)}, which NO_PROXY cannot say; it is not taken"
        )
        return SourceSettings(_NAME, notes=(Found(said, reversed_.provenance),) if schemes else ())
    found = read_manual(_NAME, Manual(schemes))
    return _with_list(found, listed) if listed and found.proxies else found


def _find_scheme(setting: Found[str]) -> Scheme | None:
    """``http://proxy.corp.example 8080``; in old files with a colon before the port; or nothing."""
    host, _, port = setting.value.strip().partition(" ")
    host = re.sub(r"^socks5?://", "", host.strip())
    bare = host.partition("://")[2] or host
    return Scheme(host, port.strip(), setting.provenance) if bare.strip("/:") else None


def _with_list(found: SourceSettings, listed: Found[str]) -> SourceSettings:
    """KDE compares the ends of names, and NO_PROXY whole labels."""
    entries = [each for each in re.split(r"[,\s]+", listed.value) if each]
    local = [each for each in entries if each.lower() == "<local>"]
    rest = [each for each in entries if each not in local]
    parts = ((",".join(rest), rest), (",".join(local), local))
    lists = tuple(Found(text, listed.provenance) for text, each in parts if each)
    loose = [each for each in rest if re.match(r"[a-z][\w-]*\.", each, re.IGNORECASE)]
    if not loose:
        return found._replace(no_proxy=lists)
    note = (
        f"means every name that ends in `{loose[0]}`, as `x{loose[0]}` does; NO_PROXY can only say the domain"
    )
    return found._replace(no_proxy=lists, notes=(*found.notes, Found(note, listed.provenance)))


def _read_named(settings: Settings, environment: Mapping[str, str]) -> SourceSettings:
    """The values are names of variables; of several the first that is set counts."""
    proxies: list[tuple[str, Found[str]]] = []
    for kind, name in _SCHEMES.items():
        setting = settings.get(name)
        for variable in re.split(r"[,\s]+", setting.value) if setting and kind != "socks" else ():
            if setting and (value := environment.get(variable)):
                proxies.append((kind, Found(value, f"`{variable}`, which {setting.provenance} names")))
                break
    return SourceSettings(_NAME, tuple(proxies))


SOURCE: Final = Source(_NAME, read, "Chromium's proxy_config_service_linux.cc and KIO; not run there")
