"""``check --pool``: the proof on the workers of a real Prefect server, and what it leaves: nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

import certifi
import pytest
import trustme

from support.command import Ran, environment_of, proxyenv
from support.fleets import Fleet, start_fleet
from support.origins import OriginServer, server_context
from support.pool_runs import ask
from support.proxies import ProxyServer
from support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prefect.client.orchestration import PrefectClient

pytestmark = [
    pytest.mark.skipif(not os.environ.get("CI"), reason="workers run where `CI` is set"),
    pytest.mark.timeout(600),
]

URL: Final = "https://origin.corp.test/uuid"
API: Final = "prefect.corp.test:4200"
"""As it is reached through the proxy, which records what is asked for."""


class Corporation(NamedTuple):
    """A proxy that intercepts, its CA, another proxy that refuses everything, and a fleet."""

    fleet: Fleet
    home: Path
    through: Path
    server: ProxyServer
    other: str
    bundle: Path

    @property
    def proxy(self) -> str:
        return self.server.url

    def check(self, *arguments: str, home: Path | None = None) -> Ran:
        return proxyenv("check", *arguments, "--url", URL, "--output", "json", home=home or self.home)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a check that hears SIGINT, also where what started the tests ignores it; leave it running."""
        hears = ["env", "--default-signal=INT"] if sys.platform == "linux" else []
        command = [*hears, sys.executable, "-m", "proxyenv", "check", *arguments, "--url", URL]
        return subprocess.Popen(
            command,
            cwd=self.home,
            env=environment_of(self.home, PYTHONPATH=str(Path(__file__).parents[2])),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

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
        start_fleet(root / "fleet") as fleet,
        OriginServer(server_context(public, "origin.corp.test")) as origin,
        ProxyServer(ca=corporate, origin_ca=public, names=name_targets(origin, fleet)) as proxy,
        ProxyServer(deny=True) as other,
    ):
        given = ("--proxy", proxy.url, "--ca", ca, "--yes", "--no-check")
        assert proxyenv("setup", *given, "--api-url", fleet.api, home=home).status == 0
        through = root / "home-through-the-proxy"
        through.mkdir()
        assert proxyenv("setup", *given, "--api-url", f"http://{API}/api", home=through).status == 0
        bundle = home / ".local/share/proxyenv/ca-bundle.pem"
        yield Corporation(fleet, home, through, proxy, other.url, bundle)


def name_targets(origin: OriginServer, fleet: Fleet) -> dict[str, tuple[str, int]]:
    """What only the proxy knows."""
    return {"origin.corp.test:443": origin.address, API: ("127.0.0.1", urlsplit(fleet.api).port or 0)}


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
        assert (fleet.list_left(), fleet.await_temporary()) == ({}, [])


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
        assert (fleet.list_left(), fleet.await_temporary()) == ({}, [])


def test_what_cannot_run_is_said_before_anything_is_made(corporation: Corporation) -> None:
    fleet = corporation.fleet
    fleet.make_pool("nobody")
    fleet.make_pool("paused", is_paused=True)
    fleet.make_pool("zero", concurrency_limit=0)
    ran = corporation.check("--pool", "nobody", "--pool", "paused", "--pool", "zero")
    pools = {pool["name"]: pool for pool in ran.json["data"]["pools"]}
    causes = {name: {each["cause"] for each in pool["report"]} for name, pool in pools.items()}
    assert causes == {
        "nobody": {"pool-no-worker"},
        "paused": {"pool-paused", "pool-no-worker"},
        "zero": {"pool-limit-zero", "pool-no-worker"},
    }
    assert {pool["breaks"] for pool in pools.values()} == {"here"}
    assert (ran.status, fleet.list_left()) == (1, {})


def test_a_worker_that_stops_half_way_is_named(corporation: Corporation) -> None:
    fleet = corporation.fleet
    fleet.make_pool("half")
    worn = corporation.wear(corporation.proxy)
    with fleet.work("half", "stays", **worn), fleet.work("half", "goes", **worn):
        next(each for each in fleet.workers if each.name == "goes").kill()
        found = rows(corporation.check("--pool", "half"))
    assert found["stays"]["passed"]
    assert (found["goes"]["breaks"], found["goes"]["cause"]) == ("worker", "worker-stopped")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_check_leaves_nothing(corporation: Corporation, number: signal.Signals) -> None:
    fleet, pool = corporation.fleet, f"interrupted-{number.name}"
    fleet.make_pool(pool)
    with fleet.work(pool, number.name, **corporation.wear(corporation.proxy)):
        process = corporation.start("--pool", pool)
        await_run(fleet)
        process.send_signal(number)
        assert process.wait(150) == (130 if number is signal.SIGINT else 128 + number)
        assert (fleet.list_left(), fleet.await_temporary()) == ({}, [])


