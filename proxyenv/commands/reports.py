"""A report: as a result, and as text."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from proxyenv.commands.command import Reply, leaves_out
from proxyenv.commands.terminal import ScreenRow, printable, render_count, shorten
from proxyenv.model.report import Outcome, Report
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from proxyenv.commands.command import Session
    from proxyenv.commands.pool_checked import PoolChecked
    from proxyenv.decide.it_report import ITReport
    from proxyenv.model.host import Host
    from proxyenv.model.report import Process


V = TypeVar("V")


class ReportResult(NamedTuple):
    """What was looked at.

    Args:
        report: one outcome for each thing, in the order in which they were looked at.
    """

    report: tuple[Outcome, ...]


def reply_with_report(session: Session, report: Report) -> Reply:
    """The report, and no where something failed."""
    if session.host.for_all:
        from proxyenv.commands.for_all import name_in_outcomes

        report = report._replace(outcomes=name_in_outcomes(report.outcomes))
    found, report = report, hide_private(session, report)
    hidden = Checked((), (report,))
    lines = render_checked(session, hidden)
    documents = open_documents(session, hidden, Checked((), (found,)))
    status = "ok" if report.passed else "failed"
    return Reply(ReportResult(report.outcomes), lines, status, documents=documents)


class SubjectSummary(NamedTuple):
    """What was found about one process.

    Args:
        python: its interpreter.
        version: of Python, or `null` where the interpreter could not be asked.
        prefect: the version of Prefect there, or `null`.
        directory: its working directory.
        environment: `shell`: that of this shell; `new-shell`: the same with the env file added.
        plugin: whether Prefect's plugin adds to it.
        passed: whether everything that the process needs works.
        report: the outcomes for this process alone, which are also in the whole report.
    """

    python: str
    version: str | None
    prefect: str | None
    directory: str
    environment: str
    plugin: bool
    passed: bool
    report: tuple[Outcome, ...]


@leaves_out("pools", "for_it")
class CheckResult(NamedTuple):
    """What was proved, and of which processes.

    Args:
        report: all outcomes, in the order in which they were looked at: those of this machine, then those of
            each process.
        subjects: the processes: one for each `--python`, or the one that was chosen; none where the machine
            is so broken that none was started.
        pools: those of `--pool`, `--all-pools` and `--deployment`; there is no such key without these.
        for_it: with `--for-it`: what IT has to allow or change; there is no such key without.
    """

    report: tuple[Outcome, ...]
    subjects: tuple[SubjectSummary, ...]
    pools: tuple[PoolChecked, ...] | None = None
    for_it: ITReport | None = None


class Checked(NamedTuple):
    """What a check found.

    Args:
        shared: the outcomes for this machine.
        reports: one for each process.
    """

    shared: tuple[Outcome, ...]
    reports: tuple[Report, ...]

    @property
    def passed(self) -> bool:
        """Whether there is a process, and everything works for each."""
        return bool(self.reports) and all(map(self.proves, self.reports))

    def proves(self, report: Report) -> bool:
        """Whether everything works for one process."""
        return Report((*self.shared, *report.outcomes)).passed

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """All of them."""
        return (*self.shared, *(outcome for report in self.reports for outcome in report.outcomes))

    def summarise(self) -> tuple[SubjectSummary, ...]:
        """The processes, as a result shows them."""
        return tuple(
            SubjectSummary(*each.process, self.proves(each), each.outcomes)
            for each in self.reports
            if each.process
        )


def render_checked(session: Session, checked: Checked) -> Iterator[str]:
    """The report; with several processes the machine comes first, and each has a verdict of its own.

    With ``-q`` only what failed, so nothing where all is well. Somebody who looks gets what fits on a screen.
    """
    terminal = session.terminal
    if terminal.quiet and checked.passed:
        return
    if terminal.is_seen:
        yield from terminal.lay_out(_describe_checked(session, checked))
        return
    one = len(checked.reports) < 2  # noqa: PLR2004 - one, or none
    if not one:
        yield from render_outcomes(checked.shared, session.paint, verbose=terminal.verbose)
    for outcomes, whole in _find_parts(checked):
        if not one:
            yield ""
        shown = _find_failures(outcomes) if terminal.quiet else outcomes
        yield from render_outcomes(shown, session.paint, verbose=terminal.verbose)
        yield render_verdict(whole, session)


def _find_parts(checked: Checked) -> Iterator[tuple[tuple[Outcome, ...], Report]]:
    """What is shown together, and what the verdict below it is about."""
    if len(checked.reports) < 2:  # noqa: PLR2004 - one, or none
        process = checked.reports[0].process if checked.reports else None
        yield checked.outcomes, Report(checked.outcomes, process)
        return
    for report in checked.reports:
        yield report.outcomes, Report((*checked.shared, *report.outcomes), report.process)


def _describe_checked(session: Session, checked: Checked) -> Iterator[ScreenRow]:
    from proxyenv.commands.report_rows import describe_outcomes

    quiet = session.terminal.quiet
    verbose = session.terminal.verbose or quiet
    if len(checked.reports) > 1:
        yield from describe_outcomes(checked.shared, verbose=verbose)
    for outcomes, whole in _find_parts(checked):
        yield from describe_outcomes(_find_failures(outcomes) if quiet else outcomes, verbose=verbose)
        head, rest, style = describe_verdict(whole, session.host)
        yield ScreenRow("", f"{head}{rest}", style, heading=True)


def _find_failures(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    return tuple(each for each in outcomes if each.status == "failed")


def render_outcomes(
    outcomes: tuple[Outcome, ...], paint: Callable[[str, str], str], *, verbose: bool
) -> Iterator[str]:
    """One line for each outcome, and below a broken one why and what to do."""
    width = max((len(outcome.check) for outcome in outcomes), default=0)
    for outcome in outcomes:
        status = paint(f"{outcome.status:<7}", outcome.status)
        elapsed = f" ({outcome.elapsed:.1f} s)" if verbose or outcome.elapsed >= 1 else ""
        cause = f"{outcome.cause}: " if outcome.cause else ""
        detail = printable(f"{outcome.check:<{width}}  {cause}{outcome.detail}")
        yield f"{status} {detail}{elapsed}".rstrip()
        if outcome.hint and outcome.status != "ok":
            yield f"{'':<7} hint: {printable(outcome.hint)}"


def render_verdict(report: Report, session: Session) -> str:
    """How many checks passed, and for which process."""
    head, rest, style = describe_verdict(report, session.host)
    return f"{session.paint(head, style)}{printable(rest)}"


def describe_verdict(report: Report, host: Host) -> tuple[str, str, str]:
    """The verdict, what is said beside it, and the status that it is."""
    counts = Counter(outcome.status for outcome in report.outcomes)
    subject = f" for {_name_process(report.process, host)}" if report.process else ""
    if report.passed:
        every = "all " if counts.total() == counts["ok"] else ""
        others = (
            render_count(counts["warning"], "warning") if counts["warning"] else "",
            f"{counts['skipped']} skipped" if counts["skipped"] else "",
        )
        head = f"{every}{render_count(counts['ok'], 'check')} passed{subject}"
        return head, "".join(f", {each}" for each in others if each), "ok"
    broken = next((outcome for outcome in report.outcomes if outcome.status == "failed"), None)
    if broken is None:
        return "failed", f"{subject}: no check passed", "failed"
    head = f"{counts['failed']} of {render_count(counts.total(), 'check')} failed{subject}"
    return head, f"; the first is {broken.check}: {broken.cause}", "failed"


def _name_process(process: Process, host: Host) -> str:
    """Such as ``.venv/bin/python`` (Python 3.12.4, Prefect 3.9.1)."""
    python, here = Path(process.python), host.directory
    is_here = python.is_relative_to(here) and here != Path(here.anchor)
    path = str(python.relative_to(here)) if is_here else shorten(python, host.home)
    versions = (("Python", process.version), ("Prefect", process.prefect))
    known = ", ".join(f"{name} {version}" for name, version in versions if version)
    shells = " in new shells" if process.environment == "new-shell" else ""
    return f"`{printable(path)}`{f' ({known})' if known else ''}{shells}"


def hide_private(session: Session, result: V) -> V:
    """What a verb found, with aliases where ``--anonymize`` asks for them.

    Args:
        session: with the options, and the machine whose user and name are private.
        result: a value of results; several that make one report go in one tuple.
    """
    if not getattr(session.options, "anonymize", False):
        return result
    from proxyenv.commands.vocabulary import find_known
    from proxyenv.decide.anonymity import anonymize

    return anonymize(result, find_known(session.host))


def open_documents(session: Session, hidden: Checked, found: Checked) -> Mapping[str, Callable[[], str]]:
    """The formats of a report, each with what renders it.

    Args:
        session: whose verb, and when.
        hidden: what was found, without the names that are to be hidden.
        found: the same as it was found: a page gathers more beside it, and hides names in all of that.
    """
    return {
        "markdown": partial(_render_markdown, session, hidden),
        "html": partial(_render_page, session, found),
    }


def _render_markdown(session: Session, checked: Checked) -> str:
    from proxyenv.commands.markdown import render_markdown

    return render_markdown(checked, verb=session.verb, platform=session.host.platform, now=session.now)


def _render_page(session: Session, checked: Checked) -> str:
    from proxyenv.commands.page import gather_page
    from proxyenv.page.page import render_page

    process = checked.reports[0].process if len(checked.reports) == 1 else None
    head, rest, _ = describe_verdict(Report(checked.outcomes, process), session.host)
    return render_page(hide_private(session, gather_page(session, checked, f"{head}{rest}")))
