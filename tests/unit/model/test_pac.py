"""What a PAC file returns, entry by entry."""

from __future__ import annotations

import pytest

from proxyenv.model.pac import list_variants, parse_entries


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("", ["DIRECT"]),
        ("DIRECT", ["DIRECT"]),
        (" direct ; ", ["DIRECT"]),
        ("PROXY a.test", ["PROXY a.test:80"]),
        ("PROXY A.test:8080", ["PROXY a.test:8080"]),
        ("proxy\ta.test:1;HTTPS b.test", ["PROXY a.test:1", "HTTPS b.test:443"]),
        ("HTTP a.test", ["HTTP a.test:80"]),
        ("SOCKS a; SOCKS4 b; SOCKS5 c:9", ["SOCKS a:1080", "SOCKS4 b:1080", "SOCKS5 c:9"]),
        ("PROXY [2001:DB8::1]:3128", ["PROXY [2001:db8::1]:3128"]),
        ("PROXY a.test:99999", ["DIRECT"]),
        ("PROXY a.test:0; DIRECT", ["DIRECT"]),
        ("PROXY http://a.test:1; PROXY b.test:2", ["PROXY b.test:2"]),
        ("QUIC a.test:1; PROXY b.test:2", ["PROXY b.test:2"]),
        ("PROXY", ["DIRECT"]),
        ("a.test:8080", ["DIRECT"]),
        ("PROXY ada:secret@a.test:1", ["DIRECT"]),
    ],
)
def test_entries_are_read_as_chromium_reads_them(text: str, entries: list[str]) -> None:
    assert [str(each) for each in parse_entries(text)] == entries


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("PROXY a.test", "http://a.test:80"),
        ("HTTPS a.test", "https://a.test:443"),
        ("PROXY [2001:db8::1]:3128", "http://[2001:db8::1]:3128"),
        ("SOCKS5 a.test", "None"),
        ("DIRECT", "None"),
    ],
)
def test_a_proxy_is_named_as_variables_name_it(text: str, proxy: str) -> None:
    assert str(parse_entries(text)[0].proxy) == proxy


def test_both_schemes_and_the_own_port_are_asked_about() -> None:
    assert list_variants(("http://prefect.test:4200/api",)) == (
        "http://prefect.test/",
        "https://prefect.test/",
        "http://prefect.test:4200/",
        "http://a-host-that-no-list-names.example/",
        "https://a-host-that-no-list-names.example/",
    )
