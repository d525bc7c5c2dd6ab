from __future__ import annotations

import string
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import InvalidProxy

from proxyenv.errors import UsageError
from proxyenv.model.proxy_url import (
    ProxyURL,
    describe_proxy,
    find_websocket_url,
    is_masked,
    names_port,
    parse_proxy_url,
)
from proxyenv.model.shown import hide_credentials
from proxyenv.model.url import holds_credentials, quote_location, show_location, show_path, show_source

try:
    from websockets.proxy import parse_proxy
except ImportError:  # before websockets 16
    from websockets.uri import parse_proxy  # type: ignore[attr-defined,no-redef,unused-ignore]


@pytest.mark.parametrize(
    ("text", "revealed"),
    [
        pytest.param("http://proxy.corp:3128", "http://proxy.corp:3128", id="as it should be"),
        pytest.param("proxy.corp:3128", "http://proxy.corp:3128", id="no scheme"),
        pytest.param(
            "localhost:8080", "http://localhost:8080", id="no scheme and a name that looks like one"
        ),
        pytest.param("//proxy.corp:3128", "http://proxy.corp:3128", id="an empty scheme"),
        pytest.param("HTTP://Proxy.Corp:3128/", "http://proxy.corp:3128", id="upper case and a final slash"),
        pytest.param("http://proxy.corp:3128/x?y", "http://proxy.corp:3128", id="a path"),
        pytest.param(" 'http://proxy.corp:3128'\r\n", "http://proxy.corp:3128", id="quotes and blanks"),
        pytest.param("http://proxy.corp", "http://proxy.corp:80", id="no port"),
        pytest.param("https://proxy.corp", "https://proxy.corp:443", id="no port, TLS"),
        pytest.param("http://[0:0::1]:3128", "http://[::1]:3128", id="IPv6"),
        pytest.param("http://bücher.example:1", "http://xn--bcher-kva.example:1", id="a name beyond ASCII"),
        pytest.param("http://u:p%40ss@h:1", "http://u:p%40ss@h:1", id="an encoded password"),
        pytest.param("http://u:p@ss@h:1", "http://u:p%40ss@h:1", id="a raw @"),
        pytest.param("http://u:a/b#c?d@h:1", "http://u:a%2Fb%23c%3Fd@h:1", id="raw / # ?"),
        pytest.param("http://u:100%@h:1", "http://u:100%25@h:1", id="a raw %"),
        pytest.param("http://DOM\\u:p@h:1", "http://DOM%5Cu:p@h:1", id="a domain user"),
        pytest.param("http://u@h:1", "http://u:@h:1", id="a user without a password"),
    ],
)
def test_parse_proxy_url_accepts(text: str, revealed: str) -> None:
    assert parse_proxy_url(text).reveal() == revealed


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("http://jdoe:****@proxy:1", id="as proxyenv shows it"),
        pytest.param("http://****@proxy:1", id="as proxyenv shows a URL that it does not know"),
        pytest.param("jdoe:***@proxy:1", id="without a scheme"),
        pytest.param("http://jdoe:%2A%2A%2A%2A@proxy:1", id="percent-encoded, as it was once saved"),
        pytest.param("http://jdoe:•••••@proxy:1", id="bullets"),
        pytest.param("http://jdoe:●●●@proxy:1", id="large bullets"),
        pytest.param("http://jdoe:xxxxx@proxy:1", id="as Go shows it"),
        pytest.param("http://jdoe:<redacted>@proxy:1", id="as git shows it"),
        pytest.param("http://jdoe:[REDACTED]@proxy:1", id="in capitals"),
    ],
)
def test_a_masked_password_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_proxy_url(text)
    assert caught.value.code == "password-masked"


