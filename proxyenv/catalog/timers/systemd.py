"""systemd's user manager: a service, its timer, and what makes the manager start the timer by itself.

A unit is usually enabled by a symlink in ``timers.target.wants``. A drop-in of ``timers.target`` says the
same in a file, which is written and taken back like every other one. The timer counts from when the manager
started, so systemd keeps no stamp of it that would stay behind.
"""

from __future__ import annotations

import re
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.env_formats.env_format import escape
from proxyenv.catalog.env_formats.systemd import UNIT_SPECIAL, render_assignment
from proxyenv.catalog.timers.timer import MINUTES, Timer, TimerOrder, require_representable
from proxyenv.model.host import find_given

if TYPE_CHECKING:
    from proxyenv.model.host import Host

_NAME: Final = "proxyenv-refresh"
_BOOTED: Final = Path("/run/systemd/system")
_PLAIN: Final = re.compile(r"[\w@+=:,./-]+", re.ASCII)

_SERVICE: Final = """\
# Written by proxyenv: `proxyenv setup --no-timer` removes it.
[Unit]
Description=Set proxy and CA up again where something changed

[Service]
Type=oneshot
WorkingDirectory=/
{environment}ExecStart={command}
TimeoutStartSec=15min
Nice=5
"""
_TIMER: Final = f"""\
# Written by proxyenv: `proxyenv setup --no-timer` removes it.
[Unit]
Description=Look every hour whether proxy and CA have to be set up again

[Timer]
OnStartupSec=5min
OnUnitActiveSec={MINUTES}min
RandomizedDelaySec=10min
"""
_WANTS: Final = f"""\
# Written by proxyenv: `proxyenv setup --no-timer` removes it.
[Unit]
Wants={_NAME}.timer
"""


def quote_word(text: str) -> str:
    """One word of ``ExecStart=``: a `%` and a `$` stand for themselves when doubled."""
    if _PLAIN.fullmatch(text):
        return text
    doubled = text.replace("%", "%%").replace("$", "$$")
    return f'"{escape(doubled, special=UNIT_SPECIAL)}"'


def _find_directory(host: Host) -> Path:
    return (find_given(host.environment, "XDG_CONFIG_HOME") or host.home / ".config") / "systemd/user"


def _find_places(host: Host) -> tuple[Path, ...]:
    names = (f"{_NAME}.service", f"{_NAME}.timer", f"timers.target.d/{_NAME}.conf")
    return tuple(_find_directory(host) / name for name in names)


def _files(host: Host, order: TimerOrder) -> tuple[tuple[Path, str], ...]:
    require_representable(order, where="a unit of systemd")
    environment = "".join(starmap(render_assignment, order.environment.items()))
    service = _SERVICE.format(environment=environment, command=" ".join(map(quote_word, order.command)))
    return tuple(zip(_find_places(host), (service, _TIMER, _WANTS), strict=True))


def _start(_path: Path) -> tuple[tuple[str, ...], ...]:
    manager = ("systemctl", "--user")
    return (*manager, "daemon-reload"), (*manager, "restart", f"{_NAME}.timer")


def _stop(_path: Path) -> tuple[tuple[str, ...], ...]:
    manager = ("systemctl", "--user")
    return (*manager, "stop", f"{_NAME}.timer"), (*manager, "daemon-reload")


TIMER: Final = Timer(
    title="systemd's user manager",
    platform="linux",
    trigger=f"{_NAME}.timer",
    is_here=lambda machine: machine.exists(_BOOTED),
    places=_find_places,
    files=_files,
    start=_start,
    stop=_stop,
    source="systemd.service(5), systemd.timer(5), systemd.unit(5), sd_booted(3); `systemd-analyze` of 252",
)
