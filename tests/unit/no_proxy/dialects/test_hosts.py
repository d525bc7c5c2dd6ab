from __future__ import annotations

import ipaddress

import pytest

from proxyenv.no_proxy.dialects.hosts import find_loose_ipv4


@pytest.mark.parametrize(
    ("text", "address"),
    [
        pytest.param("127.0.0.1", "127.0.0.1", id="four octets"),
        pytest.param("127.1", "127.0.0.1", id="two parts"),
        pytest.param("2130706433", "127.0.0.1", id="one number"),
        pytest.param("0177.0x0.0.01", "127.0.0.1", id="octal and hexadecimal"),
        pytest.param("0" * 60 + "177.1", "127.0.0.1", id="many zeros before octal"),
        pytest.param("0x" + "0" * 60 + "7f.1", "127.0.0.1", id="many zeros before hexadecimal"),
        pytest.param("037777777777", "255.255.255.255", id="the largest in octal"),
    ],
)
def test_inet_aton_reads_it_too(text: str, address: str) -> None:
    assert str(ipaddress.IPv4Address(find_loose_ipv4(text) or 0)) == address


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("1..2", id="an empty part"),
        pytest.param("1.2.3.4.5", id="five parts"),
        pytest.param("256.1", id="an octet too large"),
        pytest.param("1.16777216", id="a last part too large"),
        pytest.param("08", id="no octal number"),
        pytest.param("0x", id="a prefix alone"),
        pytest.param("9" * 5000, id="as long as no number is"),
    ],
)
def test_no_address(text: str) -> None:
    assert find_loose_ipv4(text) is None


def test_a_prefix_alone_is_zero_by_the_url_standard() -> None:
    assert find_loose_ipv4("1.0x", bare_prefix=True) == 1 << 24


def test_curl_takes_a_small_x_alone() -> None:
    assert find_loose_ipv4("0X7f.1", upper_case_prefix=False) is None
