"""Fetches what is named by a URL, before anything is read or decided: CAs, and the policy of a fleet."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from proxyenv.decide.trust import find_urls
from proxyenv.errors import DiscoveryError, ProxyenvError
from proxyenv.model.intent import Rank
from proxyenv.model.url import is_web_url, show_location

if TYPE_CHECKING:
    from proxyenv.commands.command import Session
    from proxyenv.machine.ca_sources import CASource
    from proxyenv.model.intent import Intent, Request


def fetch_cas(session: Session, intent: Intent) -> dict[str, bytes | DiscoveryError]:
    """What each URL of ``--ca`` holds, by its text; in one run each is fetched once.

    For a policy's URL that ``refresh`` cannot reach it holds the error; what came from there before is kept.

    Raises:
        UsageError: a URL must not be fetched, or the proxy's is wrong.
        DiscoveryError: ``ca-unreachable``.
    """
    urls = find_urls(intent)
    if not urls:
        return {}
    from proxyenv.checks.download import download
    from proxyenv.machine.ca_sources import find_means

    means, bundle = find_means(intent, session.host), session.host.layout.bundle
    fetched: dict[str, bytes | DiscoveryError] = {}
    for url in urls:
        get = partial(download, url, proxy=means.find_proxy(url), roots=(bundle,))
        try:
            fetched[url] = session.memory.once(("ca", url), get)
        except DiscoveryError as error:
            if not (intent.refresh and intent.rank("ca") is Rank.POLICY):
                raise
            fetched[url] = error
    return fetched


def read_cas(session: Session, request: Request) -> tuple[CASource, ...]:
    """What ``--ca`` names, not yet judged but for the fingerprints that it must have.

    Raises:
        UsageError: see :func:`fetch_cas`; the variable with the password is not there.
        DiscoveryError: something cannot be read or fetched.
        TrustError: it holds a private key, no certificate, or one with another fingerprint.
    """
    from proxyenv.certificates.bundle import select
    from proxyenv.decide.intent import merge_intent
    from proxyenv.machine.ca_sources import find_means, read_sources
    from proxyenv.machine.installation import read_installation

    host = session.host
    intent = merge_intent(request, read_installation(host).configuration)
    fetched = fetch_cas(session, intent)
    means = find_means(intent, host, connects=False)._replace(fetched=fetched)
    sources = tuple(source for text in request.ca for source in read_sources(text, host=host, means=means))
    select((each for source in sources for each in source.content.certificates), request.fingerprints)
    return sources


def fetch_policy(session: Session, url: str, digest: str, intent: Intent) -> bytes:
    """What the URL of a policy holds, once it has the digest; in one run it is fetched once.

    The proxy that leads to it may be named only in the policy. So the ways that are known without it are
    tried in turn: the proxy that is given, and no other; else the one that is saved or found, then none. Any
    content with another digest, such as the page of a portal, is passed over.

    Args:
        session: with the machine.
        url: of the policy.
        digest: the SHA-256 that it must have.
        intent: what is wanted without the policy.

    Raises:
        DiscoveryError: ``policy-unreachable``; or a CA that is given cannot be read.
        TrustError: ``policy-mismatch``; or a CA that is given is refused.
        UsageError: the proxy's URL is wrong.
    """
    return session.memory.once(("policy", url, digest), lambda: _fetch_policy(session, url, digest, intent))


def _fetch_policy(session: Session, url: str, digest: str, intent: Intent) -> bytes:
    from proxyenv.checks.download import download
    from proxyenv.decide.policy import require_digest
    from proxyenv.machine.ca_sources import find_means
    from proxyenv.machine.findings import with_password

    host = session.host
    proxy = find_means(with_password(intent, host, None), host).find_proxy(url)
    anchors = _read_given(session, intent)
    session.terminal.progress(f"fetching the policy {show_location(url)}")
    errors: list[ProxyenvError] = []
    for way in (proxy,) if intent.gives_proxy or proxy is None else (proxy, None):
        try:
            content = download(url, proxy=way, roots=(host.layout.bundle,), anchors=anchors)
            require_digest(content, source=url, digest=digest)
        except ProxyenvError as error:
            errors.append(error)
        else:
            return content
    mismatch = next((each for each in errors if each.code == "policy-mismatch"), None)
    raise mismatch or _unreachable(errors[0])


def _read_given(session: Session, intent: Intent) -> tuple[bytes, ...]:
    """The CAs that are given beside the policy, in files: they may have signed the server's certificate."""
    from proxyenv.machine.ca_sources import find_means, read_given

    files = tuple(each for each in intent.ca if not is_web_url(each)) if intent.is_ordered("ca") else ()
    means = find_means(intent, session.host, connects=False)
    found = read_given(files, host=session.host, now=session.now, means=means) if files else ()
    return tuple(each.value.der for each in found)


def _unreachable(error: ProxyenvError) -> DiscoveryError:
    if "not trusted" in error.message:
        hint = (
            "name the CA with `--ca FILE`, or publish the policy at an `http://` URL: its digest says what "
            "it must be, whatever the server is"
        )
    else:
        hint = "name the proxy that leads there with `--proxy URL`, or a copy of it with `--config FILE`"
    return DiscoveryError("policy-unreachable", f"the policy {error.message}", hint=hint)
