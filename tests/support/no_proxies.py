"""Strategies for what people mean to be direct, and for URLs that often nearly match."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from proxyenv.model.no_proxy import (
    Address,
    Domain,
    Everything,
    ExactHost,
    NoProxy,
    NoProxyEntry,
    PlainNames,
    Subnet,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

LABELS = st.sampled_from(["a", "corp", "example", "x-y", "xn--bcher-kva", "a1"])
NAMES = st.lists(LABELS, min_size=1, max_size=3).map(".".join)
PORTS = st.sampled_from([None, None, None, 80, 443, 4200, 8443])
ADDRESSES = st.sampled_from(
    [
        "10.0.0.1",
        "10.1.2.3",
        "127.0.0.1",
        "127.8.8.8",
        "192.168.7.9",
        "8.8.8.8",
        "::1",
        "fd00::1",
        "2001:db8::5",
    ]
).map(ipaddress.ip_address)
NETWORKS = st.one_of(
    st.tuples(ADDRESSES, st.integers(0, 31)),
    st.tuples(ADDRESSES.filter(lambda address: address.version == 6), st.integers(32, 127)),
).map(lambda pair: ipaddress.ip_network(pair, strict=False))

RULES = st.one_of(
    st.builds(ExactHost, st.one_of(NAMES, st.just("localhost")), PORTS),
    st.builds(Domain, NAMES, st.booleans(), PORTS),
    st.builds(Address, ADDRESSES, PORTS),
    st.builds(Subnet, NETWORKS),
    st.just(PlainNames()),
)
"""Everything but :class:`Everything`, which would hide all else."""


def make_no_proxy(rules: Sequence[object]) -> NoProxy:
    entries = (NoProxyEntry(rule, str(rule), "asked") for rule in rules)  # type: ignore[arg-type]
    return join(NoProxy(tuple(entries)))


NO_PROXIES = st.one_of(
    st.lists(RULES, max_size=5), st.lists(st.one_of(RULES, st.just(Everything())), min_size=1, max_size=2)
).map(make_no_proxy)

_HOSTS = st.one_of(
    NAMES,
    NAMES.map(lambda name: f"www.{name}"),
    NAMES.map(lambda name: f"x{name}"),
    NAMES.map(lambda name: f"{name}."),
    NAMES.map(str.upper),
    ADDRESSES.map(lambda address: f"[{address}]" if address.version == 6 else str(address)),
    st.sampled_from(["localhost", "[::ffff:10.1.2.3]", "[0:0:0:0:0:0:0:1]", "10.255.255.255", "plain"]),
)
URLS = st.tuples(
    st.sampled_from(["http://", "https://"]),
    _HOSTS,
    st.sampled_from(["", "", ":80", ":443", ":4200", ":8443"]),
).map(lambda parts: "".join(parts) + "/")
