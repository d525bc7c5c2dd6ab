"""A network of one's own in which every name and every address answers, and says how it was reached.

Which route a client takes is proved by what arrives, never by what fails. In the lab's network
namespace each IPv4 and IPv6 address is local and each name resolves, so that both routes end at a
server that records: an origin, or a proxy when the address is one of a proxy's. ::

    with RouteLab.open() as lab:
        seen = lab.run(["curl", "-sk", "https://host.test/"], {"https_proxy": "http://proxy.test:3128"})
        seen.route            # Seen.PROXIED, DIRECT or NONE
        seen.visits[0]        # Visit(via="proxy", address="192.0.2.…", port=3128, form="connect", target=…)
        lab.ask("httpx", environment, url)   # a Python client, in a process that lives on: 2 ms

The rules of the lab:

- Servers listen at :data:`PORTS` of every address; other ports refuse.
- A name whose first label begins with `proxy` resolves to an address of :data:`PROXY_NETWORK`, which
  belongs to proxies; every other name to one of :data:`ORIGIN_NETWORK`; :func:`address_of` says which.
  There are no AAAA records. `localhost` is in the hosts file, as ``127.0.0.1`` and ``::1``.
- A visit is at a proxy when the request has a proxy's form (CONNECT, absolute URL, SOCKS), or came to
  a proxy's address. What begins with a TLS handshake is recorded as such and closed: the route is
  known by then, and the client is expected to fail. CONNECT is answered with 502, a plain request
  with 200.
- The environment given is the whole environment of the client.

It needs Linux, root, `unshare`, `ip` and `mount`: :func:`require_route_lab` skips without them, or
fails where ``CI`` is set.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zlib
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from support.machine import give_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

__all__ = [
    "ORIGIN_NETWORK",
    "PORTS",
    "PROXY_NETWORK",
    "RouteLab",
    "Seen",
    "Visit",
    "address_of",
    "is_proxy_address",
    "require_route_lab",
]

PORTS: Final = (80, 443, 1080, 3128, 4200, 8080, 8443)
"""Where every address listens."""

PROXY_NETWORK: Final = "192.0.2.0/24"
ORIGIN_NETWORK: Final = "198.18.0.0/15"
_PROXY_NETWORKS: Final = (ip_network(PROXY_NETWORK), ip_network("2001:db8:ffff::/48"))
_TOOLS: Final = ("unshare", "ip", "mount")
_INSIDE: Final = Path(__file__).with_name("route_lab_inside.py")


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that arrived.

    Args:
        via: at a `proxy` or at an `origin`.
        address: where it came to; for a proxy, the proxy's own.
        port: likewise.
        form: `connect`, `absolute`, `origin`, `tls` (a handshake), `socks` or `http2` (with prior knowledge).
        target: of the request line; nothing for `tls` and `socks`.
        authorization: the value of ``Proxy-Authorization``, if any.
    """

    via: Literal["proxy", "origin"]
    address: str
    port: int
    form: str
    target: str
    authorization: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of one run of a client.

    Args:
        visits: what arrived, in order.
        status: how it ended: the exit status of a program, 0 or 1 of a client in process.
        output: what it said: standard output and error of a program, or the exception (`Type: text`).
    """

    PROXIED = "proxied"
    DIRECT = "direct"
    NONE = "none"

    visits: tuple[Visit, ...]
    status: int
    output: str

    @property
    def route(self) -> str:
        """`proxied` or `direct` where the visits agree, `none` where nothing arrived.

        Raises:
            AssertionError: it went both ways.
        """
        ways = {visit.via for visit in self.visits}
        assert len(ways) < 2, self
        if not ways:
            return self.NONE
        return self.PROXIED if ways == {"proxy"} else self.DIRECT


class RouteLab:
    """A running lab; use :meth:`open` as a context."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    def open(cls) -> Self:
        """Start one."""
        command = ["unshare", "--net", "--mount", sys.executable, "-u", str(_INSIDE)]
        environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        lab = cls(process)
        ready = lab._call({})
        assert ready == {"ready": True}, ready
        return lab

    def run(
        self, argv: Sequence[str], environment: Mapping[str, str], *, seconds: float = 20, stdin: str = ""
    ) -> Seen:
        """Run a program in the lab.

        Args:
            argv: the program, by its path, and its arguments.
            environment: its whole environment; values that are no UTF-8 are given as surrogate escapes.
            seconds: after which it is killed; status -9 then.
            stdin: what it may read.
        """
        return self._seen(
            {
                "argv": list(argv),
                "environment": dict(environment),
                "seconds": seconds,
                "stdin": stdin,
            }
        )

    def ask(self, client: str, environment: Mapping[str, str], url: str) -> Seen:
        """Let a Python client of ``support.route_drivers`` fetch a URL, with nothing kept from before."""
        return self._seen({"client": client, "environment": dict(environment), "url": url})

    def _seen(self, request: dict[str, Any]) -> Seen:
        answer = self._call(request)
        visits = tuple(Visit(**visit) for visit in answer["visits"])
        return Seen(visits, answer["status"], answer["output"])

    def _call(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the lab ended with status {self._process.wait()}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=200)
        self._process.stdout.close()


def address_of(name: str) -> str:
    """The address that a host has in the lab: of a name as its only A record has it."""
    host = name.lower().removesuffix(".")
    try:
        return ip_address(host).compressed
    except ValueError:
        pass
    if host == "localhost":
        return "127.0.0.1"
    number = zlib.crc32(host.encode("utf-8", "surrogateescape"))
    if host.startswith("proxy"):
        return f"192.0.2.{1 + number % 254}"
    return f"198.{18 + number % 2}.{(number >> 8) % 256}.{1 + (number >> 16) % 254}"


def is_proxy_address(address: str) -> bool:
    """Whether whatever comes to this address has come to a proxy."""
    value = ip_address(address.partition("%")[0])
    return any(value in network for network in _PROXY_NETWORKS if network.version == value.version)


def require_route_lab() -> None:
    """Skip the test where there can be no lab; fail it where ``CI`` is set."""
    platform: str = sys.platform  # a variable, since type checkers would skip the rest elsewhere
    missing = [] if platform == "linux" else ["Linux"]
    missing += [tool for tool in _TOOLS if shutil.which(tool) is None]
    if getattr(os, "geteuid", lambda: -1)() != 0:
        missing.append("root")
    if missing:
        give_up(f"a network namespace needs {', '.join(missing)}")
