"""Certificates as a person reads them on a terminal: who each is, what is wrong with it, who refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.commands.terminal import ScreenRow
from proxyenv.model.inspection import RUNTIMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.inspection import Inspection

_NAMES: Final = dict(RUNTIMES)
_SPREAD: Final = 1
"""So many certificates have a paragraph each; of more the ones with something wrong are named."""
_LISTED: Final = 8
_SEVERE: Final = {"error": "failed", "warning": "warning"}


def describe_certificates(found: tuple[Inspection, ...]) -> Iterator[ScreenRow]:
    """A paragraph for one; of several a line each, those that are refused first."""
    if len(found) <= _SPREAD:
        for each in found:
            yield from _describe(each)
        return
    refused = [each for each in found if _refusers(each)]
    others = [each for each in found if not _refusers(each)]
    for each in (*refused, *others)[:_LISTED]:
        refusers = _refusers(each)
        wrong = next(
            (f": {lint.code}: {lint.message}" for lint in each.findings if lint.severity in _SEVERE), ""
        )
        who = f"refused by {', '.join(refusers)}" if refusers else "accepted by every runtime"
        text = f"{each.certificate.subject}, valid until {each.certificate.not_after:%Y-%m-%d}: {who}{wrong}"
        yield ScreenRow("fail" if refusers else "ok", text, "failed" if refusers else "ok")
    if found[_LISTED:]:
        yield ScreenRow("", f"and {len(found) - _LISTED} more: `-v` shows each", heading=True)
    verdict = f"{len(refused)} of {len(found)} certificates will be refused by some runtime"
    good = f"all {len(found)} certificates will be accepted"
    yield ScreenRow("", verdict if refused else good, "failed" if refused else "ok", heading=True)


def _describe(each: Inspection) -> Iterator[ScreenRow]:
    certificate = each.certificate
    issuer = "itself" if certificate.issuer == certificate.subject else certificate.issuer
    yield ScreenRow("", certificate.subject, "bold", heading=True)
    dates = f"{certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"
    yield ScreenRow("", f"issued by {issuer}, valid {dates}")
    yield ScreenRow("", f"SHA-256 {certificate.fingerprint}", whole=True)
    yield ScreenRow("", f"from {each.source}")
    for lint in each.findings:
        yield ScreenRow(lint.severity, f"{lint.code}: {lint.message}", _SEVERE.get(lint.severity, ""))
    for answer, style in (("fail", "failed"), ("unknown", "warning")):
        said: dict[str, list[str]] = {}
        for verdict in each.verdicts:
            if verdict.answer == answer:
                said.setdefault(verdict.message, []).append(_NAMES[verdict.runtime])
        yield from (ScreenRow(answer, f"{', '.join(names)}: {why}", style) for why, names in said.items())
    accepted = [_NAMES[verdict.runtime] for verdict in each.verdicts if verdict.answer == "ok"]
    if accepted:
        yield ScreenRow("ok", f"{len(accepted)} accept it: {', '.join(accepted)}", "ok")
    for number, option in enumerate(each.options, start=1):
        yield ScreenRow(f"{number}.", option, whole=True)


def _refusers(each: Inspection) -> list[str]:
    return [_NAMES[verdict.runtime] for verdict in each.verdicts if verdict.answer == "fail"]
