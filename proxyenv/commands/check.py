"""``proxyenv check``: prove with real connections that what is installed works."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from proxyenv.commands.arguments import DOCUMENTS, choose_options
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.reports import Checked, CheckResult, hide_private, open_documents, render_checked
from proxyenv.errors import DiscoveryError, UsageError
from proxyenv.model.option import Option
from proxyenv.model.report import Outcome
from proxyenv.model.tools import ENVIRONMENT, PREFECT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.commands.command import Session
    from proxyenv.commands.terminal import Watch
    from proxyenv.decide.premises import Premises
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.model.report import Report, Status
    from proxyenv.model.subject import Subject
    from proxyenv.model.tools import Conflict

_NONCE_BYTES: Final = 12
_AT_ONCE: Final = 4
"""Processes that are checked at once: each imports Prefect, which takes a core and 70 MB."""


def run(session: Session) -> Reply:
    """Check what is installed.

    Raises:
        ProxyenvError: see :func:`check`.
    """
    from proxyenv.commands.container_check import check_container, place_checked
    from proxyenv.machine.container import read_inside

    if session.options.for_it and session.options.output == "html":
        raise UsageError("usage", "`--for-it` prints text, Markdown or JSON: leave out `--output html`")
    if asks_for_pools(session):
        from proxyenv.commands.pool_check import check_pools

        return check_pools(session)
    urls, named = tuple(session.options.urls), tuple(session.options.pythons)
    targets = read_targets(session)
    inside = None if session.host.for_all else read_inside(session.host)
    if inside is None or inside.is_set_up:
        checked = check(session, urls, named=named, new_shell=session.host.for_all, targets=targets)
    else:
        checked = check_container(session, inside, urls, named)
    if inside is not None:
        checked = place_checked(checked, inside)
    hidden = hide_private(session, checked)
    result = CheckResult(hidden.outcomes, hidden.summarise())
    if session.options.for_it:
        from proxyenv.commands.it_letter import reply_with_letter

        return reply_with_letter(session, result, passed=checked.passed)
    documents = open_documents(session, hidden, checked)
    status = "ok" if checked.passed else "failed"
    return Reply(result, render_checked(session, hidden), status, documents=documents)


def asks_for_pools(session: Session) -> bool:
    """Whether a check is about workers elsewhere.

    Raises:
        UsageError: ``usage``: what only such a check has was given without it.
    """
    options = session.options
    if options.pools or options.all_pools or options.deployments:
        return True
    for given, flag in ((options.timeout, "--timeout"), (options.keep, "--keep")):
        if given:
            raise UsageError(
                "usage", f"`{flag}` goes with `--pool NAME`, `--all-pools` or `--deployment FLOW/NAME`"
            )
    return False


def read_targets(session: Session) -> tuple[str, ...] | None:
    """The versions that ``--target-python`` names; ``None`` where it is not given.

    Raises:
        UsageError: ``usage``: one is no version of Python 3.
    """
    given = tuple(session.options.target_pythons)
    if not given:
        return None
    from proxyenv.decide.intent import parse_versions

    return parse_versions(given)


def check(
    session: Session,
    urls: tuple[str, ...],
    *,
    named: tuple[str, ...] = (),
    new_shell: bool = True,
    targets: tuple[str, ...] | None = None,
) -> Checked:
    """Run every check for each process, the Prefect flow last.

    Args:
        session: with the machine, and the terminal that shows what begins.
        urls: what to fetch; empty means those of the configuration, or else the usual document.
        named: the interpreters; none: the one that most probably runs the user's flows.
        new_shell: check what a new shell gets from the env file; else what this shell has.
        targets: versions of Python to judge the CAs for too; ``None`` for those of the configuration.

    Raises:
        DiscoveryError: ``not-installed``.
        UsageError: ``python-not-found``.
        VerifyError: a check could not be run.
    """
    from proxyenv.checks.ladder import CHECKS
    from proxyenv.decide.premises import find_pointless, judge_premises
    from proxyenv.machine.drift import judge_files, judge_standing
    from proxyenv.machine.installation import read_installation
    from proxyenv.machine.pythons import find_pythons
    from proxyenv.machine.subject import read_subject

    host = session.host
    installation = read_installation(host)
    off = judge_standing(installation)
    if off is not None:
        skipped = skip(dict.fromkeys(CHECKS, off.check))
        return Checked((off._replace(status="failed"), *skipped), ())
    venvs = installation.configuration.venvs if installation.configuration else ()
    pythons, notes = find_pythons(host, named, venvs)
    paths = tuple(each.path for each in pythons)
    files = judge_files(host, installation, now=session.now, pythons=paths, targets=targets)
    outcomes, broken = judge_premises(files, installation, host.layout)
    try:
        subjects = [
            read_subject(
                host, installation, urls=urls, python=each.path, targets=targets, new_shell=new_shell
            )
            for each in pythons
        ]
    except DiscoveryError:
        if not broken:
            raise
        skipped = skip(dict.fromkeys(CHECKS, next(iter(broken.values()))))
        return _address(session, Checked((*outcomes, *skipped), ()))
    for note in notes:
        session.terminal.remark(f"note: {note}")
    shell = None if new_shell or broken else _judge_shell(host, installation)  # damage comes first
    conflicts = tuple(find_conflicts(host, installation, subjects[0].environment))
    shared = (*outcomes, *(shell.outcomes if shell else ()), *conflicts)
    known = {**find_pointless(conflicts), **(shell.broken if shell else {}), **broken}
    reports = tuple(climb_all(session, subjects, known))
    checked = Checked(shared, tuple(_place(each, host, installation) for each in reports))
    from proxyenv.commands.px_recipe import say_px_recipe

    say_px_recipe(session, checked.outcomes, subjects)
    return _address(session, checked)


def _place(report: Report, host: Host, installation: Installation) -> Report:
    """A report that says so where the machine is on another network than at `setup`."""
    then = installation.receipt.network if installation.receipt else ()
    if report.passed or not then:
        return report
    from proxyenv.decide.away import judge_away
    from proxyenv.machine.resolver import find_network

    now, can_leave = find_network(), not host.for_all
    outcomes = (judge_away(each, then, now, can_leave=can_leave) for each in report.outcomes)
    return report._replace(outcomes=tuple(outcomes))


def _address(session: Session, checked: Checked) -> Checked:
    """What was found, with hints that name the installation that is meant."""
    if not session.host.for_all:
        return checked
    from proxyenv.commands.for_all import name_in_checked

    return name_in_checked(checked)


def climb_all(session: Session, subjects: list[Subject], broken: Mapping[str, str]) -> Iterator[Report]:
    """Run the checks for each process, some at once; those that start a temporary server one by one."""
    from proxyenv.checks.lane import Running

    most = _AT_ONCE if all(subject.api_url for subject in subjects) else 1
    with session.terminal.watch() as watch:
        if len(subjects) == 1:
            yield _climb(session, subjects[0], broken, watch)
            return
        for first in range(0, len(subjects), most):
            running = [
                Running(partial(_climb, session, subject, broken, watch, before=f"{subject.python}: "))
                for subject in subjects[first : first + most]
            ]
            for each in running:
                yield each.wait()


def _climb(
    session: Session, subject: Subject, broken: Mapping[str, str], watch: Watch, *, before: str = ""
) -> Report:
    """Run the checks that are not known to fail."""
    import secrets

    from proxyenv.checks.ladder import CHECKS, run_ladder
    from proxyenv.machine.subject import find_usual_documents

    report = run_ladder(
        subject,
        progress=lambda step: watch.begin(f"{before}{step}"),
        ended=lambda step: watch.end(f"{before}{step}"),
        nonce=secrets.token_hex(_NONCE_BYTES),
        checks=tuple(name for name in CHECKS if name not in broken),
        find_usual=partial(find_usual_documents, session.host, subject),
    )
    return place_report(session.host, report._replace(outcomes=(*report.outcomes, *skip(broken))))


def place_report(host: Host, report: Report) -> Report:
    """The same; where nothing listens on a loopback that is not that of the machine around, with what is."""
    if not any(each.cause == "proxy-refused" for each in report.outcomes):
        return report
    from proxyenv.decide.elsewhere import place_refusals
    from proxyenv.machine.elsewhere import find_elsewhere

    around = find_elsewhere(host)
    return report._replace(outcomes=place_refusals(report.outcomes, around)) if around else report


def _judge_shell(host: Host, installation: Installation) -> Premises | None:
    """Whether this shell has sourced the env file, where processes get what they need from it alone."""
    from proxyenv.decide.expectation import expect
    from proxyenv.decide.premises import judge_shell

    saved, receipt = installation.configuration, installation.receipt
    if saved is None or receipt is None or saved.uses_plugin:
        return None
    return judge_shell(expect(host, saved, receipt), host.environment, host.layout)


def find_conflicts(
    host: Host, installation: Installation, environment: Mapping[str, str] | None = None
) -> Iterator[Outcome]:
    """What beats a written value in a process, then the user's own settings that conflict with it.

    Args:
        host: the machine.
        installation: the written files.
        environment: of the process; by default that of this one.
    """
    from proxyenv.machine.drift import read_overrides
    from proxyenv.machine.local import LocalMachine
    from proxyenv.machine.tools import read_conflicts

    for each in read_overrides(host, installation, environment):
        where = f"settings [{each.tool}]" if each.tool != ENVIRONMENT else f"environment [{each.setting}]"
        yield _describe_conflict(each, where)
    saved = installation.configuration
    proxies = (saved.http_proxy, saved.https_proxy, saved.proxy_there) if saved else ()
    anchors = installation.receipt.anchors if installation.receipt else ()
    known = frozenset(anchor.fingerprint for anchor in anchors)
    truststore = bool(saved and saved.uses_truststore)
    for each in read_conflicts(LocalMachine(host), filter(None, proxies), known, truststore=truststore):
        if each.tool != PREFECT:
            yield _describe_conflict(each, f"settings [{each.tool}]")


def _describe_conflict(conflict: Conflict, check: str) -> Outcome:
    """A no where Prefect's processes fail by it, else a warning."""
    hint = conflict.remedy if "`" in conflict.remedy else f"`{conflict.remedy}`"
    status: Status = "failed" if conflict.breaks else "warning"
    return Outcome(check, status, conflict.cause, f"{conflict.provenance}: {conflict.detail}", hint)


