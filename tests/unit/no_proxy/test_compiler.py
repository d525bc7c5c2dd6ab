from __future__ import annotations

from ipaddress import ip_address, ip_network
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from proxyenv.model.no_proxy import Address, Domain, ExactHost, Subnet
from proxyenv.model.route import RouteKind
from proxyenv.no_proxy.compiler import Compiled, add_known_hosts, compile_no_proxy, spell, spell_for_java
from proxyenv.no_proxy.dialects.table import DIALECTS
from proxyenv.no_proxy.entries import parse_no_proxy
from proxyenv.no_proxy.gaps import make_environment
from proxyenv.no_proxy.matcher import Matcher
from proxyenv.no_proxy.regions import Region, is_meant, make_examples

if TYPE_CHECKING:
    from proxyenv.model.no_proxy import Rule
    from proxyenv.no_proxy.dialects.dialect import Dialect


@pytest.mark.parametrize(
    ("text", "value", "java"),
    [
        pytest.param("localhost", "localhost", "localhost", id="a plain name"),
        pytest.param(
            "*.corp.example", "corp.example,.corp.example", "corp.example|*.corp.example", id="a domain"
        ),
        pytest.param("*.corp.example;b", ".corp.example,b", "*.corp.example|b", id="patterns"),
        pytest.param("[::1]", "::1", "[::1]", id="IPv6 in brackets, on which httpx raises"),
        pytest.param("fd00::/8", "", "", id="an IPv6 network, on which httpx raises"),
        pytest.param("10.0.0.0/8", "10.0.0.0/8", "10.*", id="an IPv4 network"),
        pytest.param("10.6.0.0/15", "10.6.0.0/15", "10.6.*|10.7.*", id="a network between octets"),
        pytest.param(
            "10.7.0.8/31", "10.7.0.8,10.7.0.9,10.7.0.8/31", "10.7.0.8|10.7.0.9", id="a small network"
        ),
        pytest.param("fd00::8/127", "fd00::8,fd00::9", "[fd00::8]|[fd00::9]", id="a small IPv6 network"),
        pytest.param("h.corp:8443", "h.corp:8443,.h.corp:8443", "h.corp|*.h.corp", id="a port"),
        pytest.param("a,*", "*", "*", id="everything swallows the rest"),
        pytest.param(
            "b\u00fccher.example", "", "xn--bcher-kva.example|*.xn--bcher-kva.example", id="punycode"
        ),
        pytest.param("<local>", "", "", id="names without a dot"),
        pytest.param("a,a,A", "a", "a", id="each once"),
    ],
)
def test_what_is_written(text: str, value: str, java: str) -> None:
    compiled = compile_no_proxy(parse_no_proxy(text, source="x"))
    assert (compiled.value, "|".join(compiled.java)) == (value, java)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        pytest.param("corp.example,10.0.0.0/8", {}, id="nothing more to say"),
        pytest.param("fd00::/8,a", {"no_grpc_proxy": "fd00::/8,a"}, id="gRPC knows IPv6 networks"),
        pytest.param(
            "b\u00fc",
            {"npm_config_noproxy": "xn--b-eha", "no_grpc_proxy": "xn--b-eha"},
            id="a name in punycode",
        ),
    ],
)
def test_a_client_with_a_variable_of_its_own_is_told_more(text: str, own: dict[str, str]) -> None:
    assert dict(compile_no_proxy(parse_no_proxy(text, source="x")).own) == own


def test_known_hosts_in_a_network_are_named() -> None:
    meant = parse_no_proxy("10.0.0.0/8", source="x")
    known = {"db.corp.example": [ip_address("10.1.2.3")], "www.example": [ip_address("93.184.216.34")]}
    added = add_known_hosts(meant, known)
    assert compile_no_proxy(added).value == "10.0.0.0/8,db.corp.example,10.1.2.3"
    assert added.entries[1].reason == "`10.1.2.3` lies in `10.0.0.0/8`"


def candidates(rule: Rule) -> tuple[str, ...]:
    """Every spelling that somebody uses."""
    port = getattr(rule, "port", None)
    end = f":{port}" if port else ""
    match rule:
        case ExactHost() | Domain():
            return tuple(f"{head}{rule.name}{tail}" for tail in {end, ""} for head in ("", ".", "*."))
        case Address():
            bare = rule.address.compressed
            texts = {bare, f"{bare}/{rule.address.max_prefixlen}"}
            return tuple(
                sorted(texts | ({f"[{bare}]", f"[{bare}]{end}"} if ":" in bare else {f"{bare}{end}"}))
            )
        case _:
            return ("10.0.0.0/8", "10.", "10.*", ".10", "*.10") if "10.0" in str(rule) else (str(rule), "fd")


