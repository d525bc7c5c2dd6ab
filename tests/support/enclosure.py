"""A machine that reaches nothing but the corporate proxy: a network and a mount namespace for each command.

The proxy runs outside. Inside, its name leads to an address of the loopback interface, where a relay hands
every connection on through a socket in the file system; no other name is known, no other address reached.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from support.enclosure_inside import FAMILY, join
from support.machine import give_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["PROXY", "USER", "Enclosure", "open_enclosure"]

PROXY: Final = "proxy.corp.example:3128"
"""The proxy, as those inside know it."""

USER: Final = 54321
"""Somebody without rights whom the machine does not know."""

_INSIDE: Final = Path(__file__).with_name("enclosure_inside.py")


@dataclass(frozen=True)
class Enclosure:
    """Such a machine.

    Args:
        socket: leads to the proxy.
        authority: the name and the port by which those inside know it.
        search: the search domain of the resolver.
    """

    socket: Path
    authority: str = PROXY
    search: str = ""

    def run(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        *,
        directory: Path,
        user: int = USER,
        hidden: Sequence[str] = (),
        limit: float = 900,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside, without a terminal.

        Args:
            argv: the command.
            environment: its whole environment.
            directory: where it starts.
            user: who runs it; 0 is root.
            hidden: files and directories of the machine that are empty there.
            limit: seconds.
        """
        name, _, port = self.authority.partition(":")
        order: dict[str, Any] = {"argv": list(argv), "environment": dict(environment)}
        order |= {"directory": str(directory)}
        order |= {"user": user, "hidden": list(hidden), "socket": str(self.socket)}
        order |= {"name": name, "port": int(port), "address": "192.0.2.7"}
        order |= {"search": f"search {self.search}\n" if self.search else ""}
        command = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        return subprocess.run(
            [*command, sys.executable, "-I", str(_INSIDE), json.dumps(order)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )


@contextlib.contextmanager
def open_enclosure(
    directory: Path, port: int, *, authority: str = PROXY, search: str = ""
) -> Iterator[Enclosure]:
    """A machine from which only the proxy on this port of ``127.0.0.1`` is reached; without root, give up."""
    platform: str = sys.platform
    missing = [tool for tool in ("unshare", "ip", "mount") if shutil.which(tool) is None]
    is_root = sys.platform != "win32" and os.geteuid() == 0
    if platform != "linux" or not is_root or missing:
        give_up(f"a network namespace needs Linux, root and {', '.join(missing) or 'nothing more'}")
    path = directory / "to-the-proxy"
    with socket.socket(FAMILY) as listener:
        listener.bind(str(path))
        listener.listen()
        path.chmod(0o777)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    inside, _ = listener.accept()
                    join(inside, socket.create_connection(("127.0.0.1", port)))

        threading.Thread(target=serve, daemon=True).start()
        yield Enclosure(path, authority, search)
        listener.shutdown(socket.SHUT_RDWR)
