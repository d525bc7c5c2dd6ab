from __future__ import annotations

import pytest

from proxyenv.errors import UsageError
from proxyenv.model.no_proxy import NoProxy
from proxyenv.no_proxy.advice import advise, read_no_proxy
from proxyenv.no_proxy.dialects.table import DIALECTS
from proxyenv.no_proxy.entries import parse_no_proxy
from proxyenv.no_proxy.truth_table import make_table, make_urls, parse_host

PROXY = "http://proxy.corp.example:3128"
BOTH = dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"), PROXY)


def make_environment(no_proxy: str, **more: str) -> dict[str, str]:
    return {**BOTH, "no_proxy": no_proxy, "NO_PROXY": no_proxy, **more}


def kinds(environment: dict[str, str], url: str) -> dict[str, str]:
    (row,) = make_table(environment, [url], DIALECTS).rows
    return {cell.client: cell.route.kind.value for cell in row.cells}


def test_a_network_parts_the_clients() -> None:
    found = kinds(make_environment("10.0.0.0/8"), "https://10.1.2.3/")
    assert {
        name: found[name] for name in ("httpx", "requests", "urllib", "websockets", "curl 8", "go", "uv")
    } == {
        "httpx": "proxied",
        "requests": "direct",
        "urllib": "proxied",
        "websockets": "proxied",
        "curl 8": "direct",
        "go": "direct",
        "uv": "direct",
    }


def test_a_bracket_fails_httpx_on_every_host() -> None:
    found = kinds(make_environment("[::1]"), "https://www.example/")
    assert [name for name, kind in found.items() if kind == "error"] == ["httpx"]


def test_websockets_is_asked_for_a_websocket() -> None:
    (row,) = make_table(make_environment(""), ["http://lan:4200/"], DIALECTS).rows
    assert {cell.client: cell.url for cell in row.cells}["websockets"] == "ws://lan:4200/"


def test_clients_that_need_another_switch_do_not_count() -> None:
    table = make_table(make_environment(""), ["https://www.example/"], DIALECTS)
    assert table.idle >= {"urllib3", "java", "node 26 fetch", "node https"}
    assert table.differences == ()
    switched = make_table(make_environment("", NODE_USE_ENV_PROXY="1"), ["https://www.example/"], DIALECTS)
    assert "node 26 fetch" not in switched.idle


def test_a_client_that_misses_the_proxy_counts() -> None:
    table = make_table({"ALL_PROXY": PROXY}, ["https://www.example/"], DIALECTS)
    assert len(table.differences) == 1
    assert "urllib" not in table.idle


@pytest.mark.parametrize(
    ("text", "url"),
    [
        pytest.param("db.corp", "https://db.corp/", id="a name"),
        pytest.param("db.corp:5432", "https://db.corp:5432/", id="a port"),
        pytest.param("10.0.0.1", "https://10.0.0.1/", id="an address"),
        pytest.param("::1", "https://[::1]/", id="an IPv6 address"),
        pytest.param("[::1]:80", "https://[::1]:80/", id="an IPv6 address with a port"),
        pytest.param("http://lan:4200/api", "http://lan:4200/api", id="a URL"),
    ],
)
def test_parse_host(text: str, url: str) -> None:
    assert parse_host(text) == url


def test_no_password_is_quoted_however_odd_the_url_that_holds_it() -> None:
    for odd in ("http://user:pa#ss/word@p:1", "u:S3cretPW/x@p:1", "http://u:S3cretPW", "ftp://u:S3cretPW@p"):
        for environment in (dict.fromkeys(BOTH, odd), make_environment(odd), {"ALL_PROXY": odd}):
            table = make_table(environment, ["https://www.example/"], DIALECTS)
            reasons = " ".join(cell.route.reason for cell in table.rows[0].cells)
            assert "S3cretPW" not in reasons
            assert "user:pa" not in reasons


@pytest.mark.parametrize(
    "value",
    [
        "http://proxy:3128/?token=Fish7x",
        "http://proxy:3128/#Fish7x",
        "http://proxy:3128/t/Fish7x",
        "http:///t/Fish7x?token=Fish7x",
        "foo://proxy/?token=Fish7x",
        "proxy?token=Fish7x",
        "http://pro xy/?token=Fish7x",
        "http://proxy:3128;user=bob;password=Fish7x",
        "http://bob%3AFish7x%40proxy:3128",
    ],
)
def test_no_token_of_a_proxy_is_quoted_in_a_reason(value: str) -> None:
    environment = dict.fromkeys((*BOTH, "all_proxy"), value)
    rows = make_table(environment, ["https://a.b/", "http://a.b/"], DIALECTS).rows
    said = "\n".join(f"{cell.client}: {cell.route}" for row in rows for cell in row.cells)
    assert "proxy" in said
    assert "fish7x" not in said.lower()


@pytest.mark.parametrize(
    ("options", "via"),
    [
        ("-Dhttps.proxyHost=http://bob:Fish7x", "(28 characters)"),
        ("-Dhttps.proxyHost=bob:Fish7x -Dhttps.proxyPort=3128", "(22 characters)"),
        ("-Dhttps.proxyHost=http://bob%3AFish7x%40proxy", "(38 characters)"),
        ("-Dhttps.proxyHost=proxy?token=Fish7x", "http://proxy?token=****"),
        ("-Dhttps.proxyHost=proxy", "http://proxy:443"),
        ("-Dhttps.proxyHost=[::1]", "http://[::1]:443"),
    ],
)
def test_what_java_takes_for_a_host_shows_no_password(options: str, via: str) -> None:
    (row,) = make_table({"JAVA_TOOL_OPTIONS": options}, ["https://a.b/"], DIALECTS).rows
    (shown,) = (str(cell.route.proxy) for cell in row.cells if cell.client == "java")
    assert shown == via


