"""What is known of a proof without its record: before it starts, and where its job left none."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from proxyenv.codes import require_code
from proxyenv.decide.pool_finds import judge_state
from proxyenv.model.report import Outcome
from proxyenv.model.subject import show_url, strip_credentials
from proxyenv.model.url import show_location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from proxyenv.catalog.pools.pool_type import PoolType
    from proxyenv.model.pool import WorkPool

_BLOCKING: Final = frozenset({"pool-paused", "pool-limit-zero", "pool-no-worker"})
"""What keeps every run of a pool from starting."""

_FINAL: Final = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
_LONGEST: Final = 300
_SSH_REMOTE: Final = r"[\w.-]+@[\w.-]+:[^@:?#\s]+|[\w.-]+:[^@:?#\s]+\.git"
_INDEXES: Final = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")


class _Sign(NamedTuple):
    """What a line of a log means."""

    code: str
    pattern: re.Pattern[str]


def _sign(code: str, *words: str) -> _Sign:
    return _Sign(require_code("pools", code).name, re.compile("|".join(words), re.IGNORECASE))


_CLUSTER: Final = re.compile(
    r"kubernetes_asyncio|kubernetes\.default|kubernetes\.svc|:6443|/apis?/(batch/)?v1\b"
)
_TRUST: Final = re.compile(r"certificate.verify.failed|CERTIFICATE_VERIFY_FAILED|ProxyError|\b407\b|\b403\b")
_SIGNS: Final = (
    _sign(
        "job-image-missing",
        "ImageNotFound",
        "No such image",
        "pull access denied",
        "manifest( for \\S+)? (unknown|not found)",
        "repository does not exist",
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "CannotPullContainerError",
    ),
    _sign(
        "job-without-prefect",
        "No module named '?prefect",
        '"prefect": executable file not found',
        "prefect: (command )?not found",
        "non-zero status code 127\\b",
    ),
    _sign(
        "worker-infrastructure",
        "Error while fetching server API version",
        "Failed to submit flow run to infrastructure: PrefectHTTPStatusError",
        "Cannot connect to the Docker daemon",
        "is forbidden: User",
    ),
)
"""In the order in which they are looked for."""


class Attribution(NamedTuple):
    """Why a job left no record.

    Args:
        code: of the family ``pools``.
        where: where it breaks: ``worker`` or ``job``.
        detail: in one line.
    """

    code: str
    where: str
    detail: str


def judge_before(pool: WorkPool, kind: PoolType | None) -> tuple[Outcome, ...]:
    """What speaks against a pool before anything is made: ``failed`` where no run can start."""
    return tuple(
        Outcome(
            f"pool [{pool.name}]",
            "failed" if find.code in _BLOCKING else "warning",
            find.code,
            find.detail,
            find.hint,
        )
        for find in judge_state(pool, kind)
        if find.code in _BLOCKING
    )


def judge_queue(deployment: str, queue: str, pool: WorkPool) -> Outcome:
    """That the queue of a deployment takes no runs."""
    return Outcome(
        f"deployment [{deployment}]",
        "failed",
        cause="deployment-queue-paused",
        detail=f"its queue `{queue}` of the pool `{pool.name}` is paused or gone",
        hint=f"`prefect work-queue resume {shlex.quote(queue)} --pool {pool.typed}`",
    )


def judge_no_pool(deployment: str) -> Outcome:
    """That a deployment runs in no work pool."""
    return Outcome(
        f"deployment [{deployment}]",
        "failed",
        cause="deployment-without-pool",
        detail="it runs in no work pool: a process of its own serves it",
        hint="`proxyenv check` on the machine of that process",
    )


def find_remotes(steps: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The git remotes that the pull steps of a deployment name, without credentials.

    One in which a secret may be left is left out: it has a query, or parsers do not agree about its host.
    """
    found = (
        str(inputs["repository"])
        for step in steps
        for name, inputs in step.items()
        if name.endswith("git_clone") and isinstance(inputs, dict) and inputs.get("repository")
    )
    remotes = (strip_credentials(each) for each in found if "{{" not in each)
    return tuple(dict.fromkeys(each for each in remotes if _is_open(each)))


def _is_open(remote: str) -> bool:
    """Whether nothing in a remote, whose credentials are gone, can be a secret."""
    return re.fullmatch(_SSH_REMOTE, remote) is not None or show_location(remote) == remote


def find_index(variables: Mapping[str, str]) -> str | None:
    """The package index that variables name; none where it wants credentials."""
    for name in _INDEXES:
        value = variables.get(name, "")
        if value.startswith(("http://", "https://")) and show_url(value) == value:
            return f"{value.rstrip('/')}/pip/"
    return None


def attribute(state: str, message: str, logs: Iterable[str], seconds: float) -> Attribution:
    """Find why a job left no record.

    Args:
        state: the type of its run's state, such as ``CRASHED``.
        message: of that state.
        logs: of the run, the oldest first: those of the worker, and of the job if it had a way to the API.
        seconds: since it was submitted.
    """
    if state not in _FINAL:
        return _judge_late(state, seconds)
    lines = tuple(filter(None, (message, *reversed(tuple(logs)))))
    for line in lines:
        if _CLUSTER.search(line) and _TRUST.search(line):
            return Attribution("worker-cluster-api", "worker", _shorten(line))
    for sign in _SIGNS:
        for line in lines:
            if found := sign.pattern.search(line):
                where = "job" if sign.code == "job-without-prefect" else "worker"
                return Attribution(sign.code, where, _shorten(line, found.start()))
    said = next(_find_errors(lines), message or "nothing was said")
    code = "job-died" if state == "CRASHED" else "job-failed"
    return Attribution(code, "job", f"the run is `{state}`: {_shorten(said)}")


def judge_stopped(*, running: bool) -> Attribution:
    """That a worker sends no heartbeats any more.

    Args:
        running: whether it had taken a run.
    """
    what = "its run did not end" if running else "it took no run"
    detail = f"it sends no heartbeats any more, and {what}"
    return Attribution("worker-stopped", "worker", detail)


def _judge_late(state: str, seconds: float) -> Attribution:
    if state == "SCHEDULED":
        detail = f"no worker took its run in {seconds:.0f} s"
        return Attribution("job-not-taken", "worker", detail)
    if state == "PENDING":
        detail = f"its job did not start in {seconds:.0f} s"
        return Attribution("job-never-started", "worker", detail)
    detail = f"the run is still `{state}` after {seconds:.0f} s"
    return Attribution("job-not-finished", "job", detail)


def _find_errors(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        last = line.strip().splitlines()[-1] if line.strip() else ""
        if re.search(r"(Error|Exception)\b", last):
            yield last


def _shorten(text: str, start: int = 0) -> str:
    """One line, from a little before *start* on."""
    line = " ".join(text[max(0, start - _LONGEST // 3) :].split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rstrip()} …"
