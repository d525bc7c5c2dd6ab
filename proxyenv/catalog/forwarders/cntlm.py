"""cntlm: NTLM, in C. One file: that of `-c`, else `/etc/cntlm.conf`; the command line comes first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.forwarders.forwarder import ForwarderProgram, name_proxies
from proxyenv.model.forwarder import Upstream
from proxyenv.model.url import show_path

if TYPE_CHECKING:
    from proxyenv.model.forwarder import Listener
    from proxyenv.model.machine import Machine

_PROXY: Final = re.compile(r"^[ \t]*Proxy[ \t]+(\S+)", re.MULTILINE | re.IGNORECASE)
_PAST: Final = re.compile(r"^[ \t]*NoProxy[ \t](.*)", re.MULTILINE | re.IGNORECASE)
_TAKE_VALUES: Final = frozenset(f"-{letter}" for letter in "acdDFGlLMNOpPrRSTuUw")


def _find_upstream(machine: Machine, listener: Listener) -> Upstream | None:
    named, others = _read_arguments(listener.arguments[1:])
    if others:
        return Upstream(name_proxies((":".join(others[:2]),)), "its command line")
    path = listener.directory / named if named else machine.root / "etc" / "cntlm.conf"
    text = machine.read(path)
    if text is None:
        return None  # mode 600, and another user's
    patterns = (word for line in _PAST.findall(text) for word in line.replace(",", " ").split())
    if "*" in patterns:  # every host matches (cntlm(1))
        return Upstream((), f"`{show_path(path)}` has `NoProxy *`")
    found = name_proxies(_PROXY.findall(text))
    return Upstream(found, show_path(path) if found else f"`{show_path(path)}` names none")


def _read_arguments(words: tuple[str, ...]) -> tuple[str, list[str]]:
    """The file of `-c`, and what is no option: `HOST PORT`, or `HOST:PORT`."""
    named, others, rest = "", [], iter(words)
    for word in rest:
        if word in _TAKE_VALUES:
            value = next(rest, "")
            named = value if word == "-c" else named
        elif word.startswith("-c"):
            named = word[2:]
        elif not word.startswith("-"):
            others.append(word)
    return named, others


FORWARDER: Final = ForwarderProgram(
    "cntlm",
    _find_upstream,
    "write the hashes of the right password, which `cntlm -H` prints, into cntlm.conf, and start cntlm again",
    "write `Proxy HOST:PORT` into cntlm.conf, without `NoProxy *`, and start cntlm again",
)
