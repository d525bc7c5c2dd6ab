"""``check --pool``: the proof on the workers of a real Prefect server, and what it leaves: nothing."""

from __future__ import annotations

import asyncio
import signal
import threading
from base64 import b64decode, b64encode
from collections import Counter
from contextlib import contextmanager
from itertools import cycle
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import certifi
import pytest

from support.command import kill_all
from support.corporation import API, URL, await_run, read_rows
from support.machine import in_ci
from support.pool_runs import ask
from support.proxies import Listener

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from prefect.client.orchestration import PrefectClient

    from support.corporation import Corporation

pytestmark = [
    in_ci,
    pytest.mark.timeout(1200),
]


def test_a_worker_is_proven_and_nothing_is_left(corporation: Corporation) -> None:
    fleet = corporation.fleet
    fleet.make_pool("one")
    with fleet.work("one", "solo", **corporation.wear()):
        ran = corporation.check("--pool", "one")
        assert ran.status == 0, ran.out + ran.err
        row = read_rows(ran)["solo"]
        statuses = {outcome["check"]: outcome["status"] for outcome in row["report"]}
        assert statuses[f"fetch [{URL}]"] == "ok"
        assert statuses["negative-control [certifi alone, https://origin.corp.test:443]"] == "ok"
        assert {statuses[name] for name in ("prefect-api", "prefect-websocket", "prefect-flow")} == {"ok"}
        assert (fleet.list_left(), fleet.await_temporary()) == ({}, [])


def test_each_worker_has_a_row_with_its_own_cause(corporation: Corporation) -> None:
    fleet = corporation.fleet
    fleet.make_pool("three")
    with (
        fleet.work("three", "good", **corporation.wear()),
        fleet.work("three", "no-ca", **corporation.wear(ca=False)),
        fleet.work("three", "other", **corporation.wear(corporation.other)),
    ):
        ran = corporation.check("--pool", "three")
        found = {name: (row["passed"], row["breaks"], row["cause"]) for name, row in read_rows(ran).items()}
        assert found == {
            "good": (True, None, None),
            "no-ca": (False, "job", "ca-missing"),
            "other": (False, "job", "proxy-denied"),
        }
        assert ran.status == 1
        warned = {each["cause"] for each in read_rows(ran)["other"]["report"] if each["status"] == "warning"}
        assert "job-other-proxy" in warned
        assert (fleet.list_left(), fleet.await_temporary()) == ({}, [])


class RepeatingProxy(Listener):
    """Refuses everything, and repeats the credentials that it got."""

    def serve(self, connection: socket.socket) -> None:
        sent = connection.recv(65536).partition(b"Proxy-Authorization: Basic ")[2].partition(b"\r\n")[0]
        said = b64decode(sent) if sent else b"nothing"
        connection.sendall(b"HTTP/1.1 403 no " + sent + b" " + said + b"\r\nContent-Length: 0\r\n\r\n")


def test_secrets_neither_show_nor_change_what_is_judged(corporation: Corporation) -> None:
    fleet = corporation.fleet
    fleet.make_pool("words")
    host = corporation.proxy.partition("://")[2]
    words = corporation.wear(f"http://u:https@{host}")
    headers = {"PREFECT_CLIENT_CUSTOM_HEADERS": '{"X-Scheme": "https", "X-Source": "container"}'}
    with (
        RepeatingProxy() as repeating,
        fleet.work("words", "password", **words),
        fleet.work("words", "headers", **corporation.wear(), **headers),
        fleet.work("words", "bare", **corporation.wear(f"ada:s3cretX@{repeating.authority}")),
        fleet.work("words", "token", **corporation.wear(f"http://s3cretX@{repeating.authority}")),
    ):
        ran = corporation.check("--pool", "words")
    found = {name: (row["passed"], row["cause"]) for name, row in read_rows(ran).items()}
    assert found == {
        "password": (True, None),
        "headers": (True, None),
        "bare": (False, "proxy-denied"),
        "token": (False, "proxy-denied"),
    }
    assert ran.out.count("403 no **** ****") >= 2
    secrets = ("s3cretX", *(b64encode(each).decode().rstrip("=") for each in (b"ada:s3cretX", b"s3cretX:")))
    assert [each for each in secrets if each in ran.out + ran.err] == []


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
    worn = corporation.wear()
    with fleet.work("half", "stays", **worn), fleet.work("half", "goes", **worn):
        next(each for each in fleet.workers if each.name == "goes").kill()
        since = len(corporation.server.requests)
        found = read_rows(corporation.check("--pool", "half", home=corporation.through))
    runs = sum(url.endswith("/create_flow_run") for _, url in corporation.server.requests[since:])
    assert 8 <= runs < 25  # in two minutes, in which the worker that stays could do a hundred
    assert found["stays"]["passed"]
    assert (found["goes"]["breaks"], found["goes"]["cause"]) == ("worker", "worker-stopped")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_check_leaves_nothing(corporation: Corporation, number: signal.Signals) -> None:
    fleet, pool = corporation.fleet, f"interrupted-{number.name}"
    fleet.make_pool(pool)
    with fleet.work(pool, number.name, **corporation.wear()):
        process = corporation.start("--pool", pool)
        await_run(fleet)
        process.send_signal(number)
        assert process.wait(400) == (130 if number is signal.SIGINT else 128 + number)
        assert (fleet.list_left(), fleet.await_temporary()) == ({}, [])


