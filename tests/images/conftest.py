"""Where images are built and run; each worker of a test run has its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.worker_images import make_lab

if TYPE_CHECKING:
    from support.docker_daemon import Containers
    from support.mitmproxy import CorporateNetwork
    from support.worker_images import Lab


@pytest.fixture(scope="session")
def lab(
    containers: Containers,
    debian_base: str,
    corporate_network: CorporateNetwork,
    tmp_path_factory: pytest.TempPathFactory,
) -> Lab:
    return make_lab(containers, debian_base, corporate_network, tmp_path_factory.mktemp("lab"))
