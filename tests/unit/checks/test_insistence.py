"""A busy Prefect server is asked again, and for how long; the client is played."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

import httpx
import pytest

from proxyenv.checks.child.insistence import Insistence
from proxyenv.checks.child.runs import ProofRuns

if TYPE_CHECKING:
    from collections.abc import Callable

OWN: Final = '{"exception_message": "Service Unavailable"}'
"""As Prefect's server says it."""


class Server:
    """Answers so many questions with an error."""

    def __init__(self, errors: int, status: int, said: str) -> None:
        self.asked, self._errors = 0, errors
        self._answer = httpx.Response(
            status, text=said, request=httpx.Request("GET", "http://api.corp.test/")
        )

    async def ask(self) -> str:
        self.asked += 1
        if self.asked <= self._errors:
            self._answer.raise_for_status()
        return "yes"


def test_a_server_that_says_that_it_is_busy_is_asked_until_it_is_not() -> None:
    server = Server(3, 503, OWN)
    assert asyncio.run(Insistence(60, tick=0.01).ask(server.ask)) == "yes"
    assert server.asked == 4


@pytest.mark.parametrize(
    ("status", "said"),
    [
        pytest.param(503, "<h1>Service Unavailable</h1>", id="a proxy without a way to the server"),
        pytest.param(500, OWN, id="a fault of the server"),
        pytest.param(404, OWN, id="a no"),
    ],
)
def test_nothing_else_is_asked_again(status: int, said: str) -> None:
    server = Server(1, status, said)
    with pytest.raises(httpx.HTTPStatusError):
        asyncio.run(Insistence(60, tick=0.01).ask(server.ask))
    assert server.asked == 1


def test_all_questions_together_have_one_time() -> None:
    insistence, server, other = Insistence(0.05, tick=0.03), Server(1000, 503, OWN), Server(1000, 503, OWN)
    for each, asked in ((server, range(2, 4)), (other, range(1, 2))):
        with pytest.raises(httpx.HTTPStatusError):
            asyncio.run(insistence.ask(each.ask))
        assert each.asked in asked


class BusyPool:
    """Prefect's client, where each worker finds the API too busy to start its job."""

    def __init__(self) -> None:
        self.runs = 0

    async def create_deployment(self, *_: object, **__: object) -> UUID:
        return uuid4()

    async def create_flow_run_from_deployment(self, *_: object, **__: object) -> SimpleNamespace:
        self.runs += 1
        return SimpleNamespace(id=uuid4(), name=f"run {self.runs}")

    async def read_flow_run(self, number: UUID) -> SimpleNamespace:
        message = f"Failed to submit flow run to infrastructure: Server error '503' for {number}"
        state = SimpleNamespace(type=SimpleNamespace(value="CRASHED"), message=message)
        return SimpleNamespace(name="a run", state=state, labels={"prefect.worker.name": "w"})

    async def read_artifacts(self, **_: object) -> list[object]:
        return []

    async def read_logs(self, **_: object) -> list[object]:
        return []


def test_a_worker_has_three_more_runs_where_the_api_stays_busy() -> None:
    client, said = BusyPool(), list[tuple[str, Any]]()
    heard: Callable[..., None] = lambda event, **facts: said.append((event, facts.get("worker")))  # noqa: E731
    proof = {
        "key": "k",
        "pool": "etl",
        "deployment": {},
        "workers": ["w"],
        "queues": [None],
        "single": False,
    }
    made = SimpleNamespace(flow=uuid4(), runs={}, ended=0.0)
    runs = ProofRuns(client, proof, made, SimpleNamespace(say=heard))  # type: ignore[arg-type]

    async def prove() -> None:
        assert await runs.deploy([], Insistence())
        await runs.run(time.monotonic() + 600)  # a busy machine imports Prefect for a minute

    asyncio.run(prove())
    outcomes = [each for each in said if each[0] in {"busy", "ended"}]
    assert outcomes == [("busy", "w")] * 3 + [("ended", "w")]
    assert client.runs == 4
