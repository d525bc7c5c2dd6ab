"""The part of an enclosure that runs inside its namespaces, as a program; see :mod:`support.enclosure`.

Its argument is JSON, its output is the command's, and so is its status.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Final

FAMILY = socket.AF_INET
if sys.platform != "win32":
    FAMILY = socket.AF_UNIX

LOCAL: Final = "127.0.0.1 localhost\n::1 localhost\n"


def main() -> int:
    """Build the enclosure, run the command in it, and return its status."""
    order = json.loads(sys.argv[1])
    address, port = order["address"], order["port"]
    for command in ("ip link set lo up", f"ip address add {address}/32 dev lo"):
        subprocess.run(command.split(), check=True)
    replace("/etc/hosts", f"{LOCAL}{address} {order['name']} {order['name']}.\n")
    resolver = f"{order['search']}nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"
    replace("/etc/resolv.conf", resolver)
    for hidden in order["hidden"]:
        if Path(hidden).is_dir():
            mount("-t", "tmpfs", "tmpfs", hidden)
        elif Path(hidden).exists():
            mount("--bind", os.devnull, hidden)
    listener = socket.create_server((address, port))
    threading.Thread(target=serve, args=(listener, order["socket"]), daemon=True).start()
    user = {"user": order["user"], "group": order["user"], "extra_groups": ()} if order["user"] else {}
    return subprocess.call(order["argv"], env=order["environment"], cwd=order["directory"], **user)


def replace(path: str, text: str) -> None:
    """Let a file of the system say something else here."""
    if Path(path).exists():
        with tempfile.NamedTemporaryFile("w", encoding="ascii", delete=False) as file:
            file.write(text)
        Path(file.name).chmod(0o644)
        mount("--bind", file.name, path)
        Path(file.name).unlink()


def mount(*arguments: str) -> None:
    """Mount something that nobody else sees."""
    subprocess.run([shutil.which("mount") or "/usr/bin/mount", *arguments], check=True)


def serve(listener: socket.socket, goal: str) -> None:
    """Hand every connection on to a socket of the world outside."""
    while True:
        here, _ = listener.accept()
        there = socket.socket(FAMILY)
        there.connect(goal)
        join(here, there)


def join(one: socket.socket, other: socket.socket) -> None:
    """Hand on what either says, in a thread, until both have ended."""
    threading.Thread(target=hand_on, args=({one: other, other: one},), daemon=True).start()


def hand_on(peers: dict[socket.socket, socket.socket]) -> None:
    """Hand on what comes from each of two sockets to the other."""
    with contextlib.ExitStack() as stack:
        for each in peers:
            stack.enter_context(each)
        stack.enter_context(contextlib.suppress(OSError))
        while peers:
            for source in select.select(list(peers), (), ())[0]:
                if data := source.recv(1 << 16):
                    peers[source].sendall(data)
                else:
                    peers.pop(source).shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    sys.exit(main())