@pytest.mark.parametrize("password", ["a****", "**", "xxxx", "redacted1", "*a*a*"])
def test_a_password_that_looks_like_a_mask_is_accepted(password: str) -> None:
    assert parse_proxy_url(f"http://jdoe:{password}@proxy:1").password == password


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        pytest.param("https://jdoe:****@ca.test/ca.pem", True, id="a password"),
        pytest.param("https://****@ca.test/ca.pem", True, id="both"),
        pytest.param("https://jdoe:geheim@ca.test/ca.pem", False, id="a real one"),
        pytest.param("https://ca.test/a/****@b", False, id="in the path"),
        pytest.param("https://ca.test/ca.pem", False, id="none"),
    ],
)
def test_a_masked_url_is_known(url: str, masked: bool) -> None:
    assert is_masked(url) == masked


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("ftp://proxy:21", "scheme `ftp`", id="not a proxy's scheme"),
        pytest.param("socks5h://proxy:1080", "scheme `socks5h`", id="SOCKS"),
        pytest.param("http://wpad.corp/proxy.pac", "auto-configuration", id="a PAC file"),
        pytest.param("", "host name", id="nothing"),
        pytest.param("http://", "host name", id="a scheme alone"),
        pytest.param("http://:3128", "host name", id="a port alone"),
        pytest.param("http://proxy:0", "port", id="port 0"),
        pytest.param("http://proxy:65536", "port", id="a port too large"),
        pytest.param("http://proxy:80a", "port", id="a port that is no number"),
        pytest.param("http://proxy:٣", "port", id="a digit beyond ASCII"),
        pytest.param("http://::1:3128", "more than one `:`", id="IPv6 without brackets"),
        pytest.param("http://[::1:3128", "without its `]`", id="a bracket too few"),
        pytest.param("http://[::zz]:3128", "IPv6", id="no address in the brackets"),
        pytest.param("http://pro xy:3128", "host name", id="a blank in the name"),
        pytest.param("http://00.0.0.0:3128", "malformed IPv4", id="a leading zero"),
        pytest.param("http://10.0.0.256:3128", "malformed IPv4", id="a number too large"),
        pytest.param("http:/proxy.corp:3128", "lacks `//` after `http:`", id="a slash too few"),
        pytest.param("http:proxy.corp:3128", "lacks `//` after `http:`", id="no slash at all"),
        pytest.param("HTTPS:[fd00::1]:3128", "lacks `//` after `https:`", id="no slash before an address"),
        pytest.param("http:3128", "names the host `http`", id="a scheme for a host"),
        pytest.param("http://https:3128", "names the host `https`", id="a scheme for a name"),
        pytest.param("http://http://proxy:8080", "has a scheme twice", id="two schemes"),
        pytest.param("https://http:/proxy:8080", "has a scheme twice", id="two schemes, a slash too few"),
        pytest.param("http://none", "says `none`", id="none"),
        pytest.param("null", "says `null`", id="null"),
        pytest.param("false", "says `false`", id="false"),
        pytest.param("http://DIRECT/", "says `DIRECT`", id="DIRECT"),
        pytest.param("off", "says `off`", id="off"),
        pytest.param("http://none:Zq7vXj3", "the proxy URL says `none`, which", id="none, and a password"),
        pytest.param("0", "says `0`", id="a zero"),
        pytest.param(
            "http://p:1 https_proxy=http://p:1 no_proxy=localhost",
            "more than one assignment: `https_proxy`, `no_proxy` too",
            id="three assignments",
        ),
        pytest.param("http://p:1\nexport HTTPS_PROXY=http://p:1", "`https_proxy` too", id="two lines"),
        pytest.param("http://p:1:2", "more than one `:`", id="two ports"),
        pytest.param("socks5h://p:1080", "scheme `socks5h`", id="SOCKS"),
        pytest.param("http//proxy.corp:3128", "misspelt", id="no colon"),
        pytest.param("3128", "host name", id="a port and nothing else"),
        pytest.param("http://proxy:00000199999999", "port", id="a long port"),
        pytest.param("http://u:\udcff@proxy:1", "UTF-8", id="bytes that are no text"),
        pytest.param("http://-x:3128", "host name", id="a name that starts with a hyphen"),
        pytest.param("http://:secret@h:1", "no user name", id="a password alone"),
        pytest.param("http://u%0a:p@h:1", "control character", id="a line break in the user name"),
        pytest.param("http://u%3Ax:p@h:1", "RFC 7617", id="a colon in the user name"),
    ],
)
def test_parse_proxy_url_refuses(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_proxy_url(text)
    assert caught.value.code == "proxy-url-invalid"
    assert message in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        *("http://u:hunter2@", "http://u:hunter2@pro xy:1", "ftp://u:hunter2@h", "http://u:hunter2@h:x"),
        *("http://null:hunter2", "http://null:hunter2@pro xy:1", "none:hunter2\uff20h", "off:hunter2@h:x"),
    ],
)
def test_no_message_shows_the_password(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_proxy_url(text)
    assert "hunter2" not in caught.value.message + (caught.value.hint or "")
    assert "hunter2" not in describe_proxy(text)


def test_only_reveal_shows_the_password() -> None:
    proxy = parse_proxy_url("http://user:hunter2@proxy:1")
    assert str(proxy) == "http://user:****@proxy:1"
    assert "hunter2" not in repr(proxy)
    assert proxy.reveal() == "http://user:hunter2@proxy:1"


@pytest.mark.parametrize("text", ["http://hunter2:@proxy:1", "http://hunter2@proxy:1", "hunter2@proxy:1"])
def test_a_user_without_a_password_may_be_a_token_and_is_the_secret(text: str) -> None:
    proxy = parse_proxy_url(text)
    assert (proxy.sensitive, proxy.secret) == (True, "hunter2")
    assert (str(proxy), repr(proxy)) == ("http://****:@proxy:1", "ProxyURL('http://****:@proxy:1')")
    assert describe_proxy(text) == "http://****:@proxy:1"
    assert proxy.reveal() == "http://hunter2:@proxy:1"


def test_a_proxy_without_credentials_has_no_secret() -> None:
    proxy = parse_proxy_url("http://proxy:1")
    assert (proxy.sensitive, proxy.secret, str(proxy)) == (False, "", "http://proxy:1")


PASSWORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
USERS = st.text(string.ascii_letters + "@\\.-+$&!", min_size=1, max_size=8)


@given(USERS, PASSWORDS)
def test_revealing_and_parsing_again_is_the_identity(user: str, password: str) -> None:
    proxy = ProxyURL("http", "proxy.corp", 3128, user, password)
    assert parse_proxy_url(proxy.reveal()) == proxy


@given(USERS, PASSWORDS)
def test_httpx_reads_the_credentials_that_were_meant(user: str, password: str) -> None:
    proxy = ProxyURL("http", "proxy.corp", 3128, user, password)
    assert httpx.Proxy(proxy.reveal()).raw_auth == (user.encode(), password.encode())


@given(USERS, PASSWORDS)
def test_websockets_reads_the_credentials_that_were_meant_or_none_are_offered(
    user: str, password: str
) -> None:
    proxy = ProxyURL("http", "proxy.corp", 3128, user, password)
    url = find_websocket_url(proxy)
    if url is not None:
        parsed = parse_proxy(url)
        assert (parsed.host, parsed.port, parsed.username, parsed.password) == (
            "proxy.corp",
            3128,
            user,
            password,
        )


@pytest.mark.parametrize(
    ("password", "url"),
    [
        pytest.param("plain", "http://u:plain@h:1", id="nothing to encode"),
        pytest.param("p@ss", "http://u:p@ss@h:1", id="a raw @ is understood"),
        pytest.param("a/b", None, id="a slash ends the authority"),
        pytest.param("a#b", None, id="a hash ends the authority"),
    ],
)
def test_find_websocket_url(password: str, url: str | None) -> None:
    assert find_websocket_url(ProxyURL("http", "h", 1, "u", password)) == url


def test_websockets_below_17_does_not_decode_credentials() -> None:
    """The fact that `WSS_PROXY` is written for; when this fails, it can go."""
    assert parse_proxy("http://u:p%40ss@h:1").password == "p%40ss"


def test_websockets_wants_a_scheme() -> None:
    """The fact that scheme-less proxies are normalised for."""
    with pytest.raises(InvalidProxy):
        parse_proxy("proxy.corp:3128")


@given(st.text(max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        proxy = parse_proxy_url(text)
    except UsageError:
        return
    parts = urlsplit(proxy.reveal())
    assert (parts.hostname, parts.port) == (proxy.host, proxy.port)
    httpx.Proxy(proxy.reveal())


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("proxy.corp:3128", True, id="no scheme"),
        pytest.param(" 'http://proxy.corp:80/' ", True, id="quotes and a path"),
        pytest.param("http://u:1@[::1]:3128", True, id="IPv6"),
        pytest.param("proxy.corp", False, id="a host alone"),
        pytest.param("http://u:123@proxy.corp", False, id="a password of figures"),
        pytest.param("http://[::1]", False, id="IPv6 alone"),
        pytest.param("http://proxy.corp:/", False, id="an empty port"),
    ],
)
def test_whether_a_port_is_named(text: str, named: bool) -> None:
    assert names_port(text) is named


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("http://proxy.test:3128", "http://proxy.test:3128", id="no credentials"),
        pytest.param("http://ada:geheim@p.test", "http://****@p.test", id="a plain one"),
        pytest.param('https://ada:ge he"im@p.test', "https://****@p.test", id="a blank and a quote"),
        pytest.param("https://ada:ge`he'im@p.test/x", "https://****@p.test/x", id="a backtick"),
        pytest.param("http://ada:ge@he@im@p.test", "http://****@p.test", id="raw at signs"),
        pytest.param("ada:ge heim@p.test", "****@p.test", id="no scheme"),
        pytest.param("ada:geheim@p.test http://eva:zwei@q.test", "****@q.test", id="two of them"),
        pytest.param("http://ada:http://geheim@p.test", "http://****@p.test", id="a scheme in the password"),
        pytest.param("http://ada:ge/he#im@p.test", "http://****", id="a slash and a hash"),
    ],
)
def test_a_password_is_not_shown(text: str, shown: str) -> None:
    assert show_location(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://pac.test/proxy.pac", "http://pac.test/proxy.pac"),
        ("http://pac.test/proxy.pac?token=geheim&v=2", "http://pac.test/proxy.pac?token=****&v=****"),
        ("http://pac.test/?geheim", "http://pac.test/?****"),
        ("http://pac.test/?a=b=c#d?e", "http://pac.test/?a=****"),
        ("http://ada:geheim@pac.test/?x=1", "http://****@pac.test/?x=****"),
        ("http://pac.test/?user=ada@corp.test&token=geheim", "http://pac.test/?user=****&token=****"),
        ("http://ada:ge?heim=@pac.test/x", "http://****"),
        ("file:///home/ada/proxy.pac?x=geheim", "file:///home/ada/proxy.pac?x=****"),
        ("/home/ada/what?.pac", "/home/ada/what?.pac"),
        ("api.test:4200/api?token=geheim", "api.test:4200/api?token=****"),
        ("no URL: https://api.test/?token=ge heim", "no URL: https://api.test/?token=****"),
        ("ada:ge?heim=@pac.test/x", "****"),
        ("https://ada:ge@heim@api.test/x?key=ge@heim", "https://****"),
        ("https://ada:ge?heim@api.test/x?key=ge?heim", "https://****"),
    ],
)
def test_the_location_of_a_file_is_shown_without_tokens(text: str, shown: str) -> None:
    assert show_location(text) == shown


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("http://ada:geheim@pac.test/", True),
        ("http://token@pac.test/", True),
        ("http://pac.test/?user=ada@corp.test", False),
        ("http://pac.test/@team/proxy.pac", False),
    ],
)
def test_an_at_behind_the_host_is_no_password(url: str, answer: bool) -> None:
    assert holds_credentials(url) is answer


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        pytest.param(
            "no `http://a:b c@d.test`", ("http://a:b c@d.test",), "no `http://****@d.test`", id="as typed"
        ),
        pytest.param("no `/x/http:/a:b@d`", ("http://a:b@d",), "no `/x/http:/****@d`", id="made a path"),
        pytest.param("no `a:b@d:443`", ("a:b@d:443",), "no `****@d:443`", id="without a scheme"),
        pytest.param("no `ada@d.test`", ("ada@d.test",), "no `ada@d.test`", id="a name alone is none"),
        pytest.param("no `tok`", ("--client=https://tok@d",), "no `****`", id="a token as the name"),
        pytest.param("`ls 'a:b'\"'\"'c'`", ("http://a:b'c@d",), "`ls '****'`", id="as a shell quotes it"),
        pytest.param("no `/x?t=geheim`", ("--ca=http://d/x?t=geheim",), "no `/x?t=****`", id="a token"),
        pytest.param("no `what?`", ("what?a",), "no `what?`", id="no query"),
        pytest.param("no `http://a:b?c@d`", ("http://a:b?c@d",), "no `http://****`", id="a `?` in it"),
        pytest.param(
            "no `http://a:b@c@d/x?k=b@c`", ("http://a:b@c@d/x?k=b@c",), "no `http://****`", id="an `@` in it"
        ),
        pytest.param("no `@`", ("@", "://@", "a"), "no `@`", id="nothing before it"),
    ],
)
def test_a_message_does_not_repeat_credentials(text: str, words: tuple[str, ...], shown: str) -> None:
    assert hide_credentials(text, words) == shown


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/ada@corp/ca.pem", "/home/ada@corp/ca.pem"),
        ("C:/Users/ada@corp/ca.pem", "C:/Users/ada@corp/ca.pem"),
        ("https://ada:geheim@d.test/ca.pem", "https://****@d.test/ca.pem"),
        ("/home/ada/https:/ada:geheim@d.test/ca.pem", "/home/ada/https:/****@d.test/ca.pem"),
        ("/home/ada/https:/d.test/ca.pem?t=geheim", "/home/ada/https:/d.test/ca.pem?t=****"),
        ("/home/ada/https:/ada:ge?heim@d.test/ca.pem?t=ge?heim", "/home/ada/https:/****"),
        ("/home/ada/https:/d.test#geheim/profiles.toml", "/home/ada/https:/d.test#****"),
        ("/home/ada/https:/d.test?geheim/profiles.toml", "/home/ada/https:/d.test?****"),
        ("/home/ada/socks5:/geheim@d.test:1/x", "/home/ada/socks5:/****@d.test:1/x"),
        ("https:/geheim@d.test:1/x", "https:/****@d.test:1/x"),
        ('"http://ada:geheim z@localhost:9"', '"http://****@localhost:9"'),
        ("//ada:geheim@d.test", "****@d.test"),
        ("x https://ada:geheim@d.test", "x https://****@d.test"),
        ("/x?token=geheim", "/x?token=****"),
        ("/home/ada@corp/what?.pem", "/home/ada@corp/what?.pem"),
        ("/home/ada@corp/x/c:d.toml", "/home/ada@corp/x/(8 characters)"),
        ("/home/ada@corp/eva:geheim", "/home/ada@corp/(10 characters)"),
        ("/home/ada/https:/eva:geheim", "/home/ada/(17 characters)"),
        ("eva:geheim/x", "(12 characters)"),
        ("//eva:geheim/x", "(14 characters)"),
    ],
)
def test_a_path_is_shown_and_a_url_in_its_place_is_masked(path: str, shown: str) -> None:
    assert show_path(path) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/ada@corp.test/p.pac", "/home/ada@corp.test/p.pac"),
        ("C:\\Users\\ada@corp.test\\p.pac", "C:\\Users\\ada@corp.test\\p.pac"),
        ("file:///home/ada@corp.test/p.pac", "file:///home/ada@corp.test/p.pac"),
        ("FILE:///home/ada@corp.test/p.pac?x=geheim", "FILE://****@corp.test/p.pac?x=****"),
        ("http://pac.test/p.pac", "http://pac.test/p.pac"),
        ("http://ada:geheim@pac.test/p.pac", "http://****@pac.test/p.pac"),
        ("HTTPS://geheim@pac.test/p.pac", "HTTPS://****@pac.test/p.pac"),
        ("http://pac.test/p.pac?t=geheim", "http://pac.test/p.pac?t=****"),
        ("/home/ada/http:/eva:geheim@pac.test/p.pac", "/home/ada/http:/****@pac.test/p.pac"),
        ("file:///eva:geheim@pac.test", "file://****@pac.test"),
        ("//eva:geheim@pac.test", "****@pac.test"),
        ("eva:geheim@pac.test/p.pac", "****@pac.test/p.pac"),
        ("geheim@pac.test", "****@pac.test"),
    ],
)
def test_what_says_where_a_file_is_may_be_a_path_or_a_url(text: str, shown: str) -> None:
    assert show_source(text) == shown


