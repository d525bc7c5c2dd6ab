"""Which CAs the machine trusts, and where Python finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.certificates.bundle import merge, normalise_fingerprint, select
from proxyenv.certificates.usual_roots import are_flawless
from proxyenv.errors import UsageError
from proxyenv.formats.pth import HOOK_FILE
from proxyenv.model.host import find_local_path
from proxyenv.model.intent import Rank
from proxyenv.model.proxy_url import is_masked
from proxyenv.model.url import is_web_url, require_fetchable, show_location
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.model.certificate import Certificate
    from proxyenv.model.findings import Findings, Found
    from proxyenv.model.host import Host
    from proxyenv.model.intent import Intent

_MOST_NOTES: Final = 3


class PublicRoots(NamedTuple):
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


def choose_roots(findings: Findings, intent: Intent) -> PublicRoots:
    """The public roots that ``--base`` asks for."""
    certifi, system = f"certifi {findings.certifi_version}", findings.system
    if system is None:
        return PublicRoots(findings.public_roots, certifi, findings.certifi_version, None)
    if intent.base == "system":
        return PublicRoots(system.roots, system.source, None, system.digest)
    roots = merge(findings.public_roots, system.roots)
    return PublicRoots(roots, f"{certifi} and {system.source}", findings.certifi_version, system.digest)


def choose_anchors(findings: Findings, intent: Intent) -> tuple[tuple[Certificate, ...], list[str]]:
    """The corporate CAs, sorted by fingerprint, and what the user should know of the choice.

    What ``--ca`` names comes to what is set up; with ``--replace-ca`` it takes its place. Fingerprints that
    are given concern what is given with them, saved ones what is set up.

    Raises:
        TrustError: a saved CA is refused, or ``fingerprint-mismatch``.
        DiscoveryError: a saved CA cannot be read.
    """
    chosen, notes = _choose(findings, intent)
    anchors = tuple(sorted({found.value for found in chosen}))
    kept = _find_kept(findings, intent)
    left_out = tuple(each.value for each in findings.given_left_out)
    wanted = _find_wanted(intent, anchors)
    return merge(select(anchors, wanted, left_out), kept), notes


def _find_wanted(intent: Intent, anchors: tuple[Certificate, ...]) -> tuple[str, ...]:
    """The fingerprints that the CAs must have; a policy names also those that are still to come."""
    if intent.rank("fingerprints") is not Rank.POLICY:
        return intent.fingerprints
    held = {each.fingerprint for each in anchors}
    there = tuple(text for text in intent.fingerprints if normalise_fingerprint(text) in held)
    return there or intent.fingerprints


def choose_sources(host: Host, findings: Findings, intent: Intent) -> tuple[str, ...]:
    """What ``refresh`` reads the CAs from; empty where only the copy of them will be left."""
    if not intent.is_ordered("ca"):
        return intent.ca
    copy = (str(host.layout.corporate),)
    named = (str(find_ca_file(text, host) or text) for text in intent.ca)
    given = tuple(named) if findings.given_lasts else copy
    saved = findings.installation.configuration
    readable = saved.ca if saved and findings.saved_refusal is None else ()
    kept = (readable or copy) if _find_kept(findings, intent) else ()
    sources = tuple(dict.fromkeys((*kept, *given)))
    return () if sources == copy else sources


def choose_fingerprints(
    findings: Findings, intent: Intent, anchors: tuple[Certificate, ...]
) -> tuple[str, ...]:
    """What ``refresh`` holds the CAs to: once some are pinned, those that are there now are accepted too."""
    saved = findings.installation.configuration
    if not intent.is_ordered("ca") or not _find_kept(findings, intent) or saved is None:
        return intent.fingerprints
    pins = (*saved.fingerprints, *intent.fingerprints)
    known = {normalise_fingerprint(text) for text in pins}
    more = (each.fingerprint for each in anchors if each.fingerprint not in known)
    return (*pins, *more) if pins else ()


def _find_kept(findings: Findings, intent: Intent) -> tuple[Certificate, ...]:
    """The CAs that are set up and stay beside those that ``--ca`` names."""
    saved = findings.installation.configuration
    if intent.rank("ca") is not Rank.GIVEN or intent.replace_ca or saved is None:
        return ()
    pins = {normalise_fingerprint(text) for text in saved.fingerprints}
    anchors = (found.value for found in findings.saved_anchors)
    return tuple(each for each in anchors if not pins or each.fingerprint in pins)


def _choose(findings: Findings, intent: Intent) -> tuple[tuple[Found[Certificate], ...], list[str]]:
    if intent.is_ordered("ca"):
        refusal = None if intent.replace_ca else findings.saved_refusal
        copied = "; the copy of it that is set up stays" if findings.saved_anchors else ""
        refused = [f"{refusal.message}{copied}"] if refusal else []
        left_out = (f"{each.provenance}: left out: {each.reason}" for each in findings.given_rejections)
        foreign = findings.given_foreign
        kept = (
            [f"{foreign}, so `refresh` does not read it again, and keeps what it holds now"]
            if foreign
            else []
        )
        return findings.given_anchors, [*refused, *left_out, *kept, *_not_chosen(findings, intent)]
    if intent.replace_ca:
        return (), []  # the CA with that fingerprint comes from the wire
    if findings.saved_refusal is not None:
        raise findings.saved_refusal
    if findings.saved_anchors or intent.refresh:
        return findings.saved_anchors, list(findings.saved_notes)
    found = findings.anchors or (findings.proposed_anchors if intent.from_tools else ())
    return found, _found_notes(found, findings)


def _not_chosen(findings: Findings, intent: Intent) -> list[str]:
    known = {found.value for found in (*findings.given_anchors, *findings.saved_anchors)}
    left = sorted({found.provenance for found in findings.anchors if found.value not in known})
    reason = "`--ca` was given" if intent.rank("ca") is Rank.GIVEN else f"{intent.where('ca')} names others"
    return [f"not in the bundle, since {reason}: CAs from {'; '.join(left)}"] if left else []


def _found_notes(chosen: tuple[Found[Certificate], ...], findings: Findings) -> list[str]:
    from proxyenv.catalog.sources.vendors import describe_ca

    notes = [
        f"CA {describe_ca(found.value.subject)} ({found.value.fingerprint[:16]}…) from {found.provenance}"
        for found in chosen[:_MOST_NOTES]
    ]
    if len(chosen) > _MOST_NOTES:
        notes.append(f"and {len(chosen) - _MOST_NOTES} more CAs; `proxyenv discover` lists them")
    return [*notes, *(f"{rejection.provenance}: {rejection.reason}" for rejection in findings.rejections)]


def find_ca_file(text: str, host: Host) -> Path | None:
    """The file or directory that a value of ``--ca`` names; ``None`` where it is none of this machine's."""
    if text in {"-", "system"} or is_certificate(text):
        return None
    path = find_local_path(text, host.platform)
    return None if path is None else host.absolute(path)


