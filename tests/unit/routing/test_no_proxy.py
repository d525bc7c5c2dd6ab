from __future__ import annotations

import httpx
import pytest
from httpx._utils import URLPattern
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.errors import UsageError
from proxyenv.routing.no_proxy import find_bypass, is_internal, normalise, render_pattern, split_entries


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        pytest.param("a,b", ("a", "b"), id="commas"),
        pytest.param(" a b\tc\n", ("a", "b", "c"), id="blanks"),
        pytest.param("a;b|c", ("a", "b", "c"), id="what Windows writes"),
        pytest.param(",,a,,", ("a",), id="empty items"),
        pytest.param('"a,b"', ("a", "b"), id="quotes"),
        pytest.param("", (), id="nothing"),
    ],
)
def test_split_entries(text: str, entries: tuple[str, ...]) -> None:
    assert split_entries(text) == entries


@pytest.mark.parametrize(
    ("entry", "entries"),
    [
        pytest.param("localhost", ("localhost",), id="a name"),
        pytest.param("Host.Corp.", ("host.corp",), id="upper case and a final dot"),
        pytest.param("*.corp.example", ("corp.example", ".corp.example"), id="a wildcard"),
        pytest.param("*corp.example", ("corp.example",), id="a wildcard without a dot"),
        pytest.param("b\u00fccher.example", ("xn--bcher-kva.example",), id="a name beyond ASCII"),
        pytest.param(".corp.example", ("corp.example", ".corp.example"), id="a domain"),
        pytest.param("[::1]", ("::1",), id="IPv6 in brackets, on which httpx raises"),
        pytest.param("::1/128", ("::1",), id="a network of one address"),
        pytest.param("fd00::/8", (), id="an IPv6 network, on which httpx raises"),
        pytest.param("10.0.0.0/8", ("10.0.0.0/8",), id="an IPv4 network"),
        pytest.param("10.1.2.3/8", ("10.0.0.0/8",), id="a network with host bits"),
        pytest.param("10.", (), id="an address prefix"),
        pytest.param("10.*", (), id="an address pattern"),
        pytest.param("<local>", (), id="Windows' word for names without dots"),
        pytest.param("host:8080", ("host:8080",), id="a port"),
        pytest.param("http://host.corp/x", ("host.corp",), id="a URL"),
        pytest.param("*", ("*",), id="everything"),
    ],
)
def test_normalise(entry: str, entries: tuple[str, ...]) -> None:
    assert normalise((entry,)).entries == entries


def test_everything_swallows_the_rest() -> None:
    assert normalise(("a", "*", "b")).entries == ("*",)


def test_what_is_dropped_is_said() -> None:
    (note,) = normalise(("fd00::/8",)).notes
    assert note == (
        "NO_PROXY entry `fd00::/8`: dropped, since an IPv6 network makes every httpx client raise; "
        "name the hosts"
    )


@pytest.mark.parametrize(
    "entry", ["a b", "host:http", "[::1]:80", "**", "a/b", "a,b", "-x", "\x00", ".", "a\u2028b"]
)
def test_normalise_refuses(entry: str) -> None:
    with pytest.raises(UsageError) as caught:
        normalise((entry,))
    assert caught.value.code == "no-proxy-invalid"


LABELS = st.sampled_from(["a", "corp", "example", "localhost", "x-y", "1", "10"])
NAMES = st.lists(LABELS, min_size=1, max_size=3).map(".".join)
ADDRESSES = st.sampled_from(
    ["10.0.0.1", "127.0.0.1", "::1", "[::1]", "fd00::1", "10.0.0.0/8", "fd00::/8", "10.", "*"]
)
PORTS = st.sampled_from(["", "", ":80", ":443", ":8080"])
ENTRIES = st.lists(
    st.one_of(ADDRESSES, st.tuples(st.sampled_from(["", ".", "*."]), NAMES, PORTS).map("".join)), max_size=5
)
URLS = st.tuples(
    st.sampled_from(["http://", "https://"]),
    st.one_of(NAMES, st.sampled_from(["10.0.0.1", "10.0.0.0", "[::1]", "[fd00::1]", "127.0.0.1"])),
    PORTS,
).map("".join)


def _httpx_goes_direct(monkeypatch: pytest.MonkeyPatch, entries: tuple[str, ...], url: str) -> bool:
    with monkeypatch.context() as patch:
        patch.setenv("HTTP_PROXY", "http://proxy.invalid:1")
        patch.setenv("HTTPS_PROXY", "http://proxy.invalid:1")
        patch.setenv("NO_PROXY", ",".join(entries))
        with httpx.Client(verify=CONTEXT) as client:
            return client._transport_for_url(httpx.URL(url)) is client._transport


CONTEXT = httpx.create_ssl_context()


@given(ENTRIES, URLS)
def test_find_bypass_is_what_httpx_does(entries: list[str], url: str) -> None:
    normalised = normalise(tuple(entries)).entries
    with pytest.MonkeyPatch.context() as patch:
        assert (find_bypass(normalised, url) is not None) == _httpx_goes_direct(patch, normalised, url)


@given(ENTRIES)
def test_render_pattern_is_what_httpx_makes_of_an_entry(entries: list[str]) -> None:
    normalised = normalise(tuple(entries)).entries
    if "*" in normalised:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", ",".join(normalised))
        with httpx.Client(verify=CONTEXT) as client:
            made = {(pattern.scheme, pattern.host, pattern.port) for pattern in client._mounts}
        ours = [URLPattern(render_pattern(entry)) for entry in normalised]
        assert {(pattern.scheme, pattern.host, pattern.port) for pattern in ours} == made


def test_httpx_raises_on_a_bracketed_address() -> None:
    """The fact that brackets are taken off for; when this fails, they may stay."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "[::1]")
        with pytest.raises(httpx.InvalidURL):
            httpx.Client(verify=CONTEXT)


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        pytest.param("10.1.2.3", (), id="RFC 1918"),
        pytest.param("fd00::1", (), id="unique local"),
        pytest.param("prefect", (), id="no dot"),
        pytest.param("prefect.local", (), id="a domain for local use"),
        pytest.param("prefect.corp.example", ("10.1.2.3",), id="a name that resolves to a private address"),
    ],
)
def test_is_internal(host: str, addresses: tuple[str, ...]) -> None:
    assert is_internal(host, addresses)


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        pytest.param("api.prefect.cloud", ("104.18.0.1",), id="a public name"),
        pytest.param("prefect.corp.example", (), id="a name that only the proxy can resolve"),
        pytest.param(
            "prefect.corp.example", ("10.1.2.3", "104.18.0.1"), id="a name with a public address as well"
        ),
        pytest.param("8.8.8.8", (), id="a public address"),
    ],
)
def test_is_not_internal(host: str, addresses: tuple[str, ...]) -> None:
    assert not is_internal(host, addresses)
