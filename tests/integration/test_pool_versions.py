"""``check --pool`` between Prefect 3.8 and 3.9, each way: few servers have the version of who asks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from support.command import proxyenv
from support.fleets import start_fleet
from support.machine import in_ci
from support.origins import OriginServer
from support.other_pythons import require_earlier_prefect

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    in_ci,
    pytest.mark.timeout(1200),
]

POOL = "mixed"


@pytest.mark.parametrize(
    ("is_server_earlier", "version"),
    [
        pytest.param(False, "3.8.8", id="an earlier client, a later server"),
        pytest.param(True, "3.9.", id="a later client, an earlier server"),
    ],
)
def test_a_pool_is_proven_between_versions(tmp_path: Path, version: str, *, is_server_earlier: bool) -> None:
    earlier, home = str(require_earlier_prefect()), tmp_path / "home"
    server, client = (earlier, sys.executable) if is_server_earlier else (sys.executable, earlier)
    home.mkdir()
    with start_fleet(tmp_path / "fleet", server=server, workers=client) as fleet, OriginServer() as origin:
        fleet.make_pool(POOL)
        with fleet.work(POOL, "other"):
            url = f"http://127.0.0.1:{origin.port}/uuid"
            asked = ("--pool", POOL, "--python", client, "--url", url, "--output", "json")
            ran = proxyenv("check", *asked, home=home, PREFECT_API_URL=fleet.api)
            assert ran.status == 0, ran.out + ran.err
            (row,) = ran.json["data"]["pools"][0]["workers"]
            assert (row["worker"], row["passed"]) == ("other", True)
            assert row["prefect"].startswith(version)
            statuses = {each["check"]: each["status"] for each in row["report"]}
            assert {statuses[name] for name in ("prefect-api", "prefect-websocket", "prefect-flow")} <= {
                "ok",
                "warning",  # that the versions differ
            }
            # 3.8 leaves that one after each run of anybody.
            assert (fleet.list_left(), fleet.await_temporary("runner_storage")) == ({}, [])
            named = ("pool", "show", POOL, "--python", client, "--output", "json")
            shown = proxyenv(*named, home=home, PREFECT_API_URL=fleet.api)
            (pool,) = shown.json["data"]["pools"]
            assert [(each["name"], each["fresh"]) for each in pool["workers"]] == [("other", True)]
