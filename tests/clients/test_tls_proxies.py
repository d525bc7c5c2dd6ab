"""Proxies that themselves speak TLS: which clients can use one, and where they take their roots for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
import trustme

from proxyenv.catalog.clients.table import tls_proxy_variables
from proxyenv.demo.stage import empty_environment
from support.matrix_clients import find_driver
from support.matrix_programs import AIOHTTP, PERL, PHP_CURL, RUBY, URLLIB, R
from support.matrix_world import IN_STORE, make_store
from support.mounts import may_mount
from support.proxies import ProxyServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

pytestmark = pytest.mark.slow

SECONDS: Final = 60
(TLS_PROXY_ROOTS,) = tls_proxy_variables()


class Company(NamedTuple):
    """A proxy that itself speaks TLS, and its CA as a file and as an operating system's store."""

    proxy: ProxyServer
    ca: Path
    store: Path
    home: Path

    def asked(self, command: Sequence[str], variables: Sequence[str]) -> list[str]:
        """Which tunnels a client asks for that has the CA in these variables."""
        subprocess.run(
            command,
            env={
                **empty_environment(self.home),
                "GIT_CONFIG_NOSYSTEM": "1",
                "https_proxy": f"https://localhost:{self.proxy.port}",
                **dict.fromkeys(variables, str(self.ca)),
            },
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        return list(self.proxy.connects())


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with ProxyServer(tls_ca=ca) as proxy:
        yield Company(proxy, tmp_path / "ca.pem", make_store(tmp_path / "store", (ca,)), tmp_path)


@pytest.mark.parametrize(
    ("client", "command", "told", "untold"),
    [
        pytest.param(
            "git-gnutls",
            ["git", "ls-remote", "https://a.test/"],
            ("GIT_SSL_CAINFO", TLS_PROXY_ROOTS),
            ("GIT_SSL_CAINFO",),
            id="git",
        ),
        pytest.param(
            "perl",
            ["perl", "-MLWP::UserAgent", "-e", PERL, "https://a.test/"],
            ("PERL_LWP_ENV_PROXY", "PERL_LWP_SSL_CA_FILE"),
            ("PERL_LWP_ENV_PROXY", "SSL_CERT_FILE"),
            id="perl",
        ),
    ],
)
def test_a_variable_names_the_roots_for_a_proxy_that_speaks_tls(
    client: str, command: list[str], told: tuple[str, ...], untold: tuple[str, ...], company: Company
) -> None:
    find_driver(client).require()
    assert company.asked(command, untold) == []
    assert company.asked(command, told) == ["a.test:443"]


@pytest.mark.parametrize(
    ("client", "command"),
    [
        pytest.param("curl", ["curl", "-q", "-sS", "https://a.test/"], id="curl"),
        pytest.param("php-curl", ["php", "-r", PHP_CURL, "https://a.test/"], id="php-curl"),
        pytest.param("r", ["Rscript", "-e", R, "https://a.test/"], id="r"),
    ],
)
def test_the_store_alone_counts_for_a_proxy_that_speaks_tls(
    client: str, command: list[str], company: Company
) -> None:
    find_driver(client).require()
    if not may_mount():
        pytest.skip("needs a mount namespace of its own")
    assert company.asked(command, ("SSL_CERT_FILE", "CURL_CA_BUNDLE")) == []
    in_store = ["unshare", "--mount", "sh", "-c", IN_STORE, str(company.store), *command]
    assert company.asked(in_store, ()) == ["a.test:443"]


@pytest.mark.parametrize(
    ("client", "command"),
    [
        pytest.param("wget", ["wget", "-qO-", "--tries=1", "--no-config", "https://a.test/"], id="wget"),
        pytest.param("ruby", ["ruby", "-ropen-uri", "-e", RUBY, "https://a.test/"], id="ruby"),
        pytest.param("urllib", [sys.executable, "-c", URLLIB, "https://a.test/"], id="urllib"),
        pytest.param("aiohttp", [sys.executable, "-c", AIOHTTP, "https://a.test/"], id="aiohttp"),
    ],
)
def test_no_root_helps_to_a_proxy_that_speaks_tls(client: str, command: list[str], company: Company) -> None:
    find_driver(client).require()
    assert company.asked(command, ("SSL_CERT_FILE",)) == []
