"""``proxyenv discover``: what was found, with its provenance, and what conflicts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.vendors import find_vendor
from proxyenv.commands.arguments import read_request
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.downloads import fetch_cas, fetch_policy
from proxyenv.commands.found_sources import (
    USES,
    DirectFound,
    NoProxyFound,
    PacFound,
    ProxyFound,
    describe_direct,
    describe_lists,
    describe_notes,
    describe_pac,
    describe_proxies,
    find_conflicting,
    list_sources,
)
from proxyenv.commands.terminal import printable
from proxyenv.decide.direct_routes import read_lists
from proxyenv.machine.drift import read_overrides
from proxyenv.machine.findings import read_findings, read_intent
from proxyenv.model.configuration import SETUP_OPTIONS
from proxyenv.model.intent import Rank
from proxyenv.model.no_proxy import describe_mistakes
from proxyenv.model.tools import PREFECT
from proxyenv.model.url import show_location, show_path, show_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.commands.command import Session
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.findings import Findings, Found, PrefectFindings
    from proxyenv.model.tools import Conflict


@dataclass(frozen=True, slots=True)
class AnchorFound:
    """A corporate CA.

    Args:
        subject: its name.
        fingerprint: SHA-256, lower-case hex.
        not_after: when it expires, ISO 8601.
        provenance: where it was found.
    """

    subject: str
    fingerprint: str
    not_after: str
    provenance: str


@dataclass(frozen=True, slots=True)
class FindRejected:
    """A find that cannot be used, or not as it is.

    Args:
        provenance: where it was found.
        reason: why it cannot be used.
        code: a code, see [codes](codes.md).
    """

    provenance: str
    reason: str
    code: str


@dataclass(frozen=True, slots=True)
class ShadowFound:
    """A Prefect setting that overrides every profile.

    Args:
        setting: its name.
        value: a password in it is masked.
        provenance: where it was found.
    """

    setting: str
    value: str
    provenance: str


@dataclass(frozen=True, slots=True)
class PrefectFound:
    """What Prefect has on this machine.

    Args:
        profiles_path: the `profiles.toml` that Prefect reads.
        active: the active profile, or null.
        api_url: the API that Prefect uses today, or null.
        shadows: settings that override every profile.
    """

    profiles_path: str
    active: str | None
    api_url: str | None
    shadows: tuple[ShadowFound, ...]


@dataclass(frozen=True, slots=True)
class ConflictFound:
    """One of your settings that conflicts with what proxyenv writes.

    Args:
        tool: whose setting it is.
        cause: a code, see [codes](codes.md).
        setting: its name, as the tool spells it.
        provenance: where it was found.
        detail: what it does.
        mend: the command that removes it; where there is none, what to do.
        beats: what was written and does not count because of it; empty where that is the tool's own affair.
        breaks: whether Prefect's processes fail by it, or do something else than was set up.
    """

    tool: str
    cause: str
    setting: str
    provenance: str
    detail: str
    mend: str
    beats: str
    breaks: bool


@dataclass(frozen=True, slots=True)
class DiscoverResult:
    """What the machine has.

    Args:
        proxies: in the order of their rank.
        conflicts: the schemes for which two different proxies of equal rank were found.
        direct: what says that there is no proxy.
        pac: PAC files that are named.
        proposed_anchors: CAs in files that tools, or misspelt variables, name: asked about, or taken with
            `--from-tools`.
        notes: what else is odd about the sources: misspelt variables, and what NO_PROXY cannot say.
        no_proxy: NO_PROXY lists.
        no_proxy_mistakes: entries of those lists that do not mean what they seem to.
        anchors: corporate CAs: given, saved and found.
        rejections: finds that cannot be used, what was left out of the files that `--ca` names, and files
            that are there and cannot be read.
        prefect: Prefect's settings.
        stale_settings: those of your settings that conflict with what proxyenv writes.
        certifi: the version of certifi that holds the public roots.
        installed: whether proxyenv is set up here.
    """

    proxies: tuple[ProxyFound, ...]
    conflicts: tuple[str, ...]
    no_proxy: tuple[NoProxyFound, ...]
    no_proxy_mistakes: tuple[str, ...]
    anchors: tuple[AnchorFound, ...]
    rejections: tuple[FindRejected, ...]
    prefect: PrefectFound
    stale_settings: tuple[ConflictFound, ...]
    certifi: str
    installed: bool
    direct: tuple[DirectFound, ...] = ()
    pac: tuple[PacFound, ...] = ()
    proposed_anchors: tuple[AnchorFound, ...] = ()
    notes: tuple[str, ...] = ()


def run(session: Session) -> Reply:
    """Read the machine and show it.

    Raises:
        DiscoveryError: something that was named cannot be read.
        TrustError: a CA that was named is refused.
    """
    intent, installation = read_intent(session.host, read_request(session), partial(fetch_policy, session))
    if intent.pac and intent.rank("pac") is Rank.GIVEN:
        from proxyenv.commands.pac_source import follow_pac

        intent = follow_pac(session, intent)
    fetched = fetch_cas(session, intent)
    findings = read_findings(session.host, intent, installation, now=session.now, fetched=fetched, every=True)
    overrides = read_overrides(session.host, findings.installation)
    result = describe_findings(findings, overrides)
    return Reply(result, _render(session, result))


def describe_findings(findings: Findings, overrides: tuple[Conflict, ...]) -> DiscoverResult:
    """The findings as a result, passwords masked, and what beats a written value."""
    conflicts = (
        *overrides,
        *(each for each in findings.tools.conflicts if not overrides or each.tool != PREFECT),
    )
    anchors = (*findings.given_anchors, *findings.saved_anchors, *findings.anchors)
    mistakes = (found.mistakes for source in findings.sources for _, found in read_lists(source))
    return DiscoverResult(
        proxies=describe_proxies(findings.sources),
        conflicts=find_conflicting(findings.sources),
        direct=describe_direct(findings.sources),
        pac=describe_pac(findings.sources),
        proposed_anchors=tuple(map(_describe_anchor, findings.proposed_anchors)),
        notes=describe_notes(findings.sources),
        no_proxy=describe_lists(findings.sources),
        no_proxy_mistakes=tuple(text for each in mistakes for text in describe_mistakes(each)),
        anchors=tuple(map(_describe_anchor, anchors)),
        rejections=tuple(
            FindRejected(each.provenance, each.reason, each.code)
            for each in (*findings.given_rejections, *findings.rejections, *findings.unread)
        ),
        prefect=_describe_prefect(findings.prefect),
        stale_settings=tuple(
            ConflictFound(
                each.tool,
                each.cause,
                each.setting,
                each.provenance,
                each.detail,
                each.remedy,
                each.beats,
                each.breaks,
            )
            for each in conflicts
        ),
        certifi=findings.certifi_version,
        installed=findings.installation.receipt is not None,
    )


def _describe_anchor(found: Found[Certificate]) -> AnchorFound:
    ca = found.value
    return AnchorFound(ca.subject, ca.fingerprint, ca.not_after.isoformat(), found.provenance)


def _describe_prefect(prefect: PrefectFindings) -> PrefectFound:
    return PrefectFound(
        show_path(prefect.profiles_path),
        prefect.active,
        show_location(prefect.api_url.value) if prefect.api_url else None,
        tuple(
            ShadowFound(name, show_source(found.value), found.provenance) for name, found in prefect.shadows
        ),
    )


def render_findings(result: DiscoverResult) -> Iterator[str]:
    """What was found, each with its provenance."""
    yield from (f"{label:<12} {text}" for label, text in list_findings(result))


def list_findings(result: DiscoverResult) -> Iterator[tuple[str, str]]:
    """The same as pairs of a label and a text; what belongs to the line above has no label."""
    yield from list_sources(result)
    for mistake in result.no_proxy_mistakes:
        yield "mistake", mistake
    yield from _list_anchors(result)
    for note in result.notes:
        yield "note", note
    for rejection in result.rejections:
        word = _WORDS.get(rejection.code, "not used")
        yield word, f"{rejection.provenance}: {rejection.reason}"
    prefect = result.prefect
    yield "prefect", f"{prefect.profiles_path}, active profile {prefect.active or 'none'}"
    yield "prefect api", prefect.api_url or "none: flows use an ephemeral server"
    for shadow in prefect.shadows:
        yield "shadow", f"{shadow.setting}={shadow.value}  from {shadow.provenance}"
    for conflict in result.stale_settings:
        yield "conflict", f"{conflict.provenance}: {conflict.detail}"
        yield "", f"remedy: {conflict.mend}"
    yield "certifi", result.certifi
    yield "installed", "yes" if result.installed else "no"


_WORDS: Final = {"ca-spelling": "warning", "file-unreadable": "not read"}
"""What stands before a find that is not used as it is."""


def _render(session: Session, result: DiscoverResult) -> Iterable[str]:
    terminal = session.terminal
    if not terminal.is_seen:
        return map(printable, render_findings(result))
    from proxyenv.commands.finding_rows import describe_findings_shortly

    return terminal.lay_out(describe_findings_shortly(result, verbose=terminal.verbose))


def _list_anchors(result: DiscoverResult) -> Iterator[tuple[str, str]]:
    groups = (("adopted", result.anchors), ("proposed", result.proposed_anchors))
    for use, anchor in ((use, anchor) for use, anchors in groups for anchor in anchors):
        vendor = find_vendor(anchor.subject)
        whose = f"  of {vendor}" if vendor else ""
        yield "ca", f"{anchor.subject}{whose}  valid until {anchor.not_after[:10]}"
        yield "", anchor.fingerprint
        yield "", f"from {anchor.provenance}{USES[use]}"


_OPTIONS = {
    name: option for name, option in SETUP_OPTIONS.items() if name not in {"configure", "urls", "wpad"}
}

COMMANDS = {"discover": Command(run, DiscoverResult, _OPTIONS)}
