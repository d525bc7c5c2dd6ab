"""CONNECT: asking a proxy for a tunnel, and reading its answer.

This does not use an HTTP library, which only says that the proxy failed: a web server, a TLS port and a
silent machine would all be a "ProxyError". The checks must say how it failed.
"""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING, Final

from proxyenv.checks.answer import (
    GATEWAY_ERRORS,
    PORTAL_HINT,
    SQUID,
    Author,
    Circumstances,
    HTTPAnswer,
    Way,
    find_author,
    find_cause_of_refusal,
    hint_for_refusal,
    join_headers,
    printable,
)
from proxyenv.checks.channel import Channel, PlainChannel, TLSChannel, trusting
from proxyenv.checks.finding import BrokenError, Finding, failed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.subject import Origin

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] (\d{3})(?: ([^\r\n]*))?\r?\n")
_HTTP2_FRAME: Final = re.compile(rb"\x00..[\x04\x07].\x00\x00\x00\x00", re.DOTALL)
"""SETTINGS or GOAWAY for the whole connection (RFC 9113, section 4.1): what such a server sends first."""
_HEAD_LIMIT: Final = 65536
_SHOWN: Final = 40
"""Characters of an answer that is none."""
_NOT_A_PROXY: Final = frozenset({400, 404, 405, 501})
_MARKS_OF_A_PROXY: Final = frozenset({"proxy-agent", "proxy-connection", "via", SQUID})
_ASKED: Final = "this is the proxy's own answer: check the target's name and port"
_USUAL_PORT: Final = 443


PX_HINT: Final = (
    "run px on this machine, which adds the credentials: the steps are printed beside this report; or ask IT "
    "whether the proxy can offer Basic"
)

HTTP2_HINT: Final = (
    "ask IT for a port where the proxy speaks HTTP/1.1: Python's clients ask it in nothing else"
)


class NotHTTPError(Exception):
    """The peer's answer is not HTTP/1. ``str()`` says what it is."""

    cause = "proxy-not-a-proxy"


class HTTP2Error(NotHTTPError):
    """The peer speaks HTTP/2 alone."""

    cause = "proxy-speaks-http2"


def parse_answer(head: bytes, proxy: ProxyURL | None = None) -> HTTPAnswer:
    """Read the head of an HTTP/1 response.

    Args:
        head: what came.
        proxy: whose password may be repeated in it, which is hidden.

    Raises:
        NotHTTPError: it is not one.
    """
    mask = proxy.mask if proxy else str
    match = _STATUS_LINE.match(head)
    if not match and _HTTP2_FRAME.match(head):
        raise HTTP2Error("speaks HTTP/2 and no HTTP/1.1")
    if not match:
        shown = mask(printable(head))[:_SHOWN]
        raise NotHTTPError(f"answers `{shown}`" if head else "closes the connection without an answer")
    lines = (line.partition(b":") for line in head[match.end() :].splitlines())
    headers = join_headers((name, value.strip()) for name, _, value in lines)
    return HTTPAnswer(int(match[1]), printable(match[2] or b""), headers).hide(mask)


def ask(channel: Channel, proxy: ProxyURL, origin: Origin) -> HTTPAnswer:
    """Send CONNECT for *origin*, with the credentials of *proxy*, and read the answer's head.

    Raises:
        NotHTTPError: the answer is not HTTP.
        OSError: the connection was lost, or there was no answer in time.
    """
    send(channel, [f"CONNECT {origin.authority} HTTP/1.1", f"Host: {origin.authority}"], proxy)
    return read_head(channel, proxy)


def send(channel: Channel, lines: Iterable[str], proxy: ProxyURL | None) -> None:
    """Send the head of a request, with the credentials of *proxy* where one is asked that wants some.

    Raises:
        OSError: the connection was lost.
    """
    sent = proxy.reveal_basic() if proxy else None
    credentials = () if sent is None else (f"Proxy-Authorization: Basic {sent}",)
    channel.send("\r\n".join([*lines, *credentials, "", ""]).encode("ascii"))


