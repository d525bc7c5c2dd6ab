"""``pool watch`` on a real server: a run by its scheduler, a notification that it sends, and nothing left."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
import trustme

from support.certificates import make_ca
from support.command import Ran, kill_all, proxyenv, start_verb
from support.fleets import Fleet, start_fleet
from support.machine import in_ci
from support.origins import OriginServer, server_context
from support.pool_runs import ask
from support.proxies import ProxyServer
from support.receivers import Receiver, make_block
from support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prefect.client.orchestration import PrefectClient

pytestmark = [
    in_ci,
    pytest.mark.timeout(1200),
]

URL: Final = "https://origin.corp.test/uuid"
POOL: Final = "night shift"
LIMIT: Final = 240.0


class Watched(NamedTuple):
    fleet: Fleet
    home: Path
    receiver: Receiver
    worker: dict[str, str]

    def watch(self, *arguments: str, pool: str = POOL) -> Ran:
        return proxyenv("pool", "watch", pool, *arguments, "--output", "json", home=self.home)

    def has_received(self, words: str) -> bool:
        return wait_until(lambda: any(words in body for body in self.receiver.bodies), LIMIT)

    def results(self) -> dict[str, bool]:
        shown = proxyenv("pool", "show", POOL, "--output", "json", home=self.home)
        (pool,) = shown.json["data"]["pools"]
        return {each["worker"]: each["passed"] for each in pool["results"]}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    root = tmp_path_factory.mktemp("watched")
    public, corporate = trustme.CA(), trustme.CA(organization_name="Corp Root")
    ca, home, soon = root / "corp.pem", root / "home", root / "soon.pem"
    corporate.cert_pem.write_to_path(ca)
    soon.write_bytes(make_ca("Old Root", not_after=datetime.now(UTC) + timedelta(days=10)).pem)
    home.mkdir()
    with (
        OriginServer(server_context(public, "origin.corp.test")) as origin,
        ProxyServer(ca=corporate, origin_ca=public, names={"origin.corp.test:443": origin.address}) as proxy,
        Receiver() as receiver,
        start_fleet(root / "fleet") as fleet,
    ):
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        given = ("--proxy", proxy.url, "--ca", ca, "--ca", soon, "--api-url", fleet.api)
        assert proxyenv("setup", *given, "--yes", "--no-check", home=home).status == 0
        fleet.make_pool(POOL)
        for name, url in (("alerts", receiver.url), ("nobody", "http://127.0.0.1:9/")):
            ask(fleet.api, partial(make_block, name=name, url=url))
        names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
        yield Watched(fleet, home, receiver, {**dict.fromkeys(names, proxy.url), "NO_PROXY": "127.0.0.1"})
        receiver.shutdown()


async def find_all(client: PrefectClient) -> dict[str, int]:
    """What there is on the server of all that a watch makes."""
    from prefect.client.schemas.sorting import (
        ArtifactSort,
        AutomationSort,
        DeploymentSort,
        FlowRunSort,
        FlowSort,
    )

    return {
        "automations": len(await client.read_automations(sort=AutomationSort.NAME_ASC, limit=200)),
        "deployments": len(await client.read_deployments(sort=DeploymentSort.NAME_ASC, limit=200)),
        "runs": len(await client.read_flow_runs(sort=FlowRunSort.ID_DESC, limit=200)),
        "results": len(await client.read_artifacts(sort=ArtifactSort.ID_DESC, limit=200)),
        "flows": len(await client.read_flows(sort=FlowSort.NAME_ASC, limit=200)),
    }


def has_made(api: str, what: str) -> bool:
    found: dict[str, int] = ask(api, find_all)
    return found[what] > 0


async def find_acted(client: PrefectClient) -> set[str]:
    """The names of the automations that have done what they are for, as the server's events say."""
    asked = {"filter": {"event": {"name": ["prefect.automation.action.executed"]}}, "limit": 50}
    answer = await client.request("POST", "/events/filter", json=asked)
    return {each["resource"]["prefect.resource.name"] for each in answer.json()["events"]}


async def submit(client: PrefectClient) -> None:
    found = await client.read_deployment_by_name(f"proxyenv-watch/{POOL}")
    await client.create_flow_run_from_deployment(found.id)


