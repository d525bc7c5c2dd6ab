"""``check --pool`` where the API says no, the network goes, or nobody works: real servers and workers."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import certifi
import pytest

from support.command import Ran, environment_of
from support.corporation import API, BUSY, await_run, read_rows, set_up
from support.machine import in_ci
from support.pool_runs import ask
from support.proxies import Listener, ProxyServer, relay
from support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from prefect.client.orchestration import PrefectClient

    from support.corporation import Corporation

pytestmark = [
    in_ci,
    pytest.mark.timeout(1200),
]

CLIENT_TRIES: Final = 3
SAID: Final = '{"detail": "this key may only read"}'


def answer(status: str) -> bytes:
    """What a gateway before the API answers."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close"
    return f"{head}\r\nContent-Length: {len(SAID)}\r\n\r\n{SAID}".encode()


@pytest.mark.parametrize(
    ("status", "path"),
    [
        pytest.param("403 Forbidden", "/api/deployments/", id="no deployments"),
        pytest.param("401 Unauthorized", "/api/flows/", id="nothing at all"),
    ],
)
def test_a_key_that_may_only_read_is_named(
    corporation: Corporation, tmp_path: Path, status: str, path: str
) -> None:
    fleet, home, pool = corporation.fleet, tmp_path / "home", f"readable-{status[:3]}"
    fleet.make_pool(pool)
    names = {API: ("127.0.0.1", urlsplit(fleet.api).port or 0)}
    with (
        ProxyServer(
            names=names, answers=lambda _s, _h, asked: answer(status) if asked == path else None
        ) as gateway,
        fleet.work(pool, "idle", **corporation.wear()),
    ):
        set_up(home, gateway.url, f"http://{API}/api", corporation.ca)
        ran = corporation.check("--pool", pool, home=home)
    (shown,) = ran.json["data"]["pools"]
    (refused,) = (each for each in shown["report"] if each["status"] == "failed")
    assert (ran.status, shown["breaks"], refused["cause"]) == (1, "here", "pool-refuses-deployments")
    assert f"({status[:3]}): {SAID}" in refused["detail"]
    assert refused["hint"].startswith("ask for a key that may create deployments")
    assert fleet.list_left() == {}


