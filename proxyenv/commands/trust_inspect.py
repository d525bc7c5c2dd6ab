"""``proxyenv trust inspect``: lint CAs, and say beforehand which runtimes will refuse them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proxyenv.certificates.bundle import select
from proxyenv.certificates.inspection import make_inspection, make_path
from proxyenv.certificates.lint import make_lint
from proxyenv.checks.forecast import forecast
from proxyenv.commands.arguments import choose_options
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.consent import ask_ca_password
from proxyenv.commands.inspections import CertificateResult, describe_inspection, render_inspections
from proxyenv.decide.intent import merge_intent
from proxyenv.errors import TrustError
from proxyenv.machine.ca_sources import find_means, read_sources
from proxyenv.machine.installation import read_installation
from proxyenv.model.intent import Request
from proxyenv.model.option import Option

if TYPE_CHECKING:
    from proxyenv.commands.command import Session
    from proxyenv.model.inspection import Inspection


@dataclass(frozen=True, slots=True)
class InspectResult:
    """What was inspected.

    Args:
        certificates: in the order in which they were read.
    """

    certificates: tuple[CertificateResult, ...]


def run(session: Session) -> Reply:
    """Inspect what the arguments name; status 1 where some runtime will refuse one of the certificates.

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
            found = inspect(session, request)
            break
        except TrustError as error:
            request = request._replace(ca_password=ask_ca_password(session, request, error))
    refused = any(verdict.answer == "fail" for each in found for verdict in each.verdicts)
    lines = render_inspections(found, session.paint, verbose=session.terminal.verbose)
    result = InspectResult(tuple(map(describe_inspection, found)))
    return Reply(result, lines, "failed" if refused else "ok")


def inspect(session: Session, request: Request) -> tuple[Inspection, ...]:
    """Lint every certificate of ``request.ca`` and forecast what each runtime says to it.

    Raises:
        DiscoveryError: a source cannot be read.
        TrustError: it holds something else than certificates.
    """
    host, now = session.host, session.now
    means = find_means(merge_intent(request, read_installation(host).configuration), host)
    sources = [
        source for text in request.ca for source in read_sources(text, host=host, now=now, means=means)
    ]
    found = [(each, source) for source in sources for each in source.certificates]
    select((each for each, _ in found), request.fingerprints)
    pool = tuple(each.der for each, _ in found)
    paths = [make_path(each.der, pool) for each, _ in found]
    answers = forecast(paths, environment=host.environment, now=now, progress=session.terminal.progress)
    return tuple(
        make_inspection(
            certificate,
            source=source.name,
            links=answer.links,
            verdicts=answer.verdicts,
            extra=(make_lint("key-in-file"),) if source.has_key else (),
            platform=host.platform,
        )
        for (certificate, source), answer in zip(found, answers, strict=True)
    )


_OPTIONS = {
    "source": Option(
        ("FILE",), "a file, a directory, a URL, `-` for standard input or `system`", takes="values"
    ),
    "proxy": Option(("--proxy",), "the proxy that a URL is fetched through", metavar="URL"),
    **choose_options("fingerprints", "ca_password_env", "ca_password_file"),
}

COMMANDS = {"trust inspect": Command(run, InspectResult, _OPTIONS)}
