"""``proxyenv trust inspect``: lint CAs, and say beforehand which runtimes will refuse them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.inspection import make_inspection, make_path
from proxyenv.certificates.issuers import group_by_subject
from proxyenv.certificates.lint import make_lint
from proxyenv.checks.forecast import forecast
from proxyenv.commands.arguments import choose_options
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.consent import ask_ca_password
from proxyenv.commands.discover import FindRejected
from proxyenv.commands.downloads import read_cas
from proxyenv.commands.terminal import ScreenRow, printable
from proxyenv.decide.given import judge_given
from proxyenv.decide.intent import parse_versions
from proxyenv.errors import TrustError
from proxyenv.machine.certificates import make_rejections
from proxyenv.model.inspection import RUNTIMES, Lint, name_runtime
from proxyenv.model.intent import Request
from proxyenv.model.option import Option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from proxyenv.certificates.inspection import Sight
    from proxyenv.commands.command import Session
    from proxyenv.model.findings import Rejection
    from proxyenv.model.inspection import Inspection, RuntimeVerdict

    Paint = Callable[[str, str], str]

_NAMES: Final = dict(RUNTIMES)
_STYLES: Final = {"ok": "ok", "fail": "failed", "unknown": "warning", "error": "failed", "warning": "warning"}
_WIDTH: Final = 8
_NAME_WIDTH: Final = max(len(name) for _, name in RUNTIMES)


@dataclass(frozen=True, slots=True)
class VerdictReason:
    """Why a runtime accepts or refuses a certificate.

    Args:
        message: for `fail` what the user would see, for `unknown` why; otherwise empty.
        evidence: what the answer rests on: a handshake with which program, or `by rule`.
    """

    message: str
    evidence: str


@dataclass(frozen=True, slots=True)
class CertificateResult:
    """One certificate.

    Args:
        subject: its name.
        issuer: the name of the CA that issued it.
        fingerprint: SHA-256, lower-case hex.
        not_before: when it begins to be valid, ISO 8601.
        not_after: when it expires, ISO 8601.
        source: where it came from.
        findings: what the linter found, the gravest first; the codes are [here](codes.md).
        verdicts: runtime → `ok`, `fail` or `unknown`.
        reasons: runtime → why.
        options: what can be done about a failure, the best first.
    """

    subject: str
    issuer: str
    fingerprint: str
    not_before: str
    not_after: str
    source: str
    findings: tuple[Lint, ...]
    verdicts: Mapping[str, str]
    reasons: Mapping[str, VerdictReason]
    options: tuple[str, ...]


def describe_inspection(inspection: Inspection) -> CertificateResult:
    """One certificate as a result."""
    certificate = inspection.certificate
    return CertificateResult(
        subject=certificate.subject,
        issuer=certificate.issuer,
        fingerprint=certificate.fingerprint,
        not_before=certificate.not_before.isoformat(),
        not_after=certificate.not_after.isoformat(),
        source=inspection.source,
        findings=inspection.findings,
        verdicts={each.runtime: each.answer for each in inspection.verdicts},
        reasons={each.runtime: VerdictReason(each.message, each.evidence) for each in inspection.verdicts},
        options=inspection.options,
    )


def render_inspections(inspections: Iterable[Inspection], paint: Paint, *, verbose: bool) -> Iterator[str]:
    """One paragraph for each certificate: who it is, what is to be said, and who will say no."""
    for number, each in enumerate(inspections):
        if number:
            yield ""
        yield from map(printable, _heading(each))
        for finding in each.findings:
            yield f"  {_painted(finding.severity, paint)} {printable(f'{finding.code}: {finding.message}')}"
        yield from _render_verdicts(each.verdicts, paint, verbose=verbose)
        yield from _render_options(each.options)


def render_sight(sight: Sight, paint: Paint, *, verbose: bool) -> Iterator[str]:
    """The chain as it came, one forecast for all of it, and what is missing."""
    yield printable(
        f"{sight.origin} {f'through {sight.proxy}' if sight.proxy else 'directly'}: {_state(sight)}"
    )
    if sight.refusal:
        yield f"  with the public roots alone it is refused: {printable(sight.refusal)}"
    for number, each in enumerate(sight.inspections, start=1):
        yield ""
        yield from map(printable, _heading(each, number=number))
        for finding in each.findings:
            yield f"  {_painted(finding.severity, paint)} {printable(f'{finding.code}: {finding.message}')}"
    if sight.inspections:
        yield ""
        if any(each.answer != "unknown" for each in sight.inspections[0].verdicts):
            yield from _render_verdicts(sight.inspections[0].verdicts, paint, verbose=verbose)
        yield from _render_options(sight.inspections[0].options)
    if sight.missing:
        yield printable(f"missing: the CA `{sight.missing}`, which issued the last one, was not sent")
        yield f"         {_missing_hint(sight.missing)}"


def render_pem_hint(path: str) -> str:
    """How to go on with a CA that was written to standard output."""
    return f"to use it, save what was printed and run `proxyenv setup --ca {shlex.quote(path)}`"


def _missing_hint(name: str) -> str:
    if "CN=mitmproxy" in name:
        return "mitmproxy hands it out: `--ca http://mitm.it/cert/pem --ca-fingerprint SHA256`"
    return "ask IT for it; `--follow-aia` fetches it where the certificates say from where"


def _heading(inspection: Inspection, *, number: int | None = None) -> Iterator[str]:
    certificate = inspection.certificate
    yield f"{f'{number}. ' if number else ''}{certificate.subject}"
    issuer = "itself" if certificate.issuer == certificate.subject else certificate.issuer
    yield f"  issued by {issuer}, valid {certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"
    yield f"  SHA-256 {certificate.fingerprint}"
    if number is None:
        yield f"  from {inspection.source}"


def _state(sight: Sight) -> str:
    if sight.intercepted is None:
        return "its certificates could not be read: it speaks TLS 1.3 only, which hides them"
    if not sight.intercepted:
        return "not intercepted, a public root issued its certificate"
    between = "intercepted, " if sight.proxy is not None else ""
    return f"{between}no public root issued its certificate"


def _render_verdicts(verdicts: Iterable[RuntimeVerdict], paint: Paint, *, verbose: bool) -> Iterator[str]:
    for each in verdicts:
        rule = "  (by rule)" if each.evidence.startswith("by rule") and not verbose else ""
        evidence = f"  [{each.evidence}]" if verbose else ""
        words = f"{_NAMES[each.runtime]:<{_NAME_WIDTH}}  {printable(each.message)}{rule}{printable(evidence)}"
        yield f"  {_painted(each.answer, paint)} {words}".rstrip()


def _render_options(options: tuple[str, ...]) -> Iterator[str]:
    for number, option in enumerate(options, start=1):
        yield f"  {number}. {printable(option)}"


def _painted(word: str, paint: Paint) -> str:
    padded = f"{word:<{_WIDTH}}"
    return paint(padded, _STYLES[word]) if word in _STYLES else padded


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
        target_pythons=tuple(options.target_pythons),
    )
    judge_given(request)
    while True:
        try:
            found, rejections = inspect(session, request)
            break
        except TrustError as error:
            request = request._replace(ca_password=ask_ca_password(session, request, error))
    targets = {name_runtime(version) for version in parse_versions(request.target_pythons)}
    refused = any(
        verdict.answer == "fail" and (verdict.runtime in targets or not targets)
        for each in found
        for verdict in each.verdicts
    )
    lines = _render(session, found)
    rest = (f"left out: {each.provenance}: {each.reason}" for each in rejections)
    left_out = tuple(FindRejected(*each) for each in rejections)
    result = InspectResult(tuple(map(describe_inspection, found)), left_out)
    return Reply(result, chain(lines, map(printable, rest)), "failed" if refused else "ok")


def _render(session: Session, found: tuple[Inspection, ...]) -> Iterable[str]:
    terminal = session.terminal
    if not terminal.is_seen:
        return render_inspections(found, session.paint, verbose=terminal.verbose)
    if terminal.verbose:
        lines = render_inspections(found, lambda text, _: text, verbose=True)
        return terminal.lay_out(ScreenRow("", line, heading=True) for line in lines)
    from proxyenv.commands.certificate_rows import describe_certificates

    return terminal.lay_out(describe_certificates(found))


def inspect(session: Session, request: Request) -> tuple[tuple[Inspection, ...], tuple[Rejection, ...]]:
    """Lint every certificate of ``request.ca``, forecast what each runtime says to it, and name the rest.

    Raises:
        DiscoveryError: a source cannot be read.
        TrustError: it holds a private key, or no certificate.
    """
    host, now = session.host, session.now
    sources = read_cas(session, request)
    found = [(each, source) for source in sources for each in source.content.certificates]
    named = group_by_subject(each.der for each, _ in found)
    paths = [make_path(each.der, named) for each, _ in found]
    with session.terminal.watch() as watch:
        answers = forecast(paths, environment=host.environment, now=now, progress=watch)
    rejections = (make_rejections(source.name, source.content.left_out) for source in sources)
    inspections = tuple(
        make_inspection(
            certificate,
            source=source.name,
            links=answer.links,
            verdicts=answer.verdicts,
            extra=(make_lint("key-in-file"),) if source.content.export else (),
            platform=host.platform,
        )
        for (certificate, source), answer in zip(found, answers, strict=True)
    )
    return inspections, tuple(chain.from_iterable(rejections))


_OPTIONS = {
    "source": Option(
        ("FILE|DIR|URL",), "a file, a directory, a URL, `-` for standard input or `system`", takes="values"
    ),
    "proxy": Option(("--proxy",), "the proxy that a URL is fetched through", metavar="URL"),
    **choose_options("fingerprints", "ca_password_env", "ca_password_file", "target_pythons"),
}

COMMANDS = {"trust inspect": Command(run, InspectResult, _OPTIONS)}
