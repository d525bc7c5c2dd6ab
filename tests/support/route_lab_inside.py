"""The part of the lab that runs inside its namespaces; see :mod:`support.route_lab`.

A program: it builds the network, then answers one line of JSON on standard output for each line on
standard input, and ends with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO, Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
if sys.path[1:] and Path(sys.path[1]).resolve() == Path(__file__).resolve().parent:
    del sys.path[1]  # the directory of the program, whose modules are not top-level ones

from support.route_lab import PORTS, address_of, is_proxy_address

_DRIVERS: Final = Path(__file__).with_name("route_drivers.py")
_SILENCE: Final = 5.0
_FILES: Final = {
    "/etc/resolv.conf": "nameserver 127.0.0.1\noptions ndots:0 timeout:2 attempts:1\n",
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
_A: Final = 1
_HTTP_OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"
_BAD_GATEWAY: Final = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def build_network() -> None:
    """Make every address local, and every name a matter of the lab's own server."""
    for command in (
        "ip link set lo up",
        "ip route add local 0.0.0.0/0 dev lo",
        "ip -6 route add local ::/0 dev lo",
    ):
        subprocess.run(command.split(), check=True)
    mount = shutil.which("mount") or "mount"
    with tempfile.TemporaryDirectory() as directory:
        for path, text in _FILES.items():
            if Path(path).exists():
                replacement = Path(directory, Path(path).name)
                replacement.write_text(text, "ascii")
                replacement.chmod(0o644)
                subprocess.run([mount, "--bind", str(replacement), path], check=True)


class NameServer(threading.Thread):
    """Answers every question for an A record, and every other with nothing."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))

    def run(self) -> None:
        while True:
            question, sender = self._socket.recvfrom(4096)
            with contextlib.suppress(IndexError, OSError, struct.error, ValueError):
                self._socket.sendto(answer(question), sender)


def answer(question: bytes) -> bytes:
    """The reply to a DNS query of one question."""
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]])
        at += 1 + question[at]
    asked = question[12 : at + 5]
    (kind,) = struct.unpack("!H", asked[-4:-2])
    name = b".".join(labels).decode("utf-8", "surrogateescape")
    record = b""
    if kind == _A:
        address = socket.inet_aton(address_of(name))
        record = b"\xc0\x0c" + struct.pack("!HHIH", _A, 1, 0, 4) + address
    return question[:2] + struct.pack("!HHHHH", 0x8580, 1, bool(record), 0, 0) + asked + record


class Recorder(threading.Thread):
    """The origins and the proxies."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.visits: list[dict[str, Any]] = []
        self.ready = threading.Event()

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        for port in PORTS:
            listener = socket.create_server(
                ("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=256
            )
            await asyncio.start_server(self._meet, sock=listener)
        self.ready.set()
        await asyncio.Event().wait()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, asyncio.LimitOverrunError):
            await asyncio.wait_for(self._record(reader, writer), _SILENCE)
        with contextlib.suppress(OSError):
            writer.close()

    async def _record(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = writer.get_extra_info("sockname")
        first = await reader.readexactly(1)
        form, target, authorization, reply = "tls", "", None, b""
        if first in {b"\x04", b"\x05"}:
            form = "socks"
        elif first != b"\x16":
            head = first + await reader.readuntil(b"\r\n\r\n")
            form, target, authorization = read_head(head.decode("utf-8", "surrogateescape"))
            reply = _BAD_GATEWAY if form == "connect" else b"" if form == "http2" else _HTTP_OK
        address = name[0].removeprefix("::ffff:")
        at_proxy = form in {"connect", "absolute", "socks"} or is_proxy_address(address)
        self.visits.append(
            {
                "via": "proxy" if at_proxy else "origin",
                "address": address,
                "port": name[1],
                "form": form,
                "target": target,
                "authorization": authorization,
            }
        )
        writer.write(reply)
        await writer.drain()


def read_head(head: str) -> tuple[str, str, str | None]:
    """The form, the target and the ``Proxy-Authorization`` of a request."""
    line, *headers = head.split("\r\n")
    method, _, rest = line.partition(" ")
    target = rest.rpartition(" ")[0]
    authorization = None
    for header in headers:
        name, _, value = header.partition(":")
        if name.lower() == "proxy-authorization":
            authorization = value.strip()
    if method == "CONNECT":
        return "connect", target, authorization
    if method == "PRI":
        return "http2", target, authorization
    return ("origin" if target.startswith("/") else "absolute"), target, authorization


class Drivers:
    """The process in which the Python clients live; begun anew when it hangs."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Hand on one request and wait for what came of it."""
        process = self._process or self._begin()
        alarm = threading.Timer(seconds, process.kill)
        alarm.start()
        with contextlib.suppress(BrokenPipeError):
            _write(process.stdin, request)
        assert process.stdout is not None
        line = process.stdout.readline()
        alarm.cancel()
        if line:
            reply: dict[str, Any] = json.loads(line)
            return reply
        self._process = None
        return {"status": process.wait(), "output": "the client hung or died"}

    def _begin(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            [sys.executable, "-u", str(_DRIVERS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return self._process


def _write(stream: IO[bytes] | None, message: dict[str, Any]) -> None:
    assert stream is not None
    stream.write(json.dumps(message).encode() + b"\n")
    stream.flush()


if sys.platform == "win32":

    def kill_group(leader: int) -> None:
        """There are no namespaces either."""
        raise NotImplementedError

else:

    def kill_group(leader: int) -> None:
        """End a process and whatever it has started."""
        os.killpg(leader, signal.SIGKILL)


def run_program(request: dict[str, Any]) -> dict[str, Any]:
    """Run a program to its end, or kill it and what it started when its time is over."""
    try:
        process = subprocess.Popen(
            request["argv"],
            env=request["environment"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return {"status": -1, "output": f"{type(error).__name__}: {error}"}
    try:
        output, _ = process.communicate(request["stdin"].encode(), timeout=request["seconds"])
    except subprocess.TimeoutExpired:
        kill_group(process.pid)
        output, _ = process.communicate()
    return {"status": process.returncode, "output": output.decode("utf-8", "replace")[-20000:]}


def main() -> None:
    """Serve until standard input ends."""
    build_network()
    NameServer().start()
    recorder, drivers = Recorder(), Drivers()
    recorder.start()
    recorder.ready.wait()
    for line in sys.stdin:
        request = json.loads(line)
        if not request:
            print(json.dumps({"ready": True}))
            continue
        recorder.visits.clear()
        reply = run_program(request) if "argv" in request else drivers.ask(request, _SILENCE * 3)
        print(json.dumps({**reply, "visits": list(recorder.visits)}))


if __name__ == "__main__":
    main()
