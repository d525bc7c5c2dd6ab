"""A corporate network in which a client can be asked four questions, and what arrives is recorded.

The proxy knows three domains. What a client asks for below

- ``intercepted.test`` it decrypts, with certificates of the corporate CA,
- ``public.test`` it passes through, to a server under a root that is among the public ones,
- ``unknown.test`` it passes through, to a server under a CA that nobody trusts.

No name resolves, so nobody gets there without the proxy. Each question gets a host of its own; a client has
accepted a server when its request arrived there, which it can only after the handshake. Hosts whose name
begins with `grpc` are offered HTTP/2 alone.
"""

from __future__ import annotations

import re
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import certifi
import trustme

from proxyenv.certificates.hash_directory import hash_subject
from proxyenv.demo.stage import empty_environment
from support.environments import CLONE
from support.origins import server_context
from support.proxies import Listener, ProxyServer

if TYPE_CHECKING:
    import socket

__all__ = [
    "INTERCEPTED",
    "IN_STORE",
    "PUBLIC",
    "UNKNOWN",
    "Network",
    "make_certifi",
    "make_store",
    "open_network",
]

IN_STORE: Final = 'mount --bind "$0" /etc/ssl/certs && exec "$@"'
"""For a shell in a mount namespace of its own: a command with another store for the operating system's."""

INTERCEPTED: Final = "intercepted.test"
PUBLIC: Final = "public.test"
UNKNOWN: Final = "unknown.test"

_ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\nConnection: close\r\n\r\n{}\n"
)
_HTTP_2: Final = b"PRI * HTTP/2.0\r\n\r\n"
_SETTINGS: Final = b"\0\0\0\4\0\0\0\0\0"
"""An empty frame of settings: with it an HTTP/2 connection counts as made."""

_CERTIFI: Final = """\
from pathlib import Path
__version__ = "2099.1.1"
def where(): return str(Path(__file__).with_name("cacert.pem"))
def contents(): return Path(where()).read_text("ascii")
"""
"""certifi, with one root more."""


def _is_whole(request: bytes) -> bool:
    """Whether head and body have arrived: to close with some of it unread would reset the connection."""
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?im)^content-length:\s*(\d+)", head)
    return bool(end) and len(body) >= int(length[1] if length else 0)


def _http_2_only(context: ssl.SSLContext) -> ssl.SSLContext:
    context.set_alpn_protocols(["h2"])
    return context


class _Proxy(ProxyServer):
    def _mint(self, host: str) -> ssl.SSLContext:
        context = super()._mint(host)
        return _http_2_only(context) if host.startswith("grpc") else context


class _Names(Mapping[str, tuple[str, int]]):
    """Every name of the three domains, and where it is served."""

    def __init__(self, addresses: Mapping[str, tuple[str, int]]) -> None:
        self._addresses = addresses

    def __getitem__(self, name: str) -> tuple[str, int]:
        return self._addresses[name.partition(".")[2]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._addresses)

    def __len__(self) -> int:
        return len(self._addresses)


@dataclass(eq=False)
class Origin(Listener):
    """A web server for every name of a domain.

    Args:
        ca: signs its certificate.
        domain: whose names it has.
        visited: the names for which a request arrived.
    """

    ca: trustme.CA
    domain: str
    visited: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        name = f"*.{self.domain}"
        self._context = server_context(self.ca, name)
        self._http_2 = _http_2_only(server_context(self.ca, name))
        self._asked: dict[int, str] = {}
        self._context.sni_callback = self._choose

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    def _choose(self, connection: Any, name: str | None, _context: ssl.SSLContext) -> None:
        self._asked[connection.fileno()] = name or ""  # it is a socket, whatever the type of the hook says
        if name and name.startswith("grpc"):
            connection.context = self._http_2

    def serve(self, connection: socket.socket) -> None:
        with suppress(ssl.SSLError), self._context.wrap_socket(connection.dup(), server_side=True) as secure:
            head = b""
            while not _is_whole(head):
                data = secure.recv(65536)
                if not data:
                    return
                head += data
            self.visited.append(self._asked[secure.fileno()])
            http_2 = head.startswith(_HTTP_2)
            secure.sendall(_SETTINGS if http_2 else _ANSWER)
            while http_2 and secure.recv(65536):
                pass


@dataclass(frozen=True)
class Network:
    """The network, and a home in which ``setup`` was run.

    Args:
        proxy: records what it is asked for.
        origins: by domain.
        home: of the user.
        stores: what an operating system's store can be: without the corporate CA, and with it.
    """

    proxy: ProxyServer
    origins: Mapping[str, Origin]
    home: Path
    stores: tuple[Path, Path]

    @property
    def env_file(self) -> Path:
        return self.home / ".config" / "proxyenv" / "env.sh"

    def has_asked(self, host: str) -> bool:
        """Whether somebody wanted a tunnel to that host."""
        return f"{host}:443" in self.proxy.connects()

    def has_visited(self, host: str) -> bool:
        """Whether a request arrived at that host."""
        return host in self.origins[host.partition(".")[2]].visited


@contextmanager
def open_network(directory: Path) -> Iterator[Network]:
    """Start the servers, and set up a home with a bundle whose public roots are certifi's and one more."""
    corporate, public, unknown, inside = (trustme.CA() for _ in range(4))
    cas = {INTERCEPTED: inside, PUBLIC: public, UNKNOWN: unknown}
    with ExitStack() as stack:
        origins = {domain: stack.enter_context(Origin(ca, domain)) for domain, ca in cas.items()}
        names = _Names({domain: origin.address for domain, origin in origins.items()})
        proxy = _Proxy(corporate, inside, names, intercepts=lambda host: host.endswith(f".{INTERCEPTED}"))
        stack.enter_context(proxy)
        home = directory / "home"
        home.mkdir()
        _set_up(directory, home, proxy, corporate, public)
        stores = tuple(
            make_store(directory / name, held)
            for name, held in {"store": (public,), "store-with-ca": (public, corporate)}.items()
        )
        yield Network(proxy, origins, home, (stores[0], stores[1]))


def _set_up(
    directory: Path, home: Path, proxy: ProxyServer, corporate: trustme.CA, public: trustme.CA
) -> None:
    packages = make_certifi(directory, public)
    corporate.cert_pem.write_to_path(str(directory / "corporate.pem"))
    command = [sys.executable, "-m", "proxyenv", "setup", "--yes", "--no-check", "--no-rc"]
    command += ["--proxy", proxy.url, "--ca", str(directory / "corporate.pem")]
    command += ["--configure", "maven", "--configure", "wget"]
    environment = {**empty_environment(home), "PYTHONPATH": f"{packages}:{CLONE}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def make_certifi(directory: Path, public: trustme.CA) -> Path:
    """A certifi in which one root more is public. Returns what goes into ``PYTHONPATH``."""
    package = directory / "site" / "certifi"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(_CERTIFI, "ascii")
    (package / "cacert.pem").write_bytes(Path(certifi.where()).read_bytes() + public.cert_pem.bytes())
    return package.parent


def make_store(directory: Path, cas: tuple[trustme.CA, ...]) -> Path:
    """A directory as ``update-ca-certificates`` makes it."""
    directory.mkdir()
    texts = [ca.cert_pem.bytes().decode("ascii") for ca in cas]
    (directory / "ca-certificates.crt").write_text("".join(texts), "ascii")
    for text in texts:
        name = f"{hash_subject(ssl.PEM_cert_to_DER_cert(text))}.0"
        (directory / name).write_text(text, "ascii")
    return directory
