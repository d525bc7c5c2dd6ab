"""macOS: what ``scutil --proxy`` prints, the settings of the network that counts now. Not run there.

Source: Apple's ``SCSchemaDefinitions.h`` for the names, "ExceptionsList ... may contain * wildcards", and
Python's ``urllib.request`` for how exceptions are read. ``__SCOPED__``, per interface, is passed over.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.desktop import Manual, Scheme, describe_wpad, read_manual
from proxyenv.catalog.sources.source import Source
from proxyenv.model.findings import Found, SourceSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.machine import Machine

_NAME: Final = "macos"
_PROGRAM: Final = Path("/usr/sbin/scutil")
_SECONDS: Final = 5.0
_SCHEMES: Final = {"http": "HTTP", "https": "HTTPS", "socks": "SOCKS"}
_MOST: Final = 10_000


def read(machine: Machine) -> SourceSettings:
    """What scutil prints; nothing where it does not answer."""
    said = machine.run(_PROGRAM, "--proxy", seconds=_SECONDS)
    return sort_out_scutil((said or b"").decode("utf-8", "replace"))


def sort_out_scutil(text: str) -> SourceSettings:
    """The same from its output. Only what is enabled counts: a host stays when it is switched off."""
    settings, exceptions = _parse(text)
    enabled = {kind: name for kind, name in _SCHEMES.items() if settings.get(f"{name}Enable") == "1"}
    schemes = {
        kind: Scheme(settings[f"{name}Proxy"], settings.get(f"{name}Port", ""), _place(f"{name}Proxy"))
        for kind, name in enabled.items()
        if settings.get(f"{name}Proxy")
    }
    if settings.get("ExcludeSimpleHostnames") == "1":
        exceptions = (*exceptions, "<local>")
    listed = Found(";".join(exceptions), _place("ExceptionsList")) if exceptions else None
    found = read_manual(_NAME, Manual(schemes, listed))
    notes = [*found.notes]
    users = (f"{name}User" for name in enabled.values() if settings.get(f"{name}User"))
    notes += [Found("wants a user, whose password is in the keychain", _place(name)) for name in users]
    if settings.get("ProxyAutoDiscoveryEnable") == "1":
        notes.append(describe_wpad(_place("ProxyAutoDiscoveryEnable")))
    script = "ProxyAutoConfigURLString"
    uses = settings.get("ProxyAutoConfigEnable") == "1" and settings.get(script)
    return found._replace(
        pac=(Found(settings[script], _place(script)),) if uses else (),
        direct=tuple(
            Found("is switched off: no proxy", _place(f"{name}Proxy"))
            for name in _SCHEMES.values()
            if settings.get(f"{name}Enable") == "0" and settings.get(f"{name}Proxy")
        ),
        notes=tuple(notes),
        patterns=True,
    )


def _place(name: str) -> str:
    return f"`{name}` of `scutil --proxy`"


def _parse(text: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """The settings of the outermost dictionary, and the exceptions, in their order."""
    settings: dict[str, str] = {}
    exceptions: list[str] = []
    scopes: list[str] = []
    for line in text.splitlines()[:_MOST]:
        if opened := re.match(r"\s*(?:(\S+)\s*:\s*)?<(?:dictionary|array)>\s*\{", line):
            scopes.append(opened[1] or "")
        elif line.strip() == "}":
            scopes = scopes[:-1]
        elif pair := re.match(r"\s*(\S+)\s*:\s*(.*)", line.rstrip()):
            if len(scopes) == 1:
                settings[pair[1]] = pair[2]
            elif scopes[1:] == ["ExceptionsList"]:
                exceptions.append(pair[2])
    return settings, tuple(exceptions)


SOURCE: Final = Source(_NAME, read, "Apple's SCSchemaDefinitions.h and Python's urllib; not run there")
