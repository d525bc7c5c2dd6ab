"""The real mitmproxy, as a corporate proxy in front of names that exist only behind it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.demo.intercepting_proxy import InterceptingProxy, Network, ensure_mitmproxy, start_proxy
from proxyenv.demo.origin import DemoOrigin, start_origin
from proxyenv.demo.stage import ORIGIN_NAME, PREFECT_NAME, empty_environment
from support.machine import AS_FOUND, TOOLS
from support.resting import resting
from support.servers import start_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.demo.prefect_server import PrefectServer

__all__ = ["CorporateNetwork", "corporate_network", "mitmproxy_python"]

CLONE: Final = Path(__file__).resolve().parents[2]

USUAL_DOCUMENT_HOST: Final = "httpbin.org"
"""Where ``check`` looks when it is not told; behind this proxy the name leads to the same origin."""


@dataclass(frozen=True, slots=True)
class CorporateNetwork:
    """An origin and a Prefect server that can be reached through the proxy only.

    Args:
        origin: at ``http://origin.demo.test`` and ``https://origin.demo.test``.
        server: at ``http://prefect.demo.test:4200/api``.
        proxy: intercepts TLS, refuses loopback targets and CONNECT to ports other than 443 and 4200.
        files: what the origin serves besides ``/uuid``.
    """

    origin: DemoOrigin
    server: PrefectServer
    proxy: InterceptingProxy
    files: Path


@pytest.fixture(scope="session")
def mitmproxy_python() -> Path:
    """The Python of mitmproxy's environment, which is made once and kept."""
    return ensure_mitmproxy(TOOLS, machine=AS_FOUND)


@pytest.fixture(scope="session")
def corporate_network(
    mitmproxy_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CorporateNetwork]:
    """Everything running, once for all tests."""
    root = tmp_path_factory.mktemp("network")
    for name in ("server", "origin", "proxy"):
        (root / name).mkdir()
    environment = empty_environment(root / "server")
    with (
        start_server(root / "server", environment=environment) as server,
        start_origin(root / "origin", names=(ORIGIN_NAME, USUAL_DOCUMENT_HOST)) as origin,
    ):
        targets = {f"{PREFECT_NAME}:4200": server.port}
        for name in (ORIGIN_NAME, USUAL_DOCUMENT_HOST):
            targets |= {f"{name}:80": origin.http_port, f"{name}:443": origin.https_port}
        network = Network(targets, (443, 4200), origin.ca)
        with start_proxy(mitmproxy_python, root / "proxy", network) as proxy:
            server.wait()
            with resting("corporate_network", server.child.process.pid):
                yield CorporateNetwork(origin, server, proxy, root / "origin" / "files")