def test_what_a_killed_check_leaves_is_removed_by_the_next(corporation: Corporation) -> None:
    fleet = corporation.fleet
    fleet.make_pool("killed")
    with fleet.work("killed", "survivor", **corporation.wear(corporation.proxy)):
        process = corporation.start("--pool", "killed")
        await_run(fleet)
        if sys.platform != "win32":
            for each in (*find_children(process.pid), process.pid):
                os.kill(each, signal.SIGKILL)
        process.wait(30)
        assert fleet.list_left()
        assert corporation.check("--pool", "killed").status == 0
        assert (fleet.list_left(), fleet.await_temporary()) == ({}, [])


def test_a_deployment_is_proven_with_its_own_variables(corporation: Corporation) -> None:
    fleet = corporation.fleet
    fleet.make_pool("theirs")
    ask(fleet.api, deploy)
    with fleet.work("theirs", "hers", **corporation.wear(corporation.proxy)):
        named = ("--deployment", "look/mine", "--deployment", "look/broken")
        ran = corporation.check("--pool", "theirs", *named)
        pools = {pool["deployment"]: pool for pool in ran.json["data"]["pools"]}
        causes = {name: each["workers"][0]["cause"] for name, each in pools.items()}
        assert causes == {None: None, "look/mine": "ca-missing", "look/broken": "job-died"}, ran.out
    unknown = corporation.check("--deployment", "look/other")
    assert (unknown.status, unknown.json["errors"][0]["code"]) == (3, "deployment-unknown")


async def deploy(client: PrefectClient) -> None:
    """One has public roots alone, the other a path that is nowhere, with which Prefect cannot even start."""
    flow = await client.create_flow_from_name("look")
    for name, path in (("mine", certifi.where()), ("broken", "/nonexistent/ca.pem")):
        await client.create_deployment(
            flow,
            name,
            work_pool_name="theirs",
            entrypoint="flows.py:look",
            job_variables={"env": {"SSL_CERT_FILE": path}},
        )


def await_run(fleet: Fleet) -> None:
    """Wait until a worker has taken a run."""
    assert wait_until(lambda: any(state != "SCHEDULED" for state in ask(fleet.api, read_states)), 90)


async def read_states(client: PrefectClient) -> list[str]:
    from prefect.client.schemas.sorting import FlowRunSort

    runs = await client.read_flow_runs(limit=50, sort=FlowRunSort.ID_DESC)
    return [str(run.state.type.value) for run in runs if run.state is not None]


def find_children(parent: int) -> tuple[int, ...]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text("utf-8").rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return tuple(found)


def test_calls_to_the_api_grow_with_the_runs_alone(corporation: Corporation) -> None:
    """Those that ask how a run gets on aside: they are one a second."""
    fleet, pool = corporation.fleet, "counted"
    fleet.make_pool(pool)
    with fleet.work(pool, "counted-worker", **corporation.wear(corporation.proxy)):
        since = len(corporation.server.requests)
        ran = corporation.check("--pool", pool, home=corporation.through)
    assert ran.status == 0, ran.out + ran.err
    asked = [(method, url) for method, url in corporation.server.requests[since:] if API in url]
    runs = sum(url.endswith("/create_flow_run") for _, url in asked)
    calls = Counter((method, urlsplit(url).path.split("/")[2]) for method, url in asked if "://" in url)
    assert runs >= 1
    assert calls["POST", "artifacts"] <= runs + 2
    assert calls["DELETE", "flow_runs"] <= 2 * runs  # once more where an answer was lost
    assert 1 <= calls["DELETE", "artifacts"] <= 2 * runs
    polls = calls["GET", "flow_runs"] + calls["POST", "work_pools"]
    assert sum(calls.values()) - polls <= 5 * runs + 20
