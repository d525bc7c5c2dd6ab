"""``check`` where the API is busy for a moment. Its flow run stays on the server, as that of any flow."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from support.command import proxyenv_sourced
from support.corporation import API, BUSY, set_up
from support.machine import in_ci
from support.proxies import ProxyServer

if TYPE_CHECKING:
    from pathlib import Path

    from support.corporation import Corporation

pytestmark = [in_ci, pytest.mark.timeout(1200)]


def test_a_flow_goes_on_where_the_api_is_busy_for_a_moment(corporation: Corporation, tmp_path: Path) -> None:
    """As Prefect's own server is with SQLite, when two of its services write at once."""
    home, refused = tmp_path / "home", list[str]()

    def refuse_once(_scheme: str, _host: str, path: str) -> bytes | None:
        if path != "/api/flow_runs/" or refused:
            return None
        refused.append(path)
        return BUSY

    names = {API: ("127.0.0.1", urlsplit(corporation.fleet.api).port or 0)}
    with ProxyServer(names=names, answers=refuse_once) as gateway:
        set_up(home, gateway.url, f"http://{API}/api")
        ran = proxyenv_sourced("check", "--url", f"http://{API}/api/admin/version", home=home)
    assert (ran.status, refused) == (0, ["/api/flow_runs/"]), ran.out + ran.err
