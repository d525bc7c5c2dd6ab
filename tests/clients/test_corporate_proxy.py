"""The proxy of the other tests is as strict as a corporate one: else they would prove little."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from proxyenv.demo.stage import empty_environment
from proxyenv.no_proxy.derivation import LOOPBACK
from support.machine import require_client

if TYPE_CHECKING:
    from pathlib import Path

    from support.mitmproxy import CorporateNetwork

pytestmark = pytest.mark.slow


def answer(network: CorporateNetwork, home: Path, url: str, *options: str) -> tuple[int, str]:
    """curl's exit status, and the statuses of the CONNECT and of the request."""
    proxy = ("--proxy", f"http://localhost:{network.proxy.port}")
    shown = ("--silent", "--output", "/dev/null", "--write-out", "%{http_connect} %{http_code}")
    command = [require_client("curl"), *proxy, *shown, *options, url]
    done = subprocess.run(
        command, env=dict(empty_environment(home)), capture_output=True, text=True, timeout=200, check=False
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("url", "statuses"),
    [
        pytest.param("http://127.0.0.1:8000/", "000 403", id="loopback-address"),
        pytest.param("http://localhost:8000/", "000 403", id="loopback-name"),
        pytest.param("http://[::1]:8000/", "000 403", id="loopback-address-of-ipv6"),
        pytest.param("https://127.0.0.1/", "403 000", id="loopback-in-a-tunnel"),
        pytest.param("https://origin.demo.test:8443/", "403 000", id="unusual-connect-port"),
        pytest.param("http://elsewhere.demo.test/", "000 502", id="unknown-name"),
        pytest.param("https://elsewhere.demo.test/", "502 000", id="unknown-name-in-a-tunnel"),
    ],
)
def test_proxy_refuses(corporate_network: CorporateNetwork, tmp_path: Path, url: str, statuses: str) -> None:
    assert answer(corporate_network, tmp_path, url)[1] == statuses


def test_proxy_intercepts(corporate_network: CorporateNetwork, tmp_path: Path) -> None:
    url, ca = "https://origin.demo.test/uuid", str(corporate_network.proxy.ca)
    assert answer(corporate_network, tmp_path, url, "--cacert", ca) == (0, "200 200")


def test_client_without_the_ca_refuses_the_proxy(corporate_network: CorporateNetwork, tmp_path: Path) -> None:
    certificate_not_trusted = 60
    status, statuses = answer(corporate_network, tmp_path, "https://origin.demo.test/uuid")
    assert (status, statuses) == (certificate_not_trusted, "200 000")


def test_curl_reaches_the_address_of_every_interface_directly_where_it_is_named(
    corporate_network: CorporateNetwork, tmp_path: Path
) -> None:
    url, others = "http://0.0.0.0:9/", "localhost,127.0.0.1,::1"
    assert answer(corporate_network, tmp_path, url, "--noproxy", others)[1] == "000 403"
    written = ",".join(map(str, LOOPBACK))
    assert answer(corporate_network, tmp_path, url, "--noproxy", written)[1] == "000 000"
