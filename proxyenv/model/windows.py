"""What Windows says of a proxy, in the words of its own interface."""

from __future__ import annotations

from typing import Literal

from proxyenv.record import NamedTuple

Whose = Literal["user", "services"]
"""Whose settings: those of the user (WinINET), or those of services (WinHTTP)."""


class WindowsProxy(NamedTuple):
    """The settings of a user, or those of services, as Windows has put them together.

    Args:
        proxy: of ``ProxyServer``; empty where it is switched off.
        bypass: of ``ProxyOverride``.
        script: the address of a PAC file.
        detects: whether the local network is asked for one.
    """

    proxy: str = ""
    bypass: str = ""
    script: str = ""
    detects: bool = False
