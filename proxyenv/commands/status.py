"""``proxyenv status``: whether the machine is as the receipt says.

The fields of its JSON are those of ``ReportResult`` in ``commands/reports.py``, which ``check`` has too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.commands.arguments import DOCUMENTS, choose_options
from proxyenv.commands.check import find_conflicts, read_targets
from proxyenv.commands.command import Command
from proxyenv.commands.reports import ReportResult, reply_with_report
from proxyenv.machine.container import read_inside
from proxyenv.machine.drift import find_drift, judge_files, judge_standing
from proxyenv.machine.installation import read_installation
from proxyenv.model.proxy_url import find_proxy_url
from proxyenv.model.report import Outcome, Report
from proxyenv.model.url import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.commands.command import Reply, Session
    from proxyenv.model.installation import Installation


def run(session: Session) -> Reply:
    """Compare the machine with the receipt.

    Raises:
        DiscoveryError: ``not-installed``, or a file of an earlier run cannot be read.
    """
    targets, installation = read_targets(session), read_installation(session.host)
    return reply_with_report(session, Report(compare(session, installation, targets)))


def compare(
    session: Session, installation: Installation, targets: tuple[str, ...] | None = None
) -> tuple[Outcome, ...]:
    """What came of comparing, one outcome for each thing.

    Args:
        session: whose machine.
        installation: what is to be there.
        targets: versions of Python to judge the CAs for too; ``None`` for those of the configuration.

    Raises:
        DiscoveryError: ``not-installed``, or a file of an earlier run cannot be read.
    """
    off = judge_standing(installation)
    if off is not None:
        return off, *judge_files(session.host, installation, now=session.now, targets=targets)
    drift = find_drift(session.host, installation, now=session.now, targets=targets)
    outcomes = (
        *drift.outcomes,
        *find_conflicts(session.host, installation),
        *_judge_pac(session, installation),
        *_judge_forwarders(session, installation),
    )
    inside = read_inside(session.host)
    if inside is None:
        return outcomes
    from proxyenv.decide.containers import place_outcomes

    return place_outcomes(outcomes, inside)


def _judge_pac(session: Session, installation: Installation) -> tuple[Outcome, ...]:
    saved = installation.configuration
    if saved is None or not saved.pac:
        return ()
    from proxyenv.commands.pac_source import judge_pac

    return (judge_pac(session, saved),)


def _judge_forwarders(session: Session, installation: Installation) -> Iterator[Outcome]:
    """What stands behind the proxies on this machine, where it can be read."""
    saved = installation.configuration
    named = dict.fromkeys((saved.http_proxy, saved.https_proxy)) if saved else {}
    local = [proxy for proxy in map(find_proxy_url, named) if proxy and is_loopback(proxy.host)]
    if not local:
        return
    from proxyenv.machine.forwarders import find_forwarders

    for proxy, forwarder in find_forwarders(session.host, local).items():
        check = f"forwarder [{proxy.authority}]"
        if forwarder.goes_direct:
            yield Outcome(check, "failed", "forwarder-direct", str(forwarder), forwarder.remedy)
        elif forwarder.name:
            yield Outcome(check, "ok", detail=str(forwarder))


COMMANDS = {"status": Command(run, ReportResult, {**choose_options("target_pythons", "system"), **DOCUMENTS})}
