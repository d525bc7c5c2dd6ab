"""What is known of one forwarder: how it is recognised, and what it says stands behind it."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from proxyenv.model.forwarder import Forwarder
from proxyenv.model.host import find_local_path
from proxyenv.model.proxy_url import find_proxy_url
from proxyenv.model.url import show_location
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from proxyenv.model.forwarder import Listener, Upstream
    from proxyenv.model.machine import Machine

_INTERPRETER = "python"
_WORDS = 3
"""How far into its arguments the name of a program can stand: `python -m px`, `python /bin/px`."""


class ForwarderProgram(NamedTuple):
    """One program.

    Args:
        name: as people call it.
        find_upstream: what its arguments, variables and files say stands behind it; ``None`` where that
            cannot be known from them.
        password: how it gets another password, as a hint.
        remedy: how it gets a proxy behind it, as a hint.
        find_past: which of the hosts that it reaches without a proxy a host is among, by its name, or by
            its address, which is looked up where that matters; ``None``: it is none of them.
    """

    name: str
    find_upstream: Callable[[Machine, Listener], Upstream | None]
    password: str
    remedy: str
    find_past: Callable[[tuple[str, ...], str, Callable[[], str | None]], str | None] = lambda *_: None

    def runs_as(self, listener: Listener) -> bool:
        """Whether that process is this program."""
        first, *others = (PurePath(word).name.lower() for word in listener.arguments[:_WORDS])
        words = (first, *others) if first.startswith(_INTERPRETER) else (first,)
        return any(word.removesuffix(".exe") == self.name for word in words)

    def describe(self, machine: Machine, listener: Listener) -> Forwarder:
        """The program as it runs in that process."""
        upstream = self.find_upstream(machine, listener)
        return Forwarder(self.name, listener.pid, upstream, self.password, self.remedy)


def read_script(machine: Machine, directory: Path, location: str) -> str | None:
    """The text of a PAC file of this machine; ``None`` for one of another, and where it cannot be read.

    Args:
        machine: where it is.
        directory: what a relative path is below.
        location: a URL or a path.
    """
    path = find_local_path(location, machine.platform)
    return None if path is None else machine.read(directory / path)


def name_proxies(texts: Iterable[str]) -> tuple[str, ...]:
    """Proxies as `HOST:PORT`, each once, without credentials; what is no proxy is shown masked."""
    named = dict.fromkeys(text.strip() for text in texts)
    parsed = ((text, find_proxy_url(text)) for text in named if text)
    return tuple(url.authority if url else show_location(text) for text, url in parsed)
