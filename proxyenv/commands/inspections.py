"""Certificates that were inspected, as a result and as text."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxyenv.commands.terminal import printable
from proxyenv.model.inspection import RUNTIMES, Lint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from proxyenv.certificates.inspection import Sight
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
