"""Origins on loopback: what a request wants to reach, over HTTP and HTTPS."""

from __future__ import annotations

import json
import ssl
import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import socket
    from types import TracebackType
    from typing import Self

    import trustme

__all__ = ["OriginServer", "server_context"]


def server_context(ca: trustme.CA, *names: str) -> ssl.SSLContext:
    """A server's side of TLS, with a certificate for *names* that *ca* signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*names).configure_cert(context)
    return context


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def do_GET(self) -> None:
        origin = cast("_Server", self.server).origin
        origin.requests.append(f"{self.command} {self.path}")
        path = urlsplit(self.path).path
        if path.startswith("/status/"):
            self._answer(int(path.rpartition("/")[2]), "text/plain", b"as you wish")
        elif path == "/page":
            self._answer(200, "text/html", b"<h1>A page like any other</h1>")
        elif path == "/simple/pip/":
            self._answer(
                200, "text/html", b'<a href="pip-24.0-py3-none-any.whl">pip-24.0-py3-none-any.whl</a>'
            )
        elif path == "/uuid":
            self._answer(200, "application/json", json.dumps({"uuid": str(uuid.uuid4())}).encode())
        elif path in origin.files:
            self._answer(200, "text/plain", origin.files[path])
        else:
            self._answer(404, "text/plain", b"no such document")

    def do_CONNECT(self) -> None:
        self._answer(404, "text/plain", b"a web server opens no tunnels")

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 32
    origin: OriginServer

    def finish_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Shake hands in the connection's own thread, so that a silent client blocks nobody."""
        connection = cast("socket.socket", request)
        connection.settimeout(20)
        if self.origin.context is None:
            super().finish_request(connection, client_address)
            return
        with self.origin.context.wrap_socket(connection, server_side=True) as secure:
            super().finish_request(secure, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Close it; after TLS the descriptor is gone already."""
        cast("socket.socket", request).close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is what many tests are about."""


@dataclass
class OriginServer:
    """Serves ``/uuid``, ``/page``, ``/simple/pip/`` and ``/status/NNN`` at a free port of 127.0.0.1.

    Args:
        context: the server's side of TLS, or ``None`` for plain HTTP.
        files: other documents, by their path.
        requests: what was asked for, such as ``GET /uuid``.
    """

    context: ssl.SSLContext | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.origin = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)
