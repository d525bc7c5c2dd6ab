"""The company and the home of these tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from support.configuring import NAME, Company
from support.origins import OriginServer, server_context
from support.proxies import ProxyServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    corporate, public = (trustme.CA(organization_name=name) for name in ("Corp", "Public"))
    path = tmp_path_factory.mktemp("ca") / "corp.pem"
    path.write_bytes(corporate.cert_pem.bytes())
    with (
        OriginServer() as plain,
        OriginServer(server_context(public, NAME)) as secure,
        ProxyServer(
            ca=corporate,
            origin_ca=public,
            names={f"{NAME}:80": plain.address, f"{NAME}:443": secure.address},
        ) as proxy,
    ):
        yield Company(proxy, path)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home
