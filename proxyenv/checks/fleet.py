"""The proof on the workers: asks Prefect for pools, runs the proof flow there, and hears what it says.

The user's own Prefect does it, in one interpreter of the user's from the first question to the last thing
that is taken away again; see `checks/child/fleet.py`.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from proxyenv.checks.interpreter import Interpreter
from proxyenv.checks.pools import OWN_SETTINGS, open_client, parse_pool, read_records
from proxyenv.checks.proof_deployment import FLOW_NAME
from proxyenv.checks.python import NEEDED
from proxyenv.model.pool import WorkPool
from proxyenv.model.subject import show_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from proxyenv.checks.interpreter import Record
    from proxyenv.model.subject import Subject

_MODULE: Final = "proxyenv.checks.child.fleet"
_LOOKING: Final = 180.0
_MARGIN: Final = 180.0
"""Seconds beside the time of the proof: for what was left, and for what is taken away."""
_FAREWELL: Final = 100.0


class NamedDeployment(NamedTuple):
    """A deployment of the user's.

    Args:
        name: `FLOW/DEPLOYMENT`.
        pool: that it runs in; ``None`` where a process of its own serves it.
        queue: of that pool.
        variables: its ``job_variables``.
        pull_steps: how its code comes into the job.
    """

    name: str
    pool: str | None
    queue: str | None
    variables: Mapping[str, Any]
    pull_steps: tuple[Mapping[str, Any], ...]


class Looked(NamedTuple):
    """What there is.

    Args:
        api: the URL of the API, without credentials.
        pools: by name.
        queues: of each pool, those that are not paused.
        deployments: those that were named.
        missing: the names of pools that the API does not know.
        unknown: those of deployments.
    """

    api: str
    pools: Mapping[str, WorkPool]
    queues: Mapping[str, tuple[str, ...]]
    deployments: tuple[NamedDeployment, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]


class Proof(NamedTuple):
    """What is to be proved, of a pool or of a deployment in it.

    Args:
        key: names it in what is heard.
        pool: its name.
        deployment: the arguments of ``client.create_deployment``, but for the flow and the pool.
        workers: the names of those that are alive.
        queues: where runs are submitted; ``None`` for that of the deployment.
        single: whether one run is enough.
    """

    key: str
    pool: str
    deployment: Mapping[str, Any]
    workers: tuple[str, ...]
    queues: tuple[str | None, ...] = (None,)
    single: bool = False


class Fleet:
    """One conversation with Prefect about pools, as a context manager: on exit nothing is left there.

    Args:
        subject: whose interpreter and environment.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._child = Interpreter(_MODULE, None, subject=subject, extra=OWN_SETTINGS, packages=NEEDED)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            open_client(self._subject, partial(stack.enter_context, self._child))
            stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is not None:
                self._child.hang_up(_FAREWELL)
        finally:
            self._child.__exit__(kind, error, trace)

    def look(self, pools: tuple[str, ...], deployments: tuple[str, ...], *, every: bool) -> Looked:
        """Ask for pools and deployments.

        Raises:
            DiscoveryError: ``no-prefect-api``.
            VerifyError: ``prefect-unusable``.
        """
        self._child.send({"pools": list(pools), "deployments": list(deployments), "every": every})
        api, missing, unknown, named = "", list[str](), list[str](), list[NamedDeployment]()
        found, queues = dict[str, WorkPool](), dict[str, tuple[str, ...]]()
        for record in read_records(self._subject, self._child, limit=_LOOKING):
            match record["event"]:
                case "imported":
                    api = show_url(record["api_url"])
                case "pool":
                    pool = parse_pool(record)
                    found[pool.name], queues[pool.name] = pool, tuple(record["queues"])
                case "deployment":
                    steps = tuple(each for each in record["pull_steps"] if isinstance(each, dict))
                    named.append(
                        NamedDeployment(
                            record["name"], record["pool"], record["queue"], record["variables"], steps
                        )
                    )
                case "missing":
                    lost = missing if "pool" in record else unknown
                    lost.append(record.get("pool") or record["deployment"])
                case "looked":
                    break
        return Looked(api, found, queues, tuple(named), tuple(missing), tuple(unknown))

    def prove(self, proofs: tuple[Proof, ...], *, seconds: float, keep: bool) -> Iterator[Record]:
        """Run the proofs, and hear of them as they go on.

        Yields:
            Records with ``event``: ``sweeping``, ``deployed``, ``submitted``, ``taken``, ``ended``, ``busy``,
            ``lost``, ``done``, ``cleaning``, ``cleaned``, ``left``; those of a proof have its ``key``.

        Raises:
            VerifyError: ``prefect-unusable``: the API says no, or does not answer.
        """
        self._child.send(
            {
                "flow": FLOW_NAME,
                "tags": [FLOW_NAME],
                "proofs": [each._asdict() for each in proofs],
                "seconds": seconds,
                "keep": keep,
            }
        )
        yield from read_records(self._subject, self._child, limit=seconds + _MARGIN)
