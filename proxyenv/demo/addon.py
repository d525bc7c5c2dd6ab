"""Makes mitmproxy behave like a corporate proxy, and writes down everything that it is asked.

This file runs inside mitmproxy's own environment (``mitmdump -s addon.py``), so it imports nothing of
proxyenv. A proxy on the machine's own loopback hides the commonest failures: whatever a client sends to
``127.0.0.1`` by mistake still arrives. So the rules here:

- a loopback target is refused with 403, as is a CONNECT to a port that is not on the list;
- names that exist nowhere else lead to servers on loopback, so a client that passes the proxy by can
  reach none of them;
- any other name is unknown (502): nothing leaves the machine.

The rules come from the JSON file that the option ``rules`` names, see :class:`Rules`.
"""

# mypy: disable-error-code="import-not-found"
# mitmproxy is in an environment of its own, not in the one that checks the types.

from __future__ import annotations

import ipaddress
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mitmproxy import ctx, http

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mitmproxy.addonmanager import Loader
    from mitmproxy.connection import Client
    from mitmproxy.proxy.server_hooks import ServerConnectionHookData
    from mitmproxy.tls import TlsData


class Rules(NamedTuple):
    """What the proxy allows. No dataclass: mitmproxy loads a script in a way that breaks them.

    Args:
        log: the file that gets one JSON object for each event.
        targets: ``host:port`` as clients ask for it → the port on ``127.0.0.1`` that serves it.
        connect_ports: the ports that CONNECT may ask for.
    """

    log: Path
    targets: Mapping[str, int]
    connect_ports: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Rules:
        """Read the rules from JSON text with the keys ``log``, ``targets`` and ``connect_ports``."""
        data = json.loads(text)
        return cls(Path(data["log"]), dict(data["targets"]), frozenset(data["connect_ports"]))


def is_loopback(host: str) -> bool:
    """As in ``proxyenv.model.url``, out of reach here: whether *host* means the proxy's own machine."""
    bare = host.strip("[]").rstrip(".").lower()
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


class CorporateProxy:
    """The add-on: refuses, redirects, records."""

    rules: Rules

    def __init__(self) -> None:
        # Client connection → what its CONNECT asked for. Inside a tunnel the target is settled already.
        self.tunnels: dict[str, str] = {}
        # Server connection → the name and port that it was asked for.
        self.asked: dict[str, tuple[str, int]] = {}

    def load(self, loader: Loader) -> None:
        """Declare the option that names the file with the rules."""
        loader.add_option("rules", str, "", "JSON file with the rules of the proxy")

    def configure(self, updated: set[str]) -> None:
        """Read the rules."""
        if "rules" in updated and ctx.options.rules:
            self.rules = Rules.parse(Path(ctx.options.rules).read_text("utf-8"))

    def running(self) -> None:
        """Say on which port the proxy listens: it chose a free one itself."""
        addresses = ctx.master.addons.get("proxyserver").listen_addrs()
        self._write({"event": "listening", "port": addresses[0][1]})

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Judge a CONNECT."""
        target = f"{flow.request.host}:{flow.request.port}"
        if flow.request.port not in self.rules.connect_ports:
            flow.response = http.Response.make(403, b"CONNECT to this port is not allowed\n")
        else:
            flow.response = self._refusal(flow.request.host, flow.request.port)
        self.tunnels[flow.client_conn.id] = target
        self._write(
            {
                "event": "connect",
                "url": target,
                "status": flow.response.status_code if flow.response else 200,
                "agent": flow.request.headers.get("user-agent", ""),
            }
        )

    def request(self, flow: http.HTTPFlow) -> None:
        """Judge a request that came without CONNECT."""
        if flow.client_conn.id not in self.tunnels:
            flow.response = self._refusal(flow.request.host, flow.request.port)

    def server_connect(self, data: ServerConnectionHookData) -> None:
        """Lead a name that exists only here to its server on loopback."""
        host, port, *_ = data.server.address
        if (served := self.rules.targets.get(f"{host}:{port}")) is not None:
            self.asked[data.server.id] = (host, port)
            data.server.address = ("127.0.0.1", served)

    def server_connected(self, data: ServerConnectionHookData) -> None:
        """Let the next request for that name use this connection.

        mitmproxy compares addresses for that. Otherwise each request opens a connection, and the sixth waits
        until the server closes an idle one: five seconds.
        """
        if (asked := self.asked.pop(data.server.id, None)) is not None:
            vars(data.server)["address"] = asked  # it refuses to be assigned one while it is open

    def server_connect_error(self, data: ServerConnectionHookData) -> None:
        """Forget what a connection that failed was asked for."""
        self.asked.pop(data.server.id, None)

    def response(self, flow: http.HTTPFlow) -> None:
        """Record an answered request."""
        self._write(
            {
                "event": "request",
                "method": flow.request.method,
                "url": flow.request.pretty_url,
                "status": flow.response.status_code,
                "tunnel": self.tunnels.get(flow.client_conn.id),
                "agent": flow.request.headers.get("user-agent", ""),
            }
        )

    def tls_failed_client(self, data: TlsData) -> None:
        """Record a client that did not accept the proxy's certificate."""
        self._write(
            {
                "event": "tls-failed",
                "url": self.tunnels.get(data.context.client.id, ""),
                "error": str(data.conn.error),
            }
        )

    def client_disconnected(self, client: Client) -> None:
        """Forget a tunnel."""
        self.tunnels.pop(client.id, None)

    def _refusal(self, host: str, port: int) -> http.Response | None:
        if is_loopback(host):
            return http.Response.make(403, b"loopback is not reachable through this proxy\n")
        if f"{host}:{port}" not in self.rules.targets:
            return http.Response.make(502, b"this name is unknown to the proxy\n")
        return None

    def _write(self, event: dict[str, object]) -> None:
        with self.rules.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(event) + "\n")


addons = [CorporateProxy()]
