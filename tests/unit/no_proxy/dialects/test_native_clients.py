"""The native clients' readings of the environment, against what the clients were seen to do.

The tables were measured with curl 7.88.1, libcurl 8.23, git 2.39.5, wget 1.21.3, Go 1.27, Node 22 and 26,
npm 11, uv 0.13 and cargo 1.95, each driven in turn.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.catalog.clients.client import split_version
from proxyenv.model.route import RouteKind
from proxyenv.no_proxy.dialects.table import NATIVE_DIALECTS

if TYPE_CHECKING:
    from proxyenv.model.route import Route

DIALECTS: Final = {dialect.name: dialect for dialect in NATIVE_DIALECTS}
NODE: Final = {"NODE_USE_ENV_PROXY": "1"}
JAVA: Final = "-Dhttp.proxyHost=proxy.test -Dhttp.proxyPort=3128 -Dhttps.proxyHost=proxy.test"
WIKI: Final = "https://wiki.corp.test/"
COLUMNS: Final = [
    "curl 7",
    "curl 8",
    "git",
    "wget",
    "go",
    "node 22 fetch",
    "node 24 fetch",
    "node 26 fetch",
    "node https",
    "npm",
    "uv",
    "cargo",
]
LETTERS: Final = {RouteKind.DIRECT: "D", RouteKind.PROXIED: "P", RouteKind.ERROR: "X"}

LISTS: Final = (
    ("no list, `localhost`", "", "https://localhost/", "P P P P D P P P P P P P"),
    ("no list, 127.0.0.1", "", "https://127.0.0.1/", "P P P P D P P P P P P P"),
    ("no list, ::1", "", "https://[::1]/", "P P P P D P P P P P P P"),
    ("the name itself", "wiki.corp.test", "https://wiki.corp.test/", "D D D D D D D D D D D D"),
    ("a name below a name", "wiki.corp.test", "https://x.wiki.corp.test/", "D D D D D P D D P D D D"),
    ("a name that ends alike", "wiki.corp.test", "https://xwiki.corp.test/", "P P P P P P P P P P P P"),
    ("a name below a domain", "corp.test", "https://wiki.corp.test/", "D D D D D P D D P D D D"),
    ("the apex of a dotted domain", ".corp.test", "https://corp.test/", "D D D P P P D D D D D D"),
    ("a name below a dotted domain", ".corp.test", "https://wiki.corp.test/", "D D D D D D D D D D D D"),
    ("the apex of a starred domain", "*.corp.test", "https://corp.test/", "P P P P P P D D P P P P"),
    ("a name below a starred domain", "*.corp.test", "https://wiki.corp.test/", "P P P P D D D D D P P P"),
    ("a star without a dot", "*corp.test", "https://wiki.corp.test/", "P P P P P D P P P P P P"),
    ("a star alone", "*", "https://wiki.corp.test/", "D D D P D D D D D P D D"),
    ("a star in a list", "foo,*", "https://wiki.corp.test/", "P P P P D D P P D P D P"),
    (
        "the port that is asked for",
        "wiki.corp.test:8443",
        "https://wiki.corp.test:8443/",
        "P P P P D D D D D P P P",
    ),
    ("another port", "wiki.corp.test:8444", "https://wiki.corp.test:8443/", "P P P P P P P P P P P P"),
    (
        "the port that is not written",
        "wiki.corp.test:443",
        "https://wiki.corp.test/",
        "P P P P D D D D D P P P",
    ),
    (
        "a dotted domain with a port",
        ".corp.test:8443",
        "https://wiki.corp.test:8443/",
        "P P P P D D D D P P P P",
    ),
    ("an address", "10.99.1.2", "https://10.99.1.2/", "D D D D D D D D D D D D"),
    ("an address with a port", "10.99.1.2:8443", "https://10.99.1.2:8443/", "P P P P D D D D D P P P"),
    ("a network", "10.99.0.0/16", "https://10.99.1.2/", "D D D P D P P P P P D D"),
    ("the beginning of an address", "10.99.", "https://10.99.1.2/", "P P P P P P P P P P P P"),
    ("an address with a star", "10.99.*", "https://10.99.1.2/", "P P P P P P P P P P P P"),
    ("an IPv6 address", "fd00::1", "https://[fd00::1]/", "D D D D D P P D D P D D"),
    ("an IPv6 address in brackets", "[fd00::1]", "https://[fd00::1]/", "P P P P P D D D P X P P"),
    ("an IPv6 network", "fd00::/8", "https://[fd00::1]/", "P D P P D P P P P P D P"),
    (
        "an IPv6 address in another form",
        "fd00:0:0:0:0:0:0:1",
        "https://[fd00::1]/",
        "P D P P D P P P P P D P",
    ),
    ("a blank after the comma", "foo, wiki.corp.test", "https://wiki.corp.test/", "D D D D D D D D D D D D"),
    ("blanks alone", "foo wiki.corp.test", "https://wiki.corp.test/", "D P D P P D D D P P P P"),
    ("a semicolon", "foo;wiki.corp.test", "https://wiki.corp.test/", "P P P P P P P P P P P P"),
    ("a bar", "foo|wiki.corp.test", "https://wiki.corp.test/", "P P P P P P P P P P P P"),
    ("an entry in upper case", "WIKI.CORP.TEST", "https://wiki.corp.test/", "D D D D D D D D D P D D"),
    (
        "an entry with a dot at its end",
        "wiki.corp.test.",
        "https://wiki.corp.test/",
        "D D D P P P P D P D P D",
    ),
    (
        "an entry with a scheme",
        "https://wiki.corp.test",
        "https://wiki.corp.test/",
        "P P P P P P P P P P P P",
    ),
    ("nothing but commas", ",,", "https://wiki.corp.test/", "P P P P P P P P P P P P"),
    ("a comma at the end", "wiki.corp.test,", "https://wiki.corp.test/", "D D D D D D D D D D D D"),
)
"""What a list does to a URL in each column: direct, to the proxy, or an error."""


def route(client: str, url: str, **variables: str) -> Route:
    return DIALECTS[client].prepare({**NODE, **variables})(url)


def letters(url: str, variables: dict[str, str]) -> str:
    return " ".join(LETTERS[route(client, url, **variables).kind] for client in COLUMNS)


def describe(decided: Route) -> str:
    """The route in a few words: the proxy with its password, the entry, or the way it failed."""
    if decided.proxy is not None:
        return decided.proxy.reveal()
    return decided.entry or LETTERS[decided.kind]


def test_each_client_has_a_name_of_its_own() -> None:
    assert [dialect.name for dialect in NATIVE_DIALECTS] == [*COLUMNS, "java"]


@pytest.mark.parametrize(
    ("listed", "url", "expected"), [row[1:] for row in LISTS], ids=[row[0] for row in LISTS]
)
def test_list_decides(listed: str, url: str, expected: str) -> None:
    both = dict.fromkeys(("no_proxy", "NO_PROXY"), listed)
    assert letters(url, {"https_proxy": "http://proxy.test:3128", **both}) == expected


@pytest.mark.parametrize(
    ("variables", "url", "expected"),
    [
        pytest.param({"HTTPS_PROXY": "P"}, WIKI, "P P P D P P P P P P P P", id="https in upper case"),
        pytest.param({"https_proxy": "P"}, WIKI, "P P P P P P P P P P P P", id="https in lower case"),
        pytest.param(
            {"HTTP_PROXY": "P"}, "http://a.test/", "D D D D P P P P P P P D", id="http in upper case"
        ),
        pytest.param(
            {"http_proxy": "P"}, "http://a.test/", "P P P P P P P P P P P P", id="http in lower case"
        ),
        pytest.param({"http_proxy": "P"}, WIKI, "D D D D D P P P D D D D", id="only http, for https"),
        pytest.param(
            {"https_proxy": "P"}, "http://a.test/", "D D D D D D D D D P D D", id="only https, for http"
        ),
        pytest.param({"ALL_PROXY": "P"}, WIKI, "P P P D D D D D D D P P", id="all in upper case"),
        pytest.param({"all_proxy": "P"}, "http://a.test/", "P P P D D D D D D D P P", id="all in lower case"),
        pytest.param(
            {"https_proxy": "", "HTTPS_PROXY": "P"}, WIKI, "P P D D P D D D P P P P", id="empty in lower case"
        ),
        pytest.param(
            {"https_proxy": "P", "no_proxy": "", "NO_PROXY": "*.test,wiki.corp.test"},
            WIKI,
            "D D P P D P P P D D D D",
            id="an empty list in lower case",
        ),
        pytest.param(
            {"https_proxy": "P", "NO_PROXY": "wiki.corp.test"},
            WIKI,
            "D D D P D D D D D D D D",
            id="list in upper case",
        ),
        pytest.param(
            {"http_proxy": "P", "REQUEST_METHOD": "GET"},
            "http://a.test/",
            "P P P P X P P P P P D P",
            id="in a CGI environment",
        ),
    ],
)
def test_variables_decide(variables: dict[str, str], url: str, expected: str) -> None:
    proxied = {name: "http://proxy.test:3128" if value == "P" else value for name, value in variables.items()}
    assert letters(url, proxied) == expected


@pytest.mark.parametrize("client", ["go", "npm", "uv"])
def test_upper_case_wins(client: str) -> None:
    decided = route(client, WIKI, https_proxy="http://a.test:1", HTTPS_PROXY="http://b.test:1")
    assert describe(decided) == "http://b.test:1"


@pytest.mark.parametrize(
    "client", ["curl 7", "curl 8", "git", "cargo", "node 22 fetch", "node 26 fetch", "node https"]
)
def test_lower_case_wins(client: str) -> None:
    decided = route(client, WIKI, https_proxy="http://a.test:1", HTTPS_PROXY="http://b.test:1")
    assert describe(decided) == "http://a.test:1"


NO_PORT: Final = "http://proxy.test"
RAW_AT: Final = "http://u:p@ss@proxy.test:3128"
PROXIES: Final = (
    ("curl 7", NO_PORT, "http://proxy.test:1080"),
    ("curl 8", NO_PORT, "http://proxy.test:80"),
    ("git", NO_PORT, "http://proxy.test:1080"),
    ("wget", NO_PORT, "http://proxy.test:80"),
    ("go", NO_PORT, "http://proxy.test:80"),
    ("uv", NO_PORT, "http://proxy.test:80"),
    ("cargo", NO_PORT, "http://proxy.test:1080"),
    ("npm", NO_PORT, "http://proxy.test:80"),
    ("curl 7", "proxy.test:3128", "http://proxy.test:3128"),
    ("git", "proxy.test:3128", "http://proxy.test:3128"),
    ("wget", "proxy.test:3128", "http://proxy.test:3128"),
    ("go", "proxy.test:3128", "http://proxy.test:3128"),
    ("uv", "proxy.test:3128", "http://proxy.test:3128"),
    ("npm", "proxy.test:3128", "X"),
    ("node 26 fetch", "proxy.test:3128", "X"),
    ("node 22 fetch", "127.0.0.1:3128", "X"),
    ("node https", "HTTP://proxy.test:3128", "D"),
    ("node 26 fetch", "HTTP://proxy.test:3128", "http://proxy.test:3128"),
    ("curl 7", "//proxy.test:3128", "X"),
    ("git", "//proxy.test:3128", "D"),
    ("uv", "//proxy.test:3128", "D"),
    ("go", "//proxy.test:3128", "http://:80"),
    ("wget", "//proxy.test:3128", "X"),
    ("curl 8", "http://proxy.test:3128/p?q", "http://proxy.test:3128"),
    ("go", "http://proxy.test:3128/p?q", "http://proxy.test:3128"),
    ("node 26 fetch", "http://proxy.test:3128/p?q", "X"),
    ("node 22 fetch", "http://proxy.test:3128/", "http://proxy.test:3128"),
    ("curl 7", RAW_AT, "X"),
    ("git", RAW_AT, "http://ss:@proxy.test:3128"),
    ("go", RAW_AT, "http://u:p%40ss@proxy.test:3128"),
    ("uv", RAW_AT, "http://u:p@proxy.test:3128"),
    ("npm", RAW_AT, "http://u:p%40ss@proxy.test:3128"),
    ("node 26 fetch", RAW_AT, "http://u:p%40ss@proxy.test:3128"),
    (
        "curl 7",
        "http://us%40er:p%40ss%3Aw%2F%23%25@proxy.test:3128",
        "http://us%40er:p%40ss%3Aw%2F%23%25@proxy.test:3128",
    ),
    (
        "wget",
        "http://us%40er:p%40ss%3Aw%2F%23%25@proxy.test:3128",
        "http://us%40er:p%40ss%3Aw%2F%23%25@proxy.test:3128",
    ),
    (
        "uv",
        "http://us%40er:p%40ss%3Aw%2F%23%25@proxy.test:3128",
        "http://us%40er:p%40ss%3Aw%2F%23%25@proxy.test:3128",
    ),
    ("uv", "http://DOM\\u:p@proxy.test:3128", "D"),
    ("curl 7", "http://DOM\\u:p@proxy.test:3128", "http://DOM%5Cu:p@proxy.test:3128"),
    ("go", "http://DOM\\u:p@proxy.test:3128", "http://http:80"),
    ("wget", "http://u@proxy.test:3128", "http://proxy.test:3128"),
    ("git", "http://u@proxy.test:3128", "X"),
    ("node 22 fetch", "http://u@proxy.test:3128", "http://proxy.test:3128"),
    ("node 26 fetch", "http://u@proxy.test:3128", "http://u:@proxy.test:3128"),
    ("curl 7", "socks5h://proxy.test", "socks5h://proxy.test:1080"),
    ("wget", "socks5h://proxy.test", "X"),
    ("node 22 fetch", "socks5://proxy.test:1080", "X"),
    ("node 26 fetch", "socks5://proxy.test:1080", "socks5://proxy.test:1080"),
    ("curl 7", " http://proxy.test:3128", "X"),
    ("git", " http://proxy.test:3128", "http://proxy.test:3128"),
    ("uv", " http://proxy.test:3128", "D"),
    ("go", " http://proxy.test:3128", "D"),
    ("npm", " http://proxy.test:3128", "http://proxy.test:3128"),
    ("node https", " http://proxy.test:3128", "D"),
    ("go", "http://proxy.test:3128 ", "http://http:80"),
    ("node 26 fetch", "http://proxy.test:3128\r", "http://proxy.test:3128"),
    ("node https", "http://proxy.test:3128\r", "X"),
    ("cargo", '"http://proxy.test:3128"', "X"),
    ("uv", '"http://proxy.test:3128"', "D"),
)


@pytest.mark.parametrize(("client", "value", "expected"), PROXIES)
def test_proxy_url_is_read(client: str, value: str, expected: str) -> None:
    assert describe(route(client, "https://a.test/", https_proxy=value)) == expected


@pytest.mark.parametrize(
    ("client", "listed", "url", "expected"),
    [
        ("curl 7", "a.test b.test,c.test", "https://c.test/", "c.test"),
        ("curl 8", "a.test b.test,c.test", "https://c.test/", "P"),
        ("curl 8", "a.test ,c.test", "https://c.test/", "c.test"),
        ("curl 7", "127.0.0.1", "https://0x7f.1/", "127.0.0.1"),
        ("curl 7", "127.0.0.1", "https://127.0.0.1./", "127.0.0.1"),
        ("curl 7", "127.0.0.1", "https://0X7F.1/", "127.0.0.1"),
        ("curl 8", "127.0.0.1", "https://0X7F.1/", "P"),
        ("curl 8", "127.0.0.1", "https://127.0.0.1./", "127.0.0.1"),
        ("curl 7", "10.1.2.3/0", "https://10.1.2.4/", "P"),
        ("curl 7", "10.0.0.0/8x", "https://10.1.2.4/", "10.0.0.0/8x"),
        ("curl 8", "10.0.0.0/8x", "https://10.1.2.4/", "P"),
        ("curl 7", "xn--bcher-kva.test", "https://bücher.test/", "xn--bcher-kva.test"),
        ("curl 7", "bücher.test", "https://bücher.test/", "P"),
        ("curl 7", "wiki.corp.test", "https://WIKI.corp.test./", "wiki.corp.test"),
        ("git", "a.test,corp.test", "https://wiki.corp.test/", "corp.test"),
        ("wget", "a.test ,b.test", "https://a.test/", "P"),
        ("wget", "a.test, b.test", "https://b.test/", "b.test"),
        ("wget", "wiki.corp.test", "https://wiki.corp.test./", "P"),
        ("go", "bücher.test", "https://xn--bcher-kva.test/", "bücher.test"),
        ("go", "10.0.0.0/8", "https://[::ffff:10.1.2.3]/", "10.0.0.0/8"),
        ("go", "*,a.test", "https://a.test/", "*"),
        ("go", "LOCALHOST", "https://LOCALHOST/", "LOCALHOST"),
        ("go", "", "https://LOCALHOST/", "P"),
        ("go", "[fd00::1]:443", "https://[fd00::1]/", "[fd00::1]:443"),
        ("uv", "*", "https://10.1.2.3/", "P"),
        ("uv", "127.0.0.1", "https://0x7f.1/", "127.0.0.1"),
        ("uv", "..corp.test", "https://a.corp.test/", "P"),
        ("node 22 fetch", "a.test,*wiki", "https://corpwiki/", "*wiki"),
        ("node 26 fetch", "a.test:8443 corp.test", "https://wiki.corp.test/", "corp.test"),
        ("node 26 fetch", "[fd00::1]:443", "https://[fd00::1]/", "[fd00::1]:443"),
        ("node https", "10.0.0.1-10.0.0.9", "https://10.0.0.5/", "10.0.0.1-10.0.0.9"),
        ("node https", "10.0.0.1-10.0.0.9", "https://10.0.0.10/", "P"),
        ("node https", ".corp.test:443", "https://corp.test/", "P"),
        ("npm", "..corp..test..", "https://wiki.corp.test/", "..corp..test.."),
        ("npm", "127.0.0.1", "https://127.1/", "127.0.0.1"),
        ("npm", "3", "https://10.1.2.3/", "3"),
    ],
)
def test_entry_decides(client: str, listed: str, url: str, expected: str) -> None:
    variables = {"https_proxy": "http://proxy.test:3128", "no_proxy": listed}
    decided = route(client, url, **variables)
    assert (decided.entry or LETTERS[decided.kind]) == expected


@pytest.mark.parametrize("client", ["node 22 fetch", "node 26 fetch", "node https"])
def test_node_that_is_not_told_ignores_the_environment(client: str) -> None:
    decided = DIALECTS[client].prepare({"https_proxy": "http://proxy.test:3128"})("https://a.test/")
    assert (decided.kind, decided.reason) == (RouteKind.DIRECT, "`NODE_USE_ENV_PROXY` is not `1`")


@pytest.mark.parametrize("client", ["node 22 fetch", "node 26 fetch", "node https"])
def test_proxy_that_node_cannot_use_ends_it_for_every_url(client: str) -> None:
    decided = route(client, "https://direct.test/", http_proxy="proxy.test:3128", no_proxy="direct.test")
    assert decided.kind is RouteKind.ERROR


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"npm_config_proxy": "http://own.test:1"}, "http://own.test:1"),
        (
            {"npm_config_https_proxy": "http://own.test:1", "npm_config_proxy": "http://b.test:1"},
            "http://own.test:1",
        ),
        ({"NPM_CONFIG_HTTPS_PROXY": "http://own.test:1"}, "http://own.test:1"),
        ({"npm_config_https_proxy": ""}, "http://proxy.test:3128"),
        ({"npm_config_noproxy": "a.test"}, "a.test"),
        ({"npm_config_noproxy": "b.test", "no_proxy": "a.test"}, "http://proxy.test:3128"),
    ],
)
def test_variables_of_npm_itself_come_first(variables: dict[str, str], expected: str) -> None:
    decided = route("npm", "https://a.test/", https_proxy="http://proxy.test:3128", **variables)
    assert describe(decided) == expected


def test_last_spelling_wins_in_npm() -> None:
    decided = route("npm", "https://a.test/", HTTPS_PROXY="http://a.test:1", https_proxy="http://b.test:1")
    assert describe(decided) == "http://b.test:1"


@pytest.mark.parametrize(("value", "expected"), [("http://own.test:1", "http://own.test:1"), ("", "D")])
def test_variable_of_cargo_itself_comes_first(value: str, expected: str) -> None:
    decided = route("cargo", "https://a.test/", https_proxy="http://proxy.test:3128", CARGO_HTTP_PROXY=value)
    assert describe(decided) == expected


@pytest.mark.parametrize(
    ("options", "url", "expected"),
    [
        (JAVA, "http://a.test/", "http://proxy.test:3128"),
        (JAVA, "https://a.test/", "http://proxy.test:443"),
        ("-Dhttp.proxyHost=proxy.test", "https://a.test/", "D"),
        ("-Dhttps.proxyHost=proxy.test", "https://a.test/", "http://proxy.test:443"),
        ("-DsocksProxyHost=proxy.test", "https://a.test/", "socks5://proxy.test:1080"),
        ("-Dhttp.proxyHost=proxy.test -Dhttp.proxyPort=70000", "http://a.test/", "X"),
        ("-Dhttp.proxyHost=proxy.test -Dhttp.proxyPort=0x50", "http://a.test/", "http://proxy.test:80"),
        (JAVA, "http://localhost/", "localhost"),
        (f"{JAVA} -Dhttp.nonProxyHosts=a.test", "http://localhost/", "localhost"),
        (JAVA, "http://127.9.9.9/", "127.*"),
        (JAVA, "http://[::1]:80/", "[::1]"),
        (f"{JAVA} -Dhttp.nonProxyHosts=", "http://localhost/", "http://proxy.test:3128"),
        (f"{JAVA} -Dhttp.nonProxyHosts=*.corp.test|b.test", "https://wiki.corp.test/", "*.corp.test"),
        (f"{JAVA} '-Dhttp.nonProxyHosts=a.test|B.TEST'", "https://b.test/", "B.TEST"),
        (f"{JAVA} -Dhttp.nonProxyHosts=.corp.test", "https://wiki.corp.test/", "http://proxy.test:443"),
        (f"{JAVA} -Dhttp.nonProxyHosts=10.0.0.0/8", "https://10.1.2.3/", "http://proxy.test:443"),
        (f"{JAVA} -Dhttp.nonProxyHosts=a.test,b.test", "https://b.test/", "http://proxy.test:443"),
        (f"{JAVA} -Dhttp.nonProxyHosts=10.*", "https://10.1.2.3/", "10.*"),
    ],
)
def test_properties_decide_in_java(options: str, url: str, expected: str) -> None:
    assert describe(DIALECTS["java"].prepare({"JAVA_TOOL_OPTIONS": options})(url)) == expected


def test_java_reads_no_proxy_variable() -> None:
    assert route("java", "https://a.test/", https_proxy="http://proxy.test:3128").kind is RouteKind.DIRECT


@pytest.mark.parametrize("client", DIALECTS)
@pytest.mark.parametrize(
    "value",
    [
        *("http://u:hunter2 x@proxy.test:x", "u:hunter2@proxy.test:x", "foo://u:hunter2@proxy.test"),
        *(
            "http://u:hunter2'\"x@proxy.test:99999",
            "http://u:hunter2\n@proxy.test",
            "http://u:hunter2@[proxy",
        ),
    ],
)
def test_password_is_in_no_reason(client: str, value: str) -> None:
    decided = route(client, "https://a.test/", https_proxy=value, http_proxy=value)
    assert "hunter2" not in decided.reason + repr(decided)


@pytest.mark.parametrize("client", DIALECTS)
@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(
            ",".join(f"h{number}.x.test,10.{number % 250}.0.0/16" for number in range(50_000)), id="entries"
        ),
        *(
            pytest.param(text * 200_000, id=f"many times {text!r}")
            for text in ("abcde", ".", ",", " ", "[", "a ")
        ),
    ],
)
def test_huge_list_is_read_in_no_time(client: str, listed: str) -> None:
    java = f"{JAVA} '-Dhttp.nonProxyHosts={listed.replace(',', '|')}'"
    began = time.process_time()
    decide = DIALECTS[client].prepare(
        {**NODE, "https_proxy": "http://proxy.test:3128", "no_proxy": listed, "JAVA_TOOL_OPTIONS": java}
    )
    kinds = {decide(f"https://{host}.test/").kind for host in ("a", "a.b.c.d.e", "x" * 200)}
    assert (kinds <= set(RouteKind), time.process_time() - began < 60) == (True, True)


@given(
    variables=st.dictionaries(
        st.sampled_from(
            (
                "http_proxy",
                "https_proxy",
                "ALL_PROXY",
                "no_proxy",
                "NO_PROXY",
                "JAVA_TOOL_OPTIONS",
                "npm_config_proxy",
            )
        ),
        st.text(
            st.characters(codec=None, exclude_characters="\0") | st.sampled_from(list("[]:/@%.,*#? \udcff0x"))
        ),
    ),
    url=st.text(st.characters() | st.sampled_from(list("[]:/@%.#?0x"))).map(lambda text: f"https://{text}"),
)
def test_nothing_raises(variables: dict[str, str], url: str) -> None:
    for dialect in NATIVE_DIALECTS:
        decided = dialect.prepare({**NODE, **variables})(url)
        assert str(decided.proxy)


@pytest.mark.parametrize(
    ("url", "no_proxy", "letter"),
    [
        ("http://[1000::%25.example.com]:123/", "example.com", "P"),  # direct before 1.24.1
        ("http://[1000::%25.example.com]:123/", "1000::", "D"),
        ("http://[fe80::1%25eth0]/", "fe80::/10", "D"),
        ("http://[::1%25lo]/", "", "D"),
        ("http://[fe80::1%25eth0]/", "eth0", "P"),
    ],
)
def test_a_zone_is_no_domain_to_go(url: str, no_proxy: str, letter: str) -> None:
    route = DIALECTS["go"].prepare({"http_proxy": "http://proxy.test:3128", "no_proxy": no_proxy})
    assert LETTERS[route(url).kind] == letter


@pytest.mark.parametrize(
    ("name", "version", "url", "no_proxy", "letter"),
    [
        ("go", "1.23.4", "http://[1000::%25.example.com]:123/", "example.com", "D"),
        ("go", "1.24.0", "http://[1000::%25.example.com]:123/", "1000::", "P"),
        ("go", "1.23.4", "http://[::1%25.example.com]/", "2.3", "P"),
        ("go", "1.23.4", "http://10.1.2.3/", ".3", "D"),
        ("go", "1.23.4", "http://10.1.2.3/", "10.0.0.0/8", "D"),
        ("go", "1.23.4", "http://[::1]/", "", "D"),
        ("go", "1.23.9", "http://10.1.2.3/", ".3", "P"),
        ("go", "1.24.1", "http://[1000::%25.example.com]:123/", "example.com", "P"),
        ("curl 7", "7.81.0", "https://10.1.2.3/", "10.0.0.0/8", "P"),
        ("curl 7", "7.81.0", "https://10.1.2.3/", ".3", "D"),
        ("curl 7", "7.81.0", "https://10.1.2.3/", "10.1.2.3", "D"),
        ("curl 7", "7.81.0", "https://wiki.corp.test/", "corp.test.", "P"),
        ("curl 7", "7.81.0", "https://wiki.corp.test/", "a.test Corp.test", "D"),
        ("curl 7", "7.81.0", "https://wiki.corp.test/", "*", "D"),
        ("curl 7", "7.88.1", "https://10.1.2.3/", "10.0.0.0/8", "D"),
        ("git", "7.81.0", "https://10.1.2.3/", "10.0.0.0/8", "P"),
        ("git", "7.81.0", "https://wiki.corp.test/", "corp.test", "D"),
        ("git", "8.5.0", "https://10.1.2.3/", "10.0.0.0/8", "D"),
    ],
)
def test_an_earlier_version_reads_otherwise(
    name: str, version: str, url: str, no_proxy: str, letter: str
) -> None:
    dialect, proxy = DIALECTS[name], "http://proxy.test:3128"
    older = dialect.older
    assert older is not None
    prepare = older.prepare if older.holds_for(split_version(version)) else dialect.prepare
    route = prepare({"http_proxy": proxy, "https_proxy": proxy, "no_proxy": no_proxy})
    assert LETTERS[route(url).kind] == letter
