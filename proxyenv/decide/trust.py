"""Whom the machine shall trust."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.certificates.bundle import merge, select

if TYPE_CHECKING:
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.findings import Findings
    from proxyenv.model.found import Found
    from proxyenv.model.request import Request

_MOST_NOTES: Final = 3


class Roots(NamedTuple):
    """The public roots that a bundle starts from.

    Args:
        certificates: sorted by fingerprint.
        title: where they are from, for people.
        certifi: the version, if certifi's are among them.
        system: the digest of the operating system's, if those are among them.
    """

    certificates: tuple[Certificate, ...]
    title: str
    certifi: str | None
    system: str | None


def choose_base(request: Request, saved: Configuration) -> str:
    """Whose public roots the bundle starts from: one of :data:`~proxyenv.model.configuration.BASES`."""
    return request.base or saved.base or "certifi"


def choose_trust(request: Request, saved: Configuration) -> str:
    """Where Python finds the corporate CA: one of :data:`~proxyenv.model.configuration.TRUSTS`."""
    return request.trust or saved.trust or "bundle"


def choose_roots(findings: Findings, base: str) -> Roots:
    """The public roots of a base, from what discovery has read."""
    certifi, system = f"certifi {findings.certifi_version}", findings.system
    if system is None:
        return Roots(findings.public_roots, certifi, findings.certifi_version, None)
    if base == "system":
        return Roots(system.roots, system.source, None, system.digest)
    roots = merge(findings.public_roots, system.roots)
    return Roots(roots, f"{certifi} and {system.source}", findings.certifi_version, system.digest)


def choose_fingerprints(request: Request, saved: Configuration) -> tuple[str, ...]:
    """What the CAs are pinned to: a CA that is newly given is not held to the pin of the old one."""
    return request.fingerprints or (() if request.ca or request.confirmed else saved.fingerprints)


def choose_anchors(
    findings: Findings, request: Request, saved: Configuration
) -> tuple[tuple[Certificate, ...], list[str]]:
    """The corporate CAs, sorted by fingerprint, and what the user should know of the choice.

    Raises:
        TrustError: a saved CA is refused, or ``fingerprint-mismatch``.
        DiscoveryError: a saved CA cannot be read.
    """
    chosen, notes = _choose(findings, request)
    anchors = tuple(sorted({found.value for found in chosen}))
    pins = choose_fingerprints(request, saved)
    return (select(anchors, pins) if pins else anchors), notes


def _choose(findings: Findings, request: Request) -> tuple[tuple[Found[Certificate], ...], list[str]]:
    if request.ca or request.confirmed:
        return findings.given_anchors, _left_out(findings)
    if findings.saved_refusal is not None:
        raise findings.saved_refusal
    if findings.saved_anchors or request.saved:
        return findings.saved_anchors, list(findings.saved_notes)
    return findings.anchors, _found_notes(findings)


def _left_out(findings: Findings) -> list[str]:
    known = {found.value for found in (*findings.given_anchors, *findings.saved_anchors)}
    left = sorted({found.provenance for found in findings.anchors if found.value not in known})
    return [f"not in the bundle, since `--ca` was given: CAs from {'; '.join(left)}"] if left else []


def _found_notes(findings: Findings) -> list[str]:
    chosen = findings.anchors
    notes = [
        f"CA `{found.value.subject}` ({found.value.fingerprint[:16]}…) from {found.provenance}"
        for found in chosen[:_MOST_NOTES]
    ]
    if len(chosen) > _MOST_NOTES:
        notes.append(f"and {len(chosen) - _MOST_NOTES} more CAs; `proxyenv discover` lists them")
    return [*notes, *(f"{rejection.provenance}: {rejection.reason}" for rejection in findings.rejections)]