def score(entries: tuple[str, ...], rule: Rule, dialects: tuple[Dialect, ...]) -> tuple[int, int, int, int]:
    """No crash first, then clients that are right where it matters, then wherever, then brevity."""
    environment = make_environment(Compiled(entries, spell_for_java(rule)))
    crashes = right_clients = right_places = 0
    for dialect in dialects:
        router = dialect.prepare(environment)
        right = {}
        for region, urls in make_examples(rule).items():
            wanted = RouteKind.DIRECT if is_meant(rule, region) else RouteKind.PROXIED
            kinds = {router(url).kind for url in urls[:2]}
            crashes += RouteKind.ERROR in kinds
            right[region] = kinds == {wanted}
        places = {Region.ITSELF, Region.APEX, Region.IMPLIED_PORT, Region.OTHER_PORT}
        right_clients += all(right[region] for region in right if region in places or is_below(rule, region))
        right_places += sum(right.values())
    return -crashes, right_clients, right_places, -len(entries)


def is_below(rule: Rule, region: Region) -> bool:
    return isinstance(rule, Domain) and region is Region.BELOW


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(ExactHost("plain"), id="a plain name"),
        pytest.param(ExactHost("host.corp.example"), id="an exact name"),
        pytest.param(ExactHost("host.corp.example", 8443), id="an exact name at a port"),
        pytest.param(Domain("corp.example"), id="a domain with its apex"),
        pytest.param(Domain("corp.example", apex=False), id="a domain without its apex"),
        pytest.param(Domain("corp.example", port=8443), id="a domain at a port"),
        pytest.param(Address(ip_address("10.1.2.3")), id="an IPv4 address"),
        pytest.param(Address(ip_address("10.1.2.3"), 8443), id="an IPv4 address at a port"),
        pytest.param(Address(ip_address("fd00::5")), id="an IPv6 address"),
        pytest.param(Address(ip_address("fd00::5"), 8443), id="an IPv6 address at a port"),
        pytest.param(Subnet(ip_network("10.0.0.0/8")), id="an IPv4 network"),
        pytest.param(Subnet(ip_network("fd00::/8")), id="an IPv6 network"),
        pytest.param(ExactHost("xn--bcher-kva.example"), id="a name in punycode"),
    ],
)
def test_no_set_of_spellings_is_better(rule: Rule) -> None:
    offered = candidates(rule)
    sets = [chosen for size in range(3) for chosen in combinations(offered, size)]
    best = max(score(entries, rule, DIALECTS) for entries in sets)
    assert score(spell(rule), rule, DIALECTS) == best, max(
        sets, key=lambda entries: score(entries, rule, DIALECTS)
    )


def test_small_networks_are_spelled_out_only_while_a_variable_can_hold_them() -> None:
    few = ",".join(f"10.{number}.0.0/28" for number in range(10))
    assert len(compile_no_proxy(parse_no_proxy(few, source="x")).entries) == 170
    many = ",".join(f"10.{number >> 8}.{number & 255}.0/28" for number in range(1000))
    assert len(compile_no_proxy(parse_no_proxy(many, source="x")).entries) == 1000


@pytest.mark.parametrize("host", ["10.1.2.3", "192.168.0.255", "8.8.8.8", "host.corp.test", "other.test"])
def test_the_ends_of_all_addresses_keep_every_route(host: str) -> None:
    text = ",".join((*(f".{number}" for number in range(256)), "host.corp.test"))
    written = compile_no_proxy(parse_no_proxy(text, source="x")).value
    proxies = {"http_proxy": "http://p.test:1", "https_proxy": "http://p.test:1"}
    for dialect in DIALECTS:
        before, after = (
            dialect.prepare({**proxies, "no_proxy": value, "NO_PROXY": value})(f"https://{host}/")
            for value in (text, written)
        )
        assert after.kind is before.kind, (dialect.name, before, after)


def test_the_end_of_addresses_is_meant_for_addresses() -> None:
    matcher = Matcher(parse_no_proxy(".3,.0.7", source="x"))
    found = {
        host: matcher.find_entry(f"https://{host}/") is not None for host in ("1.2.0.3", "1.2.0.7", "1.2.3.7")
    }
    assert found == {"1.2.0.3": True, "1.2.0.7": True, "1.2.3.7": False}
