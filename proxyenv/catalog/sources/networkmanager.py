"""NetworkManager: a connection may name a PAC file. There is no manual proxy in it.

``nmcli`` tells every user what the active connections have. Where it does not answer, as in a container, the
files count, which only root can read and which do not say what is active.
Source: nm-settings-keyfile(5), section ``proxy``; nmcli 1.42, driven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.desktop import describe_wpad
from proxyenv.catalog.sources.source import Source
from proxyenv.errors import PlanError
from proxyenv.model.findings import Found, SourceSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.machine import Machine

    Settings = dict[str, Found[str]]

_NAME: Final = "networkmanager"
_DIRECTORIES: Final = ("usr/lib", "etc", "run")
_AUTOMATIC: Final = frozenset({"1", "auto"})
_ACTIVE: Final = ("--terse", "--fields", "UUID", "connection", "show", "--active")
_FIELDS: Final = "connection.id,proxy.method,proxy.browser-only,proxy.pac-url,proxy.pac-script"
_SETTINGS: Final = ("--terse", "--fields", _FIELDS, "connection", "show")
_SECONDS: Final = 5.0
_MOST: Final = 100
_MOST_LINES: Final = 10_000


def read(machine: Machine) -> SourceSettings:
    """The PAC files of the active connections, or else of all, and notes on those that name none."""
    active = _ask(machine)
    found = SourceSettings(_NAME)
    if active is not None:
        for connection in active:
            found = _add(found, connection)
        return found
    for directory in _DIRECTORIES:
        for path in machine.files(machine.root / directory / "NetworkManager/system-connections"):
            text = machine.read(path) if path.suffix == ".nmconnection" else None
            found = _add(found, _read(str(path), text)) if text else found
    return found


def _ask(machine: Machine) -> tuple[Settings, ...] | None:
    """What ``nmcli`` says of the active connections; ``None`` where it does not answer."""
    program = machine.which("nmcli")
    shown = machine.run(program, *_ACTIVE, seconds=_SECONDS) if program else None
    if program is None or shown is None:
        return None
    names = shown.decode("utf-8", "replace").split()[:_MOST]
    if not names:
        return ()
    said = machine.run(program, *_SETTINGS, *names, seconds=_SECONDS)
    return None if said is None else tuple(_parse(said.decode("utf-8", "replace")))


def _parse(text: str) -> Iterator[Settings]:
    """The settings of each connection: a line ``NAME:VALUE`` each, the name of the connection first."""
    settings: Settings = {}
    connection = ""
    for line in text.splitlines()[:_MOST_LINES]:
        name, colon, value = line.partition(":")
        if colon and name == "connection.id":
            if settings:
                yield settings
            settings, connection = {}, value
        elif colon and name.startswith("proxy."):
            place = f"`{name}` of the active connection `{connection}`, as `nmcli` says"
            settings.setdefault(name.removeprefix("proxy."), Found(value, place))
    if settings:
        yield settings


def _read(path: str, text: str) -> Settings:
    from proxyenv.formats.ini import INI

    try:
        items = INI.items(text, source=f"`{path}`")
    except PlanError:
        return {}
    return {
        item.name: Found(item.value, f"`proxy.{item.name}` in `{path}`, line {item.line}")
        for item in items
        if item.section == "proxy"
    }


def _add(found: SourceSettings, settings: Settings) -> SourceSettings:
    method = settings.get("method")
    if method is None or method.value.lower() not in _AUTOMATIC:
        return found
    alone, url, script = (settings.get(name) for name in ("browser-only", "pac-url", "pac-script"))
    if alone and alone.value.lower() in {"1", "true", "yes"}:
        note = Found("is for browsers alone", alone.provenance)
    elif url and url.value:
        return found._replace(pac=(*found.pac, url))
    elif script and script.value:
        note = Found(
            "is a PAC script that stands there itself; to read it, name a file: `--pac`", script.provenance
        )
    else:
        note = describe_wpad(method.provenance)
    return found._replace(notes=(*found.notes, note))


SOURCE: Final = Source(
    _NAME, read, "nm-settings-keyfile(5); nmcli, driven by tests/clients/test_system_tools.py"
)
