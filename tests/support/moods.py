"""Bad moods of a proxy that works otherwise, for the real mitmproxy.

This file runs inside mitmproxy's own environment (``mitmdump -s moods.py``), after the add-on that makes it
a corporate proxy. The file that the option ``moods`` names is read again for each event, so one proxy serves
many rows. It is a JSON object; each mood is left out where it is not wanted:

- ``answers``: ``host`` or ``host:port`` or either with a path → status, headers and body, said by the proxy
  inside the tunnel or in place of the page; ``*`` or ``*:port`` is every other request,
  and ``{url}`` in a body is what was asked for;
- ``connects``: ``host:port`` → status and headers of the answer to CONNECT;
- ``rewrites``: the same keys → headers and a body that replace the origin's;
- ``delay``: the same keys → seconds before each answer;
- ``upgrades``: false where the wish for a websocket is dropped.
"""

# mypy: disable-error-code="import-not-found"
# mitmproxy is in an environment of its own, not in the one that checks the types.

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mitmproxy import ctx, http

if TYPE_CHECKING:
    from mitmproxy.addonmanager import Loader


class Moods:
    """The add-on."""

    def load(self, loader: Loader) -> None:
        """Declare the option that names the file."""
        loader.add_option("moods", str, "", "JSON file with the moods of the proxy")

    def read(self) -> dict[str, Any]:
        """The moods of this moment."""
        found: dict[str, Any] = json.loads(Path(ctx.options.moods).read_text("utf-8"))
        return found

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Refuse a CONNECT."""
        status, headers = (
            self.read().get("connects", {}).get(f"{flow.request.host}:{flow.request.port}", (0, {}))
        )
        if status:
            flow.response = http.Response.make(status, b"", headers)

    async def request(self, flow: http.HTTPFlow) -> None:
        """Answer in the origin's place."""
        moods = self.read()
        await asyncio.sleep(_find(moods.get("delay", {}), flow) or 0)
        if not moods.get("upgrades", True):
            for name in ("Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"):
                flow.request.headers.pop(name, None)
        answer = _find(moods.get("answers", {}), flow)
        if answer is not None:
            flow.response = http.Response.make(
                answer[0], answer[2].replace("{url}", flow.request.pretty_url), answer[1]
            )

    def response(self, flow: http.HTTPFlow) -> None:
        """Change the origin's answer."""
        rewrite = _find(self.read().get("rewrites", {}), flow)
        if rewrite is not None and flow.response is not None:
            headers, body = rewrite
            if body is not None:
                flow.response.text = body
            flow.response.headers.update(headers)


def _path(flow: http.HTTPFlow) -> str:
    path: str = flow.request.path
    return path.partition("?")[0]


def _place(flow: http.HTTPFlow) -> tuple[str, int]:
    """What the client asked for: the corporate add-on has led the connection elsewhere."""
    parts = urlsplit(flow.request.pretty_url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _find(rules: dict[str, Any], flow: http.HTTPFlow) -> Any:
    host, port = _place(flow)
    for place in (f"{host}:{port}", host, f"*:{port}"):
        for name in (f"{place}{_path(flow)}", place):
            if name in rules:
                return rules[name]
    return rules.get("*")


addons = [Moods()]
