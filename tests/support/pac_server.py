"""A web server on loopback with one file, and what it was asked for."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class PacServer:
    """Answers every request with the same content.

    Args:
        content: of the file; it may change, by itself to `later` once it was asked for.
        kind: the header `Content-Type`.
        status: of every answer.
    """

    def __init__(
        self, content: bytes, kind: str = "application/x-ns-proxy-autoconfig", status: int = 200
    ) -> None:
        server = self
        self.content = content
        self.later: bytes | None = None
        self.asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(server.content)))
                self.end_headers()
                self.wfile.write(server.content)
                server.content = server.content if server.later is None else server.later

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/proxy.pac"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
