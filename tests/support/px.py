"""A real px, in an environment of its own, started by the steps that proxyenv prints."""

from __future__ import annotations

import socket
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.demo.child import start_child
from support.command import environment_of
from support.machine import TOOLS, give_up
from support.other_pythons import ensure_locked, find_locked
from support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["PxSteps", "ensure_px", "read_steps", "require_px", "start_px"]

LOCK: Final = Path(__file__).with_name("px_tools") / "requirements.lock"
_NAME: Final = f"px-{sys.version_info[0]}.{sys.version_info[1]}"
_START_LIMIT: Final = 240.0


def ensure_px(tools: Path, *, machine: Mapping[str, str]) -> Path | None:
    """The Python of the environment, made once and kept.

    Args:
        tools: where it is kept.
        machine: the environment for pip.
    """
    return ensure_locked(LOCK, _NAME, lambda: sys.executable, tools, machine=machine)


def require_px() -> Path:
    """The same, or give up: only ``scripts/test`` makes it, and only where ``CI`` is set."""
    found = find_locked(LOCK, _NAME, TOOLS)
    if found is None:
        give_up("px is not installed: `CI=true scripts/test` does it")
    return found


class PxSteps(NamedTuple):
    """What is printed of px.

    Args:
        place: of the file.
        ini: what it has to hold.
        start: the command that starts px.
        setup: the command that uses it.
    """

    place: Path
    ini: str
    start: str
    setup: str

    @property
    def port(self) -> int:
        """Where px listens."""
        return int(self.setup.rpartition(":")[2])


def read_steps(said: str) -> PxSteps:
    """The steps, out of what was said beside a report."""
    lines = said.splitlines()
    at = {
        number: lines.index(next(x for x in lines if x.startswith(f"{number}. "))) for number in range(2, 6)
    }
    ini = "".join(f"{line.strip()}\n" for line in lines[at[2] + 1 : at[3]])
    place = Path(lines[at[2]].removeprefix("2. ").removesuffix(":"))
    return PxSteps(place, ini, lines[at[4] + 1].strip(), lines[at[5] + 1].strip())


@contextmanager
def start_px(steps: PxSteps, home: Path, *, user: str, password: str) -> Iterator[None]:
    """Do as the steps say, with the user in place of the placeholder, until px listens."""
    steps.place.parent.mkdir(parents=True, exist_ok=True)
    steps.place.write_text(steps.ini.replace("DOMAIN\\USER", user), "utf-8")
    venv = steps.place.parent / "venv"
    if not venv.exists():
        venv.symlink_to(require_px().parents[1])
    environment = environment_of(home, PX_PASSWORD=password)
    command = ["/bin/sh", "-c", f"exec {steps.start}"]
    with start_child("px", command, environment=environment, directory=home) as child:
        child.wait_until(lambda: _listens(steps.port), limit=_START_LIMIT)
        yield
    assert wait_until(lambda: not _listens(steps.port), _START_LIMIT)


def _listens(port: int) -> bool | None:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return None
    return True
