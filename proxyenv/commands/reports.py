"""A report: as a result, and as text."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from proxyenv.commands.command import Reply, leaves_out
from proxyenv.commands.terminal import printable, render_count, shorten
from proxyenv.model.report import Outcome, Report
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from proxyenv.commands.command import Session
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
    report = hide_private(session, report)
    lines = render_report(session, report)
    documents = open_documents(session, Checked((), (report,)))
    status = "ok" if report.passed else "failed"
    return Reply(ReportResult(report.outcomes), lines, status, documents=documents)


class SubjectSummary(NamedTuple):
    """What was found of one process of yours.

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


class WorkerChecked(NamedTuple):
    """What was found of one worker.

    Args:
        worker: its name; empty where nobody knows who took the run.
        queue: whose run it took, or `null` for that of the deployment.
        passed: whether everything works in its jobs.
        breaks: where it breaks: `worker` (its job did not start), `job`, or `null` where it does not.
        cause: the first cause, or `null`.
        waited: seconds until it took the run.
        ran: seconds from there to the end of the run.
        python: the version of Python in the job, or `null`.
        prefect: that of Prefect, or `null`.
        place: `host`, `container` or `kubernetes`, or `null`.
        report: one outcome for each thing.
    """

    worker: str
    queue: str | None
    passed: bool
    breaks: str | None
    cause: str | None
    waited: float
    ran: float
    python: str | None
    prefect: str | None
    place: str | None
    report: tuple[Outcome, ...]


class PoolChecked(NamedTuple):
    """What was found of one pool.

    Args:
        name: its name.
        type: its type.
        deployment: `FLOW/DEPLOYMENT`, whose variables, image, volumes and queue were used, or `null`.
        passed: whether everything works for every worker.
        breaks: `here` where no run could be submitted, else that of its first worker.
        report: what is true of the pool as a whole.
        workers: by name.
    """

    name: str
    type: str
    deployment: str | None
    passed: bool
    breaks: str | None
    report: tuple[Outcome, ...]
    workers: tuple[WorkerChecked, ...]


@leaves_out("pools")
class CheckResult(NamedTuple):
    """What was proved, and of which processes.

    Args:
        report: all outcomes, in the order in which they were looked at: those of this machine, then those of
            each process.
        subjects: the processes: one for each `--python`, or the one that was chosen; none where the machine
            is so broken that none was started.
        pools: those of `--pool`, `--all-pools` and `--deployment`; there is no such key without these.
    """

    report: tuple[Outcome, ...]
    subjects: tuple[SubjectSummary, ...]
    pools: tuple[PoolChecked, ...] | None = None


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
    """The report; with several processes the machine comes first, and each has a verdict of its own."""
    verbose, paint = session.terminal.verbose, session.paint
    if len(checked.reports) < 2:  # noqa: PLR2004 - one, or none
        process = checked.reports[0].process if checked.reports else None
        whole = Report(checked.outcomes, process)
        yield from render_outcomes(whole.outcomes, paint, verbose=verbose)
        yield render_verdict(whole, session)
        return
    yield from render_outcomes(checked.shared, paint, verbose=verbose)
    for report in checked.reports:
        yield ""
        yield from render_outcomes(report.outcomes, paint, verbose=verbose)
        yield render_verdict(Report((*checked.shared, *report.outcomes), report.process), session)


def render_report(session: Session, report: Report) -> Iterator[str]:
    """One line for each outcome, below a broken one why and what to do, and at the end how many passed."""
    yield from render_outcomes(report.outcomes, session.paint, verbose=session.terminal.verbose)
    yield render_verdict(report, session)


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
    paint = session.paint
    counts = Counter(outcome.status for outcome in report.outcomes)
    subject = f" for {_name_process(report.process, session.host)}" if report.process else ""
    if report.passed:
        every = "all " if counts.total() == counts["ok"] else ""
        word = f"{every}{render_count(counts['ok'], 'check')} passed"
        others = (
            render_count(counts["warning"], "warning") if counts["warning"] else "",
            f"{counts['skipped']} skipped" if counts["skipped"] else "",
        )
        return ", ".join((paint(f"{word}{subject}", "ok"), *filter(None, others)))
    broken = next((outcome for outcome in report.outcomes if outcome.status == "failed"), None)
    if broken is None:
        return f"{paint('failed', 'failed')}{subject}: no check passed"
    word = f"{counts['failed']} of {render_count(counts.total(), 'check')} failed"
    return f"{paint(f'{word}{subject}', 'failed')}; the first is {printable(broken.check)}: {broken.cause}"


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


def open_documents(session: Session, checked: Checked) -> Mapping[str, Callable[[], str]]:
    """The formats of a report, each with what renders it; private names are hidden already.

    Args:
        session: whose verb, and when.
        checked: what was found.
    """
    return {"markdown": partial(_render_markdown, session, checked)}


def _render_markdown(session: Session, checked: Checked) -> str:
    from proxyenv.commands.markdown import render_markdown

    return render_markdown(checked, verb=session.verb, platform=session.host.platform, now=session.now)