def test_a_worker_for_which_the_api_was_too_busy_gets_another_run(corporation: Corporation) -> None:
    fleet, sent_away = corporation.fleet, list[str]()
    fleet.make_pool("busy")

    def refuse_once(_scheme: str, _host: str, path: str) -> bytes | None:
        if not path.endswith("/labels") or sent_away:  # asked for by a worker that has taken a run
            return None
        sent_away.append(path)
        return answer("503 Service Unavailable")

    names = {API: ("127.0.0.1", urlsplit(fleet.api).port or 0)}
    with ProxyServer(names=names, answers=refuse_once) as gateway:
        worn = {**corporation.wear(), "HTTP_PROXY": gateway.url, "http_proxy": gateway.url}
        worn |= {"PREFECT_API_URL": f"http://{API}/api", "PREFECT_CLIENT_MAX_RETRIES": "0"}
        worn |= {"PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "8"}  # whose run it was is said late, as under load
        with fleet.work("busy", "lucky", **worn):
            ran = corporation.check("--pool", "busy")
            passed = {name: row["passed"] for name, row in read_rows(ran).items()}
            assert passed == {"lucky": True}, ran.out + ran.err
            assert len(sent_away) == 1
            assert (fleet.list_left(), fleet.await_temporary()) == ({}, [])


def test_a_server_that_has_no_time_is_asked_again(corporation: Corporation, tmp_path: Path) -> None:
    """It says so itself, more often than Prefect's client asks."""
    fleet, home, asked = corporation.fleet, tmp_path / "home", Counter[str]()
    fleet.make_pool("overrun")
    places = {"/api/work_pools/overrun", "/api/flows/filter", "/api/flows/", "/api/deployments/"}

    def have_no_time_yet(_scheme: str, _host: str, path: str) -> bytes | None:
        asked[path] += 1
        return BUSY if path in places and asked[path] <= CLIENT_TRIES + 1 else None

    names = {API: ("127.0.0.1", urlsplit(fleet.api).port or 0)}
    with (
        ProxyServer(names=names, answers=have_no_time_yet) as gateway,
        fleet.work("overrun", "patient", **corporation.wear()),
    ):
        set_up(home, gateway.url, f"http://{API}/api", corporation.ca)
        ran = corporation.check("--pool", "overrun", home=home)
        assert (ran.status, places - set(asked)) == (0, set()), ran.out + ran.err
        assert (fleet.list_left(), fleet.await_temporary()) == ({}, [])


class Line(Listener):
    """The way to a server, which can be cut and joined."""

    def __init__(self, behind: tuple[str, int]) -> None:
        self._behind, self._cut = behind, threading.Event()

    @property
    def api(self) -> str:
        """The URL of the API behind it."""
        return f"http://{self.authority}/api"

    def serve(self, connection: socket.socket) -> None:
        if not self._cut.is_set():
            with socket.create_connection(self._behind, timeout=10) as upstream:
                relay(connection, upstream)

    def cut(self) -> None:
        """End what is open, and whatever begins."""
        self._cut.set()
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def join(self) -> None:
        """Let new connections pass."""
        self._cut.clear()


@contextmanager
def lines(corporation: Corporation, home: Path) -> Iterator[Line]:
    """A home that reaches the API by a line."""
    with Line(("127.0.0.1", urlsplit(corporation.fleet.api).port or 0)) as line:
        set_up(home, corporation.proxy, line.api, corporation.ca)
        yield line


def test_a_network_that_comes_back_is_waited_for(corporation: Corporation, tmp_path: Path) -> None:
    fleet, home, done = corporation.fleet, tmp_path / "home", list[Ran]()
    fleet.make_pool("cut")
    with lines(corporation, home) as line, fleet.work("cut", "patient", **corporation.wear()):
        check = threading.Thread(target=lambda: done.append(corporation.check("--pool", "cut", home=home)))
        check.start()
        await_run(fleet)
        line.cut()
        time.sleep(20)
        line.join()
        check.join()
        assert done[0].status == 0, done[0].out + done[0].err
        assert read_rows(done[0])["patient"]["passed"]
        assert (fleet.list_left(), fleet.await_temporary()) == ({}, [])


def test_what_a_lost_network_leaves_is_removed_by_the_next(corporation: Corporation, tmp_path: Path) -> None:
    fleet, home = corporation.fleet, tmp_path / "home"
    fleet.make_pool("lost")
    with lines(corporation, home) as line, fleet.work("lost", "alone", **corporation.wear()):
        process = corporation.start("--pool", "lost", home=home)
        await_run(fleet)
        line.cut()
        assert process.wait(700) == 3
        assert fleet.list_left()["flows"]
        line.join()
        assert corporation.check("--pool", "lost", home=home).status == 0
        assert (fleet.list_left(), fleet.await_temporary()) == ({}, [])


def test_each_queue_has_its_own_run(corporation: Corporation) -> None:
    fleet = corporation.fleet
    fleet.make_pool("queues")
    for name in ("day", "night", "paused"):
        ask(fleet.api, partial(make_queue, name=name))
    worn = corporation.wear()
    with (
        fleet.work("queues", "by-day", queue="day", **worn),
        fleet.work("queues", "by-night", queue="night", **worn),
    ):
        ran = corporation.check("--pool", "queues")
        found = {name: (row["queue"], row["passed"]) for name, row in read_rows(ran).items()}
        assert found == {"by-day": ("day", True), "by-night": ("night", True)}, ran.out + ran.err
        assert ran.status == 0
        assert (fleet.list_left(), fleet.await_temporary()) == ({}, [])


async def make_queue(client: PrefectClient, name: str) -> None:
    await client.create_work_queue(name=name, work_pool_name="queues", is_paused=name == "paused")


GIT: Final = "https://origin.corp.test/flows.git"
MAIN: Final = "a" * 40


def test_the_remote_and_the_index_of_a_deployment_are_asked_in_a_job(corporation: Corporation) -> None:
    fleet, origin = corporation.fleet, corporation.origin
    fleet.make_pool("sources")
    origin.files |= {
        "/flows.git/info/refs": f"{MAIN}\trefs/heads/main\n".encode(),
        "/flows.git/HEAD": b"ref: refs/heads/main\n",
    }
    for name, ca in (("whole", str(corporation.bundle)), ("blind", certifi.where())):
        ask(fleet.api, partial(deploy, name=name, ca=ca))
    with fleet.work("sources", "fetcher", **corporation.wear()):
        ran = corporation.check("--deployment", "clone/whole", "--deployment", "clone/blind")
    pools = {pool["deployment"]: pool["workers"][0] for pool in ran.json["data"]["pools"]}
    whole = {each["check"]: each["status"] for each in pools["clone/whole"]["report"]}
    assert whole[f"git [{GIT}]"] == whole["fetch [https://origin.corp.test/simple/pip/]"] == "ok", ran.out
    assert pools["clone/whole"]["passed"]
    assert (pools["clone/blind"]["breaks"], pools["clone/blind"]["cause"]) == ("job", "job-git-failed")
    asked = set(origin.requests)
    assert "GET /flows.git/info/refs?service=git-upload-pack" in asked
    assert any(each.startswith("GET /simple/pip/?proxyenv=") for each in asked)
    left = fleet.list_left()
    assert left == {"deployments": ["blind", "whole"]}


async def deploy(client: PrefectClient, name: str, ca: str) -> None:
    """One whose git trusts what a file holds, and whose packages come from behind the proxy."""
    flow = await client.create_flow_from_name("clone")
    env = {"GIT_SSL_CAINFO": ca, "PIP_INDEX_URL": "https://origin.corp.test/simple"}
    await client.create_deployment(
        flow,
        name,
        work_pool_name="sources",
        entrypoint="flows.py:clone",
        pull_steps=[{"prefect.deployments.steps.git_clone": {"repository": GIT}}],
        job_variables={"env": env},
    )


def test_a_push_pool_has_one_run_and_no_workers(corporation: Corporation, tmp_path: Path) -> None:
    """Prefect Cloud, which runs the jobs of such a pool by itself, is played."""
    fleet, done = corporation.fleet, list[Ran]()
    fleet.make_pool("pushed", "ecs:push")
    check = threading.Thread(target=lambda: done.append(corporation.check("--pool", "pushed")))
    check.start()
    assert wait_until(lambda: bool(ask(fleet.api, partial(find_runs, pool="pushed"))), 120)
    (run,) = ask(fleet.api, partial(find_runs, pool="pushed"))
    push(corporation, str(run), tmp_path)
    check.join()
    (pool,) = done[0].json["data"]["pools"]
    assert [each["detail"] for each in pool["report"]] == [
        "a pool of type `ecs:push` has no workers: one run stands for all"
    ]
    (row,) = pool["workers"]
    assert (done[0].status, row["worker"], row["passed"]) == (0, "", True), done[0].out
    assert not set(fleet.list_left()) - {"deployments"}  # those of other tests


async def find_runs(client: PrefectClient, pool: str) -> list[UUID]:
    from prefect.client.schemas.sorting import FlowRunSort

    runs = await client.read_flow_runs(limit=50, sort=FlowRunSort.ID_DESC)
    return [run.id for run in runs if run.work_pool_name == pool]


def push(corporation: Corporation, run: str, place: Path) -> None:
    """Run a job as Prefect Cloud has it run: nobody's worker."""
    (place / "tmp").mkdir()
    environment = environment_of(
        place,
        PREFECT_API_URL=corporation.fleet.api,
        PREFECT__FLOW_RUN_ID=run,
        TMPDIR=str(place / "tmp"),
        **corporation.wear(),
    )
    command = [sys.executable, "-m", "prefect", "flow-run", "execute", run]
    subprocess.run(command, env=environment, cwd=place, stdin=subprocess.DEVNULL, check=False)
    assert list((place / "tmp").iterdir()) == []


def test_a_job_that_never_starts_is_the_workers(corporation: Corporation) -> None:
    """A worker that takes a run, and whose job does not come, is played: a pod that waits for a node."""
    fleet, done = corporation.fleet, list[Ran]()
    fleet.make_pool("waiting")
    ask(fleet.api, lambda client: client.send_worker_heartbeat("waiting", "stuck", 60))
    arguments = ("--pool", "waiting", "--timeout", "60")
    check = threading.Thread(target=lambda: done.append(corporation.check(*arguments)))
    check.start()
    assert wait_until(lambda: bool(ask(fleet.api, partial(find_runs, pool="waiting"))), 120)
    (run,) = ask(fleet.api, partial(find_runs, pool="waiting"))
    ask(fleet.api, partial(take, run=run))
    check.join()
    row = read_rows(done[0])["stuck"]
    assert (row["breaks"], row["cause"]) == ("worker", "job-never-started"), done[0].out
    assert not set(fleet.list_left()) - {"deployments"}  # those of other tests


async def take(client: PrefectClient, run: UUID) -> None:
    from prefect.states import Pending

    await client.update_flow_run_labels(run, {"prefect.worker.name": "stuck"})
    await client.set_flow_run_state(run, Pending())