def test_a_scheme_in_upper_case_is_one() -> None:
    (row,) = make_table(make_environment(".http.test"), [parse_host("HTTPS://a.http.test/")], DIALECTS).rows
    assert {cell.url for cell in row.cells} == {"https://a.http.test/", "wss://a.http.test/"}


@pytest.mark.parametrize(
    "text",
    ["", "a b", "ftp://x", "x:port", "\udcff", "http://u:p@h", "a\x07"],
)
def test_parse_host_refuses(text: str) -> None:
    with pytest.raises(UsageError):
        parse_host(text)


def test_a_url_for_each_entry() -> None:
    listed = parse_no_proxy("corp.example,10.0.0.0/8,[::1],db:80,fd00::/8", source="x")
    assert make_urls(listed, most=9) == (
        "https://corp.example/",
        "https://www.corp.example/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://db:80/",
        "https://[fd00::1]/",
    )
    assert make_urls(listed, most=1) == ("https://corp.example/", "https://www.corp.example/")


def advice(environment: dict[str, str], *urls: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    given = advise(environment, make_table(environment, urls, DIALECTS), DIALECTS)
    return given.lines, given.left


def test_where_all_agree_there_is_no_advice() -> None:
    assert advice(make_environment("corp.example,.corp.example"), "https://a.corp.example/") == ((), ())


def test_a_list_that_clients_read_differently_is_written_anew() -> None:
    lines, left = advice(
        make_environment("*.corp.example"), "https://a.corp.example/", "https://corp.example/"
    )
    assert lines == (
        "export no_proxy=localhost,127.0.0.1,::1,0.0.0.0,corp.example,.corp.example",
        "export NO_PROXY=localhost,127.0.0.1,::1,0.0.0.0,corp.example,.corp.example",
    )
    assert left == ()


def test_naming_the_host_is_tried_before_it_is_advised() -> None:
    _, left = advice(make_environment("10.0.0.0/8"), "https://10.1.2.3/")
    assert left[0].endswith("name `10.1.2.3` in NO_PROXY, and all agree")
    _, left = advice(make_environment("::1"), "https://[::1]/")
    assert left[0].endswith("no list changes that")


def test_one_case_of_a_variable_is_not_enough_and_no_password_is_shown() -> None:
    proxy = "http://user:secret@proxy.corp.example:3128"
    lines, _ = advice({"HTTPS_PROXY": proxy, "HTTP_PROXY": proxy}, "http://www.example/")
    assert lines[:2] == ('export http_proxy="$HTTP_PROXY"', 'export https_proxy="$HTTPS_PROXY"')
    assert "secret" not in "".join(lines)


def test_a_scheme_is_added() -> None:
    lines, left = advice(dict.fromkeys(BOTH, "proxy.corp.example:3128"), "https://www.example/")
    assert lines[:2] == ('export http_proxy="http://$http_proxy"', 'export HTTP_PROXY="$http_proxy"')
    assert left == ()


def test_a_jvm_that_has_a_proxy_gets_its_own_list() -> None:
    java = "-Dhttps.proxyHost=proxy.corp.example -Dhttps.proxyPort=3128 -Dhttp.nonProxyHosts=a"
    listed = "corp.example,.corp.example,10.0.0.0/8"
    lines, left = advice(make_environment(listed, JAVA_TOOL_OPTIONS=java), "https://a.corp.example/")
    assert lines[-1] == (
        'export JAVA_TOOL_OPTIONS="$JAVA_TOOL_OPTIONS '
        '-Dhttp.nonProxyHosts=localhost|127.0.0.1|[::1]|0.0.0.0|corp.example|*.corp.example|10.*"'
    )
    assert left == ()


def test_what_the_shell_does_not_have_is_written_out() -> None:
    judged = {"HTTPS_PROXY": PROXY}
    table = make_table(judged, ["https://www.example/"], DIALECTS)
    lines = advise(judged, table, DIALECTS, shell={}).lines
    assert lines[0] == f"export https_proxy={PROXY}"
    padded = {"HTTPS_PROXY": f" {PROXY} "}
    assert advise(padded, make_table(padded, ["https://a/"], DIALECTS), DIALECTS).lines[0] == lines[0]


def test_both_cases_of_a_list_are_read_together() -> None:
    assert [str(rule) for rule in read_no_proxy({"no_proxy": "a", "NO_PROXY": "b"}).rules] == ["a", "b"]
    assert read_no_proxy({}) == NoProxy()


@pytest.mark.parametrize("text", ["\u00e9..example", "\u00e9" * 64, "a..b", "-x", "1.2.3.4.5"])
def test_an_odd_host_gets_an_answer(text: str) -> None:
    table = make_table(make_environment("10.0.0.0/8"), [parse_host(text)], DIALECTS)
    advise(make_environment("10.0.0.0/8"), table, DIALECTS)
