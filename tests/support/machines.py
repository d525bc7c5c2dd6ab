"""Machines as values: a `Host` for any platform, without one."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from proxyenv.model.host import Host
from proxyenv.model.installation import Layout

HOME = Path("/home/ada")


def make_host(
    *,
    home: Path = HOME,
    directory: Path | None = None,
    environment: dict[str, str] | None = None,
    shells: tuple[str, ...] = ("bash",),
    platform: str = "linux",
) -> Host:
    """A machine with the layout that platformdirs gives it on Linux."""
    return Host(
        platform=platform,
        home=home,
        directory=directory or home,
        environment=MappingProxyType(environment or {}),
        shells=shells,
        layout=Layout(
            home / ".config/proxyenv", home / ".local/share/proxyenv", home / ".local/state/proxyenv"
        ),
    )
