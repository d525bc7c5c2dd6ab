"""Reads what a timer would be run by, and whether it would be."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.timers import find_timer
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.ownership import find_writer
from proxyenv.model.findings import TimerFindings

if TYPE_CHECKING:
    from proxyenv.model.host import Host

_LINGERING: Final = "/var/lib/systemd/linger"
"""systemd-logind has a file there for each user whose manager runs without a login."""


def read_timer(host: Host) -> TimerFindings:
    """What runs on this machine, and with which Python."""
    timer, machine = find_timer(host.platform), LocalMachine(host)
    return TimerFindings(
        python=sys.executable,
        is_here=timer is not None and timer.is_here(machine),
        lingers=host.platform != "linux" or machine.exists(Path(_LINGERING) / _find_user()),
        writer=find_writer(sys.executable) if host.is_root and sys.platform != "win32" else None,
        files=timer.places(host) if timer else (),
    )


if sys.platform == "win32":

    def _find_user() -> str:
        return ""

else:

    def _find_user() -> str:
        import pwd

        try:
            return pwd.getpwuid(os.getuid()).pw_name
        except KeyError:  # a container may run under a user that has no entry
            return str(os.getuid())
