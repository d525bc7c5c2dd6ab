"""Which entry of NO_PROXY, and which variable, each Python client honours: what was measured, as tables."""

from __future__ import annotations

from typing import Final

import pytest

from proxyenv.model.route import Route, RouteKind
from proxyenv.no_proxy.dialects.table import PYTHON_DIALECTS

DIALECTS: Final = {dialect.name: dialect for dialect in PYTHON_DIALECTS}
PROXY: Final = "http://proxy.test:3128"
BOTH: Final = {"http_proxy": PROXY, "https_proxy": PROXY}
COLUMNS: Final = ("httpx", "httpx2", "requests", "pip", "urllib", "aiohttp", "botocore", "websockets", "grpc")
LETTERS: Final = {RouteKind.DIRECT: "D", RouteKind.PROXIED: "P", RouteKind.ERROR: "X"}


def decide(client: str, environment: dict[str, str], url: str) -> Route:
    return DIALECTS[client].prepare(environment)(url)


def test_the_names_are_the_columns_of_the_table() -> None:
    assert tuple(DIALECTS) == (
        *("httpx", "httpx2", "requests", "pip", "urllib", "urllib3"),
        *("aiohttp", "botocore", "websockets", "grpc"),
    )


# D is direct, P proxied, X an error, in the order of COLUMNS.
@pytest.mark.parametrize(
    ("entries", "url", "routes"),
    [
        pytest.param("", "https://localhost/", "PPPPPPPPP", id="nothing-and-localhost"),
        pytest.param("", "https://127.0.0.1/", "PPPPPPPPP", id="nothing-and-loopback"),
        pytest.param("", "https://[::1]/", "PPPPPPPPP", id="nothing-and-IPv6-loopback"),
        pytest.param("origin.test", "https://origin.test/", "DDDDDDDDD", id="host"),
        pytest.param("origin.test", "https://sub.origin.test/", "DDDDDDDDD", id="host-covers-what-is-below"),
        pytest.param("origin.test", "https://xorigin.test/", "PPPPPPPPP", id="host-ends-at-a-dot"),
        pytest.param(".origin.test", "https://origin.test/", "PPDDDDDDD", id="leading-dot-and-apex"),
        pytest.param(".origin.test", "https://a.origin.test/", "DDDDDDDDD", id="leading-dot-and-below"),
        pytest.param("*.origin.test", "https://origin.test/", "PPPPPPPPP", id="star-dot-and-apex"),
        pytest.param("*.origin.test", "https://a.origin.test/", "PDPPPPPPP", id="star-dot-and-below"),
        pytest.param("*origin.test", "https://a.origin.test/", "PPPPPPPPP", id="star-without-a-dot"),
        pytest.param("*", "https://origin.test/", "DDDDDDDDP", id="everything"),
        pytest.param("foo.test,*", "https://origin.test/", "DDPPPPPPP", id="everything-in-a-list"),
        pytest.param("origin.test:8080", "http://origin.test:8080/", "DDDDDPDDP", id="the-port"),
        pytest.param("origin.test:8081", "http://origin.test:8080/", "PPPPPPPPP", id="another-port"),
        pytest.param("origin.test:443", "https://origin.test/", "PPPPPPPDP", id="the-default-port"),
        pytest.param(".origin.test:8080", "http://a.origin.test:8080/", "DDDDDPDDP", id="dot-and-port"),
        pytest.param("10.99.1.2", "https://10.99.1.2/", "DDDDDDDDD", id="address"),
        pytest.param("10.99.1.2:8080", "http://10.99.1.2:8080/", "DDPPDPDDP", id="address-and-port"),
        pytest.param("10.0.0.0/8", "https://10.99.1.2/", "PDDDPPPPD", id="network"),
        pytest.param("10.0.0.0/8", "https://origin.test/", "PPPPPPPPP", id="network-and-a-name"),
        pytest.param("10.99.", "https://10.99.1.2/", "PPPPPPPPP", id="prefix-of-an-address"),
        pytest.param("10.99.*", "https://10.99.1.2/", "PPPPPPPPP", id="glob-of-an-address"),
        pytest.param("fd00::1", "https://[fd00::1]/", "DDDDPDPDD", id="IPv6"),
        pytest.param("[fd00::1]", "https://[fd00::1]/", "XDPPDPDPP", id="IPv6-in-brackets"),
        pytest.param("fd00::/8", "https://[fd00::1]/", "XDPPPPPPD", id="IPv6-network"),
        pytest.param("[::1]", "https://unrelated.test/", "XPPPPPPPP", id="brackets-break-every-request"),
        pytest.param("a.test, origin.test", "https://origin.test/", "DDDDDDDDD", id="comma-and-blank"),
        pytest.param("a.test origin.test", "https://origin.test/", "PPPPPPPPP", id="blank"),
        pytest.param("a.test;origin.test", "https://origin.test/", "PPPPPPPPP", id="semicolon"),
        pytest.param("a.test|origin.test", "https://origin.test/", "PPPPPPPPP", id="bar"),
        pytest.param("ORIGIN.TEST", "https://origin.test/", "DDDDDDDDD", id="upper-case"),
        pytest.param("origin.test.", "https://origin.test/", "PPPPPPPPP", id="trailing-dot"),
        pytest.param("https://origin.test", "https://origin.test/", "DDPPPPPPP", id="a-URL"),
        pytest.param(",,", "https://origin.test/", "PPPPPPPPP", id="empty-items"),
        pytest.param("origin.test,", "https://origin.test/", "DDDDDDDDD", id="trailing-comma"),
    ],
)
def test_an_entry_of_no_proxy_means(entries: str, url: str, routes: str) -> None:
    environment = {**BOTH, "no_proxy": entries}
    seen = "".join(LETTERS[decide(client, environment, url).kind] for client in COLUMNS)
    assert seen == routes


