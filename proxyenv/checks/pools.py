"""Work pools, asked of Prefect's API and written there by Prefect's own client in a Python of the user's.

So profile, key, headers, proxy and CA are those that the user's own Prefect has. Nothing is asked without a
limit of time, and no server is started: without an API there are no work pools.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from proxyenv.checks.failure import classify, parse_chain
from proxyenv.checks.interpreter import Interpreter, child_environment
from proxyenv.checks.proof_deployment import make_key
from proxyenv.checks.python import NEEDED, start_python
from proxyenv.errors import ApplyError, DiscoveryError, VerifyError
from proxyenv.model.pool import PoolDeployment, PoolResult, PoolWorker, WorkPool
from proxyenv.model.subject import show_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from proxyenv.checks.interpreter import Record
    from proxyenv.model.subject import Subject

_MODULE: Final = "proxyenv.checks.child.pools"
_SET_UP: Final = "proxyenv setup --api-url "
_CONFIGURE: Final = "prefect config set PREFECT_API_URL="
_LIMIT: Final = 180.0
"""Seconds for the import of Prefect and all calls; one call has thirty."""
OWN_SETTINGS: Final = {"PREFECT_CLIENT_MAX_RETRIES": "2", "PREFECT_API_REQUEST_TIMEOUT": "30"}
_CHECK: Final = "`proxyenv check` says where it breaks"


class PoolsRead(NamedTuple):
    """What the API says.

    Args:
        api: its URL, without credentials.
        forwarded: the settings that a worker in the same environment hands to its jobs.
        pools: in the order in which they were asked for.
        missing: the names of those that the API does not know.
    """

    api: str
    forwarded: Mapping[str, str]
    pools: tuple[WorkPool, ...]
    missing: tuple[str, ...] = ()


def read_pools(subject: Subject, names: tuple[str, ...]) -> PoolsRead:
    """Ask for work pools, their workers and their deployments.

    Args:
        subject: whose interpreter and environment.
        names: of the pools.

    Raises:
        DiscoveryError: ``no-prefect-api``.
        VerifyError: ``prefect-unusable``.
    """
    api, forwarded = "", dict[str, str]()
    pools, missing = list[WorkPool](), list[str]()
    keys = {name: make_key(name) for name in names}
    for record in ask_prefect(subject, _MODULE, {"pools": list(names), "keys": keys}, limit=_LIMIT):
        if record["event"] == "imported":
            api, forwarded = show_url(record["api_url"]), _without_ours(subject, record["forwarded"])
        elif record["event"] == "missing":
            missing.append(record["pool"])
        elif record["event"] == "pool":
            pools.append(parse_pool(record))
    return PoolsRead(api, MappingProxyType(forwarded), tuple(pools), tuple(missing))


def write_template(subject: Subject, pool: WorkPool, after: Mapping[str, Any]) -> None:
    """Write the template of a pool, if it still is as it was read, and read it back.

    Args:
        subject: whose interpreter and environment.
        pool: as it was read.
        after: the template as it is to be.

    Raises:
        ApplyError: ``changed-meanwhile``; ``pool-not-written``: the API refused it.
        DiscoveryError: ``no-prefect-api``.
        VerifyError: ``prefect-unusable``; ``pool-not-written``: the API keeps something else.
    """
    before = json.dumps(dict(pool.template), sort_keys=True)
    job = {"pools": [pool.name], "before": before, "after": dict(after)}
    for record in ask_prefect(subject, _MODULE, job, limit=_LIMIT):
        if record["event"] == "changed":
            raise ApplyError(
                "changed-meanwhile",
                f"the template of the work pool `{pool.name}` was changed after it was read",
                hint="run the command again",
            )
        if record["event"] == "written":
            if not record["same"]:
                raise VerifyError(
                    "pool-not-written", f"the API keeps another template of `{pool.name}` than it was sent"
                )
            return
    raise VerifyError("prefect-unusable", "Prefect ended without an answer", hint=_CHECK)


def ask_prefect(
    subject: Subject, module: str, job: Mapping[str, object], *, limit: float
) -> Iterator[Record]:
    """Run a module in an interpreter with Prefect, and hear what it says; see :func:`read_records`.

    Args:
        subject: whose interpreter and environment.
        module: of `checks/child/`.
        job: what it is to do.
        limit: seconds in all.
    """
    child = Interpreter(module, job, subject=subject, extra=OWN_SETTINGS, packages=NEEDED)
    with ExitStack() as children:
        open_client(subject, partial(children.enter_context, child))
        yield from read_records(subject, child, limit=limit)


def open_client(subject: Subject, start: Callable[[], Interpreter]) -> None:
    """Start an interpreter that will import Prefect.

    Args:
        subject: whose it is.
        start: enters it.

    Raises:
        VerifyError: ``prefect-unusable``.
    """
    finding, interpreter, _ = start_python(subject, start)
    if interpreter is None:
        raise VerifyError("prefect-unusable", finding.detail, hint=finding.hint)


def read_records(subject: Subject, child: Interpreter, *, limit: float) -> Iterator[Record]:
    """What Prefect says in an interpreter, but for what means that nothing can be done.

    Args:
        subject: whose it is.
        child: in which it is imported.
        limit: seconds in all.

    Raises:
        ApplyError: ``pool-not-written``.
        DiscoveryError: ``no-prefect-api``.
        VerifyError: ``prefect-unusable``.
    """
    try:
        for record in child.records(limit=limit):
            if record["event"] == "end":
                _require_success(subject, record)
                return
            if record["event"] == "imported" and not record["api_url"]:
                way = _SET_UP if subject.profile else _CONFIGURE
                raise DiscoveryError(
                    "no-prefect-api",
                    "the profile that Prefect uses here names no API, and only an API has work pools",
                    hint=f"name it: `{way}http://HOST:4200/api`",
                )
            yield record
    except TimeoutError as error:
        raise VerifyError("prefect-unusable", f"Prefect was stopped: {error}", hint=_CHECK) from error
    said = subject.mask(child.last_complaint or "nothing")
    raise VerifyError("prefect-unusable", f"Prefect ended early: {said}", hint=_CHECK)


def _require_success(subject: Subject, record: Record) -> None:
    """Raise what an exception in the child means."""
    if "error" not in record:
        return
    chain = parse_chain(record["error"])
    if record["step"] == "import":
        failure = classify(chain, otherwise="prefect-broken")
        detail = f"`import prefect` fails: {subject.mask(failure.detail)}"
        raise VerifyError("prefect-unusable", detail, hint=_CHECK)
    failure = classify(chain, otherwise="api-unreachable")
    detail = subject.mask(failure.detail)
    answer = failure.link.answer if failure.link else None
    if answer is not None and answer.status in _REFUSALS and record["step"] == "write":
        said = subject.mask(" ".join(answer.body.split())[:_SHOWN]) or detail
        raise ApplyError("pool-not-written", f"the API says no ({answer.status}): {said}")
    raise VerifyError(
        "prefect-unusable", f"the API cannot be asked: {detail}", hint=f"{_CHECK} (`{failure.cause}`)"
    )


_REFUSALS: Final = frozenset({401, 403, 404, 409, 422})
_SHOWN: Final = 300


def _without_ours(subject: Subject, forwarded: Mapping[str, str]) -> dict[str, str]:
    """The settings of the user's own process: those that the child has beside them are left out."""
    ours = {*OWN_SETTINGS, *child_environment(subject, Path()).keys()} - {*subject.environment}
    own = {name: value for name, value in forwarded.items() if name not in ours}
    said = {name: subject.environment[name] for name in OWN_SETTINGS if name in subject.environment}
    return {**own, **said}


def parse_pool(record: Record) -> WorkPool:
    """A pool in a record of a child."""
    return WorkPool(
        record["name"],
        record["type"],
        record["template"],
        record["status"],
        record["paused"],
        record["limit"],
        tuple(
            PoolWorker(each["name"], each["status"], each["last"], float(each["interval"]), each["age"])
            for each in record["workers"]
        ),
        tuple(PoolDeployment(each["name"], each["variables"]) for each in record["deployments"]),
        record["usual"],
        tuple(map(_parse_result, record.get("results", ()))),
    )


def _parse_result(record: Record) -> PoolResult:
    held = record["held"]
    return PoolResult(
        **{
            **record,
            "trouble": tuple(record["trouble"]),
            "held": frozenset(held) if held is not None else None,
        }
    )
