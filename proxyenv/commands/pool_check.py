"""``proxyenv check --pool``: the proof on each worker of work pools, by Prefect itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from proxyenv.commands.command import Reply
from proxyenv.commands.pool_checked import PoolChecked, WorkerChecked
from proxyenv.commands.reports import (
    Checked,
    CheckResult,
    hide_private,
    open_documents,
    render_outcomes,
)
from proxyenv.commands.terminal import printable
from proxyenv.errors import UsageError
from proxyenv.model.report import Outcome, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from proxyenv.checks.job_proof import ExpectedJob
    from proxyenv.commands.command import Session
    from proxyenv.commands.pool_targets import PoolProver, PoolTarget
    from proxyenv.model.pool import WorkPool
    from proxyenv.model.subject import Subject

_SECONDS: Final = 600
_SHOWN: Final[Mapping[str, str]] = {
    "lost": "the API does not answer, trying again",
    "sweeping": "removing what an earlier check left",
    "cleaning": "removing deployment, runs and results",
}
"""What is shown of events that need no more words."""


def check_pools(session: Session) -> Reply:
    """Prove each worker of the pools that were named.

    Raises:
        DiscoveryError: ``pool-unknown``, ``deployment-unknown``, ``no-prefect-api``, or a file of an earlier
            run cannot be used.
        UsageError: ``usage``, ``url-invalid``, ``python-not-found``.
        VerifyError: ``prefect-unusable``.
    """
    from proxyenv.checks.fleet import Fleet
    from proxyenv.commands.pool_targets import PoolProver
    from proxyenv.commands.pooling import find_pool_caller, require_storable_urls

    seconds = _parse_seconds(session.options.timeout)
    require_storable_urls(session)
    subject, installation = find_pool_caller(session, tuple(session.options.pythons)[:1])
    names = tuple(dict.fromkeys(session.options.pools))
    deployments = tuple(dict.fromkeys(session.options.deployments))
    with session.terminal.watch() as progress, Fleet(subject) as fleet:
        progress(f"asking Prefect for {', '.join((*names, *deployments)) or 'its work pools'}")
        looked = fleet.look(names, deployments, every=bool(session.options.all_pools))
        prover = PoolProver(session, subject, installation, looked)
        targets = prover.find_targets()
        heard = _Heard(progress, seconds)
        proofs = tuple(prover.make_proof(target) for target in targets if target.ready)
        try:
            asked = fleet.prove(proofs, seconds=seconds, keep=bool(session.options.keep)) if proofs else ()
            for record in asked:
                heard.hear(record)
        except BaseException as error:
            if not isinstance(error, Exception):  # it is interrupted, or ended by a signal
                session.terminal.remark(
                    "removing what was made; interrupt again to leave it to the next check"
                )
            raise
    if heard.left:
        session.terminal.remark(f"note: {heard.left}")
    checked = tuple(_conclude(prover, target, heard) for target in targets)
    outcomes = tuple(outcome for pool in checked for outcome in (*pool.report, *map(_sum_up, pool.workers)))
    passed = bool(checked) and all(pool.passed for pool in checked)
    result = hide_private(session, CheckResult(outcomes, (), checked))
    if session.options.for_it:
        from proxyenv.commands.it_letter import reply_with_letter

        return reply_with_letter(session, result, passed=passed)
    hidden, found = (Checked((), (Report(each),)) for each in (result.report, outcomes))
    documents = open_documents(session, hidden, found)
    lines = _render(session, result.pools or ())
    return Reply(result, lines, "ok" if passed else "failed", documents=documents)


def _parse_seconds(text: str | None) -> int:
    if text is None:
        return _SECONDS
    if not re.fullmatch(r"[0-9]{1,9}", text) or not int(text):
        raise UsageError("usage", f"`--timeout {text}`: it takes a number of seconds, such as `600`")
    return int(text)


class _Heard:
    """What was heard of the proofs so far, and what is shown of it."""

    def __init__(self, progress: Callable[[str], None], seconds: int) -> None:
        self._progress, self.seconds = progress, seconds
        self.ended: dict[str, list[Mapping[str, Any]]] = {}
        self.missing: dict[str, list[str]] = {}
        self.stopped: set[str] = set()
        self.refused: dict[str, Mapping[str, Any]] = {}
        self.left = ""

    def hear(self, record: Mapping[str, Any]) -> None:
        """Take one record in."""
        key, shown = record.get("key", ""), _describe(record)
        if shown:
            self._progress(f"{key}: {shown}" if key else shown)
        match record["event"]:
            case "ended":
                self.ended.setdefault(key, []).append(record)
            case "done":
                self.missing.setdefault(key, []).extend(record["unseen"])
                self.seconds = record["seconds"]
            case "stopped":
                self.missing.setdefault(key, []).append(record["worker"])
                self.stopped.add(record["worker"])
            case "refused":
                self.refused[key] = record
            case "left":
                self.left = f"the flow `{record['flow']}` is left on the server; the next check removes it"


def _describe(record: Mapping[str, Any]) -> str:
    """What is shown while it goes on; empty for nothing."""
    named = record.get("unseen", ())
    more = record.get("left", 0) - len(named)
    unseen = ", ".join(named) + (f" and {more} more" if more > 0 else "")
    match record["event"]:
        case "submitted":
            return f"a run waits for {unseen or 'a job'}"
        case "taken":
            return f"{record['worker']} runs the proof{f'; next: {unseen}' if unseen else ''}"
        case "busy":
            return f"the API was too busy for {record['worker']}, which gets another run"
    return _SHOWN.get(record["event"], "")


def _conclude(prover: PoolProver, target: PoolTarget, heard: _Heard) -> PoolChecked:
    from proxyenv.catalog.pools import has_workers

    pool, key = target.pool, target.key
    outcomes = list(target.before)
    alone = not has_workers(pool.type)
    if alone:
        detail = f"a pool of type `{pool.type}` has no workers: one run stands for all"
        outcomes.append(Outcome(f"pool [{pool.name}]", "skipped", None, detail))
    if key in heard.refused:
        outcomes.append(_judge_refusal(prover.subject, pool, heard.refused[key]))
    expected = prover.expect(target)
    rows = [
        _judge_run(pool, record, expected)
        for record in heard.ended.get(key, ())
        if record["first"] and (record["state"] != "SCHEDULED" or alone)
    ]
    rows += [_judge_missing(name, heard) for name in heard.missing.get(key, ())]
    rows.sort(key=lambda row: row.worker)
    broken = next((row.breaks for row in rows if not row.passed), None)
    here = any(outcome.status == "failed" for outcome in outcomes)
    passed = bool(rows) and not here and broken is None
    named = target.deployment.name if target.deployment else None
    breaks = "here" if here else broken
    return PoolChecked(pool.name, pool.type, named, passed, breaks, tuple(outcomes), tuple(rows))


def _judge_refusal(subject: Subject, pool: WorkPool, record: Mapping[str, Any]) -> Outcome:
    from proxyenv.checks.failure import parse_chain

    answers = [link.answer for link in parse_chain(record["error"]) if link.answer is not None]
    said = subject.mask(" ".join(answers[0].body.split())[:300]) if answers else ""
    detail = f"the API refuses the deployment of the proof ({record['status']}): {said}"
    hint = "ask for a key that may create deployments: `prefect config view` shows where yours comes from"
    check = f"pool [{pool.name}]"
    return Outcome(
        check, "failed", "pool-refuses-deployments", detail, hint if record["status"] in {401, 403} else None
    )


def _judge_run(pool: WorkPool, record: Mapping[str, Any], expected: ExpectedJob) -> WorkerChecked:
    """A row, of a run that ended or had no time left to."""
    from proxyenv.checks.job_proof import judge_job
    from proxyenv.decide.pool_proofs import attribute, judge_stopped

    job = record.get("record")
    if job is not None:
        report = judge_job(dict(job), expected)
        failure = next((outcome for outcome in report if outcome.status == "failed"), None)
        breaks = "job" if failure else None
    else:
        seconds = record["waited"] + record["ran"]
        verdict = attribute(record["state"], record["message"], record.get("logs", ()), seconds)
        if record["stopped"]:
            verdict = judge_stopped(running=True)
        hint = f"`proxyenv pool show {pool.typed}`" if verdict.code == "job-died" else None
        failure = Outcome("job", "failed", verdict.code, verdict.detail, hint)
        report, breaks = (failure,), verdict.where
    cause = failure.cause if failure else None
    job = job or {}
    return WorkerChecked(
        record["worker"],
        record["queue"],
        failure is None,
        breaks,
        cause,
        record["waited"],
        record["ran"],
        job.get("python"),
        job.get("prefect"),
        job.get("place"),
        report,
    )


def _judge_missing(name: str, heard: _Heard) -> WorkerChecked:
    """A row for a worker without a run."""
    from proxyenv.decide.pool_proofs import judge_stopped

    outcome = Outcome(
        "job",
        "failed",
        cause="worker-not-seen",
        detail="it is alive, and took no run in time",
        hint="check again with a longer `--timeout`",
    )
    if name in heard.stopped:
        stopped = judge_stopped(running=False)
        outcome = Outcome("job", "failed", stopped.code, stopped.detail)
    return WorkerChecked(
        worker=name,
        queue=None,
        passed=False,
        breaks="worker",
        cause=outcome.cause,
        waited=heard.seconds,
        ran=0.0,
        python=None,
        prefect=None,
        place=None,
        report=(outcome,),
    )


def _sum_up(row: WorkerChecked) -> Outcome:
    first = next((each for each in row.report if each.status == "failed"), None)
    check = f"worker [{row.worker or 'unknown'}]"
    if first is None:
        return Outcome(check, "ok", None, f"Python {row.python}, Prefect {row.prefect}", None, row.ran)
    return Outcome(check, "failed", first.cause, f"{first.check}: {first.detail}", first.hint, row.ran)


def _render(session: Session, checked: tuple[PoolChecked, ...]) -> Iterator[str]:
    """A line for each worker, below a broken one why; with `-v` everything."""
    paint, verbose = session.paint, session.terminal.verbose
    for number, pool in enumerate(checked):
        if number:
            yield ""
        title = f"{pool.deployment} in {pool.name or 'no pool'}" if pool.deployment else pool.name
        yield paint(f"{printable(title)}: {pool.type or 'served'}", "bold")
        yield from render_outcomes(pool.report, paint, verbose=verbose)
        width = max((len(row.worker) for row in pool.workers), default=0)
        for row in pool.workers:
            yield _render_row(row, width, paint)
            shown = [each for each in row.report if verbose or each.status in {"failed", "warning"}]
            for line in render_outcomes(tuple(shown), paint, verbose=verbose):
                yield f"        {line}"
    yield from _render_verdict(checked, paint)


def _render_row(row: WorkerChecked, width: int, paint: Callable[[str, str], str]) -> str:
    status = paint(f"{'ok' if row.passed else 'failed':<7}", "ok" if row.passed else "failed")
    versions = f"Python {row.python}, Prefect {row.prefect}, {row.place}" if row.python else ""
    said = versions if row.passed else f"breaks in the {row.breaks}: {row.cause}"
    times = f"(taken after {row.waited:.0f} s, ran {row.ran:.0f} s)"
    return f"{status} {printable(row.worker or 'unknown worker'):<{width}}  {said} {times}"


def _render_verdict(checked: tuple[PoolChecked, ...], paint: Callable[[str, str], str]) -> Iterator[str]:
    rows = [row for pool in checked for row in pool.workers]
    good = sum(row.passed for row in rows)
    if checked and all(pool.passed for pool in checked):
        yield paint(f"all {len(rows)} workers passed" if len(rows) > 1 else "the worker passed", "ok")
        return
    broken = next((pool for pool in checked if not pool.passed), None)
    if broken is None:
        yield paint("failed", "failed") + ": there is no work pool"
        return
    where = {"here": "here, before a run", "worker": "at a worker", "job": "in a job", None: "here"}
    yield f"{paint(f'{good} of {len(rows)} workers passed', 'failed')}; it breaks {where[broken.breaks]}"
