"""What ``proxyenv check`` proves of Prefect's workers: pools, and deployments of the user's in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from proxyenv.catalog.clients.table import LISTS
from proxyenv.catalog.pools import find_pool_type, has_workers
from proxyenv.checks.fleet import Proof
from proxyenv.checks.job_proof import ExpectedJob
from proxyenv.checks.proof_deployment import Order, make_deployment
from proxyenv.decide.pool_jobs import PATHS, PROXIES, merge_job
from proxyenv.decide.pool_proofs import find_index, find_remotes, judge_before, judge_no_pool, judge_queue
from proxyenv.errors import DiscoveryError, pool_unknown
from proxyenv.machine.subject import find_usual_documents
from proxyenv.model.pool import PoolDeployment, WorkerHost, WorkPool
from proxyenv.model.proxy_url import find_proxy_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.catalog.pools.pool_type import PoolType
    from proxyenv.checks.fleet import Looked, NamedDeployment
    from proxyenv.commands.command import Session
    from proxyenv.decide.pool_jobs import PoolJob
    from proxyenv.model.installation import Installation
    from proxyenv.model.report import Outcome
    from proxyenv.model.subject import Subject

_TOKEN_BYTES: Final = 12
_REPORTED: Final = tuple(sorted(PROXIES | LISTS | PATHS | {"PREFECT_API_URL", "PREFECT_PROFILE"}))
"""The variables whose values a job reports."""


class PoolTarget(NamedTuple):
    """A pool, or a deployment in one.

    Args:
        key: names it: that of the pool or of the deployment.
        pool: where its jobs run; without a name where that is in none.
        deployment: of the user's, or ``None``.
        before: what is known before anything is made.
    """

    key: str
    pool: WorkPool
    deployment: NamedDeployment | None
    before: tuple[Outcome, ...]

    @property
    def kind(self) -> PoolType | None:
        """What is known of its type."""
        return find_pool_type(self.pool.type)

    @property
    def ready(self) -> bool:
        """Whether runs can start."""
        return not any(outcome.status == "failed" for outcome in self.before)

    @property
    def job(self) -> PoolJob:
        """What pool and deployment say of a job, without what a worker adds."""
        named = self.deployment
        said = PoolDeployment(named.name, named.variables) if named else None
        return merge_job(self.pool, said, self.kind, WorkerHost())


class PoolProver(NamedTuple):
    """What every proof of one run shares.

    Args:
        session: with what was asked for.
        subject: the process that asks the API.
        installation: what is set up here.
        looked: what the API says.
    """

    session: Session
    subject: Subject
    installation: Installation
    looked: Looked

    def find_targets(self) -> tuple[PoolTarget, ...]:
        """What is to be proved: the pools that were named, then the deployments.

        Raises:
            DiscoveryError: ``pool-unknown``, ``deployment-unknown``.
        """
        _require_known(self.looked)
        options = self.session.options
        pools = self.looked.pools
        named = tuple(pools) if options.all_pools else tuple(dict.fromkeys(options.pools))
        return (
            *(
                PoolTarget(name, pools[name], None, judge_before(pools[name], _find(pools[name])))
                for name in named
            ),
            *(self._find_target(each) for each in self.looked.deployments),
        )

    def _find_target(self, deployment: NamedDeployment) -> PoolTarget:
        pool = self.looked.pools.get(deployment.pool or "")
        if pool is None:
            return PoolTarget(
                deployment.name, WorkPool("", "", {}), deployment, (judge_no_pool(deployment.name),)
            )
        before = judge_before(pool, _find(pool))
        if deployment.queue and deployment.queue not in self.looked.queues[pool.name]:
            before = (*before, judge_queue(deployment.name, deployment.queue, pool))
        return PoolTarget(deployment.name, pool, deployment, before)

    def make_proof(self, target: PoolTarget) -> Proof:
        """What Prefect is to do."""
        pool, named = target.pool, target.deployment
        order = make_order(self.session, self.subject, self.installation)
        if named is not None:
            index = find_index(dict(_values(target.job)))
            documents = {url: form for url, form in order.documents.items() if form != "index" or not index}
            documents |= {index: "index"} if index else {}
            order = order._replace(documents=documents, git=find_remotes(named.pull_steps))
        alive = tuple(sorted(worker.name for worker in pool.workers if worker.fresh))
        deployment: dict[str, Any] = {
            "name": target.key.replace("/", " "),
            **make_deployment(pool.name, order),
            "job_variables": dict(named.variables) if named else {},
        }
        queues: tuple[str | None, ...] = (None,)
        if named is not None:
            deployment["work_queue_name"] = named.queue
        elif has_workers(pool.type):
            queues = self.looked.queues[pool.name] or queues
        return Proof(target.key, pool.name, deployment, alive, queues, single=not has_workers(pool.type))

    @property
    def _anchors(self) -> tuple[Any, ...]:
        receipt = self.installation.receipt
        return receipt.anchors if receipt else ()

    def expect(self, target: PoolTarget) -> ExpectedJob:
        """What its jobs should have: what pool and deployment say, or else what is set up here."""
        kind, subject = target.kind, self.subject
        inherited = kind is not None and kind.is_inherited
        stated = dict(_values(target.job))
        proxies = {}
        for scheme, usual in (("http", subject.http_proxy), ("https", subject.https_proxy)):
            said = stated.get(f"{scheme}_proxy") or stated.get(f"{scheme.upper()}_PROXY")
            proxy = find_proxy_url(said) if said else usual if inherited else None
            if proxy is not None:
                proxies[scheme] = proxy
        cure = f"`proxyenv pool patch {target.pool.typed}`"
        if inherited:
            cure = "on that machine: `proxyenv setup`, then start the worker from a new shell"
        return ExpectedJob(cure, proxies, {each.fingerprint: each.subject for each in self._anchors})


def make_order(session: Session, subject: Subject, installation: Installation, *, days: int = 0) -> Order:
    """What a job has to look at.

    Args:
        session: its ``--url`` name the documents.
        subject: who asks, with the usual ones.
        installation: whose corporate CAs.
        days: how long before its end a corporate CA is announced.
    """
    import secrets

    urls = tuple(session.options.urls) or subject.urls
    documents = dict.fromkeys(urls, "") or find_usual_documents(session.host, subject)
    receipt = installation.receipt
    return Order(
        {url: form for url, form in documents.items() if form != "api"},
        bool(urls),
        secrets.token_hex(_TOKEN_BYTES),
        tuple(anchor.fingerprint for anchor in receipt.anchors) if receipt else (),
        _REPORTED,
        subject.timeout,
        days=days,
    )


def _find(pool: WorkPool) -> PoolType | None:
    return find_pool_type(pool.type)


def _values(job: PoolJob) -> Iterator[tuple[str, str]]:
    for name, variable in job.variables.items():
        if variable.value is not None:
            yield name, variable.value


def _require_known(looked: Looked) -> None:
    if looked.missing:
        raise pool_unknown(looked.api, looked.missing[0])
    if looked.unknown:
        raise DiscoveryError(
            "deployment-unknown",
            f"`{looked.api}` has no deployment `{looked.unknown[0]}`",
            hint="`prefect deployment ls` lists them, as `FLOW/DEPLOYMENT`",
        )
