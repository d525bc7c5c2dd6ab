from __future__ import annotations

from ipaddress import IPv6Network

import pytest
from hypothesis import example, given

from proxyenv.model.no_proxy import NoProxy, Subnet
from proxyenv.no_proxy.entries import parse_no_proxy
from proxyenv.no_proxy.matcher import Matcher
from proxyenv.no_proxy.regions import find_region, is_meant, make_examples
from support.no_proxies import NO_PROXIES, RULES, URLS, make_no_proxy

LIST = "corp.example,exact:8443,10.0.0.0/8,10.1.2.3:80,fd00::/8,[::1],localhost"


@pytest.mark.parametrize(
    ("url", "entry"),
    [
        pytest.param("https://corp.example/", "corp.example", id="the apex"),
        pytest.param("https://a.b.corp.example:99/", "corp.example", id="below, at any port"),
        pytest.param("https://CORP.example./", "corp.example", id="upper case and a final dot"),
        pytest.param("https://xcorp.example/", None, id="a name that ends like it"),
        pytest.param("https://exact:8443/", "exact:8443", id="its port"),
        pytest.param("https://exact/", None, id="another port"),
        pytest.param("https://www.exact:8443/", None, id="below an exact name"),
        pytest.param("http://10.9.9.9/", "10.0.0.0/8", id="in a network"),
        pytest.param("http://[::ffff:10.9.9.9]/", "10.0.0.0/8", id="in IPv6 clothes"),
        pytest.param("http://10.1.2.3/", "10.0.0.0/8", id="the first entry decides"),
        pytest.param("http://[fd12::1]/", "fd00::/8", id="in an IPv6 network"),
        pytest.param("http://[0:0:0::1]/", "[::1]", id="an address spelled otherwise"),
        pytest.param("http://127.0.0.1/", None, id="the address of a name"),
        pytest.param("http://localhost/", "localhost", id="the name"),
    ],
)
def test_what_is_meant_to_be_direct(url: str, entry: str | None) -> None:
    found = Matcher(parse_no_proxy(LIST, source="x")).find_entry(url)
    assert (found.text if found else None) == entry


def test_everything_and_plain_names() -> None:
    assert Matcher(parse_no_proxy("*", source="x")).find_entry("http://[::2]/")
    plain = Matcher(parse_no_proxy("<local>", source="x"))
    assert plain.find_entry("http://printer/")
    assert not plain.find_entry("http://printer.corp/")
    assert not plain.find_entry("http://10.0.0.1/")


@given(RULES)
@example(Subnet(IPv6Network("::/80")))
def test_each_example_lies_in_its_region_and_is_direct_where_it_is_meant(rule: object) -> None:
    matcher = Matcher(make_no_proxy([rule]))
    for region, urls in make_examples(rule).items():  # type: ignore[arg-type]
        for url in urls:
            assert find_region(rule, url) is region  # type: ignore[arg-type]
            assert (matcher.find_entry(url) is not None) is is_meant(rule, region)  # type: ignore[arg-type]


@given(NO_PROXIES, URLS)
def test_the_index_finds_what_walking_the_list_finds(no_proxy: NoProxy, url: str) -> None:
    walked = next(
        (
            entry
            for entry in no_proxy.entries
            if (region := find_region(entry.rule, url)) is not None and is_meant(entry.rule, region)
        ),
        None,
    )
    assert Matcher(no_proxy).find_entry(url) == walked