@pytest.mark.parametrize(
    ("client", "entry"),
    [
        pytest.param("httpx", "Origin.TEST", id="httpx-the-first"),
        pytest.param("httpx2", "Origin.TEST", id="httpx2-the-first"),
        pytest.param("urllib", "Origin.TEST", id="urllib-the-first"),
        pytest.param("requests", "origin.test", id="requests-the-one-in-the-same-case"),
    ],
)
def test_the_entry_that_decided_is_named_as_it_was_written(client: str, entry: str) -> None:
    environment = {**BOTH, "no_proxy": "a.test , Origin.TEST,origin.test"}
    assert decide(client, environment, "https://origin.test/") == Route.bypassed(entry, "no_proxy")


@pytest.mark.parametrize(
    ("client", "variables", "url", "expected"),
    [
        pytest.param("httpx", ("ALL_PROXY",), "https://a.test/", "ALL_PROXY", id="httpx-falls-back-to-all"),
        pytest.param(
            "requests", ("all_proxy",), "http://a.test/", "all_proxy", id="requests-falls-back-to-all"
        ),
        pytest.param("urllib", ("ALL_PROXY",), "https://a.test/", None, id="urllib-has-no-all"),
        pytest.param("aiohttp", ("ALL_PROXY",), "https://a.test/", None, id="aiohttp-has-no-all"),
        pytest.param("botocore", ("ALL_PROXY",), "https://a.test/", None, id="botocore-has-no-all"),
        pytest.param("websockets", ("ALL_PROXY",), "wss://a.test/", None, id="websockets-has-no-all"),
        pytest.param("urllib3", ("HTTPS_PROXY",), "https://a.test/", None, id="urllib3-reads-nothing"),
        pytest.param(
            "websockets", ("http_proxy", "https_proxy"), "ws://a.test/", "https_proxy", id="ws-prefers-https"
        ),
        pytest.param("websockets", ("HTTP_PROXY",), "ws://a.test/", "HTTP_PROXY", id="ws-takes-http-too"),
        pytest.param("websockets", ("HTTP_PROXY",), "wss://a.test/", None, id="wss-does-not-take-http"),
        pytest.param(
            "websockets", ("https_proxy", "WSS_PROXY"), "wss://a.test/", "WSS_PROXY", id="wss-has-its-own"
        ),
        pytest.param("grpc", ("HTTPS_PROXY",), "https://a.test/", None, id="grpc-reads-lower-case-only"),
        pytest.param(
            "grpc", ("http_proxy",), "https://a.test/", "http_proxy", id="grpc-takes-http-for-https"
        ),
        pytest.param(
            "grpc", ("https_proxy", "grpc_proxy"), "https://a.test/", "grpc_proxy", id="grpc-has-its-own"
        ),
        pytest.param(
            "pip", ("https_proxy", "PIP_PROXY"), "https://a.test/", "PIP_PROXY", id="pip-has-its-own"
        ),
        pytest.param(
            "httpx", ("https_proxy", "HTTPS_PROXY"), "https://a.test/", "https_proxy", id="lower-wins"
        ),
    ],
)
def test_the_proxy_comes_from(
    client: str, variables: tuple[str, ...], url: str, expected: str | None
) -> None:
    environment = {name: f"http://proxy-{number}.test:3128" for number, name in enumerate(variables)}
    route = decide(client, environment, url)
    assert (route.reason if route.proxy else None) == (expected and f"`{expected}`")
    assert route.kind is (RouteKind.PROXIED if expected else RouteKind.DIRECT)