def test_a_pool_is_watched_by_the_scheduler_and_nothing_is_left(watched: Watched) -> None:
    api = watched.fleet.api
    made = watched.watch("--every", "1m", "--notify", "custom-webhook/alerts", "--url", URL)
    assert made.status == 0, made.out + made.err
    (pool,) = made.json["data"]["pools"]
    assert pool["automations"] == [
        f"proxyenv-watch {POOL}: failed",
        f"proxyenv-watch {POOL}: not done",
        f"proxyenv-watch {POOL}: not ready",
        f"proxyenv-watch {POOL}: ca expiring",
    ]
    assert [each["status"] for each in pool["report"]] == ["ok", "ok"]
    assert watched.has_received("this is a test")
    found = ask(api, find_all)
    assert (found["automations"], found["deployments"]) == (4, 1)

    ca = {"SSL_CERT_FILE": str(watched.home / ".local/share/proxyenv/ca-bundle.pem")}
    with watched.fleet.work(POOL, "good", **watched.worker, **ca):
        # Nobody but the scheduler has asked for that run.
        assert wait_until(lambda: watched.results() == {"good": True}, LIMIT)
        assert watched.has_received("a corporate CA ends soon, seen by the worker good")
    with watched.fleet.work(POOL, "bad", **watched.worker):
        ask(api, submit)
        assert wait_until(lambda: watched.results().get("bad") is False, LIMIT)
        assert watched.has_received("a check failed: 1 failed: fetch origin.corp.test")
    assert wait_until(lambda: f"proxyenv-watch {POOL}: failed" in ask(api, find_acted), LIMIT)

    again = watched.watch("--every", "6h", "--notify", "custom-webhook/alerts", "--url", URL)
    assert again.status == 0
    found = ask(api, find_all)
    assert (found["automations"], found["deployments"]) == (4, 1)

    removed = watched.watch("--remove")
    assert (removed.status, removed.json["data"]["pools"][0]["watched"]) == (0, False)
    assert ask(api, find_all) == dict.fromkeys(("automations", "deployments", "runs", "results", "flows"), 0)
    assert watched.results() == {}
    assert "was not watched" in watched.watch("--remove").err


def test_what_a_killed_watch_leaves_is_finished_or_taken_away_by_the_next(watched: Watched) -> None:
    api, asked = watched.fleet.api, ("--every", "6h", "--notify", "custom-webhook/alerts", "--url", URL)
    for half in ("deployments", "automations"):
        process = start_verb("pool", "watch", POOL, *asked, home=watched.home)
        assert wait_until(partial(has_made, api, half), 120)
        kill_all(process)
        assert ask(api, find_all)["deployments"] == 1
        if half == "deployments":
            assert watched.watch(*asked).status == 0
            found = ask(api, find_all)
            assert (found["automations"], found["deployments"]) == (4, 1)
        assert watched.watch("--remove").status == 0
        left = ask(api, find_all)
        assert left == dict.fromkeys(("automations", "deployments", "runs", "results", "flows"), 0)


def test_a_notification_that_the_server_cannot_send_is_said(watched: Watched) -> None:
    made = watched.watch("--every", "6h", "--notify", "custom-webhook/nobody", "--url", URL)
    assert made.status == 1
    (pool,) = made.json["data"]["pools"]
    (failed,) = (each for each in pool["report"] if each["status"] == "failed")
    assert failed["cause"] == "notification-not-sent"
    assert watched.watch("--remove").status == 0


@pytest.mark.parametrize(
    ("arguments", "pool", "code"),
    [
        pytest.param(("6h", "slack-webhook/none"), POOL, "block-unknown", id="a block"),
        pytest.param(("6h", "custom-webhook/alerts"), "none", "pool-unknown", id="a pool"),
        pytest.param(("6", "custom-webhook/alerts"), POOL, "usage", id="a period without a unit"),
    ],
)
def test_what_there_is_not_is_said_and_nothing_is_made(
    watched: Watched, arguments: tuple[str, ...], pool: str, code: str
) -> None:
    every, notify = arguments
    ran = watched.watch("--every", every, "--notify", notify, pool=pool)
    assert ran.json["errors"][0]["code"] == code
    assert ask(watched.fleet.api, find_all)["automations"] == 0
