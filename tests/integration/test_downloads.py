"""A CA by its URL: whatever the server does, it ends, and in little memory."""

from __future__ import annotations

import gzip
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from proxyenv.checks.download import download
from proxyenv.errors import DiscoveryError

if TYPE_CHECKING:
    from collections.abc import Iterator

ENOUGH = threading.Event()


class Hostile(BaseHTTPRequestHandler):
    """Answers as no server of CAs would."""

    def do_GET(self) -> None:
        with suppress(OSError):
            getattr(self, f"_{self.path.removeprefix('/')}")()

    def _plain(self) -> None:
        body = self.headers.get("Accept-Encoding", "none").encode()
        self._begin(("Content-Length", str(len(body))))
        self.wfile.write(body)

    def _bomb(self) -> None:
        body = gzip.compress(bytes(20_000_000), compresslevel=1)
        self._begin(("Content-Encoding", "gzip"), ("Content-Length", str(len(body))))
        self.wfile.write(body)

    def _endless(self) -> None:
        self._begin()
        while not ENOUGH.is_set():
            self.wfile.write(bytes(65536))

    def _body(self) -> None:
        self._begin()
        self._drip()

    def _head(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self._drip()

    def _drip(self) -> None:
        while not ENOUGH.wait(0.1):
            self.wfile.write(b"-")
            self.wfile.flush()

    def _begin(self, *headers: tuple[str, str]) -> None:
        self.send_response(200)
        for header in headers:
            self.send_header(*header)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as served:
        served.daemon_threads = True
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        ENOUGH.set()
        served.shutdown()


def test_it_asks_for_no_compression(server: str) -> None:
    assert download(f"{server}/plain", proxy=None, roots=()) == b"identity"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        pytest.param("bomb", "the server sends it compressed, though it was asked not to", id="a bomb"),
        pytest.param("endless", "it is larger than 4 MiB", id="no end"),
        pytest.param("body", "it takes longer than 2 seconds", id="a body by the drop"),
        pytest.param("head", "it takes longer than 2 seconds", id="a head by the drop"),
    ],
)
def test_a_hostile_server_is_left(server: str, path: str, reason: str) -> None:
    with pytest.raises(DiscoveryError) as caught:
        download(f"{server}/{path}", proxy=None, roots=(), seconds=2 if "longer" in reason else 30)
    assert (caught.value.code, caught.value.message) == (
        "ca-unreachable",
        f"`{server}/{path}` cannot be downloaded: {reason}",
    )