def is_certificate(text: str) -> bool:
    """Whether a value of ``--ca`` is the certificate itself, as a fleet's policy may hold it."""
    return text.startswith("-----BEGIN ")


def find_urls(intent: Intent) -> tuple[str, ...]:
    """The URLs among the CAs that are to be read, which somebody has to fetch first.

    Raises:
        UsageError: one of them must not be fetched.
    """
    urls = tuple(filter(is_web_url, intent.ca)) if intent.is_ordered("ca") else ()
    for url in urls:
        name = show_location(url)
        if is_masked(url):
            raise UsageError(
                "password-masked",
                f"`{name}` was copied from a place where its password is masked",
                hint="write the password itself in place of the mask",
            )
        if url.lower().startswith("http://") and not (
            intent.fingerprints and intent.is_ordered("fingerprints")
        ):
            raise UsageError(
                "usage",
                f"`{name}` is not encrypted: whoever is on the way can put in another CA",
                hint="ask IT for the CA's SHA-256, and give it with `--ca-fingerprint`",
            )
        require_fetchable(url, source=f"`--ca {name}`", example="https://pki.corp.example/ca.pem")
    return urls


def judge_anchors(
    anchors: tuple[Certificate, ...], versions: tuple[str, ...]
) -> dict[str, tuple[tuple[str, str], ...]]:
    """Fingerprint of a CA → version of Python → the lint for which it refuses the CA, or nothing."""
    if not anchors:
        return {}
    ders = [each.der for each in anchors]
    if are_flawless(ders):
        return {each.fingerprint: tuple((version, "") for version in versions) for each in anchors}
    from proxyenv.certificates.inspection import judge_cas

    verdicts = judge_cas(ders, versions)
    return {each.fingerprint: verdicts[each.der] for each in anchors}


def find_hooks(findings: Findings, intent: Intent) -> tuple[Path, ...]:
    """The file in each environment by which Python there goes through truststore."""
    if not intent.uses_truststore:
        return ()
    return tuple(dict.fromkeys(site.packages / HOOK_FILE for site in findings.sites))


def truststore_notes(findings: Findings, intent: Intent, anchors: tuple[Certificate, ...]) -> Iterator[str]:
    """What is missing for truststore to do its work."""
    if not intent.uses_truststore:
        return
    store = findings.python_store
    place = f"the operating system's store ({store.place})" if store else "the operating system's store"
    known = store.fingerprints if store else frozenset()
    for anchor in anchors:
        if anchor.fingerprint not in known:
            yield f"{place} does not hold the CA `{anchor.subject}`: `proxyenv trust install` puts it there"
    if not anchors:
        yield f"no corporate CA is given; {place} has to hold it"
    for venv in findings.gone_venvs:
        yield f"the virtual environment `{venv}` no longer exists and is skipped"
    for site in findings.sites:
        if not site.has_truststore:
            yield (
                f"`{site.packages}` has no truststore, and without it nothing changes there: "
                f"`{site.python} -m pip install truststore`"
            )
