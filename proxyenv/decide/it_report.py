"""What IT has to allow or change, worked out from what a check found."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.model.report import Outcome

_PYTHON: Final = "reissue the CA so that current versions of Python accept it"
_ACCOUNT: Final = (
    "let this machine use the proxy {target}: an account with Basic authentication, or none needed"
)
_NEXT_CA: Final = "send the CA that follows, as a PEM file, with its SHA-256 fingerprint by another way"
_PORT: Final = "say at which host and port the proxy speaks HTTP/1.1 with CONNECT: {target} does not"

WANTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "proxy-denied": "allow {target} at the proxy, by CONNECT where the URL is `https://`",
        "websocket-denied": "allow CONNECT to {target} at the proxy",
        "websocket-upgrade-dropped": (
            "pass `Upgrade: websocket` on for {target}, or exempt it from TLS inspection"
        ),
        "websocket-tunnel-closed": "let tunnels to {target} carry what is not TLS: it is a plain websocket",
        "websocket-failed": "let websockets, `Upgrade: websocket`, through to {target}",
        "block-page": "allow {target} at the proxy, which answers with a page of its own",
        "captive-portal": "let this machine reach {target} without a log-in page",
        "stale-answer": "do not answer for {target} from the proxy's cache where the client forbids it",
        "slow-answer": "pass on what comes from {target} in time: the scan at the proxy takes too long",
        "proxy-gateway": "let the proxy itself reach {target}: its DNS, its route or its trust",
        "proxy-answer": "say what answers in place of the proxy for {target}",
        "proxy-name-unknown": "make the name of the proxy {target} resolve on this network",
        "proxy-refused": "say at which host and port the proxy listens: nothing does at {target}",
        "proxy-unreachable": "let this machine connect to the proxy {target}",
        "proxy-not-a-proxy": _PORT,
        "proxy-speaks-http2": _PORT,
        "proxy-certificate": "send the CA that issued the certificate of the proxy {target} itself",
        "proxy-credentials-wanted": _ACCOUNT,
        "proxy-credentials-refused": _ACCOUNT,
        "proxy-scheme-unsupported": "say whether the proxy {target} can offer Basic beside its schemes",
        "ca-missing": "send the CA that issued what is shown for {target}, as a PEM file",
        "ca-wrong": "send the CA that is in use now for {target}, as a PEM file",
        "ca-rejected": _PYTHON,
        "ca-without-root": "send the root above the CA, too",
        "ca-expires": _NEXT_CA,
        "ca-has-expired": _NEXT_CA,
        "certificate-rejected": "correct the certificates that are issued for {target}",
        "certificate-damaged": "repair the certificate that is shown for {target}",
        "certificate-self-signed": "give {target} a certificate that a CA issued",
        "certificate-expired": "renew the certificate of {target}",
        "intermediate-expired": "renew the CA between the root and the certificate of {target}",
        "tls-failed": "find what cuts TLS to {target}, and exempt it from inspection",
        "origin-unreachable": "let this machine, or the proxy, connect to {target}",
        "api-unreachable": "let this machine, or the proxy, connect to {target}",
        "origin-protocol": "find what damages the answers of {target} on the way",
        "control-passed": "issue certificates at the proxy for names that were verified only",
    }
)
"""Cause → what IT can do about it; a cause that is not here is for whoever uses the machine."""

_ASKED: Final = re.compile(r"\bask IT (?:to |for |whether )?(?P<what>.*?)(?:; |$)")
_SEEN: Final = (r"CONNECT ([^`\s]+)", r"websocket to `([^`]+)`", r"`([^`/\s]+:\d+)`")
"""Where a detail names the target, the surest form first."""
_URL: Final = re.compile(r"(?P<scheme>https?)://(?P<authority>\[[^\]]*\](?::\d+)?|[^/?#\]`\s]+)")
_PORTS: Final = {"http": "80", "https": "443"}
_HOW: Final = {
    "tls": "CONNECT",
    "fetch": "CONNECT",
    "prefect-api": "CONNECT",
    "prefect-websocket": "CONNECT, then `Upgrade: websocket`",
}
_PLAIN: Final = {"fetch": "GET", "prefect-api": "GET, POST"}
"""The same where the URL is ``http://``."""


