"""``proxyenv check``: prove with real connections that what is installed works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.commands.command import Command
from proxyenv.commands.options import choose_options
from proxyenv.commands.report import ReportResult, find_conflicts, reply_with_report
from proxyenv.model.report import Report

if TYPE_CHECKING:
    from proxyenv.commands.command import Reply, Session


def run(session: Session) -> Reply:
    """Check what is installed.

    Raises:
        ProxyenvError: see :func:`check`.
    """
    return reply_with_report(session, check(session, tuple(session.options.urls)))


def check(session: Session, urls: tuple[str, ...]) -> Report:
    """Climb the ladder of probes, up to a flow.

    Args:
        session: with the machine, and the terminal that shows what begins.
        urls: what to fetch; empty means those of the configuration, or else the usual document.

    Raises:
        DiscoveryError: ``not-installed``.
        VerifyError: a check could not be run.
    """
    from proxyenv.checks.ladder import run_ladder
    from proxyenv.machine.installation import read_installation
    from proxyenv.machine.subject import read_subject

    installation = read_installation(session.host)
    subject = read_subject(session.host, installation, urls=urls)
    report = run_ladder(subject, progress=session.terminal.progress)
    return Report((*find_conflicts(session.host, installation), *report.outcomes))


COMMANDS = {"check": Command(run, ReportResult, choose_options("urls"))}
