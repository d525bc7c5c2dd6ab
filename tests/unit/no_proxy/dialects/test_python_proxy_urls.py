"""What each Python client makes of the ways in which people write a proxy's URL, as measured."""

from __future__ import annotations

from typing import Final

import pytest

from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.route import Route, RouteKind
from proxyenv.no_proxy.dialects.table import PYTHON_DIALECTS

DIALECTS: Final = {dialect.name: dialect for dialect in PYTHON_DIALECTS}
COLUMNS: Final = ("httpx", "httpx2", "requests", "urllib", "aiohttp", "botocore", "websockets")
LETTERS: Final = {RouteKind.DIRECT: "D", RouteKind.PROXIED: "P", RouteKind.ERROR: "X"}


def decide(client: str, value: str) -> Route:
    return DIALECTS[client].prepare({"https_proxy": value})("https://origin.test/")


# D is direct, P proxied, X an error, in the order of COLUMNS.
@pytest.mark.parametrize(
    ("value", "routes"),
    [
        pytest.param("127.0.0.1:3128", "PPPPXPX", id="address-and-port"),
        pytest.param("proxy.test:3128", "PPPPXPX", id="host-and-port"),
        pytest.param("localhost:3128", "PPXPXPX", id="localhost-and-port"),
        pytest.param("//127.0.0.1:3128", "XXPPPPX", id="no-scheme-but-slashes"),
        pytest.param("http://127.0.0.1:3128/", "PPPPPPP", id="trailing-slash"),
        pytest.param("http://127.0.0.1:3128/p?q", "PPPPPPX", id="path"),
        pytest.param("http://[::1]:3128", "PPPPPPP", id="IPv6"),
        pytest.param("http://u:p@ss@127.0.0.1:3128", "PPPPPPP", id="at-sign-in-password"),
        pytest.param("http://u:p#x@127.0.0.1:3128", "XXXPXXX", id="hash-in-password"),
        pytest.param("http://u:p/x@127.0.0.1:3128", "XXXPXXX", id="slash-in-password"),
        pytest.param("http://u:p?x@127.0.0.1:3128", "XXXPXXX", id="question-mark-in-password"),
        pytest.param("http://u:pä€@127.0.0.1:3128", "PPXPXXP", id="not-latin-password"),
        pytest.param("http://user@127.0.0.1:3128", "PPPPPPX", id="user-without-password"),
        pytest.param("socks5://127.0.0.1:1080", "XXXPPPX", id="SOCKS-without-an-extra"),
        pytest.param("https://proxy.test:3128", "PPPPDPP", id="TLS-to-the-proxy"),
        pytest.param("", "DDDDDDD", id="empty"),
        pytest.param("http://proxy.test:99999", "XXXXXXX", id="no-such-port"),
    ],
)
def test_a_proxy_url_means(value: str, routes: str) -> None:
    assert "".join(LETTERS[decide(client, value).kind] for client in COLUMNS) == routes


