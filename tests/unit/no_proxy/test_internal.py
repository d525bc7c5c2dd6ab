from __future__ import annotations

import pytest

from proxyenv.no_proxy.internal import is_internal


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
def test_what_is_internal(host: str, addresses: tuple[str, ...]) -> None:
    assert is_internal(host, addresses)


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        pytest.param("93.184.216.34", (), id="a public address"),
        pytest.param("api.prefect.cloud", (), id="a name that does not resolve"),
        pytest.param("api.prefect.cloud", ("10.1.2.3", "93.184.216.34"), id="one of its addresses is public"),
    ],
)
def test_what_is_not(host: str, addresses: tuple[str, ...]) -> None:
    assert not is_internal(host, addresses)
