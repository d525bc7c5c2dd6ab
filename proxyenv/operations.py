"""One function per verb: the only place that knows the whole way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv import __version__
from proxyenv.apply import apply_plan
from proxyenv.discovery.host import read_host
from proxyenv.discovery.installation import read_file, read_installation
from proxyenv.errors import not_installed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from proxyenv.model.findings import Findings
    from proxyenv.model.host import Host
    from proxyenv.model.plan import Plan
    from proxyenv.model.report import Report
    from proxyenv.model.request import Request

__all__ = [
    "apply_plan",
    "check",
    "discover",
    "plan_removal",
    "plan_setup",
    "read_file",
    "read_host",
    "status",
]


def discover(host: Host, request: Request, *, now: datetime) -> Findings:
    """What the machine has, with provenance.

    Raises:
        DiscoveryError: something that was named cannot be read.
        TrustError: a CA that was named is refused.
    """
    from proxyenv.discovery.findings import read_findings  # noqa: PLC0415 - brings cryptography

    return read_findings(host, request, now=now)


def plan_setup(host: Host, request: Request, *, now: datetime) -> Plan:
    """What ``setup`` and ``refresh`` would do. ``diff`` shows it; :func:`apply_plan` does it.

    Raises:
        ProxyenvError: the request is wrong, something is missing, refused or ambiguous.
    """
    from proxyenv.plan import plan_setup as build  # noqa: PLC0415 - brings tomlkit
    from proxyenv.resolve import resolve  # noqa: PLC0415 - only for those who plan

    findings = discover(host, request, now=now)
    if request.saved and findings.installation.configuration is None:
        raise not_installed()
    return build(host, findings, resolve(host, findings, request), version=__version__)


def plan_removal(host: Host) -> Plan:
    """What ``uninstall`` would do.

    Raises:
        ProxyenvError: a file of an earlier run cannot be read or understood.
    """
    from proxyenv.plan import plan_removal as build  # noqa: PLC0415 - brings tomlkit

    return build(host, read_installation(host))


def status(host: Host, *, now: datetime) -> Report:
    """Whether the machine is as the receipt says.

    Raises:
        DiscoveryError: ``not-installed``, or a file of an earlier run cannot be read.
    """
    from proxyenv.discovery.drift import find_drift  # noqa: PLC0415 - only for those who ask

    return find_drift(host, read_installation(host), now=now)


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
    from proxyenv.discovery.subject import read_subject  # noqa: PLC0415 - only for those who connect
    from proxyenv.verify.ladder import run_ladder  # noqa: PLC0415 - likewise

    return run_ladder(read_subject(host, read_installation(host), urls=urls), progress=progress)