def read_head(channel: Channel, proxy: ProxyURL) -> HTTPAnswer:
    """Read the head of an answer, and no more than it takes to see that it is none.

    Args:
        channel: leads to *proxy*.
        proxy: was asked.

    Raises:
        NotHTTPError: the answer is not HTTP.
        OSError: the connection was lost, or there was no answer in time.
    """
    head = bytearray()
    while b"\r\n\r\n" not in head and len(head) < _HEAD_LIMIT:
        data = channel.receive()
        if not data:
            break
        head += data
        if not b"HTTP/".startswith(head[:5]):
            break
    if len(head) >= _HEAD_LIMIT and b"\r\n\r\n" not in head:
        raise NotHTTPError(f"answers with {len(head)} bytes of header fields, and no end of them")
    return parse_answer(bytes(head), proxy)


def reach(proxy: ProxyURL, roots: Path, *, timeout: float) -> tuple[Channel, tuple[str, int]]:
    """Connect to *proxy*, with TLS if its URL says so.

    Args:
        proxy: what to connect to.
        roots: what to verify the proxy's own certificate against.
        timeout: seconds for each step.

    Returns:
        The connection, and the address that it leads to.

    Raises:
        ssl.SSLError: TLS to the proxy failed.
        OSError: no connection.
    """
    plain = PlainChannel(proxy.host, proxy.port, timeout=timeout)
    if proxy.scheme == "http":
        return plain, plain.peer
    secure = TLSChannel(plain, trusting(roots), server_hostname=proxy.host)
    try:
        secure.handshake()
    except BaseException:
        plain.close()
        raise
    return secure, plain.peer


def open_tunnel(proxy: ProxyURL | None, origin: Origin, roots: Path, *, timeout: float) -> Channel:
    """A connection to *origin*, through *proxy* or direct.

    Raises:
        BrokenError: the proxy refuses, or one of the two cannot be reached.
    """
    if proxy is None:
        try:
            return PlainChannel(origin.host, origin.port, timeout=timeout)
        except OSError as error:
            raise BrokenError(failed("origin-unreachable", f"`{origin.authority}`: {error}")) from error
    try:
        channel, _ = reach(proxy, roots, timeout=timeout)
    except OSError as error:
        raise BrokenError(failed("proxy-unreachable", f"`{proxy.authority}`: {error}")) from error
    try:
        _demand(channel, proxy, origin)
    except BaseException:
        channel.close()
        raise
    return channel


def _demand(channel: Channel, proxy: ProxyURL, origin: Origin) -> None:
    """Ask for a tunnel, and accept no other answer."""
    try:
        answer = ask(channel, proxy, origin)
    except NotHTTPError as error:
        raise BrokenError(failed(error.cause, f"`{proxy.authority}` {error}")) from error
    except OSError as error:
        cause = "timeout" if isinstance(error, TimeoutError) else "proxy-unreachable"
        raise BrokenError(failed(cause, f"`{proxy.authority}` does not answer: {error}")) from error
    if not answer.is_tunnel:
        raise BrokenError(judge_refusal(answer, proxy, origin))


def judge_refusal(  # noqa: PLR0911 - one kind of refusal after the other
    answer: HTTPAnswer, proxy: ProxyURL, origin: Origin
) -> Finding:
    """What an answer other than 2xx means, and what to do about it."""
    seen = f"`{proxy.authority}` answers `{answer}` to `CONNECT {origin.authority}`"
    author, why = find_author(answer, Circumstances(Way.CONNECT))
    if answer.status == 407:  # noqa: PLR2004 - Proxy Authentication Required
        return judge_credentials(answer, proxy, seen)
    if author is Author.PORTAL or answer.leads_to:
        where = f" and leads to `{answer.leads_to}`" if answer.leads_to else ""
        return failed("captive-portal", seen + where, PORTAL_HINT)
    if answer.status == 505:  # noqa: PLR2004 - HTTP Version Not Supported
        return failed("proxy-speaks-http2", seen, HTTP2_HINT)
    if answer.status == 403:  # noqa: PLR2004 - Forbidden
        return failed("proxy-denied", seen, f"{ask_for_connect(origin)}; or name another page with `--url`")
    if author is Author.PROXY or answer.status in GATEWAY_ERRORS:
        cause = find_cause_of_refusal(answer)
        hint = hint_for_refusal(answer, origin) or _ASKED
        return failed(cause, f"{seen}: {why}" if why else seen, hint)
    if answer.status in _NOT_A_PROXY and answer.headers.keys() & _MARKS_OF_A_PROXY:
        return failed("proxy-answer", seen, _ASKED)
    if answer.status in _NOT_A_PROXY:
        server = answer.headers.get("server")
        named = f" and calls itself `{server}`" if server else ""
        return failed("proxy-not-a-proxy", seen + named, "check the proxy's port: a web server answers there")
    return failed("proxy-answer", seen, _ASKED)


