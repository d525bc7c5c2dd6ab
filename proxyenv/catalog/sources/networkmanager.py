"""NetworkManager: a connection may name a PAC file. There is no manual proxy in it.

Its files belong to root, so most users see nothing here. Which connection is active they do not say.
Source: nm-settings-keyfile(5), section ``proxy``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.desktop import describe_wpad
from proxyenv.catalog.sources.source import Source
from proxyenv.errors import PlanError
from proxyenv.model.findings import Found, SourceSettings

if TYPE_CHECKING:
    from proxyenv.formats.format import Item
    from proxyenv.model.machine import Machine

_NAME: Final = "networkmanager"
_DIRECTORIES: Final = ("usr/lib", "etc", "run")
_AUTOMATIC: Final = frozenset({"1", "auto"})


def read(machine: Machine) -> SourceSettings:
    """The PAC files of all connections, and what those have that name none."""
    found = SourceSettings(_NAME)
    for directory in _DIRECTORIES:
        for path in machine.files(machine.root / directory / "NetworkManager/system-connections"):
            text = machine.read(path) if path.suffix == ".nmconnection" else None
            found = _add(found, str(path), _read(str(path), text)) if text else found
    return found


def _read(path: str, text: str) -> dict[str, Item]:
    from proxyenv.formats.ini import INI

    try:
        return {item.name: item for item in INI.items(text, source=f"`{path}`") if item.section == "proxy"}
    except PlanError:
        return {}


def _add(found: SourceSettings, path: str, settings: dict[str, Item]) -> SourceSettings:
    method = settings.get("method")
    if method is None or method.value.lower() not in _AUTOMATIC:
        return found
    place = {name: f"`proxy.{name}` in `{path}`, line {item.line}" for name, item in settings.items()}
    if "browser-only" in settings and settings["browser-only"].value.lower() in {"1", "true", "yes"}:
        note = Found("is for browsers alone", place["browser-only"])
    elif "pac-url" in settings and settings["pac-url"].value:
        return found._replace(pac=(*found.pac, Found(settings["pac-url"].value, place["pac-url"])))
    elif "pac-script" in settings and settings["pac-script"].value:
        note = Found(
            "is a PAC script that stands there itself; to read it, name a file: `--pac`", place["pac-script"]
        )
    else:
        note = describe_wpad(place["method"])
    return found._replace(notes=(*found.notes, note))


SOURCE: Final = Source(_NAME, read, "nm-settings-keyfile(5); not run there")