@pytest.mark.parametrize("client", COLUMNS[:8])
@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        pytest.param(
            {"HTTPS_PROXY": PROXY, "https_proxy": ""}, RouteKind.DIRECT, id="empty-erases-upper-case"
        ),
        pytest.param({"https_proxy": "", "HTTPS_PROXY": PROXY}, RouteKind.DIRECT, id="whatever-the-order"),
        pytest.param(
            {"https_proxy": PROXY, "HTTPS_PROXY": ""}, RouteKind.PROXIED, id="not-the-other-way-round"
        ),
        pytest.param(
            {"https_proxy": PROXY, "no_proxy": "b.test", "NO_PROXY": "a.test"},
            RouteKind.PROXIED,
            id="lower-list",
        ),
        pytest.param({"https_proxy": PROXY, "NO_PROXY": "a.test"}, RouteKind.DIRECT, id="upper-list"),
    ],
)
def test_both_spellings(client: str, environment: dict[str, str], kind: RouteKind) -> None:
    assert decide(client, environment, "https://a.test/").kind is kind


@pytest.mark.parametrize(
    ("client", "kind"),
    [
        ("requests", RouteKind.DIRECT),
        ("pip", RouteKind.DIRECT),
        ("httpx", RouteKind.PROXIED),
        ("urllib", RouteKind.PROXIED),
        ("aiohttp", RouteKind.PROXIED),
        ("websockets", RouteKind.PROXIED),
    ],
)
def test_an_empty_lower_case_list_hides_the_other_from_all_but_requests(client: str, kind: RouteKind) -> None:
    environment = {"https_proxy": PROXY, "no_proxy": "", "NO_PROXY": "a.test"}
    assert decide(client, environment, "https://a.test/").kind is kind


@pytest.mark.parametrize("client", ["httpx", "requests", "urllib", "aiohttp", "botocore"])
def test_a_CGI_program_does_not_trust_what_a_header_may_have_set(client: str) -> None:  # noqa: N802 - its name
    environment = {"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}
    assert decide(client, environment, "http://a.test/").kind is RouteKind.DIRECT


@pytest.mark.parametrize(
    ("url", "entry", "direct"),
    [
        pytest.param("https://bücher.test/", "xn--bcher-kva.test", ("requests",), id="punycode-entry"),
        pytest.param("https://bücher.test/", "bücher.test", ("urllib", "aiohttp"), id="unicode-entry"),
    ],
)
def test_an_international_name_is_compared_in_one_form_only(
    url: str, entry: str, direct: tuple[str, ...]
) -> None:
    environment = {**BOTH, "no_proxy": entry}
    clients = ("requests", "urllib", "aiohttp")
    seen = tuple(name for name in clients if decide(name, environment, url).kind is RouteKind.DIRECT)
    assert seen == direct


def test_an_international_entry_breaks_httpx() -> None:
    route = decide("httpx", {**BOTH, "no_proxy": "bücher.test"}, "https://a.test/")
    assert route == Route.error("httpx.InvalidURL: Invalid IDNA hostname: '*bücher.test'")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        pytest.param("[::1]", "Invalid port: ':1]'", id="brackets"),
        pytest.param("::1/128", "Invalid port: ':1'", id="network"),
        pytest.param("origin.test:name", "Invalid port: 'name'", id="port-name"),
        pytest.param("999.1.1.1", None, id="no-address-is-a-name"),
        pytest.param(
            "a\x01b", "Invalid non-printable ASCII character in URL, '\\x01' at position 8.", id="control"
        ),
    ],
)
def test_httpx_says_why_it_refuses_a_list(entry: str, message: str | None) -> None:
    route = decide("httpx", {**BOTH, "no_proxy": entry}, "https://a.test/")
    assert (route.reason if route.kind is RouteKind.ERROR else None) == (
        message and f"httpx.InvalidURL: {message}"
    )
