"""KDE: ``kioslaverc``, which System Settings writes.

Source: Chromium's ``proxy_config_service_linux.cc``; KIO's ``kprotocolmanager.cpp``; KConfig 5.103, driven.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.desktop import Manual, Scheme, describe_wpad, read_manual
from proxyenv.catalog.sources.source import Source
from proxyenv.catalog.tools.tool import config_home, given
from proxyenv.model.findings import Found, SourceSettings
from proxyenv.model.proxy_url import describe_proxy
from proxyenv.model.url import show_location
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    settings = _read_files(machine)
    kind = settings.get("ProxyType")
    if kind is None or not kind.value:
        return SourceSettings(_NAME)
    if kind.value == _MANUAL:
        return _read_manual(settings)
    if kind.value == _SCRIPT:
        script = settings.get("Proxy Config Script")
        return SourceSettings(_NAME, pac=(script,)) if script and script.value else SourceSettings(_NAME)
    if kind.value == _WPAD:
        return SourceSettings(_NAME, notes=(describe_wpad(kind.provenance),))
    if kind.value == _VARIABLES:
        return _read_named(settings, machine.nameable)
    return SourceSettings(_NAME, direct=(Found(f"says `{kind.value}`: no proxy", kind.provenance),))


def _read_files(machine: Machine) -> Settings:
    """The settings of all files: the strongest counts, but for what a weaker one locks by ``[$i]``."""
    settings: Settings = {}
    locked: set[str] = set()
    for path in _find_paths(machine):
        read = _read_file(path, machine.read(path) or "", machine.nameable)
        settings |= {name: found for name, found in read.settings.items() if name not in locked}
        locked |= read.locked
        if read.is_locked:
            break
    return settings


def _find_paths(machine: Machine) -> Iterator[Path]:
    """The weakest first: the system's, KDE 4's, and today's."""
    named = [each for each in machine.environment.get("XDG_CONFIG_DIRS", "").split(":") if each[:1] == "/"]
    for directory in [Path(each) for each in reversed(named)] or [machine.root / "etc/xdg"]:
        yield directory / _FILE
    old = given(machine, "KDEHOME")
    for directory in (old,) if old else (machine.home / ".kde", machine.home / ".kde4"):
        yield directory / "share/config" / _FILE
    yield config_home(machine) / _FILE


class _Read(NamedTuple):
    """What one file says.

    Args:
        settings: those of the section; one that is deleted there is empty.
        locked: the names of those that no stronger file changes.
        is_locked: whether none changes the section, or the file.
    """

    settings: Settings
    locked: set[str]
    is_locked: bool


def _read_file(path: Path, text: str, environment: Mapping[str, str]) -> _Read:
    """The settings of the section.

    Behind a key ``[$e]`` asks for variables, ``[$i]`` locks it, ``[$d]`` deletes it, and ``[fr]`` is for one
    language.
    """
    found: Settings = {}
    locked: set[str] = set()
    is_locked = False
    section = ""
    for number, line in enumerate(text.splitlines()[:_MOST], 1):
        if header := re.match(r"\s*\[([^\]]*)\](\[\$i\])?", line):
            section = header[1]
            is_locked |= section == "$i" or (section == _SECTION and header[2] is not None)
            continue
        matched = re.fullmatch(r"([^=\[#]++)((?:\[[^\]]*+\])*+)\s*+(=.*)?", line.strip())
        if section != _SECTION or matched is None:
            continue
        name, options, assigned = matched[1].rstrip(), matched[2], matched[3]
        marks = re.findall(r"\[\$(\w*)\]", options)
        flags = "".join(marks)
        if len(marks) != options.count("[") or (assigned is None and "d" not in flags):
            continue
        value = re.sub(r"\\([\\sntr])", _unescape, (assigned or "=")[1:].strip())
        if "e" in flags:
            value = re.sub(r"\$(?:(\w+)|\{(\w+)\})", lambda m: environment.get(m[1] or m[2], ""), value)
        if "i" in flags:
            locked.add(name)
        lock = ", locked there" if "i" in flags else ""
        found[name] = Found(value, f"`{name}` in `{path}`, line {number}{lock}")
    return _Read(found, locked, is_locked)


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
        only = f"sends only `{show_location(listed.value)}` to {', '.join(proxies)}"
        said = f"{only}, which NO_PROXY cannot say; it is not taken"
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


SOURCE: Final = Source(_NAME, read, "Chromium and KIO; tests/clients/test_system_tools.py drives KConfig")
