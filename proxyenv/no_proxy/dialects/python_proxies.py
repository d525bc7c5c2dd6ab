"""What Python's standard library makes of the proxy variables; most Python clients build on it.

Follows ``getproxies_environment`` and ``proxy_bypass_environment`` of ``urllib.request``, which are
the same in CPython 3.11 to 3.14. Windows' registry and macOS' settings are not looked at: both are
consulted only where no proxy variable is set.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxyenv.no_proxy.dialects.suffixes import SuffixIndex, index_suffixes

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAIL: Final = "_proxy"
_PORT: Final = re.compile(r"(.*):([0-9]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and the variable that it comes from."""

    value: str
    variable: str


def read_proxies(environment: Mapping[str, str]) -> dict[str, Setting]:
    """The proxy variables by what stands before their `_proxy`: `http`, `https`, `all`, `no` and any other.

    A name in lower case wins over any other spelling, and erases it when its value is empty. Of the
    other spellings the last in the environment's order wins, and an empty one counts as unset. In a
    CGI program, where `REQUEST_METHOD` is set, only the lower-case `http_proxy` counts, since a server
    makes `HTTP_PROXY` of a header that the visitor sends.
    """
    named = [
        (name, name[: -len(_TAIL)].lower(), value)
        for name, value in environment.items()
        if name[-len(_TAIL) :].lower() == _TAIL
    ]
    settings = {key: Setting(value, name) for name, key, value in named if value}
    if "REQUEST_METHOD" in environment:
        settings.pop("http", None)
    for name, key, value in named:
        if not name.endswith(_TAIL):
            continue
        if value:
            settings[key] = Setting(value, name)
        else:
            settings.pop(key, None)
    return settings


@dataclass(frozen=True, slots=True)
class StandardBypass:
    """The standard library's reading of NO_PROXY.

    Names match themselves and what is below them, with or without a leading dot; a lone `*` matches
    everything; all else, networks and addresses included, is compared as text.

    Args:
        variable: that holds the list, or nothing.
        everything: the list is `*`.
        names: the entries.
    """

    variable: str
    everything: bool
    names: SuffixIndex

    def find(self, host: str) -> str | None:
        """The entry that exempts a host.

        Args:
            host: as the client gives it, with or without a port. What looks like a port is tried
                without it as well, even where it is the end of an IPv6 address.
        """
        if self.everything:
            return "*"
        folded = host.lower()
        matched = _PORT.fullmatch(folded)
        hosts = (matched[1], folded) if matched else (folded,)
        found = self.names.find(*hosts)
        return found.text if found else None


def read_bypass(settings: Mapping[str, Setting]) -> StandardBypass:
    """Index the list of :func:`read_proxies`."""
    setting = settings.get("no", Setting("", ""))
    entries = [] if setting.value == "*" else [text.strip() for text in setting.value.split(",")]
    names = index_suffixes((entry.lstrip(".").lower(), entry) for entry in entries if entry)
    return StandardBypass(setting.variable, setting.value == "*", names)
