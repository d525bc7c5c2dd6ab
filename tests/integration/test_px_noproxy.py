"""What a real px reaches without its server: those hosts that `noproxy` is read to mean, and no other."""

from __future__ import annotations

import socket
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.catalog.forwarders import find_past, find_program_of
from proxyenv.demo.child import start_child
from proxyenv.model.forwarder import Listener
from support.command import environment_of
from support.machine import in_ci
from support.machines import MadeUpMachine
from support.px import require_px
from support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.slow,
    in_ci,
]

LISTS: Final = {
    "corp.test;.eu.test *.it.test 192.0.2.0/30": {
        "corp.test": True,
        "git.corp.test": True,
        "GIT.Corp.Test": True,
        "evilcorp.test": False,
        "eu.test": True,
        "git.eu.test": True,
        "git.it.test": False,
        "192.0.2.1": True,
        "192.0.2.9": False,
    },
    "192.0.2.1-192.0.2.3,198.51.100.*": {"192.0.2.2": True, "192.0.2.4": False, "198.51.100.7": True},
    "*": {"git.corp.test": True},
    "10.0.0.0/8,*": {"git.corp.test": True},
    "a.test,*": {"git.corp.test": False, "a.test": True},
}
"""A list, and whether px goes past its server for a host."""


@pytest.fixture
def server() -> Iterator[tuple[int, list[str]]]:
    """A proxy that opens no tunnel, and the hosts that it was asked for."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    line = peer.makefile("rb").readline().decode()
                    asked.append(line.split()[1].rpartition(":")[0] if " " in line else "")
                    peer.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1], asked
        listener.shutdown(socket.SHUT_RDWR)


def is_listening(port: int) -> bool | None:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return None
    return True


def _give(address: str | None) -> str | None:
    return address


@pytest.mark.parametrize("noproxy", LISTS)
def test_px_goes_past_its_server_for_what_its_list_is_read_to_mean(
    noproxy: str, server: tuple[int, list[str]], tmp_path: Path
) -> None:
    there, asked = server
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    python = require_px()
    command = [
        str(python),
        "-m",
        "px",
        f"--server=127.0.0.1:{there}",
        f"--port={port}",
        f"--noproxy={noproxy}",
    ]
    listener = Listener(1, tuple(command), {}, tmp_path)
    program = find_program_of(listener)
    assert program is not None
    forwarder = program.describe(MadeUpMachine({}), listener)
    with start_child("px", command, environment=environment_of(tmp_path), directory=tmp_path) as child:
        child.wait_until(lambda: is_listening(port), limit=60)
        for host, past in LISTS[noproxy].items():
            address = host if host[0].isdigit() else None
            said = forwarder.goes_direct or bool(find_past(forwarder, host, partial(_give, address)))
            assert (host, said) == (host, past)
            asked.clear()
            with socket.create_connection(("127.0.0.1", port), 10) as client:
                client.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
                wait_until(lambda: bool(asked), 0.5 if past else 10)
            assert (host, not asked) == (host, past)
