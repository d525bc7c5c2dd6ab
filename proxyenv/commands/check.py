"""``proxyenv check``: prove with real connections that what is installed works, and how a report reads."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from proxyenv.commands.arguments import choose_options
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.terminal import printable
from proxyenv.errors import DiscoveryError
from proxyenv.model.report import Outcome, Report
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from proxyenv.commands.command import Session
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation


class ReportResult(NamedTuple):
    """What was looked at.

    Args:
        report: one outcome for each thing, in the order in which they were looked at.
    """

    report: tuple[Outcome, ...]


def reply_with_report(session: Session, report: Report) -> Reply:
    """The report, and no where something failed."""
    lines = render_report(report, session.paint, verbose=session.terminal.verbose)
    return Reply(ReportResult(report.outcomes), lines, "ok" if report.passed else "failed")


def find_conflicts(host: Host, installation: Installation) -> Iterator[Outcome]:
    """A warning for each setting of the user's own that conflicts with what is written."""
    from proxyenv.machine.tools import read_conflicts

    saved = installation.configuration
    proxies = (saved.http_proxy, saved.https_proxy) if saved else ()
    anchors = installation.receipt.anchors if installation.receipt else ()
    known = frozenset(anchor.fingerprint for anchor in anchors)
    truststore = bool(saved and saved.uses_truststore)
    for each in read_conflicts(host, filter(None, proxies), known, truststore=truststore):
        detail = f"{each.provenance}: {each.detail}"
        hint = each.remedy if "`" in each.remedy else f"`{each.remedy}`"
        yield Outcome(f"settings [{each.tool}]", "warning", each.cause, detail, hint)


def render_report(report: Report, paint: Callable[[str, str], str], *, verbose: bool) -> Iterator[str]:
    """One line for each outcome, below a broken one why and what to do, and at the end how many passed."""
    width = max((len(outcome.check) for outcome in report.outcomes), default=0)
    for outcome in report.outcomes:
        status = paint(f"{outcome.status:<7}", outcome.status)
        elapsed = f" ({outcome.elapsed:.1f} s)" if verbose or outcome.elapsed >= 1 else ""
        cause = f"{outcome.cause}: " if outcome.cause else ""
        detail = printable(f"{outcome.check:<{width}}  {cause}{outcome.detail}")
        yield f"{status} {detail}{elapsed}".rstrip()
        if outcome.hint and outcome.status != "ok":
            yield f"{'':<7} hint: {printable(outcome.hint)}"
    yield _verdict(report, paint)


def _verdict(report: Report, paint: Callable[[str, str], str]) -> str:
    counts = Counter(outcome.status for outcome in report.outcomes)
    if report.passed:
        word = f"{'all ' if counts.total() == counts['ok'] else ''}{_count(counts['ok'], 'check')} passed"
        others = (
            _count(counts["warning"], "warning") if counts["warning"] else "",
            f"{counts['skipped']} skipped" if counts["skipped"] else "",
        )
        return ", ".join((paint(word, "ok"), *filter(None, others)))
    broken = next((outcome for outcome in report.outcomes if outcome.status == "failed"), None)
    if broken is None:
        return f"{paint('failed', 'failed')}: no check passed"
    word = f"{counts['failed']} of {_count(counts.total(), 'check')} failed"
    return f"{paint(word, 'failed')}; the first is {printable(broken.check)}: {broken.cause}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def run(session: Session) -> Reply:
    """Check what is installed.

    Raises:
        ProxyenvError: see :func:`check`.
    """
    report = check(session, tuple(session.options.urls), targets=read_targets(session))
    return reply_with_report(session, report)


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
    new_shell: bool = True,
    targets: tuple[str, ...] | None = None,
) -> Report:
    """Run every check, the Prefect flow last.

    Args:
        session: with the machine, and the terminal that shows what begins.
        urls: what to fetch; empty means those of the configuration, or else the usual document.
        new_shell: check what a new shell gets from the env file.
        targets: versions of Python to judge the CAs for too; ``None`` for those of the configuration.

    Raises:
        DiscoveryError: ``not-installed``.
        VerifyError: a check could not be run.
    """
    from proxyenv.checks.ladder import CHECKS, run_ladder
    from proxyenv.decide.premises import judge_premises
    from proxyenv.machine.drift import judge_files
    from proxyenv.machine.installation import read_installation
    from proxyenv.machine.subject import read_subject

    installation = read_installation(session.host)
    files = judge_files(session.host, installation, now=session.now, targets=targets)
    outcomes, broken = judge_premises(files, installation, session.host.layout)
    try:
        subject = read_subject(session.host, installation, urls=urls, new_shell=new_shell)
    except DiscoveryError:
        if not broken:
            raise
        return Report((*outcomes, *_skip(dict.fromkeys(CHECKS, next(iter(broken.values()))))))
    conflicts = find_conflicts(session.host, installation)
    wanted = tuple(name for name in CHECKS if name not in broken)
    report = run_ladder(subject, progress=session.terminal.progress, checks=wanted)
    return Report((*outcomes, *conflicts, *report.outcomes, *_skip(broken)))


def _skip(broken: Mapping[str, str]) -> Iterator[Outcome]:
    """What need not be tried, since it is known to fail."""
    for check, cause in broken.items():
        if check not in {"files", "system-store", "activation"}:  # most machines do not need the latter
            yield Outcome(check, "skipped", "earlier-failure", f"`{cause}` failed")


COMMANDS = {"check": Command(run, ReportResult, choose_options("urls", "target_pythons"))}