def test_what_a_killed_check_leaves_is_removed_by_the_next(corporation: Corporation) -> None:
    fleet = corporation.fleet
    fleet.make_pool("killed")
    with fleet.work("killed", "survivor", **corporation.wear()):
        process = corporation.start("--pool", "killed")
        await_run(fleet)
        kill_all(process)
        assert fleet.list_left()
        ran = corporation.check("--pool", "killed")
        assert ran.status == 0, ran.out + ran.err
        assert (fleet.list_left(), fleet.await_temporary()) == ({}, []), ran.out + ran.err


def test_a_deployment_is_proven_with_its_own_variables(corporation: Corporation) -> None:
    fleet = corporation.fleet
    fleet.make_pool("theirs")
    ask(fleet.api, deploy)
    with fleet.work("theirs", "hers", **corporation.wear()):
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


@pytest.mark.parametrize("count", [1, 3, 6])
def test_calls_to_the_api_grow_with_the_runs_alone(corporation: Corporation, count: int) -> None:
    """Those that ask how a run gets on aside: they are one a second. The workers are played."""
    fleet, pool = corporation.fleet, f"counted-{count}"
    names = [f"counted-{count}-{number}" for number in range(count)]
    fleet.make_pool(pool)
    with played_workers(fleet.api, pool, names):
        fleet.await_workers(pool, *names)
        since = len(corporation.server.requests)
        ran = corporation.check("--pool", pool, "--timeout", "240", home=corporation.through)
    assert sorted(read_rows(ran)) == names, ran.out + ran.err
    asked = [(method, url) for method, url in corporation.server.requests[since:] if API in url]
    runs = sum(url.endswith("/create_flow_run") for _, url in asked)
    calls = Counter((method, urlsplit(url).path.split("/")[2]) for method, url in asked if "://" in url)
    assert runs >= count
    assert calls["POST", "artifacts"] <= runs + 2
    assert calls["DELETE", "flow_runs"] <= 2 * runs  # once more where an answer was lost
    polls = calls["GET", "flow_runs"] + calls["POST", "work_pools"]
    assert sum(calls.values()) - polls <= 5 * runs + 20


@contextmanager
def played_workers(api: str, pool: str, names: list[str]) -> Iterator[None]:
    """Workers that take runs in turn, each of which fails at once: what jobs do is not counted."""
    over = threading.Event()

    async def work(client: PrefectClient) -> None:
        from prefect.states import Failed, Pending  # takes a second

        turns = cycle(names)
        for name in names:
            await client.send_worker_heartbeat(pool, name, 60)
        while not over.is_set():
            for each in await client.get_scheduled_flow_runs_for_work_pool(pool):
                run = each.flow_run.id
                await client.update_flow_run_labels(run, {"prefect.worker.name": next(turns)})
                await client.set_flow_run_state(run, Pending())
                await client.set_flow_run_state(run, Failed())
            await asyncio.sleep(0.5)

    thread = threading.Thread(target=lambda: ask(api, work))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
