"""``proxyenv trust inspect``: lint CAs, and say beforehand which runtimes will refuse them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from proxyenv.certificates.bundle import select
from proxyenv.certificates.inspection import make_inspection, make_path
from proxyenv.certificates.lint import make_lint
from proxyenv.certificates.rules import name_runtime
from proxyenv.checks.forecast import forecast
from proxyenv.commands.arguments import choose_options
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.consent import ask_ca_password
from proxyenv.commands.discover import FindRejected
from proxyenv.commands.downloads import fetch_cas
from proxyenv.commands.inspections import CertificateResult, describe_inspection, render_inspections
from proxyenv.commands.terminal import printable
from proxyenv.decide.intent import merge_intent, parse_versions
from proxyenv.errors import TrustError
from proxyenv.machine.ca_sources import find_means, read_sources
from proxyenv.machine.certificates import make_rejections
from proxyenv.machine.installation import read_installation
from proxyenv.model.intent import Request
from proxyenv.model.option import Option

if TYPE_CHECKING:
    from proxyenv.commands.command import Session
    from proxyenv.model.findings import Rejection
    from proxyenv.model.inspection import Inspection


@dataclass(frozen=True, slots=True)
class InspectResult:
    """What was inspected.

    Args:
        certificates: in the order in which they were read.
        left_out: what else was read.
    """

    certificates: tuple[CertificateResult, ...]
    left_out: tuple[FindRejected, ...]


def run(session: Session) -> Reply:
    """Inspect what the arguments name; status 1 where some runtime will refuse one of the certificates.

    With ``--target-python`` only those versions of Python count.

    Raises:
        ProxyenvError: something cannot be read, or holds something else than certificates.
    """
    options = session.options
    request = Request(
        proxy=options.proxy,
        ca=tuple(options.source),
        ca_password_env=options.ca_password_env,
        ca_password_file=options.ca_password_file,
        fingerprints=tuple(options.fingerprints),
    )
    while True:
        try:
            found, rejections = inspect(session, request)
            break
        except TrustError as error:
            request = request._replace(ca_password=ask_ca_password(session, request, error))
    targets = {name_runtime(version) for version in parse_versions(tuple(options.target_pythons))}
    refused = any(
        verdict.answer == "fail" and (verdict.runtime in targets or not targets)
        for each in found
        for verdict in each.verdicts
    )
    lines = render_inspections(found, session.paint, verbose=session.terminal.verbose)
    rest = (f"left out: {each.provenance}: {each.reason}" for each in rejections)
    left_out = tuple(FindRejected(*each) for each in rejections)
    result = InspectResult(tuple(map(describe_inspection, found)), left_out)
    return Reply(result, chain(lines, map(printable, rest)), "failed" if refused else "ok")


def inspect(session: Session, request: Request) -> tuple[tuple[Inspection, ...], tuple[Rejection, ...]]:
    """Lint every certificate of ``request.ca``, forecast what each runtime says to it, and name the rest.

    Raises:
        DiscoveryError: a source cannot be read.
        TrustError: it holds a private key, or no certificate.
    """
    host, now = session.host, session.now
    intent = merge_intent(request, read_installation(host).configuration)
    means = find_means(intent, host)._replace(fetched=fetch_cas(host, intent))
    sources = [source for text in request.ca for source in read_sources(text, host=host, means=means)]
    found = [(each, source) for source in sources for each in source.content.certificates]
    select((each for each, _ in found), request.fingerprints)
    pool = tuple(each.der for each, _ in found)
    paths = [make_path(each.der, pool) for each, _ in found]
    answers = forecast(paths, environment=host.environment, now=now, progress=session.terminal.progress)
    rejections = (make_rejections(source.name, source.content.left_out) for source in sources)
    inspections = tuple(
        make_inspection(
            certificate,
            source=source.name,
            links=answer.links,
            verdicts=answer.verdicts,
            extra=(make_lint("key-in-file"),) if source.content.has_key else (),
            platform=host.platform,
        )
        for (certificate, source), answer in zip(found, answers, strict=True)
    )
    return inspections, tuple(chain.from_iterable(rejections))


_OPTIONS = {
    "source": Option(
        ("FILE",), "a file, a directory, a URL, `-` for standard input or `system`", takes="values"
    ),
    "proxy": Option(("--proxy",), "the proxy that a URL is fetched through", metavar="URL"),
    **choose_options("fingerprints", "ca_password_env", "ca_password_file", "target_pythons"),
}

COMMANDS = {"trust inspect": Command(run, InspectResult, _OPTIONS)}
