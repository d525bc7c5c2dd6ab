"""Finds which program listens at a port of this machine, and what stands behind a forwarder."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import list_directory
from proxyenv.machine.content import find_text
from proxyenv.machine.local import LocalMachine
from proxyenv.model.forwarder import Forwarder, Listener
from proxyenv.model.url import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from proxyenv.model.host import Host
    from proxyenv.model.proxy_url import ProxyURL

_PROC: Final = Path("/proc")
_LISTENS: Final = "0A"
_COLUMNS: Final = 10
_MOST_PROCESSES: Final = 5_000_000
_LAST_PORT: Final = 65_535
_UNREADABLE: Final = Forwarder("")


def find_forwarders(
    host: Host, proxies: Iterable[ProxyURL], *, proc: Path = _PROC
) -> Mapping[ProxyURL, Forwarder]:
    """The forwarders among the proxies on this machine, and those of which nothing can be known.

    Args:
        host: the machine.
        proxies: what is configured.
        proc: where the system shows its processes.
    """
    local = [proxy for proxy in proxies if is_loopback(proxy.host)]
    found = ((proxy, _find_forwarder(host, proxy.port, proc)) for proxy in dict.fromkeys(local))
    return MappingProxyType({proxy: forwarder for proxy, forwarder in found if forwarder is not None})


def find_free_port(first: int, *, proc: Path = _PROC) -> int:
    """The first port from *first* on at which nothing listens, as far as that can be read."""
    taken = {port for port, _ in _read_listening(proc)}
    return next((port for port in range(first, _LAST_PORT) if port not in taken), first)


def _find_forwarder(host: Host, port: int, proc: Path) -> Forwarder | None:
    """The forwarder at a port; ``None`` where nothing listens, or another program."""
    if not (proc / "net" / "tcp").exists():
        return _UNREADABLE
    inodes = {inode for each, inode in _read_listening(proc) if each == port}
    if not inodes:
        return None
    listener = _find_listener(proc, inodes)
    if listener is None:
        return _UNREADABLE
    from proxyenv.catalog.forwarders import find_program_of

    program = find_program_of(listener)
    return program.describe(LocalMachine(host), listener) if program else None


def _read_listening(proc: Path) -> Iterator[tuple[int, str]]:
    """Each port at which something listens, with the inode of its socket (proc(5), `/proc/net/tcp`)."""
    for name in ("tcp", "tcp6"):
        for line in (find_text(proc / "net" / name) or "").splitlines()[1:]:
            words = line.split()
            if len(words) >= _COLUMNS and words[3] == _LISTENS:
                yield int(words[1].rpartition(":")[2], 16), words[9]


def _find_listener(proc: Path, inodes: set[str]) -> Listener | None:
    """The first process that has one of the sockets; ``None`` where it is another user's."""
    wanted = {f"socket:[{inode}]" for inode in inodes}
    names = (path.name for path in list_directory(proc, most=_MOST_PROCESSES))
    for pid in sorted(int(name) for name in names if name.isdecimal()):
        process = proc / str(pid)
        with contextlib.suppress(OSError):
            if any(_find_target(each) in wanted for each in list_directory(process / "fd")):
                return _read_listener(process)
    return None


def _find_target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def _read_listener(process: Path) -> Listener:
    """A process, as far as this user may look into it.

    Raises:
        OSError: it has ended meanwhile, or is another user's.
    """
    arguments = (find_text(process / "cmdline") or "").rstrip("\0").split("\0")
    entries = (each.partition("=") for each in (find_text(process / "environ") or "").split("\0"))
    environment = {name: value for name, equals, value in entries if equals}
    directory = (process / "cwd").readlink()
    return Listener(int(process.name), tuple(arguments), MappingProxyType(environment), directory)
