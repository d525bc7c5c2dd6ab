"""``check --pool``: the proof on the workers of a real Prefect server, and what it leaves: nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest
import trustme

from support.command import Ran, proxyenv
from support.fleets import Fleet, start_fleet
from support.origins import OriginServer, server_context
from support.proxies import ProxyServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(not os.environ.get("CI"), reason="workers run where `CI` is set")

URL: Final = "https://origin.corp.test/uuid"


class Corporation(NamedTuple):
    """A proxy that intercepts, its CA, another proxy that refuses everything, and a fleet."""

    fleet: Fleet
    home: Path
    proxy: str
    other: str
    bundle: Path

    def check(self, *arguments: str, url: str = URL) -> Ran:
        return proxyenv("check", *arguments, "--url", url, "--output", "json", home=self.home)

    def wear(self, proxy: str, *, ca: bool = True) -> dict[str, str]:
        """The variables of a worker."""
        named = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy)
        return {**named, "NO_PROXY": "127.0.0.1", **({"SSL_CERT_FILE": str(self.bundle)} if ca else {})}


@pytest.fixture(scope="module")
def corporation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corporation]:
    root = tmp_path_factory.mktemp("corporation")
    public, corporate = trustme.CA(), trustme.CA(organization_name="Corp Root")
    ca, home = root / "corp.pem", root / "home"
    corporate.cert_pem.write_to_path(ca)
    home.mkdir()
    with (
        OriginServer(server_context(public, "origin.corp.test")) as origin,
        ProxyServer(ca=corporate, origin_ca=public, names={"origin.corp.test:443": origin.address}) as proxy,
        ProxyServer(deny=True) as other,
        start_fleet(root / "fleet") as fleet,
    ):
        given = ("--proxy", proxy.url, "--ca", ca, "--api-url", fleet.api)
        assert proxyenv("setup", *given, "--yes", "--no-check", home=home).status == 0
        yield Corporation(fleet, home, proxy.url, other.url, home / ".local/share/proxyenv/ca-bundle.pem")


def rows(ran: Ran) -> dict[str, dict[str, Any]]:
    (pool,) = ran.json["data"]["pools"]
    return {row["worker"]: row for row in pool["workers"]}


def test_a_worker_is_proven_and_nothing_is_left(corporation: Corporation) -> None:
    fleet = corporation.fleet
    fleet.make_pool("one")
    with fleet.work("one", "solo", **corporation.wear(corporation.proxy)):
        ran = corporation.check("--pool", "one")
        assert ran.status == 0, ran.out + ran.err
        row = rows(ran)["solo"]
        statuses = {outcome["check"]: outcome["status"] for outcome in row["report"]}
        assert statuses[f"fetch [{URL}]"] == "ok"
        assert statuses["negative-control [certifi alone, https://origin.corp.test:443]"] == "ok"
        assert {statuses[name] for name in ("prefect-api", "prefect-websocket", "prefect-flow")} == {"ok"}
        assert (fleet.list_left(), fleet.list_temporary()) == ({}, [])


def test_each_worker_has_a_row_with_its_own_cause(corporation: Corporation) -> None:
    fleet = corporation.fleet
    fleet.make_pool("three")
    with (
        fleet.work("three", "good", **corporation.wear(corporation.proxy)),
        fleet.work("three", "no-ca", **corporation.wear(corporation.proxy, ca=False)),
        fleet.work("three", "other", **corporation.wear(corporation.other)),
    ):
        ran = corporation.check("--pool", "three")
        found = {name: (row["passed"], row["breaks"], row["cause"]) for name, row in rows(ran).items()}
        assert found == {
            "good": (True, None, None),
            "no-ca": (False, "job", "ca-missing"),
            "other": (False, "job", "proxy-denied"),
        }
        assert ran.status == 1
        warned = {each["cause"] for each in rows(ran)["other"]["report"] if each["status"] == "warning"}
        assert "job-other-proxy" in warned
        assert (fleet.list_left(), fleet.list_temporary()) == ({}, [])