class ITRequest(NamedTuple):
    """One thing to allow or to change.

    Args:
        what: a clause in the imperative.
        exactly: the setting, the extension or the target in detail, or `null`.
        causes: the codes of what was found.
        evidence: what was seen, one text for each check.
    """

    what: str
    exactly: str | None
    causes: tuple[str, ...]
    evidence: tuple[str, ...]


class ITConnection(NamedTuple):
    """A connection that this machine has to be able to make.

    Args:
        target: `host:port`.
        how: `CONNECT`, plain `GET` at the proxy, or CONNECT with a websocket in it.
        works: whether every check of it passed; `null` where none was made.
    """

    target: str
    how: str
    works: bool | None


class ITReport(NamedTuple):
    """What to send to IT.

    Args:
        requests: what to allow or change; none where nothing is to be changed.
        connections: what has to go through.
        proxies: the proxies, as `host:port`.
        others: checks that failed for reasons that are not IT's.
    """

    requests: tuple[ITRequest, ...]
    connections: tuple[ITConnection, ...]
    proxies: tuple[str, ...]
    others: tuple[str, ...]


def make_it_report(outcomes: tuple[Outcome, ...]) -> ITReport:
    """What IT has to do about what a check found."""
    rough = [each for status in ("failed", "warning") for each in outcomes if each.status == status]
    requests: dict[str, ITRequest] = {}
    for each in rough:
        what = _describe(each)
        if what:
            old = requests.get(what, ITRequest(what, None, (), ()))
            requests[what] = ITRequest(
                what,
                old.exactly or _find_asked(each),
                tuple(dict.fromkeys((*old.causes, each.cause or ""))),
                (*old.evidence, f"{each.check}: {each.detail}"),
            )
    others = tuple(each.check for each in rough if each.status == "failed" and each.cause not in WANTED)
    proxies = (each.check for each in outcomes if each.check.startswith("proxy-connect ["))
    return ITReport(
        tuple(requests.values()),
        tuple(_find_connections(outcomes)),
        tuple(dict.fromkeys(check.partition("[")[2].removesuffix("]") for check in proxies)),
        others,
    )


def _describe(outcome: Outcome) -> str | None:
    words = WANTED.get(outcome.cause or "")
    target = _find_target(outcome)
    return words and words.format(target=f"`{target}`" if target else "it")


def _find_asked(outcome: Outcome) -> str | None:
    """The part of a hint that is for IT."""
    found = _ASKED.search(outcome.hint or "")
    return found["what"] if found else None


def _find_target(outcome: Outcome) -> str:
    """``host:port`` of what an outcome is about; empty where it names none."""
    name, _, about = outcome.check.partition(" [")
    url = _URL.search(about)
    if url:
        return _authority(url)
    found = (re.search(form, outcome.detail) for form in _SEEN)
    seen = [each[1] if each else "" for each in found]
    if name.startswith("proxy-"):
        return seen[0] or about.removesuffix("]")
    return next(filter(None, seen), "")


def _authority(url: re.Match[str]) -> str:
    authority = url["authority"].rpartition("@")[2]
    has_port = re.search(r":\d+$", authority)
    return authority if has_port else f"{authority}:{_PORTS[url['scheme']]}"


def _find_connections(outcomes: tuple[Outcome, ...]) -> Iterator[ITConnection]:
    found: dict[tuple[str, str], list[bool]] = {}
    for each in outcomes:
        name, _, about = each.check.partition(" [")
        how, url = _HOW.get(name), _URL.search(each.detail if name == "prefect-api" else about)
        target = _authority(url) if url else _find_target(each)
        if how is None or not target:
            continue
        if url and url["scheme"] == "http":
            how = _PLAIN.get(name, how)
        if each.status != "skipped":
            fails = each.status == "failed" or (each.status == "warning" and each.cause in WANTED)
            found.setdefault((target, how), []).append(not fails)
        else:
            found.setdefault((target, how), [])
    for (target, how), works in found.items():
        yield ITConnection(target, how, all(works) if works else None)
