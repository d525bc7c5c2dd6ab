"""What ``check --pool`` found of work pools and their workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from proxyenv.model.report import Outcome


class WorkerChecked(NamedTuple):
    """What was found of one worker.

    Args:
        worker: its name; empty where nobody knows who took the run.
        queue: whose run it took, or `null` for that of the deployment.
        passed: whether everything works in its jobs.
        breaks: where it breaks: `worker` (its job did not start), `job`, or `null` where it does not.
        cause: the first cause, or `null`.
        waited: seconds until it took the run.
        ran: seconds from there to the end of the run.
        python: the version of Python in the job, or `null`.
        prefect: that of Prefect, or `null`.
        place: `host`, `container` or `kubernetes`, or `null`.
        report: one outcome for each thing.
    """

    worker: str
    queue: str | None
    passed: bool
    breaks: str | None
    cause: str | None
    waited: float
    ran: float
    python: str | None
    prefect: str | None
    place: str | None
    report: tuple[Outcome, ...]


class PoolChecked(NamedTuple):
    """What was found of one pool.

    Args:
        name: its name.
        type: its type.
        deployment: `FLOW/DEPLOYMENT`, whose variables, image, volumes and queue were used, or `null`.
        passed: whether everything works for every worker.
        breaks: `here` where no run could be submitted, else that of its first worker.
        report: what is true of the pool as a whole.
        workers: by name.
    """

    name: str
    type: str
    deployment: str | None
    passed: bool
    breaks: str | None
    report: tuple[Outcome, ...]
    workers: tuple[WorkerChecked, ...]
