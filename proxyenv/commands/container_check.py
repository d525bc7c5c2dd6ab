"""``check`` inside a container that its image or its pod prepared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from proxyenv.commands.reports import Checked
from proxyenv.decide.containers import judge_missing, place_outcomes

if TYPE_CHECKING:
    from proxyenv.commands.command import Session
    from proxyenv.decide.containers import Inside
    from proxyenv.model.report import Report


def check_container(
    session: Session, inside: Inside, urls: tuple[str, ...], named: tuple[str, ...]
) -> Checked:
    """Run every check with what the image or the pod gave this process, where nothing is set up.

    Args:
        session: with the machine.
        inside: the container.
        urls: what to fetch; empty means the usual documents.
        named: the interpreters; none: the one that most probably runs the user's flows.

    Raises:
        UsageError: ``python-not-found``, or a variable names no proxy.
        VerifyError: a check could not be run.
    """
    from proxyenv.checks.ladder import CHECKS
    from proxyenv.commands.check import climb_all, skip
    from proxyenv.machine.prefect import find_prefect
    from proxyenv.machine.pythons import find_pythons
    from proxyenv.machine.subject import find_today

    host = session.host
    missing = tuple(judge_missing(inside))
    if missing:
        return Checked((*missing, *skip(dict.fromkeys(CHECKS, missing[0].check))), ())
    pythons, notes = find_pythons(host, named, ())
    for note in notes:
        session.terminal.remark(f"note: {note}")
    api = find_prefect(host).api_url
    today = (find_today(host, urls=urls, python=each.path) for each in pythons)
    subjects = [replace(subject, api_url=api.value if api else None) for subject in today]
    reports = climb_all(session, subjects, {})
    return Checked((), tuple(reports))


def place_checked(checked: Checked, inside: Inside) -> Checked:
    """The same, with the line of the image or of the pod in each hint."""
    return Checked(
        place_outcomes(checked.shared, inside), tuple(_place(each, inside) for each in checked.reports)
    )


def _place(report: Report, inside: Inside) -> Report:
    return report._replace(outcomes=place_outcomes(report.outcomes, inside))