def ask_for_connect(origin: Origin, proxy: ProxyURL | None = None) -> str:
    """What to ask for if a tunnel is denied: the beginning of a hint.

    Args:
        origin: the target of the tunnel.
        proxy: named if it is not clear from the context.
    """
    where = f" at `{proxy.authority}`" if proxy else ""
    usual = "" if origin.port == _USUAL_PORT else f": most proxies allow it to port {_USUAL_PORT} only"
    return f"ask IT to allow CONNECT to `{origin.authority}`{where}{usual}"


def judge_credentials(answer: HTTPAnswer, proxy: ProxyURL, seen: str) -> Finding:
    """What a 407 means. *seen* says where it was met."""
    from proxyenv.checks.challenge import describe_schemes, find_schemes, offers_basic

    schemes = find_schemes(answer.headers.get("proxy-authenticate", ""))
    offered = describe_schemes(schemes, proxy.mask)
    seen = f"{seen}; {offered}" if offered else seen
    if schemes and not offers_basic(schemes):
        return failed("proxy-scheme-unsupported", seen, PX_HINT)
    if proxy.username is None:
        return failed("proxy-credentials-wanted", seen, ask_for_credentials(proxy))
    hint = f"check {name_credentials(proxy)}: {_ask(proxy)} again, and takes it as it is typed"
    return failed("proxy-credentials-refused", seen, hint)


def ask_for_credentials(proxy: ProxyURL) -> str:
    """The next step where a proxy wants a user and a password: no option holds the password itself."""
    return f"name the user: {_ask(proxy)}"


def name_credentials(proxy: ProxyURL) -> str:
    """What the proxy was sent, for people; a user without a password may be a token."""
    return f"the password of `{proxy.username}`" if proxy.password else "the credentials"


def _ask(proxy: ProxyURL) -> str:
    return f"`--proxy {proxy.scheme}://USER@{proxy.authority}` asks for the password"


def speaks_tls(proxy: ProxyURL, roots: Path, *, timeout: float) -> bool:
    """Whether TLS is spoken at the proxy's address, trusted or not."""
    try:
        with PlainChannel(proxy.host, proxy.port, timeout=timeout) as plain:
            TLSChannel(plain, trusting(roots), server_hostname=proxy.host).handshake()
    except ssl.SSLCertVerificationError:
        return True
    except OSError:  # also every other ssl.SSLError
        return False
    return True


def speaks_plain_http(proxy: ProxyURL, origin: Origin, *, timeout: float) -> bool:
    """Whether plain HTTP is spoken at the proxy's address.

    CONNECT is sent without credentials: they were given for a connection that is encrypted.
    """
    anonymous = type(proxy)("http", proxy.host, proxy.port)
    try:
        with PlainChannel(proxy.host, proxy.port, timeout=timeout) as plain:
            ask(plain, anonymous, origin)
    except (NotHTTPError, OSError):
        return False
    return True


def hint_for_handshake(origin: Origin) -> str:
    """What to do about a failed TLS handshake where no certificate is to blame."""
    return f"is `{origin.authority}` a port for TLS? Or ask IT whether a firewall cuts it"


def way_around(origin: Origin) -> str:
    """What to type if *origin* needs no proxy."""
    return f"or add `{origin.host}` to NO_PROXY if it can be reached directly: `--no-proxy {origin.host}`"
