"""cntlm: NTLM, in C. One file: that of `-c`, else `/etc/cntlm.conf`; the command line comes first."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.forwarders.forwarder import ForwarderProgram, name_proxies
from proxyenv.model.forwarder import Upstream
from proxyenv.model.url import show_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.model.forwarder import Listener
    from proxyenv.model.machine import Machine

_PROXY: Final = re.compile(r"^[ \t]*Proxy[ \t]+(\S+)", re.MULTILINE | re.IGNORECASE)
_PAST: Final = re.compile(r"^[ \t]*NoProxy[ \t](.*)", re.MULTILINE | re.IGNORECASE)
_LONGEST: Final = 1000
"""In characters. A name has 253; the square of a pattern's brackets is what fnmatch takes."""
_TAKE_VALUES: Final = frozenset(f"-{letter}" for letter in "acdDFGlLMNOpPrRSTuUw")


def _find_upstream(machine: Machine, listener: Listener) -> Upstream | None:
    named, past, proxies = _read_arguments(listener.arguments[1:])
    path = listener.directory / named if named else machine.root / "etc" / "cntlm.conf"
    text = machine.read(path)
    if text is None and not proxies:
        return None  # mode 600, and another user's
    file = show_path(path)
    found = name_proxies((*proxies, *_PROXY.findall(text or "")))  # one list, as that of `NoProxy` is
    listed = tuple(" ".join((past, *_PAST.findall(text or ""))).replace(",", " ").split())
    where = "`-N` of its command line" if past else f"`NoProxy` in `{file}`"
    if "*" in listed:  # every host matches (cntlm(1))
        return Upstream((), f"{where} has `*`")
    source = "its command line" if proxies else file if found else f"`{file}` names none"
    return Upstream(found, source, past=listed, past_source=where)


def _find_past(past: tuple[str, ...], host: str, find_address: Callable[[], str | None]) -> str | None:  # noqa: ARG001 - names alone count
    return next((each for each in past if len(each) <= _LONGEST and fnmatchcase(host, each)), None)


def _read_arguments(words: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
    """The file of `-c`, the list of `-N`, and what is no option: a proxy, as `HOST PORT` or `HOST:PORT`."""
    named, past, others, rest = "", "", [], iter(words)
    for word in rest:
        if word in _TAKE_VALUES:
            value = next(rest, "")
            named = value if word == "-c" else named
            past = value if word == "-N" else past
        elif word.startswith("-c"):
            named = word[2:]
        elif not word.startswith("-"):
            others.append(word if ":" in word else f"{word}:{next(rest, '')}")
    return named, past, tuple(others)


FORWARDER: Final = ForwarderProgram(
    "cntlm",
    _find_upstream,
    "write the hashes of the right password, which `cntlm -H` prints, into cntlm.conf, and start cntlm again",
    "write `Proxy HOST:PORT` into cntlm.conf, without `NoProxy *`, and start cntlm again",
    _find_past,
)
