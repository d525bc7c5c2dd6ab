"""An intercepting proxy on loopback that behaves as a corporate one does.

It resolves names that nobody else knows, refuses loopback targets, can want credentials, and ends
TLS with a certificate made for the asked host. What it was asked for is recorded.
"""

from __future__ import annotations

import base64
import contextlib
import select
import socket
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from support.origins import server_context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Self

    import trustme

__all__ = ["Listener", "ProxyServer", "SilentServer", "TLSFront", "relay"]

_TIMEOUT: Final = 30.0
_HANDSHAKE: Final = 0x16
_LOOPBACK: Final = ("127.", "localhost", "::1", "[::1]")


class Listener:
    """Accepts connections at a free port of 127.0.0.1, each served by its own thread."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self._closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._accepting.join()
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=5)

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._open)

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._closing.is_set():
                connection.close()
                return
            thread = threading.Thread(target=self._run, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, connection: socket.socket) -> None:
        connection.settimeout(_TIMEOUT)
        self._open.add(connection)
        try:
            self.serve(connection)
        except OSError:
            pass  # the client went away, or the test is over
        finally:
            self._open.discard(connection)
            connection.close()

    def serve(self, connection: socket.socket) -> None:
        raise NotImplementedError


class SilentServer(Listener):
    """Accepts and never answers."""

    def serve(self, connection: socket.socket) -> None:
        while connection.recv(65536):
            pass


class TLSFront(Listener):
    """Ends TLS in front of a plain server, as a load balancer does.

    Args:
        context: the server's side of TLS.
        behind: the plain server.
    """

    def __init__(self, context: ssl.SSLContext, behind: tuple[str, int]) -> None:
        self._context, self._behind = context, behind

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    def serve(self, connection: socket.socket) -> None:
        with (
            socket.create_connection(self._behind, timeout=_TIMEOUT) as upstream,
            self._context.wrap_socket(connection.dup(), server_side=True) as client,
        ):
            relay(client, upstream)


@dataclass
class ProxyServer(Listener):
    """A proxy.

    Args:
        ca: signs the certificates of intercepted hosts; ``None`` passes tunnels through unread.
        origin_ca: what the proxy trusts behind it; needed for interception.
        names: ``host`` or ``host:port`` → address, for names that exist only behind the proxy.
        credentials: user and password that it wants, or ``None``.
        allow: whether CONNECT to a host and port is allowed.
        intercepts: whether the TLS of a host is ended; the tunnels of others pass through unread.
        deny: refuse everything with 403.
        tls_ca: signs the proxy's own certificate; then it is an ``https://`` proxy.
        tls_names: what that certificate is for.
        loopback: whether targets on loopback may be asked for.
        answers: the proxy's own answer to a request, by scheme, host and path, if it is not to pass it on.
        requests: what was asked for, such as ``("CONNECT", "origin.test:443")``.
    """

    ca: trustme.CA | None = None
    origin_ca: trustme.CA | None = None
    names: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    credentials: tuple[str, str] | None = None
    allow: Callable[[str, int], bool] = lambda _host, _port: True
    intercepts: Callable[[str], bool] = lambda _host: True
    deny: bool = False
    tls_ca: trustme.CA | None = None
    tls_names: tuple[str, ...] = ("127.0.0.1", "localhost")
    loopback: bool = False
    answers: Callable[[str, str, str], bytes | None] | None = None
    requests: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._own = server_context(self.tls_ca, *self.tls_names) if self.tls_ca else None
        self._minted: dict[str, ssl.SSLContext] = {}
        self._minting = threading.Lock()
        self._upstream = ssl.create_default_context(cadata=_pem(self.origin_ca)) if self.origin_ca else None

    @property
    def url(self) -> str:
        user = f"{':'.join(self.credentials)}@" if self.credentials else ""
        return f"{'https' if self.tls_ca else 'http'}://{user}{self.authority}"

    def connects(self) -> list[str]:
        """The targets of all CONNECTs so far."""
        return [target for method, target in self.requests if method == "CONNECT"]

    def serve(self, connection: socket.socket) -> None:
        if self._own is None:
            self._serve_plain(connection)
            return
        # The decrypted bytes go over a socket pair, so that what follows is the same with and without TLS.
        outside, inside = socket.socketpair()
        inside.settimeout(_TIMEOUT)
        decrypting = threading.Thread(target=self._decrypt, args=(connection, outside), daemon=True)
        decrypting.start()
        try:
            self._serve_plain(inside)
        finally:
            inside.close()
            decrypting.join(timeout=5)

    def _decrypt(self, connection: socket.socket, outside: socket.socket) -> None:
        with outside, contextlib.suppress(OSError):
            if self._own is None:
                return
            with self._own.wrap_socket(connection.dup(), server_side=True) as secure:
                relay(secure, outside)

    def _serve_plain(self, connection: socket.socket) -> None:
        while (request := _read_request(connection)) is not None:
            method, target, headers, body = request
            location = target if method == "CONNECT" else urlsplit(target).netloc
            self.requests.append((method, target))
            host, port = _split(location, 80)
            refusal = self._refusal(method, host, port, headers)
            if refusal:
                _answer(connection, *refusal)
            elif method == "CONNECT":
                self._tunnel(connection, host, port)
                return
            elif self.answers and (own := self.answers("http", host, urlsplit(target).path)) is not None:
                connection.sendall(own)
                return
            elif not self._forward(connection, (method, target, headers, body), (host, port)):
                return

    def _refusal(self, method: str, host: str, port: int, headers: dict[str, str]) -> tuple[int, str] | None:
        if self.credentials:
            pair = base64.b64encode(":".join(self.credentials).encode()).decode()
            if headers.get("proxy-authorization") != f"Basic {pair}":
                return 407, "Proxy Authentication Required"
        if not host:
            return 400, "Bad Request"
        if self.deny or (method == "CONNECT" and not self.allow(host, port)):
            return 403, "Forbidden"
        if not self.loopback and host.startswith(_LOOPBACK):
            return 403, "Forbidden"
        return None

    def _reach(self, host: str, port: int) -> socket.socket:
        address = self.names.get(f"{host}:{port}") or self.names.get(host) or (host, port)
        return socket.create_connection(address, timeout=_TIMEOUT)

    def _tunnel(self, connection: socket.socket, host: str, port: int) -> None:
        if self.answers is not None and self.ca is not None:
            self._serve_read(connection, host, port)
            return
        try:
            upstream = self._reach(host, port)
        except OSError:
            _answer(connection, 502, "Bad Gateway")
            return
        with upstream:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            first = connection.recv(1, socket.MSG_PEEK)
            if self.ca is None or not self.intercepts(host) or not first or first[0] != _HANDSHAKE:
                relay(connection, upstream)
                return
            if self._upstream is None:
                msg = "interception needs an origin_ca"
                raise RuntimeError(msg)
            with (
                self._upstream.wrap_socket(upstream.dup(), server_hostname=host) as origin,
                self._mint(host).wrap_socket(connection.dup(), server_side=True) as client,
            ):
                relay(client, origin)

    def _serve_read(self, connection: socket.socket, host: str, port: int) -> None:
        """Open any tunnel, and answer the request in it or pass it on."""
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with self._mint(host).wrap_socket(connection.dup(), server_side=True) as client:
            request = _read_request(client)
            if request is None or self.answers is None or self._upstream is None:
                return
            method, target, headers, _ = request
            self.requests.append((method, f"https://{host}{target}"))
            own = self.answers("https", host, urlsplit(target).path)
            if own is None:
                with (
                    self._reach(host, port) as upstream,
                    self._upstream.wrap_socket(upstream, server_hostname=host) as origin,
                ):
                    lines = [f"{method} {target} HTTP/1.1", f"Host: {headers['host']}", "Connection: close"]
                    origin.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
                    while data := origin.recv(65536):
                        client.sendall(data)
            else:
                client.sendall(own)

    def _mint(self, host: str) -> ssl.SSLContext:
        with self._minting:
            if host not in self._minted and self.ca is not None:
                self._minted[host] = server_context(self.ca, host)
            return self._minted[host]

    def _forward(
        self,
        connection: socket.socket,
        request: tuple[str, str, dict[str, str], bytes],
        address: tuple[str, int],
    ) -> bool:
        """Pass one request on, and its answer back. False when the connection is over."""
        method, target, headers, body = request
        parts = urlsplit(target)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        kept = {
            k: v
            for k, v in headers.items()
            if k not in {"proxy-authorization", "proxy-connection", "connection"}
        }
        lines = [
            f"{method} {path} HTTP/1.1",
            *(f"{k}: {v}" for k, v in kept.items()),
            "connection: close",
            "",
            "",
        ]
        try:
            upstream = self._reach(*address)
        except OSError:
            _answer(connection, 502, "Bad Gateway")
            return True
        with upstream:
            upstream.sendall("\r\n".join(lines).encode("latin-1") + body)
            while data := upstream.recv(65536):
                connection.sendall(data)
        return False


def _pem(ca: trustme.CA | None) -> str:
    return ca.cert_pem.bytes().decode("ascii") if ca else ""


def _read_request(connection: socket.socket) -> tuple[str, str, dict[str, str], bytes] | None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3:
        return None
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    length = int(headers.get("content-length", "0"))
    while len(body) < length:
        body += connection.recv(65536)
    return words[0], words[1], headers, body


def _split(location: str, default: int) -> tuple[str, int]:
    host, _, port = location.rpartition(":")
    if not host or not port.isdigit():
        return location, default
    return host.strip("[]"), int(port)


def _answer(connection: socket.socket, status: int, reason: str) -> None:
    extra = 'Proxy-Authenticate: Basic realm="test"\r\n' if status == 407 else ""
    connection.sendall(f"HTTP/1.1 {status} {reason}\r\n{extra}Content-Length: 0\r\n\r\n".encode("ascii"))


def relay(left: socket.socket, right: socket.socket) -> None:
    """Pass bytes both ways until one side is done."""
    other = {left: right, right: left}
    while True:
        ready: list[socket.socket] = [s for s in other if isinstance(s, ssl.SSLSocket) and s.pending()]
        ready = ready or select.select(list(other), [], [], _TIMEOUT)[0]
        if not ready:
            return
        for side in ready:
            data = _take(side)
            if data == b"":
                return
            if data:
                other[side].sendall(data)


def _take(side: socket.socket) -> bytes | None:
    """What can be read now. Readable bytes need not be data: TLS 1.3 sends session tickets, too."""
    side.setblocking(False)
    try:
        return side.recv(65536)
    except (BlockingIOError, ssl.SSLWantReadError):
        return None
    finally:
        side.settimeout(_TIMEOUT)
