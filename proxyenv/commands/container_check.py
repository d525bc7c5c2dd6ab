"""``proxyenv check`` inside a container that its image or pod prepared, where nothing was set up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from proxyenv.commands.reports import Checked

if TYPE_CHECKING:
    from proxyenv.commands.command import Session
    from proxyenv.machine.container import Contained
    from proxyenv.model.report import Report


def check_container(session: Session, urls: tuple[str, ...], named: tuple[str, ...]) -> Checked | None:
    """Run every check with what the image or the pod gave this process.

    Args:
        session: with the machine.
        urls: what to fetch; empty means the usual documents.
        named: the interpreters; none: the one that most probably runs the user's flows.

    Returns:
        ``None`` outside of a container, where something is set up, and where nothing was prepared.

    Raises:
        UsageError: ``python-not-found``, or a variable names no proxy.
        VerifyError: a check could not be run.
    """
    from proxyenv.machine.container import find_container, is_prepared
    from proxyenv.machine.installation import read_installation

    environment = session.host.environment
    place = find_container(environment)
    if place is None or not is_prepared(environment) or read_installation(session.host).receipt is not None:
        return None
    return _judge(session, place, urls, named)


def _judge(session: Session, place: Contained, urls: tuple[str, ...], named: tuple[str, ...]) -> Checked:
    from proxyenv.checks.ladder import CHECKS
    from proxyenv.commands.check import climb_all, skip
    from proxyenv.decide.containers import judge_missing
    from proxyenv.machine.container import find_missing_files
    from proxyenv.machine.pythons import find_pythons
    from proxyenv.machine.subject import find_today

    host = session.host
    missing = tuple(judge_missing(place, find_missing_files(host.environment)))
    if missing:
        return Checked((*missing, *skip(dict.fromkeys(CHECKS, missing[0].check))), ())
    pythons, notes = find_pythons(host, named, ())
    for note in notes:
        session.terminal.remark(f"note: {note}")
    api = host.environment.get("PREFECT_API_URL")
    today = (find_today(host, urls=urls, python=each.path) for each in pythons)
    reports = climb_all(session, [replace(subject, api_url=api) for subject in today], {})
    return Checked((), tuple(_place(each, place) for each in reports))


def _place(report: Report, place: Contained) -> Report:
    from proxyenv.decide.containers import place_outcome

    return report._replace(outcomes=tuple(place_outcome(each, place) for each in report.outcomes))
