"""Where a machine may say which proxy to use: one module per source.

To add one, write a module that defines ``SOURCE`` and list it here by its rank: environment, policy of the
operating system, desktop, files of the system, tools. A PAC file has the rank of the source that names it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources import environment
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from proxyenv.catalog.sources.source import Source
    from proxyenv.model.machine import Machine

SOURCES: Final[tuple[Source, ...]] = (environment.SOURCE,)
"""What every process has, the strongest first: the first that names a proxy decides."""


class ListedSource(NamedTuple):
    """A source that is imported where it may say something.

    Args:
        module: its module here.
        platform: the only one that has it, as ``sys.platform`` says it; nothing for every one.
        traces: below the root, one of which is there where it may say something; none: always.
        name: of the source in its module.
    """

    module: str
    platform: str = ""
    traces: tuple[str, ...] = ()
    name: str = "SOURCE"


MODULES: Final = (
    ListedSource("windows", "win32", name="POLICY"),
    ListedSource("windows", "win32", name="USER"),
    ListedSource("macos", "darwin"),
    ListedSource("gnome", "linux"),
    ListedSource("kde", "linux"),
    ListedSource(
        "networkmanager", "linux", ("etc/NetworkManager", "usr/lib/NetworkManager", "run/NetworkManager")
    ),
    ListedSource("wsl", "linux", ("run/WSL",)),
    ListedSource("login", "linux"),
    ListedSource("zypper", "linux", ("etc/sysconfig/proxy",)),
    ListedSource("dnf", "linux", ("etc/dnf", "etc/yum.conf", "etc/yum.repos.d")),
    ListedSource("apt", "linux", ("etc/apt",)),
    ListedSource("windows", "win32", name="SERVICES"),
    ListedSource("tools"),
    ListedSource("tools", name="PROJECT"),
)
"""The weaker ones, in their order."""


def load_weaker_sources(machine: Machine) -> tuple[Source, ...]:
    """The sources after :data:`SOURCES` that this machine may have, the strongest first.

    The settings of KDE come before those of GNOME in a session of KDE.
    """
    desktops = machine.environment.get("XDG_CURRENT_DESKTOP", "").lower().split(":")
    first = "kde" if "kde" in desktops else ""
    sources: list[Source] = [
        getattr(import_module(f"{__name__}.{each.module}"), each.name)
        for each in MODULES
        if each.platform in {"", machine.platform}
        and (not each.traces or any(machine.exists(machine.root / trace) for trace in each.traces))
    ]
    return tuple(sorted(sources, key=lambda source: source.name != first))
