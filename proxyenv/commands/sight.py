"""Looks at the certificates that a connection shows: for ``trust fetch``, and where ``setup`` knows no CA."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.certificate import parse_certificates
from proxyenv.certificates.inspection import (
    Sight,
    describe_skew,
    find_issuer_url,
    find_skew,
    make_inspection,
    make_unknown_verdicts,
)
from proxyenv.certificates.issuers import find_issuer
from proxyenv.certificates.lint import is_self_issued, make_lint
from proxyenv.certificates.path import find_chain, lint_path
from proxyenv.checks.download import download
from proxyenv.checks.forecast import Forecast, forecast
from proxyenv.checks.wire import look
from proxyenv.decide.intent import merge_intent
from proxyenv.errors import TrustError
from proxyenv.machine.ca_sources import find_means
from proxyenv.machine.findings import with_password
from proxyenv.machine.installation import read_installation
from proxyenv.machine.roots import find_roots_files, read_known_roots
from proxyenv.model.inspection import CertificatePath
from proxyenv.model.subject import TIMEOUT, parse_origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from proxyenv.commands.command import Session
    from proxyenv.machine.ca_sources import Means
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.intent import Request

_HOPS: Final = 3


def see(session: Session, request: Request, target: str, *, follow: bool, thorough: bool = True) -> Sight:
    """Connect to *target* as a client would, and look at the certificates that come.

    Args:
        session: with the machine, and the terminal that shows what begins.
        request: names the proxy; without one, what is saved or found is used.
        target: ``HOST``, ``HOST:PORT`` or an ``https://`` URL.
        follow: whether to fetch the issuers that were not sent from where the certificates say.
        thorough: whether to ask the runtimes of this machine what they say to it.

    Raises:
        UsageError: ``url-invalid``.
        DiscoveryError: ``wire-unreachable``.
    """
    host = session.host
    origin = parse_origin(target if "://" in target else f"https://{target}")
    saved = read_installation(host).configuration
    means = find_means(with_password(merge_intent(request, saved), host, saved), host)
    proxy = means.find_proxy(str(origin))
    roots = find_roots_files(host)
    session.terminal.progress(f"connecting to {origin}")
    seen = look(proxy, origin, public_roots=roots.public, known_roots=roots.known, timeout=TIMEOUT)
    chain = seen.chain
    if follow and chain:
        chain = (*chain, *_fetch_issuers(session, chain, means))
    sight = Sight(
        str(origin),
        proxy,
        None if not chain and not seen.public else not seen.public,
        (),
        refusal=seen.refusal,
        skew=find_skew(seen.clock, session.now),
    )
    environment = host.environment if thorough else {}
    return _judge(session, sight, chain, CertificatePath(seen.chain, (), origin.host), environment)


def _judge(
    session: Session,
    sight: Sight,
    chain: tuple[bytes, ...],
    sent: CertificatePath,
    environment: Mapping[str, str],
) -> Sight:
    """Add what is to be said of the certificates."""
    if not chain:
        return sight
    try:
        certificates = [
            parse_certificates(der, source=f"certificate {n}")[0] for n, der in enumerate(chain, 1)
        ]
    except TrustError as error:
        return replace(sight, refusal=error.message)
    top = find_chain(CertificatePath(chain, (), sent.host))[-1]
    above = find_issuer(top, read_known_roots(session.host))
    answer = _forecast(session, chain, sent, above, environment)
    extra = (make_lint("clock-skew", describe_skew(sight.skew)),) if sight.skew else ()
    inspections = tuple(
        make_inspection(
            each,
            source=sight.origin,
            links=answer.links,
            verdicts=answer.verdicts,
            extra=extra if not number else (),
            platform=session.host.platform,
        )
        for number, each in enumerate(certificates)
    )
    missing = None if above or is_self_issued(top) else _find_issuer_name(certificates, top)
    return replace(sight, inspections=inspections, missing=missing)


def _forecast(
    session: Session,
    chain: tuple[bytes, ...],
    sent: CertificatePath,
    above: bytes | None,
    environment: Mapping[str, str],
) -> Forecast:
    """What every runtime says to what is sent, below the root that it leads up to.

    What was fetched has its lints and no part in the verdicts: clients do not fetch.
    """
    top = find_chain(CertificatePath(chain, (), sent.host))[-1]
    anchor = above or (top if top != chain[0] or is_self_issued(top) else None)
    if anchor is None:
        return Forecast(
            lint_path(CertificatePath(chain, (), sent.host), now=session.now), make_unknown_verdicts()
        )
    path = CertificatePath(sent.sent, (anchor,), sent.host)
    with session.terminal.watch() as watch:
        (answer,) = forecast([path], environment=environment, now=session.now, progress=watch)
    fetched = tuple(each for each in chain[len(sent.sent) :] if each != anchor)
    every = lint_path(CertificatePath(sent.sent, (anchor, *fetched), sent.host), now=session.now)
    return answer._replace(links=(*answer.links, *(link for link in every if link.der in fetched)))


def _find_issuer_name(certificates: Iterable[Certificate], der: bytes) -> str:
    return next(each.issuer for each in certificates if each.der == der)


def _fetch_issuers(session: Session, chain: tuple[bytes, ...], means: Means) -> tuple[bytes, ...]:
    """The CAs that certificates name as their issuers and the server did not send (RFC 5280, 4.2.2.1)."""
    fetched: list[bytes] = []
    for _ in range(_HOPS):
        top = find_chain(CertificatePath((*chain, *fetched), (), ""))[-1]
        url = None if is_self_issued(top) else find_issuer_url(top)
        if url is None:
            break
        session.terminal.progress(f"fetching {url}")
        data = download(url, proxy=means.find_proxy(url), roots=(session.host.layout.bundle,))
        issuer = find_issuer(top, (each.der for each in parse_certificates(data, source=url)))
        if issuer is None or issuer in (*chain, *fetched):
            break
        fetched.append(issuer)
    return tuple(fetched)
