from __future__ import annotations

import pytest
from hypothesis import given, settings

from proxyenv.model.no_proxy import NoProxy  # noqa: TC001 - hypothesis reads the annotation
from proxyenv.model.route import RouteKind
from proxyenv.no_proxy.compiler import compile_no_proxy, may_differ
from proxyenv.no_proxy.dialects.table import DIALECTS
from proxyenv.no_proxy.entries import parse_no_proxy
from proxyenv.no_proxy.gaps import find_gaps, make_environment, render_excesses, render_losses
from proxyenv.no_proxy.matcher import Matcher
from support.no_proxies import NO_PROXIES, URLS


@settings(max_examples=100, deadline=None)
@given(NO_PROXIES, URLS)
def test_each_client_goes_where_it_is_meant_to_or_is_named_in_a_gap(no_proxy: NoProxy, url: str) -> None:
    """No silent third case, and no compiled list on which a client fails."""
    environment = make_environment(compile_no_proxy(no_proxy))
    gaps = find_gaps(no_proxy, DIALECTS)
    meant = RouteKind.DIRECT if Matcher(no_proxy).find_entry(url) else RouteKind.PROXIED
    for dialect in DIALECTS:
        kind = dialect.prepare(environment)(url).kind
        assert kind is not RouteKind.ERROR, (dialect.name, url)
        assert kind is meant or any(gap.client == dialect.name and gap.covers(url) for gap in gaps), (
            f"{dialect.name}: {kind}, meant {meant}"
        )


def losses(text: str) -> list[str]:
    return list(render_losses(find_gaps(parse_no_proxy(text, source="x"), DIALECTS)))


@pytest.mark.parametrize(
    "text", ["localhost", "corp.example", "*.corp.example", "10.1.2.3", "127.0.0.1", "a_b.c"]
)
def test_what_every_client_can_be_told_loses_nothing(text: str) -> None:
    assert not any(may_differ(rule) for rule in parse_no_proxy(text, source="x").rules)
    assert losses(text) == []


@pytest.mark.parametrize(
    "text", ["10.0.0.0/8", "fd00::/8", "fd00::5", "a:80", "10.1.2.3:80", "<local>", "b\u00fc"]
)
def test_what_some_client_cannot_be_told_is_said(text: str) -> None:
    assert all(may_differ(rule) for rule in parse_no_proxy(text, source="x").rules)
    assert losses(text) != []


def test_what_goes_direct_besides_is_said() -> None:
    gaps = find_gaps(parse_no_proxy("bank.example;x", source="x"), DIALECTS)
    (sentence,) = [text for text in render_excesses(gaps) if "bank" in text]
    assert sentence.startswith("`bank.example`: aiohttp, botocore, cargo, curl 7")
    assert sentence.endswith("reach the names below it directly too")
