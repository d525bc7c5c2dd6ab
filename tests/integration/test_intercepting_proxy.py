"""The proxy of the demonstration, as a client of its meets it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import httpx

from proxyenv.demo.intercepting_proxy import Network, start_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from socket import socket


class Server(ThreadingHTTPServer):
    daemon_threads = True
    connections = 0

    def get_request(self) -> tuple[socket, object]:
        self.connections += 1
        return super().get_request()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def started_server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_the_requests_of_one_client_go_on_over_one_connection(mitmproxy_python: Path, tmp_path: Path) -> None:
    with started_server() as server:
        targets = {"origin.demo.test:80": server.server_address[1]}
        network = Network(targets, (443,), Path(certifi.where()))
        with (
            start_proxy(mitmproxy_python, tmp_path, network) as proxy,
            httpx.Client(proxy=f"http://127.0.0.1:{proxy.port}", trust_env=False) as client,
        ):
            answers = [client.get("http://origin.demo.test/").status_code for _ in range(12)]
    assert answers == [204] * 12
    assert server.connections == 1
