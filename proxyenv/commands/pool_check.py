"""``proxyenv check --pool``: the proof on each worker of work pools, by Prefect itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from proxyenv.commands.command import Reply
from proxyenv.commands.reports import CheckResult, PoolChecked, WorkerChecked, render_outcomes
from proxyenv.commands.terminal import printable
from proxyenv.errors import DiscoveryError, UsageError
from proxyenv.model.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from proxyenv.catalog.pools.pool_type import PoolType
    from proxyenv.checks.fleet import Fleet, Looked, Proof
    from proxyenv.checks.job_proof import ExpectedJob
    from proxyenv.checks.proof_deployment import Order
    from proxyenv.commands.command import Session
    from proxyenv.model.installation import Installation
    from proxyenv.model.pool import WorkPool
    from proxyenv.model.subject import Subject

_SECONDS: Final = 600
_TOKEN_BYTES: Final = 12


class _Asked(NamedTuple):
    """What every proof of one run shares."""

    session: Session
    subject: Subject
    installation: Installation
    looked: Looked


def check_pools(session: Session) -> Reply:
    """Prove each worker of the pools that were named.

    Raises:
        DiscoveryError: ``pool-unknown``, ``no-prefect-api``, or a file of an earlier run cannot be used.
        UsageError: ``usage``, ``python-not-found``.
        VerifyError: ``prefect-unusable``.
    """
    from proxyenv.checks.fleet import Fleet
    from proxyenv.commands.pooling import find_pool_caller

    seconds = _parse_seconds(session.options.timeout)
    subject, installation = find_pool_caller(session, tuple(session.options.pythons)[:1])
    names = tuple(dict.fromkeys(session.options.pools))
    with session.terminal.watch() as progress, Fleet(subject) as fleet:
        progress(f"asking Prefect for {', '.join(names) or 'its work pools'}")
        looked = fleet.look(names, (), every=session.options.all_pools)
        _require_known(looked)
        asked = _Asked(session, subject, installation, looked)
        checked = _check_pools(asked, fleet, seconds, progress)
    outcomes = tuple(outcome for pool in checked for outcome in (*pool.report, *map(_sum_up, pool.workers)))
    passed = bool(checked) and all(pool.passed for pool in checked)
    result = CheckResult(outcomes, (), checked)
    return Reply(result, _render(session, checked), "ok" if passed else "failed")


def _parse_seconds(text: str | None) -> int:
    if text is None:
        return _SECONDS
    if not text.isascii() or not text.isdigit() or not int(text):
        raise UsageError("usage", f"`--timeout {text}`: it takes a number of seconds, such as `600`")
    return int(text)


def _require_known(looked: Looked) -> None:
    if looked.missing:
        raise DiscoveryError(
            "pool-unknown",
            f"`{looked.api}` has no work pool `{looked.missing[0]}`",
            hint="`prefect work-pool ls` lists them",
        )


def _check_pools(
    asked: _Asked, fleet: Fleet, seconds: int, progress: Callable[[str], None]
) -> tuple[PoolChecked, ...]:
    from proxyenv.catalog.pools import find_pool_type
    from proxyenv.decide.pool_proofs import judge_before

    before = {
        name: judge_before(pool, find_pool_type(pool.type)) for name, pool in asked.looked.pools.items()
    }
    ready = [
        pool
        for name, pool in asked.looked.pools.items()
        if not any(each.status == "failed" for each in before[name])
    ]
    proofs = tuple(_make_proof(asked, pool) for pool in ready)
    heard = _Heard(progress, seconds)
    if proofs:
        for record in fleet.prove(proofs, seconds=seconds, keep=bool(asked.session.options.keep)):
            heard.hear(record)
    if heard.left:
        asked.session.terminal.remark(f"note: {heard.left}")
    return tuple(_conclude(asked, pool, before[name], heard) for name, pool in asked.looked.pools.items())


def make_order(session: Session, subject: Subject, installation: Installation, *, days: int = 0) -> Order:
    """What a job has to look at.

    Args:
        session: its ``--url`` name the documents.
        subject: who asks, with the usual ones.
        installation: whose corporate CAs.
        days: how long before its end a corporate CA is announced.
    """
    import secrets

    from proxyenv.catalog.clients.table import LISTS
    from proxyenv.checks.proof_deployment import Order
    from proxyenv.decide.pool_jobs import PATHS, PROXIES
    from proxyenv.machine.subject import find_usual_documents

    urls = tuple(session.options.urls) or subject.urls
    documents = dict.fromkeys(urls, "") or find_usual_documents(session.host, subject)
    receipt = installation.receipt
    return Order(
        {url: form for url, form in documents.items() if form != "api"},
        bool(urls),
        secrets.token_hex(_TOKEN_BYTES),
        tuple(anchor.fingerprint for anchor in receipt.anchors) if receipt else (),
        tuple(sorted(PROXIES | LISTS | PATHS | {"PREFECT_API_URL", "PREFECT_PROFILE"})),
        subject.timeout,
        days=days,
    )


def _make_proof(asked: _Asked, pool: WorkPool) -> Proof:
    from proxyenv.catalog.pools import has_workers
    from proxyenv.checks.fleet import Proof
    from proxyenv.checks.proof_deployment import make_deployment

    order = make_order(asked.session, asked.subject, asked.installation)
    alive = tuple(sorted(worker.name for worker in pool.workers if worker.fresh))
    deployment = {"name": "proof", **make_deployment(pool.name, order)}
    return Proof(pool.name, pool.name, deployment, alive, single=not has_workers(pool.type))


class _Heard:
    """What was heard of the proofs so far, and what is shown of it."""

    def __init__(self, progress: Callable[[str], None], seconds: int) -> None:
        self._progress, self.seconds = progress, seconds
        self.ended: dict[str, list[Mapping[str, Any]]] = {}
        self.unseen: dict[str, tuple[str, ...]] = {}
        self.refused: dict[str, Mapping[str, Any]] = {}
        self.left = ""

    def hear(self, record: Mapping[str, Any]) -> None:
        """Take one record in."""
        key, unseen = record.get("key", ""), ", ".join(record.get("unseen", ()))
        match record["event"]:
            case "submitted":
                self._progress(f"{key}: a run waits for {unseen or 'a job'}")
            case "taken":
                waits = f"; next: {unseen}" if unseen else ""
                self._progress(f"{key}: {record['worker']} runs the proof{waits}")
            case "lost":
                self._progress(f"{key}: the API does not answer, trying again")
            case "sweeping":
                self._progress("removing what an earlier check left")
            case "cleaning":
                self._progress("removing deployment, runs and results")
            case "ended":
                self.ended.setdefault(key, []).append(record)
            case "done":
                self.unseen[key] = tuple(record["unseen"])
            case "refused":
                self.refused[key] = record
            case "left":
                self.left = f"the flow `{record['flow']}` is left on the server; the next check removes it"


def _conclude(asked: _Asked, pool: WorkPool, before: tuple[Outcome, ...], heard: _Heard) -> PoolChecked:
    from proxyenv.catalog.pools import find_pool_type, has_workers

    kind = find_pool_type(pool.type)
    outcomes = list(before)
    if not has_workers(pool.type):
        detail = f"a pool of type `{pool.type}` has no workers: one run stands for all"
        outcomes.append(Outcome(f"pool [{pool.name}]", "skipped", None, detail))
    if pool.name in heard.refused:
        outcomes.append(_judge_refusal(asked.subject, pool, heard.refused[pool.name]))
    expected = _expect(asked, pool, kind)
    rows = [
        _judge_run(pool, record, expected)
        for record in heard.ended.get(pool.name, ())
        if record["first"] and (record["worker"] or record["state"] != "SCHEDULED" or not pool.workers)
    ]
    rows += [_judge_unseen(name, heard) for name in heard.unseen.get(pool.name, ())]
    rows.sort(key=lambda row: row.worker)
    broken = next((row.breaks for row in rows if not row.passed), None)
    here = any(outcome.status == "failed" for outcome in outcomes)
    passed = bool(rows) and not here and broken is None
    return PoolChecked(pool.name, pool.type, passed, "here" if here else broken, tuple(outcomes), tuple(rows))


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


def _expect(asked: _Asked, pool: WorkPool, kind: PoolType | None) -> ExpectedJob:
    """What a job of a pool should have: what its template says, or else what is set up here."""
    from proxyenv.checks.job_proof import ExpectedJob
    from proxyenv.decide.pool_jobs import merge_job
    from proxyenv.model.pool import WorkerHost
    from proxyenv.model.url import parse_proxy_url

    inherited = kind is not None and kind.is_inherited
    stated = merge_job(pool, None, kind, WorkerHost()).variables
    proxies = {}
    for scheme, usual in (("http", asked.subject.http_proxy), ("https", asked.subject.https_proxy)):
        said = stated.get(f"{scheme}_proxy") or stated.get(f"{scheme.upper()}_PROXY")
        try:
            proxy = parse_proxy_url(said.value) if said and said.value else usual if inherited else None
        except UsageError:
            proxy = None
        if proxy is not None:
            proxies[scheme] = proxy
    receipt = asked.installation.receipt
    anchors = {each.fingerprint: each.subject for each in receipt.anchors} if receipt else {}
    cure = f"`proxyenv pool patch {pool.typed}`"
    if inherited:
        cure = "on that machine: `proxyenv setup`, then start the worker from a new shell"
    return ExpectedJob(cure, proxies, anchors)


def _judge_run(pool: WorkPool, record: Mapping[str, Any], expected: ExpectedJob) -> WorkerChecked:
    """A row, of a run that ended or had no time left to."""
    from proxyenv.checks.job_proof import judge_job
    from proxyenv.decide.pool_proofs import attribute

    job = record.get("record")
    if job is not None:
        report = judge_job(dict(job), expected)
        failure = next((outcome for outcome in report if outcome.status == "failed"), None)
        breaks = "job" if failure else None
    else:
        verdict = attribute(
            record["state"], record["message"], record.get("logs", ()), record["waited"] + record["ran"]
        )
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


def _judge_unseen(name: str, heard: _Heard) -> WorkerChecked:
    detail = "it is alive, and took no run in time"
    outcome = Outcome("job", "failed", "worker-not-seen", detail, "check again with a longer `--timeout`")
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
        yield paint(f"{printable(pool.name)}: {pool.type}", "bold")
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
