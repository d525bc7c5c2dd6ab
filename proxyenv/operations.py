"""One function per verb: the only place that knows the whole way."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from proxyenv import __version__
from proxyenv.apply import apply_plan
from proxyenv.errors import not_installed
from proxyenv.machine.host import read_host
from proxyenv.machine.installation import find_written, read_file, read_installation
from proxyenv.model.report import Outcome, Report
from proxyenv.model.route import RouteKind
from proxyenv.model.store_kind import STORE_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime

    from proxyenv.catalog.clients.client import Client
    from proxyenv.model.coverage import ClientCoverage, Installed
    from proxyenv.model.findings import Findings
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.model.no_proxy import Mistake
    from proxyenv.model.plan import Plan
    from proxyenv.model.request import Request
    from proxyenv.model.store_kind import StoreKind
    from proxyenv.model.target import Variable
    from proxyenv.no_proxy.advice import Advice
    from proxyenv.no_proxy.truth_table import TruthTable
    from proxyenv.plan.stores import StorePlan

__all__ = [
    "apply_plan",
    "apply_stores",
    "check",
    "client_variables",
    "clients",
    "discover",
    "plan_removal",
    "plan_setup",
    "plan_store_installation",
    "plan_store_removal",
    "read_file",
    "read_host",
    "routes",
    "status",
    "store_status",
]


def discover(host: Host, request: Request, *, now: datetime) -> Findings:
    """What the machine has, with provenance.

    Raises:
        DiscoveryError: something that was named cannot be read.
        TrustError: a CA that was named is refused.
    """
    from proxyenv.machine.findings import read_findings

    return read_findings(host, request, now=now)


def plan_setup(host: Host, request: Request, *, now: datetime) -> Plan:
    """What ``setup`` and ``refresh`` would do. ``diff`` shows it; :func:`apply_plan` does it.

    Raises:
        ProxyenvError: the request is wrong, something is missing, refused or ambiguous.
    """
    from proxyenv.decide import decide_target
    from proxyenv.plan import plan_setup as build
    from proxyenv.plan.rights import require_root

    findings = discover(host, request, now=now)
    if request.saved and findings.installation.configuration is None:
        raise not_installed()
    target = decide_target(host, findings, request)
    plan = build(host, findings, target, version=__version__)
    tools = (word for name in target.configuration.configure for word in ("--configure", name))
    arguments = ("refresh",) if request.saved else ("setup", *tools)  # what is not named would be taken back
    require_root(host, plan, python=sys.executable, arguments=arguments)
    return plan


def plan_removal(host: Host) -> Plan:
    """What ``uninstall`` would do.

    Raises:
        ProxyenvError: a file of an earlier run cannot be read or understood.
    """
    from proxyenv.plan import plan_removal as build
    from proxyenv.plan.rights import require_root

    installation = read_installation(host)
    stores = plan_store_removal(host, STORE_KINDS).changes if installation.receipt else ()
    plan = build(host, installation, stores=stores)
    require_root(host, plan, python=sys.executable, arguments=("uninstall",))
    return plan


def plan_store_installation(host: Host, kinds: Collection[StoreKind]) -> StorePlan:
    """What ``trust install`` would do. The stores' own tools are asked what is there.

    Raises:
        DiscoveryError: ``not-installed`` or ``no-corporate-ca``.
        PlanError: ``needs-root``.
        ApplyError: ``store-failed``: a tool could not be asked.
    """
    from proxyenv.apply.commands import passes
    from proxyenv.catalog.stores.stores import render_check
    from proxyenv.machine.store_status import read_stored_certificates
    from proxyenv.machine.stores import find_stores
    from proxyenv.plan.stores import plan_installation, require_rights

    installation = read_installation(host)
    if installation.receipt is None:
        raise not_installed()
    plan = plan_installation(
        find_stores(host, kinds),
        read_stored_certificates(installation, host.layout),
        installation.receipt.stores,
        has=lambda store, certificate: passes(render_check(store, certificate)),
    )
    require_rights(host, plan.changes, python=sys.executable, verb="trust install")
    return plan


def plan_store_removal(host: Host, kinds: Collection[StoreKind]) -> StorePlan:
    """What ``trust remove`` would do, and ``uninstall`` before all else.

    Raises:
        DiscoveryError: ``not-installed``.
        PlanError: ``needs-root``.
    """
    from proxyenv.machine.stores import find_stores
    from proxyenv.plan.stores import plan_store_removal as build
    from proxyenv.plan.stores import require_rights

    receipt = read_installation(host).receipt
    if receipt is None:
        raise not_installed()
    found = find_stores(host, kinds) if receipt.stores else ()
    plan = build(receipt.stores, kinds, found=found)
    require_rights(host, plan.changes, python=sys.executable, verb="trust remove")
    return plan


def apply_stores(host: Host, plan: StorePlan, *, progress: Callable[[str], None]) -> None:
    """Carry out what was planned for trust stores.

    Raises:
        ApplyError: see :func:`proxyenv.apply.stores.apply_stores`.
    """
    from proxyenv.apply.stores import apply_stores as carry_out

    carry_out(host.layout.receipt, plan.changes, progress=progress)


def store_status(host: Host, kinds: Collection[StoreKind]) -> Report:
    """Whether the trust stores of this machine trust the corporate CAs, by their own tools' word.

    Raises:
        DiscoveryError: ``not-installed`` or ``no-corporate-ca``.
        ApplyError: ``store-failed``: a tool could not be asked.
    """
    from proxyenv.apply.commands import passes
    from proxyenv.machine.store_status import judge_stores
    from proxyenv.machine.stores import find_stores

    return judge_stores(read_installation(host), host.layout, find_stores(host, kinds), passes=passes)


def status(host: Host, *, now: datetime) -> Report:
    """Whether the machine is as the receipt says.

    Raises:
        DiscoveryError: ``not-installed``, or a file of an earlier run cannot be read.
    """
    from proxyenv.machine.drift import find_drift

    installation = read_installation(host)
    return Report((*find_drift(host, installation, now=now).outcomes, *_conflicts(host, installation)))


def _conflicts(host: Host, installation: Installation) -> Iterator[Outcome]:
    """A warning for each conflicting setting."""
    from proxyenv.machine.tools import read_tools

    saved = installation.configuration
    proxies = (saved.http_proxy, saved.https_proxy) if saved else ()
    anchors = installation.receipt.anchors if installation.receipt else ()
    known = frozenset(anchor.fingerprint for anchor in anchors)
    for each in read_tools(
        host, filter(None, proxies), known, truststore=bool(saved and saved.uses_truststore)
    ).conflicts:
        detail = f"{each.provenance}: {each.detail}"
        remedy = each.remedy if "`" in each.remedy else f"`{each.remedy}`"
        yield Outcome(f"settings [{each.tool}]", "warning", each.cause, detail, remedy)


class Routes(NamedTuple):
    """What ``routes`` answers.

    Args:
        table: hosts down, clients across.
        advice: what would make them agree.
        mistakes: entries of NO_PROXY that do not mean what they seem to.
        proxied: whether any variable names a proxy at all.
    """

    table: TruthTable
    advice: Advice
    mistakes: tuple[Mistake, ...]
    proxied: bool


def routes(host: Host, hosts: tuple[str, ...], *, env_file: str | None, no_proxy: str | None) -> Routes:
    """Where each client goes for each host, by what the clients' own rules say; nothing is connected.

    Args:
        host: the machine; its environment is what is judged, unless *env_file* names another.
        hosts: hosts or URLs; empty means those that matter here.
        env_file: a file of assignments, as an env file or ``env.list`` has them.
        no_proxy: a list instead of that of the environment.

    Raises:
        UsageError: ``url-invalid``.
        DiscoveryError: ``file-unreadable``.
    """
    from proxyenv.machine.hosts import find_urls, read_environment
    from proxyenv.no_proxy.advice import advise, read_no_proxy
    from proxyenv.no_proxy.dialects.table import DIALECTS
    from proxyenv.no_proxy.truth_table import make_table, parse_host

    environment = dict(read_environment(host, env_file))
    if no_proxy is not None:
        environment |= {"no_proxy": no_proxy, "NO_PROXY": no_proxy}
    meant = read_no_proxy(environment)
    urls = tuple(map(parse_host, hosts)) or find_urls(host, meant)
    table = make_table(environment, urls, DIALECTS)
    proxied = any(cell.route.kind is not RouteKind.DIRECT for row in table.rows for cell in row.cells)
    advice = advise(environment, table, DIALECTS, shell=host.environment)
    return Routes(table, advice, meant.mistakes, proxied)


class ClientRow(NamedTuple):
    """One client of the knowledge base, on this machine.

    Args:
        client: its row.
        installed: where it is, or ``None``.
        verdict: whether it gets the proxy and the CA; ``None`` while nothing is set up.
    """

    client: Client
    installed: Installed | None
    verdict: ClientCoverage | None


class Clients(NamedTuple):
    """What ``clients`` answers.

    Args:
        rows: in the order of the knowledge base.
        is_set_up: whether there is an installation to judge.
    """

    rows: tuple[ClientRow, ...]
    is_set_up: bool


def clients(host: Host) -> Clients:
    """Every client of the knowledge base, whether it is here, and whether it is covered.

    Raises:
        DiscoveryError: a file of an earlier run cannot be read or understood.
    """
    from proxyenv.catalog.clients.table import CLIENTS
    from proxyenv.decide.coverage import judge_coverage
    from proxyenv.machine.clients import find_installed
    from proxyenv.machine.set_up import read_set_up

    installation = read_installation(host)
    written = find_written(installation, host.layout)
    here = None if written is None else read_set_up(host, installation, written)
    found = find_installed(CLIENTS, host.environment)
    rows = (
        ClientRow(client, place, judge_coverage(client, here, place) if here else None)
        for client in CLIENTS
        for place in (found.get(client.name),)
    )
    return Clients(tuple(rows), here is not None)


def client_variables(host: Host, name: str) -> tuple[Client, tuple[Variable, ...]]:
    """What one client needs of the environment that was written.

    Raises:
        UsageError: ``usage``: there is no such client.
        DiscoveryError: ``not-installed``, or a file of an earlier run cannot be read.
    """
    from proxyenv.decide.client import choose_client, select_variables

    client = choose_client(name)
    installation = read_installation(host)
    written = find_written(installation, host.layout)
    if written is None:
        raise not_installed()
    configuration = installation.configuration
    truststore = configuration is not None and configuration.uses_truststore
    return client, select_variables(client, written, truststore=truststore)


def check(host: Host, *, urls: tuple[str, ...], progress: Callable[[str], None]) -> Report:
    """Prove with real connections that what is installed works.

    Args:
        host: the machine.
        urls: what to fetch; empty means those of the configuration, or else the usual document.
        progress: called with a line for each thing that is begun.

    Raises:
        DiscoveryError: ``not-installed``.
        VerifyError: a check could not be run.
    """
    from proxyenv.checks.ladder import run_ladder
    from proxyenv.machine.subject import read_subject

    installation = read_installation(host)
    report = run_ladder(read_subject(host, installation, urls=urls), progress=progress)
    return Report((*_conflicts(host, installation), *report.outcomes))