def skip(broken: Mapping[str, str]) -> Iterator[Outcome]:
    """What need not be tried, since it is known to fail."""
    for check, cause in broken.items():
        if check not in {"files", "system-store", "activation"}:  # most machines do not need the latter
            yield Outcome(check, "skipped", "earlier-failure", f"`{cause}` failed")


PYTHONS: Final = {
    "pythons": Option(
        ("--python",),
        "prove it for this Python (repeatable; default: the one that runs your flows)",
        takes="values",
        metavar="PATH",
        details="An interpreter, the directory of its virtual environment, or its name on the `PATH`. By "
        "default that of the active virtual environment, else of one that was set up with `--venv`, else the "
        "one that runs `prefect`, else the one that runs proxyenv.",
    )
}

POOL_CHECKS: Final = {
    "pools": Option(
        ("--pool",), "prove it on each worker of a work pool (repeatable)", takes="values", metavar="NAME"
    ),
    "deployments": Option(
        ("--deployment",),
        "prove it with the variables, image, volumes and queue of a deployment (repeatable)",
        takes="values",
        metavar="FLOW/NAME",
    ),
    "all_pools": Option(("--all-pools",), "prove it on each worker of every work pool", takes="yes"),
    "timeout": Option(
        ("--timeout",),
        "seconds until workers that took no run are given up (default: 600)",
        metavar="SECONDS",
    ),
    "keep": Option(("--keep",), "leave deployment, runs and results on the server", takes="yes"),
}
"""The options of ``check`` that are about workers elsewhere."""

FOR_IT: Final = {
    "for_it": Option(
        ("--for-it",), "print what IT has to allow or change, with the evidence, to forward", takes="yes"
    )
}

COMMANDS = {
    "check": Command(
        run,
        CheckResult,
        {
            **choose_options("urls", "target_pythons", "system"),
            **PYTHONS,
            **POOL_CHECKS,
            **FOR_IT,
            **DOCUMENTS,
        },
    )
}
