"""Control requests: what a proxy answers for a name that cannot exist, and a host for a path that cannot.

Without them nobody knows whose an answer is. They go over sockets of our own, beside the client that is
checked, and verify as it does.
"""

from __future__ import annotations

import http.client
import io
from contextlib import closing
from typing import TYPE_CHECKING, Final, cast

from proxyenv.checks.answer import HTTPAnswer, join_headers, printable
from proxyenv.checks.channel import PlainChannel, TLSChannel, trusting
from proxyenv.checks.tunnel import NotHTTPError, ask, reach, send
from proxyenv.model.subject import Origin
from proxyenv.model.url import DEFAULT_PORTS

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from proxyenv.checks.channel import Channel
    from proxyenv.model.proxy_url import ProxyURL

_LONGEST: Final = 65536


def name_nobody(scheme: str, token: str) -> Origin:
    """An origin that cannot exist (RFC 6761, section 6.4)."""
    return Origin(scheme, f"{token}.invalid", DEFAULT_PORTS[scheme])


def ask_for(
    origin: Origin, path: str, *, proxy: ProxyURL | None, roots: Path, timeout: float
) -> HTTPAnswer | None:
    """The answer to ``GET path``; ``None`` if there is none, or none that is trusted.

    Args:
        origin: whose path it is.
        path: with its leading slash.
        proxy: to go through; its own answer to CONNECT is an answer, too.
        roots: what to verify against.
        timeout: seconds for one step; three times as long for all.
    """
    try:
        return _ask_for(origin, path, proxy=proxy, roots=roots, timeout=timeout)
    except (OSError, NotHTTPError, http.client.HTTPException, ValueError):  # OSError is also ssl.SSLError
        return None


def _ask_for(origin: Origin, path: str, *, proxy: ProxyURL | None, roots: Path, timeout: float) -> HTTPAnswer:
    channel: Channel
    if proxy is None:
        channel = PlainChannel(origin.host, origin.port, timeout=timeout)
    else:
        channel, _ = reach(proxy, roots, timeout=timeout)
    with closing(channel):
        hide = proxy.mask if proxy else str
        if origin.scheme == "http":
            return _get(channel, origin, path, proxy).hide(hide)
        if proxy is not None and not (answer := ask(channel, proxy, origin)).is_tunnel:
            return answer
        secure = TLSChannel(channel, trusting(roots), server_hostname=origin.host)
        secure.handshake()
        return _get(secure, origin, path, None).hide(hide)


def _get(channel: Channel, origin: Origin, path: str, proxy: ProxyURL | None) -> HTTPAnswer:
    usual = origin.port == DEFAULT_PORTS[origin.scheme]
    host = origin.authority.rpartition(":")[0] if usual else origin.authority
    lines = [
        f"GET {f'{origin.scheme}://{host}' if proxy else ''}{path} HTTP/1.1",
        f"Host: {host}",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Cache-Control: no-cache, no-store",
        "Pragma: no-cache",
        "User-Agent: python-httpx",
        "Connection: close",
    ]
    send(channel, lines, proxy)
    with http.client.HTTPResponse(cast("socket.socket", _Readable(channel))) as response:
        response.begin()
        headers, reason = join_headers(response.getheaders()), printable(response.reason)
        return HTTPAnswer(
            response.status, reason, headers, response.read(_LONGEST).decode("utf-8", "replace")
        )


class _Readable(io.RawIOBase):
    """A channel as :mod:`http.client` wants it: a socket that makes a file."""

    def __init__(self, channel: Channel) -> None:
        self._channel, self._left = channel, b""

    def makefile(self, _: str) -> io.BufferedReader:
        """The bytes that come, as a file."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the stub's name for it is private
        """The next bytes; 0 at the end."""
        data = self._left or self._channel.receive()
        taken = min(len(data), len(buffer))
        buffer[:taken], self._left = data[:taken], data[taken:]
        return taken