@pytest.mark.parametrize(
    ("client", "value", "proxy"),
    [
        pytest.param("httpx", "proxy.test", ("http", "proxy.test", 80, None, None), id="httpx-port"),
        pytest.param("httpx", "https://proxy.test", ("https", "proxy.test", 443, None, None), id="httpx-tls"),
        pytest.param(
            "httpx", "http://user@p.test:1", ("http", "p.test", 1, "user", ""), id="httpx-user-alone"
        ),
        pytest.param(
            "requests", "http://user@p.test:1", ("http", "p.test", 1, None, None), id="requests-drops-it"
        ),
        pytest.param("urllib", "http://u:@p.test:1", ("http", "p.test", 1, None, None), id="urllib-drops-it"),
        pytest.param(
            "urllib", "http://p.test", ("http", "p.test", 443, None, None), id="urllib-port-of-the-URL"
        ),
        pytest.param(
            "urllib", "https://p.test:1", ("http", "p.test", 1, None, None), id="urllib-speaks-plain-http"
        ),
        pytest.param(
            "urllib", "http://u:p#x@p.test:1", ("http", "p.test", 1, "u", "p#x"), id="urllib-takes-a-hash"
        ),
        pytest.param("aiohttp", "http://u@p.test:1", ("http", "p.test", 1, "u", ""), id="aiohttp-user-alone"),
        pytest.param(
            "botocore", "//p.test:1", ("http", "p.test", 1, None, None), id="botocore-adds-a-scheme"
        ),
        pytest.param(
            "websockets", "http://u:p%40s@p.test:1", ("http", "p.test", 1, "u", "p%40s"), id="not-decoded"
        ),
        pytest.param(
            "httpx", "http://u:p%40s@p.test:1", ("http", "p.test", 1, "u", "p@s"), id="httpx-decodes"
        ),
        pytest.param(
            "requests", "http://u:p%40s@P.test:1", ("http", "p.test", 1, "u", "p@s"), id="requests-decodes"
        ),
        pytest.param("pip", "http://u:p%40s@p.test:1", ("http", "p.test", 1, "u", "p@s"), id="pip-decodes"),
        pytest.param("httpx", "http://[::1]:3128", ("http", "::1", 3128, None, None), id="httpx-brackets"),
        pytest.param(
            "requests", "http://[::1]:3128", ("http", "::1", 3128, None, None), id="requests-brackets"
        ),
        pytest.param("grpc", "http://u:p@p.test", ("http", "p.test", 443, "u", "p"), id="grpc-port"),
    ],
)
def test_the_client_reads_the_proxy_as(
    client: str, value: str, proxy: tuple[str, str, int, str | None, str | None]
) -> None:
    assert decide(client, value) == Route.proxied(ProxyURL(*proxy), "https_proxy")


@pytest.mark.parametrize(
    ("client", "value", "message"),
    [
        pytest.param(
            "httpx",
            "socks5://proxy.test:1080",
            "builtins.ImportError: Using SOCKS proxy, but the 'socksio' package is not installed. "
            "Make sure to install httpx using `pip install httpx[socks]`.",
            id="httpx-SOCKS",
        ),
        pytest.param(
            "httpx",
            "ftp://proxy.test",
            "builtins.ValueError: Unknown scheme for proxy URL URL('ftp://proxy.test')",
            id="httpx-scheme",
        ),
        pytest.param(
            "requests",
            "localhost:3128",
            "requests.exceptions.InvalidProxyURL: "
            "Please check proxy URL. It is malformed and could be missing the host.",
            id="requests-localhost",
        ),
        pytest.param(
            "requests",
            "socks5://proxy.test:1080",
            "requests.exceptions.InvalidSchema: Missing dependencies for SOCKS support.",
            id="requests-SOCKS",
        ),
        pytest.param(
            "websockets",
            "proxy.test:3128",
            "websockets.exceptions.InvalidProxy: "
            "proxy.test:3128 isn't a valid proxy: scheme proxy.test isn't supported",
            id="websockets-scheme",
        ),
        pytest.param(
            "urllib",
            "http:/proxy.test",
            "builtins.ValueError: proxy URL with no authority: 'http:/proxy.test'",
            id="urllib-one-slash",
        ),
        pytest.param(
            "aiohttp",
            "proxy.test:3128",
            "aiohttp.client_exceptions.InvalidURL: proxy.test:3128",
            id="aiohttp-scheme",
        ),
    ],
)
def test_the_client_says_why_it_refuses(client: str, value: str, message: str) -> None:
    assert decide(client, value) == Route.error(message)


@pytest.mark.parametrize("client", [*COLUMNS, "pip", "grpc"])
@pytest.mark.parametrize(
    "value",
    [
        "http://u:hunter2#x@proxy.test:3128",
        "http://u:hunter2/x@proxy.test:3128",
        "http:/u:hunter2@proxy.test:3128",
        "http://u:hunter2[@proxy.test:3128",
        "ftp://u:hunter2@proxy.test:3128",
    ],
)
def test_no_reason_holds_a_password(client: str, value: str) -> None:
    route = decide(client, value)
    assert "hunter2" not in route.reason
    assert "hunter2" not in repr(route)
