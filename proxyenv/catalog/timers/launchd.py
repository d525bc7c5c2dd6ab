"""launchd: an agent of the user. Not run on macOS; composed from launchd.plist(5) and launchctl(1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.timers.timer import MINUTES, Timer, TimerOrder, require_representable

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.host import Host

_LABEL: Final = "org.proxyenv.refresh"
_DOMAIN: Final = "gui/{uid}"


def _find_places(host: Host) -> tuple[Path, ...]:
    return (host.home / f"Library/LaunchAgents/{_LABEL}.plist",)


def _files(host: Host, order: TimerOrder) -> tuple[tuple[Path, str], ...]:
    import plistlib

    require_representable(order, where="a property list")
    agent = {
        "Label": _LABEL,
        "ProgramArguments": list(order.command),
        "EnvironmentVariables": dict(order.environment),
        "WorkingDirectory": "/",
        "StartInterval": MINUTES * 60,
        "ProcessType": "Background",
    }
    (path,) = _find_places(host)
    return ((path, plistlib.dumps(agent).decode("utf-8")),)


def _start(path: Path) -> tuple[tuple[str, ...], ...]:
    return (*_stop(path), ("launchctl", "bootstrap", _DOMAIN, str(path)))


def _stop(_path: Path) -> tuple[tuple[str, ...], ...]:
    return (("launchctl", "bootout", f"{_DOMAIN}/{_LABEL}"),)


TIMER: Final = Timer(
    title="launchd",
    platform="darwin",
    trigger=f"{_LABEL}.plist",
    is_here=lambda _machine: True,
    places=_find_places,
    files=_files,
    start=_start,
    stop=_stop,
    source="launchd.plist(5), launchctl(1); not run here",
)