def test_a_path_with_an_at_sign_can_be_typed() -> None:
    assert quote_location("/home/ada@corp.test/p.pac") == "/home/ada@corp.test/p.pac"
    assert quote_location("geheim@corp.test/p.pac") == "URL"


def test_a_host_as_a_client_reads_it_shows_no_part_of_a_password() -> None:
    proxy = ProxyURL("http", "cret@proxy.corp.test", 3128, "ada", "se")  # of `ada:se@cret@proxy.corp.test`
    assert str(proxy) == "http://****@proxy.corp.test:3128"
    assert "cret" not in repr(proxy)


@pytest.mark.parametrize(
    ("password", "said", "shown"),
    [
        pytest.param("p@ss/word", "it is p@ss/word", "it is ****", id="as it is"),
        pytest.param("p@ss/word", "http://ada:p%40ss%2fword@h", "http://ada:****@h", id="percent-encoded"),
        pytest.param("p@ss/word", "p%40ss/word", "****", id="but for the slash"),
        pytest.param("p@ss/word", "Basic YWRhOnBAc3Mvd29yZA==", "Basic ****", id="as Basic sends it"),
        pytest.param("geh\u00e4im", "gehim, geh?im, geh??im", "****, ****, ****", id="made ASCII"),
        pytest.param("\u6f22\u5b57a", "what? a", "what? a", id="too little is left in ASCII"),
        pytest.param(None, "nothing", "nothing", id="no password"),
        pytest.param("e", "the e of http://ada:e@h", "the e of http://ada:****@h", id="a letter"),
        pytest.param("pwd", "Basic YWRhOnB3ZA==, pwd", "Basic ****, pwd", id="short, as Basic sends it"),
        pytest.param("geh\u00e4im", "geh\u00c3\u00a4im", "****", id="read as Latin-1"),
    ],
)
def test_a_password_is_masked_however_it_is_spelt(password: str | None, said: str, shown: str) -> None:
    assert ProxyURL("http", "h", 1, "ada", password).mask(said) == shown


def test_a_short_token_without_a_password_is_masked_in_urls_alone() -> None:
    proxy = ProxyURL("http", "h", 1, "tok", "")
    assert proxy.mask("tok: http://tok:@h http://tok@h dG9rOg==") == "tok: http://****:@h http://****@h ****"
