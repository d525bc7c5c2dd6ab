"""The environment that every client shall have."""

from __future__ import annotations

import pytest

from proxyenv.decide.direct_routes import DirectRoutes
from proxyenv.decide.proxies import Proxies
from proxyenv.decide.variables import make_variables
from proxyenv.model.proxy_url import parse_proxy_url
from support.machines import make_host

BUNDLE = "/home/ada/.local/share/proxyenv/ca-bundle.pem"
ROUTES = DirectRoutes((), (), (), ("localhost",), (), (), ())


def make(url: str, *, has_anchors: bool = True) -> dict[str, str | None]:
    proxy = parse_proxy_url(url, source="the test")
    made = make_variables(make_host().layout, Proxies(proxy, proxy), ROUTES, has_anchors=has_anchors)
    return {variable.name: variable.value for variable in made}


def test_git_is_told_the_roots_for_a_proxy_that_speaks_tls() -> None:
    assert make("https://proxy.test:3129")["GIT_PROXY_SSL_CAINFO"] == BUNDLE


@pytest.mark.parametrize(
    ("url", "has_anchors"),
    [
        pytest.param("http://proxy.test:3128", True, id="a-plain-proxy"),
        pytest.param("https://proxy.test:3129", False, id="no-ca-of-ours"),
    ],
)
def test_git_is_not_told_what_it_does_not_need(url: str, has_anchors: bool) -> None:
    assert "GIT_PROXY_SSL_CAINFO" not in make(url, has_anchors=has_anchors)


def test_every_variable_is_said_once_with_both_cases_alike() -> None:
    made = make("http://proxy.test:3128")
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        assert made[name] == made[name.upper()]
