"""Makes a standing check of a work pool by Prefect's own client, and takes it away again.

All that is made has a name that follows from that of the pool, so that it is found again from any machine:
a deployment with a schedule, and automations.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from proxyenv.checks.child.masking import hide_own
from proxyenv.checks.child.pools import import_prefect
from proxyenv.checks.child.record import Record, Reporter, describe, read_job
from proxyenv.checks.child.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Iterator

_TICK: Final = 1.0
_FIRST: Final = timedelta(seconds=15)
"""From now to the first run, so that it shows at once whether the server schedules any."""
_SCHEDULING: Final = 60.0
_NOTIFYING: Final = 90.0
_AGAIN: Final = 20.0
"""Seconds after which the event of the test is sent once more: an automation may be known late."""
_EXPIRING: Final = "proxyenv.ca.expiring"
_TEST: Final = "proxyenv.watch.test"
_STATES: Final = ("Completed", "Failed", "Crashed", "Cancelled")


def main() -> None:
    """Import Prefect, then do the job.

    The job has ``pool``, its name; ``flow``, the name of the flow; ``make`` false takes all away. To make it,
    it also has ``deployment``, the arguments of ``client.create_deployment``; ``every`` and ``within``,
    seconds between two runs, and until one has to be done; ``notify``, the type and the name of a block;
    ``token``, what nobody could guess.
    """
    reporter = Reporter()
    if not import_prefect(reporter):
        return
    try:
        asyncio.run(_serve(read_job(), reporter))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
        reporter.say("end", error=describe(error), step="write")
        return
    reporter.say("end")


async def _serve(job: Record, reporter: Reporter) -> None:
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    async with get_client() as client:
        if not job["make"]:
            reporter.say("removed", **await Standing(client, job).remove())
            return
        try:
            pool = await client.read_work_pool(job["pool"])
        except ObjectNotFound:
            reporter.say("missing", pool=job["pool"])
            return
        kind, name = job["notify"]
        try:
            block = await client.read_block_document_by_name(name, kind, include_secrets=False)
        except ObjectNotFound:
            reporter.say("no-block")
            return
        watch = _Watch(client, job)
        try:
            await watch.make(pool.id, block.id, reporter)
        except BaseException:
            with suppress(Exception):  # what went wrong first is what is said
                await watch.remove()
            raise


class _Watch(Standing):
    """Makes what belongs to it."""

    async def make(self, pool: uuid.UUID, block: uuid.UUID, reporter: Reporter) -> None:
        """Make deployment and automations in place of earlier ones, and prove that they work."""
        from prefect.client.schemas.actions import DeploymentScheduleCreate
        from prefect.client.schemas.schedules import IntervalSchedule

        await self.remove_automations()
        for earlier in await self.find_deployments():
            await self._client.delete_deployment(earlier.id)
        flow = await self._client.create_flow_from_name(self._job["flow"])
        every = timedelta(seconds=self._job["every"])
        schedule = IntervalSchedule(interval=every, anchor_date=datetime.now(UTC) + _FIRST, timezone="UTC")
        deployment = await self._client.create_deployment(
            flow,
            name=self._job["pool"],
            work_pool_name=self._job["pool"],
            tags=[self._job["flow"], self.tag],
            schedules=[DeploymentScheduleCreate(schedule=schedule, active=True)],
            **self._job["deployment"],
        )
        for each in self._automations(pool, deployment, block):
            await self._client.create_automation(each)
        reporter.say("made", automations=[name for kind, name in self.names.items() if kind != "test"])
        reporter.say("scheduled", first=await self._find_first_run())
        reporter.say("notified", **await self._send_test(block))

    def _automations(self, pool: uuid.UUID, deployment: uuid.UUID, block: uuid.UUID) -> Iterator[Any]:
        from prefect.events.schemas.automations import EventTrigger, Posture

        def expect(*states: str) -> set[str]:
            return {f"prefect.flow-run.{state}" for state in states}

        runs: dict[str, str | list[str]] = {
            "prefect.resource.role": "deployment",
            "prefect.resource.id": f"prefect.deployment.{deployment}",
        }
        yield self._automation(
            "failed",
            EventTrigger(expect=expect("Failed", "Crashed"), match_related=runs, posture=Posture.Reactive),
            "a check failed: {{ flow_run.state.message }} ({{ flow_run.name }})",
            block,
        )
        not_done = EventTrigger(
            after=expect("Late", "Pending"),
            expect=expect(*_STATES),
            for_each={"prefect.resource.id"},
            match_related=runs,
            posture=Posture.Proactive,
            within=timedelta(seconds=self._job["within"]),
        )
        yield self._automation("not done", not_done, "a check did not end in time", block)
        not_ready = EventTrigger(
            expect={"prefect.work-pool.not-ready"},
            match={"prefect.resource.id": f"prefect.work-pool.{pool}"},
            posture=Posture.Reactive,
        )
        yield self._automation(
            "not ready", not_ready, "the work pool is not ready: no worker is alive", block
        )
        expiring = EventTrigger(
            expect={_EXPIRING},
            match_related=runs,
            for_each={"prefect.resource.id"},
            posture=Posture.Reactive,
            within=timedelta(days=1),
        )
        text = "a corporate CA ends soon, seen by the worker {{ event.payload.worker }}"
        yield self._automation("ca expiring", expiring, text, block)

    def _automation(self, kind: str, trigger: Any, text: str, block: uuid.UUID) -> Any:  # noqa: ANN401 - Prefect's own types
        from prefect.events.actions import SendNotification
        from prefect.events.schemas.automations import AutomationCore

        subject = "proxyenv: " + self._job["pool"].replace("{", "(").replace("}", ")")  # Jinja's
        action = SendNotification(block_document_id=block, subject=subject, body=f"{subject}: {text}")
        about = "made by `proxyenv pool watch`; `proxyenv pool watch NAME --remove` takes it away"
        return AutomationCore(
            name=self.names[kind], description=about, trigger=trigger, actions=[action], enabled=True
        )

    async def _find_first_run(self) -> str | None:
        """When the server means to start a run; ``None`` where it schedules none."""
        deadline = time.monotonic() + _SCHEDULING
        while time.monotonic() < deadline:
            async for run in self.find_runs():
                if run.state is not None and run.state.type.value == "SCHEDULED":
                    return str(run.expected_start_time.isoformat())
            await asyncio.sleep(_TICK)
        return None

    async def _send_test(self, block: uuid.UUID) -> Record:
        """Let the server send a notification, and wait for what came of it: it leaves from there."""
        from prefect.events.schemas.automations import EventTrigger, Posture

        mark = f"proxyenv.watch.{self._job['token']}"
        trigger = EventTrigger(expect={_TEST}, match={"prefect.resource.id": mark}, posture=Posture.Reactive)
        text = "this is a test: notifications of this work pool arrive here"
        made = await self._client.create_automation(self._automation("test", trigger, text, block))
        begun, sent = datetime.now(UTC) - timedelta(minutes=1), 0.0
        deadline = time.monotonic() + _NOTIFYING
        try:
            while time.monotonic() < deadline:
                found = await self._find_actions(made, begun)
                for event in found:
                    name, payload = event["event"].rpartition(".")[2], event["payload"]
                    if name in {"executed", "failed"}:
                        said = [
                            str(payload[key]) for key in ("reason", "notification_log") if payload.get(key)
                        ]
                        return {"sent": name == "executed", "said": hide_own(" ".join(said))}
                if not sent or (not found and time.monotonic() > sent + _AGAIN):
                    await self._emit(_TEST, mark)
                    sent = time.monotonic()
                await asyncio.sleep(_TICK)
        finally:
            await self._client.delete_automation(made)
        return {"sent": False, "said": ""}

    async def _emit(self, name: str, resource: str) -> None:
        occurred = datetime.now(UTC).isoformat()
        event = {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{resource}/{occurred}")),
            "occurred": occurred,
            "event": name,
            "resource": {"prefect.resource.id": resource},
            "related": [],
            "payload": {},
        }
        (await self._client.request("POST", "/events", json=[event])).raise_for_status()

    async def _find_actions(self, automation: uuid.UUID, since: datetime) -> list[Record]:
        """What an automation has done, as events say it."""
        asked = {
            "resource": {"id": [f"prefect.automation.{automation}"]},
            "event": {"prefix": ["prefect.automation.action."]},
            "occurred": {
                "since": since.isoformat(),
                "until": (datetime.now(UTC) + timedelta(minutes=1)).isoformat(),
            },
        }
        answer = await self._client.request("POST", "/events/filter", json={"filter": asked, "limit": 10})
        answer.raise_for_status()
        found: list[Record] = answer.json()["events"]
        return found
