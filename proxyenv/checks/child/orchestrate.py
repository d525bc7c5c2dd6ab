"""Prefect as a user's program uses it: the API by REST, the websocket, and a flow.

The flow is that of Prefect's own how-to: a task per URL fetches a document with httpx and logs what came.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from proxyenv.checks.child.fetch import get_document
from proxyenv.checks.child.masking import hide_own
from proxyenv.checks.child.record import (
    Connections,
    Record,
    Reporter,
    describe,
    describe_answer,
    read_job,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from uuid import UUID

READ_BACK: Final = 20.0  # seconds for task runs to arrive at the API
READ_BACK_IN_VAIN: Final = 5.0  # seconds, if the websocket that carries them is known to fail
_RETRIES: Final = 2  # two and four seconds later
_PAGE: Final = 200  # the API's maximum; without a limit and an order the client would send null


def main() -> None:
    """Import Prefect, then run the checks of the jobs.

    A job has ``rungs``, some of ``prefect-api``, ``prefect-websocket`` and ``prefect-flow`` in this order,
    ``urls``, which the flow fetches within ``limits`` (see :func:`get_document`), and ``more``: whether
    another one follows. All is over if the API cannot be reached or its version does not fit.
    """
    reporter, connections = Reporter(), Connections()
    reporter.say("begin", check="import")
    try:
        reporter.say("imported", **_find_settings())
    except Exception as error:  # noqa: BLE001 - a broken installation, or settings that Prefect refuses
        reporter.say("end", error=describe(error))
        return
    job: Record = {}
    rungs: dict[str, Callable[[], Record]] = {
        "prefect-api": lambda: _run(ask_api()),
        "prefect-websocket": lambda: _run(open_websocket()),
        "prefect-flow": lambda: _run_flow(job["urls"], job["limits"], connections, patience=patience),
    }
    patience, more = READ_BACK, True
    while more:
        job = read_job()
        more = job["more"]
        for check in job["rungs"]:
            reporter.say("begin", check=check)
            mark, started = connections.mark(), time.perf_counter()
            try:
                facts = rungs[check]()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
                facts = {"error": describe(error)}
            peers = connections.since(mark)
            reporter.say("done", check=check, peers=peers, elapsed=time.perf_counter() - started, **facts)
            if check == "prefect-api" and ("error" in facts or facts["differs"]):
                more = False
                break
            if "error" in facts and check == "prefect-websocket":
                patience = READ_BACK_IN_VAIN
        if more:
            reporter.say("ready")
    reporter.say("end")


def _find_settings() -> Record:
    """Import Prefect, and say which settings it has then."""
    import prefect
    from prefect.context import get_settings_context

    context = get_settings_context()
    return {
        "version": prefect.__version__,
        "profile": context.profile.name,
        "profiles_path": str(context.settings.profiles_path),
        "api_url": context.settings.api.url,
    }


def _run(coroutine: Coroutine[Any, Any, Record]) -> Record:
    return asyncio.run(coroutine)


async def ask_api() -> Record:
    """Ask for the API's health, then for something that needs credentials, then for its version.

    Returns:
        ``server``, its ``version``, that of the ``client``, and whether the first number ``differs``. Where
        something is raised: ``error``, and with ``answer`` the last answer, whatever it is.
    """
    import prefect
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.sorting import FlowRunSort

    last: list[Any] = []

    async def remember(response: Any) -> None:  # noqa: ANN401 - of httpx
        last[:] = [response]
        await response.aread()

    try:
        async with get_client() as client:
            for http in filter(None, (getattr(client, "_client", None),)):
                http.event_hooks["response"].append(remember)
            _demand(await client.api_healthcheck())
            await client.read_flow_runs(limit=1, sort=FlowRunSort.ID_DESC)
            cloud = client.server_type.value == "cloud"
            version = None if cloud else str(await client.api_version())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
        return {"error": describe(error), **({"answer": describe_answer(last[0], raw=True)} if last else {})}
    return {
        "version": version,
        "server": client.server_type.value,
        "client": prefect.__version__,
        "differs": version is not None and version.partition(".")[0] != prefect.__version__.partition(".")[0],
    }


def _demand(trouble: Exception | None) -> None:
    if trouble is not None:
        raise trouble


async def open_websocket() -> Record:
    """Connect like the events client, which sends the states of task runs."""
    from prefect.events.clients import get_events_client

    async with get_events_client(reconnection_attempts=0):
        return {}


def _run_flow(
    urls: list[str], limits: Mapping[str, float], connections: Connections, *, patience: float
) -> Record:
    """Run the flow, and read its task runs back from the API.

    What a busy server refuses for a moment is asked again, as Prefect does by default: with SQLite it says
    503 when two of its own services write at once.
    """
    from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: _RETRIES}):
        return _run_patiently(urls, limits, connections, patience)


def _run_patiently(
    urls: list[str], limits: Mapping[str, float], connections: Connections, patience: float
) -> Record:
    from prefect import flow, get_run_logger, task

    @task(name="fetch")
    def fetch(number: int) -> Record:
        mark = connections.mark()
        document = get_document(urls[number], limits, demand=True)
        host, length = urlsplit(urls[number]).hostname, document["length"]
        get_run_logger().info("%s sends %d bytes, SHA-256 %s", host, length, document["digest"])
        return {
            "status": document["answer"]["status"],
            "content_type": document["answer"]["headers"].get("content-type", ""),
            "digest": document["digest"],
            "peers": connections.since(mark, thread=threading.get_ident()),
        }

    # Tasks take a number: as a parameter, a URL with a password would be stored.
    @flow(name="proxyenv-check")
    def check() -> list[Record]:
        return [fetch(number) for number in range(len(urls))]

    state: Any = check(return_state=True)
    run_id = state.state_details.flow_run_id
    if not state.is_completed():
        return {"state": state.name, "message": hide_own(state.message or ""), **_failure(state)}
    documents: list[Record] = state.result()
    return {
        "state": state.name,
        "flow_run": str(run_id),
        "documents": documents,
        "task_runs": read_back(run_id, len(urls), patience=patience),
    }


def _failure(state: Any) -> Record:  # noqa: ANN401 - Prefect's own type is generic in the flow's result
    error = state.result(raise_on_failure=False)
    return {"error": describe(error) if isinstance(error, BaseException) else []}


def read_back(run_id: UUID, wanted: int, *, patience: float) -> list[str]:
    """The states of the task runs that the API knows; they arrive a little after the run."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
    from prefect.client.schemas.sorting import TaskRunSort

    deadline = time.monotonic() + patience
    run_filter = FlowRunFilter(id=FlowRunFilterId(any_=[run_id]))
    with get_client(sync_client=True) as client:
        while True:
            runs = client.read_task_runs(flow_run_filter=run_filter, sort=TaskRunSort.ID_DESC, limit=_PAGE)
            states = [run.state.name if run.state and run.state.name else "unknown" for run in runs]
            if states.count("Completed") >= wanted or time.monotonic() > deadline:
                return states
            time.sleep(0.25)
