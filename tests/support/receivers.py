"""Who gets the notifications of a Prefect server."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient

__all__ = ["Receiver", "make_block"]


class Receiver(HTTPServer):
    """Takes notifications."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Take)
        self.bodies: list[str] = []

    @property
    def url(self) -> str:
        """Where it takes them."""
        return f"http://127.0.0.1:{self.server_port}/"


class _Take(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


async def make_block(client: PrefectClient, name: str, url: str) -> None:
    """A block of the type `custom-webhook`, which sends to a URL."""
    from prefect.blocks.notifications import CustomWebhookNotificationBlock

    text = {"text": "{{body}}"}
    block = CustomWebhookNotificationBlock.model_validate({"name": name, "url": url, "json_data": text})
    await block._save(name, client=client)
