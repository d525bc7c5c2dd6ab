"""Which program listens at a port of this machine, by the files of the kernel."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Final

import pytest

from proxyenv.machine.forwarders import find_forwarders, find_free_port
from proxyenv.model.forwarder import Forwarder
from proxyenv.model.proxy_url import parse_proxy_url
from support.machines import make_host

HEADER: Final = (
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
)
ROW: Final = (
    "   0: 0100007F:{:04X} 00000000:0000 {} 00000000:00000000 00:00000000 00000000  1000        0 {} 1\n"
)
PROXY: Final = parse_proxy_url("http://127.0.0.1:3128")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and `/proc` are Unix's")


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """px listens at 3128, inode 77."""
    (tmp_path / "net").mkdir()
    rows = ROW.format(3128, "0A", 77) + ROW.format(3128, "01", 78) + ROW.format(3129, "0A", 79)
    (tmp_path / "net" / "tcp").write_text(HEADER + rows)
    (tmp_path / "12" / "fd").mkdir(parents=True)
    (tmp_path / "12" / "fd" / "3").symlink_to("socket:[77]")
    (tmp_path / "12" / "cmdline").write_bytes(b"px\0--server=proxy.corp.example:8080\0")
    (tmp_path / "12" / "environ").write_bytes(b"HOME=/home/ada\0")
    (tmp_path / "12" / "cwd").symlink_to("/")
    return tmp_path


def find(proc: Path, *urls: str) -> dict[str, str]:
    found = find_forwarders(make_host(), map(parse_proxy_url, urls), proc=proc)
    return {proxy.authority: str(forwarder) for proxy, forwarder in found.items()}


def test_the_owner_of_the_port_is_found(proc: Path) -> None:
    assert find(proc, "http://127.0.0.1:3128", "http://localhost:3128") == {
        "127.0.0.1:3128": "px (process 12) listens there and passes requests on to "
        "`proxy.corp.example:8080` (its command line)",
        "localhost:3128": "px (process 12) listens there and passes requests on to "
        "`proxy.corp.example:8080` (its command line)",
    }


def test_a_proxy_elsewhere_is_not_looked_for(proc: Path) -> None:
    assert find(proc, "http://proxy.corp.example:3128", "http://10.0.0.1:3128") == {}


def test_a_port_of_somebody_else_is_unknown(proc: Path) -> None:
    assert find(proc, "http://127.0.0.1:3129") == {
        "127.0.0.1:3129": "which program listens there cannot be read here"
    }


def test_a_machine_without_proc_is_unknown(tmp_path: Path) -> None:
    assert find_forwarders(make_host(), [PROXY], proc=tmp_path) == {PROXY: Forwarder("")}


def test_where_nothing_listens_there_is_no_forwarder(proc: Path) -> None:
    assert find(proc, "http://127.0.0.1:9") == {}


def test_another_program_is_no_forwarder(proc: Path) -> None:
    (proc / "12" / "cmdline").write_bytes(b"/usr/sbin/squid\0-N\0")
    assert find(proc, "http://127.0.0.1:3128") == {}


def test_a_port_that_is_taken_is_not_offered(proc: Path) -> None:
    assert find_free_port(3128, proc=proc) == 3130


@pytest.mark.skipif(sys.platform != "linux", reason="`/proc` is Linux's")
def test_a_socket_of_this_very_process_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert find_forwarders(make_host(), [parse_proxy_url(f"http://127.0.0.1:{port}")]) == {}
        assert find_free_port(port) != port
