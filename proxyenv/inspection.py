"""Looks at CAs, in files and on the wire: the operations behind ``proxyenv trust inspect`` and ``fetch``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.advice import find_options
from proxyenv.certificates.bundle import select
from proxyenv.certificates.certificate import parse_certificates
from proxyenv.certificates.lint import is_self_issued, make_lint, signs_others
from proxyenv.certificates.path import find_chain, find_host, find_issuer, lint_path
from proxyenv.checks.download import download
from proxyenv.checks.forecast import Forecast, forecast
from proxyenv.checks.subject import TIMEOUT, parse_origin
from proxyenv.checks.wire import look
from proxyenv.errors import ProxyenvError, TrustError
from proxyenv.machine.ca_sources import find_means, read_given, read_sources
from proxyenv.machine.certificates import read_public_roots
from proxyenv.machine.installation import read_installation
from proxyenv.model.inspection import RUNTIMES, Inspection, Path, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from proxyenv.certificates.path import Link
    from proxyenv.machine.ca_sources import Means
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.host import Host
    from proxyenv.model.inspection import Lint
    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.request import Request

_HOPS: Final = 3
_SKEW: Final = timedelta(minutes=5)
_GRAVITY: Final = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Sight:
    """What a connection through the proxy shows.

    Args:
        origin: whose certificates these are.
        proxy: that the connection went through, or ``None``.
        intercepted: whether no public root issued them; ``None`` where that cannot be told.
        inspections: of each certificate, the server's own first; those that were fetched come last.
        missing: the name of the CA above the last of them, where it was not sent.
        refusal: why a client with the public roots alone refuses the connection.
        skew: how far the proxy's clock is ahead of this machine's, where that is worth a word.
    """

    origin: str
    proxy: ProxyURL | None
    intercepted: bool | None
    inspections: tuple[Inspection, ...]
    missing: str | None = None
    refusal: str | None = None
    skew: timedelta | None = None

    @property
    def candidate(self) -> Certificate | None:
        """The CA that would have to be trusted: the root that the chain leads up to.

        The order in which the certificates came says nothing.
        An intermediate is none: most clients want the root above it, which `missing` names.
        """
        if not self.intercepted or not self.inspections:
            return None
        known = {each.certificate.der: each.certificate for each in self.inspections}
        top = find_chain(Path(tuple(known), (), ""))[-1]
        return known[top] if known[top].is_ca and is_self_issued(top) else None


def inspect(
    host: Host, request: Request, *, now: datetime, progress: Callable[[str], None]
) -> tuple[Inspection, ...]:
    """Lint every certificate of ``request.ca`` and forecast what each runtime says to it.

    Raises:
        DiscoveryError: a source cannot be read.
        TrustError: it holds something else than certificates.
    """
    means = _means(host, request)
    sources = [
        source for text in request.ca for source in read_sources(text, host=host, now=now, means=means)
    ]
    found = [(each, source) for source in sources for each in source.certificates]
    select((each for each, _ in found), request.fingerprints)
    pool = tuple(each.der for each, _ in found)
    paths = [make_path(each.der, pool) for each, _ in found]
    answers = forecast(paths, environment=host.environment, now=now, progress=progress)
    inspections = []
    for (certificate, source), answer in zip(found, answers, strict=True):
        extra = (make_lint("key-in-file"),) if source.has_key else ()
        inspections.append(_inspection(certificate, source.name, answer, extra, host))
    return tuple(inspections)


def see(  # noqa: PLR0913 - one for each thing that the command line says
    host: Host,
    request: Request,
    target: str,
    *,
    follow: bool,
    thorough: bool = True,
    now: datetime,
    progress: Callable[[str], None],
) -> Sight:
    """Connect to *target* as a client would, and look at the certificates that come.

    Args:
        host: the machine.
        request: names the proxy; without one, what is saved or found is used.
        target: ``HOST``, ``HOST:PORT`` or an ``https://`` URL.
        follow: whether to fetch the issuers that were not sent from where the certificates say.
        thorough: whether to ask the runtimes of this machine what they say to it.
        now: aware.
        progress: called with a line before something slow.

    Raises:
        UsageError: ``url-invalid``.
        DiscoveryError: ``wire-unreachable``.
    """
    import certifi

    origin = parse_origin(target if "://" in target else f"https://{target}")
    means = _means(host, request)
    proxy = means.find_proxy(str(origin))
    roots = host.layout.bundle if host.layout.bundle.is_file() else FilePath(certifi.where())
    progress(f"connecting to {origin}")
    seen = look(proxy, origin, public_roots=FilePath(certifi.where()), known_roots=roots, timeout=TIMEOUT)
    chain = seen.chain
    if follow and chain:
        chain = (*chain, *_fetch_issuers(chain, means, host, progress))
    sight = Sight(
        str(origin),
        proxy,
        None if not chain and not seen.public else not seen.public,
        (),
        refusal=seen.refusal,
        skew=_skew(seen.clock, now),
    )
    return _judge(
        sight,
        chain,
        len(seen.chain),
        host=host,
        now=now,
        progress=progress,
        name=origin.host,
        environment=host.environment if thorough else {},
    )


def _judge(  # noqa: PLR0913 - the parts of one answer
    sight: Sight,
    chain: tuple[bytes, ...],
    sent: int,
    *,
    host: Host,
    now: datetime,
    progress: Callable[[str], None],
    name: str,
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
    known = _known(host, now)
    top = find_chain(Path(chain, (), name))[-1]
    above = find_issuer(top, known)
    missing = None if above or is_self_issued(top) else _issuer(certificates, top)
    anchor = above or (top if top != chain[0] or is_self_issued(top) else None)
    if anchor is None:
        answer = _unasked(lint_path(Path(chain, (), name), now=now))
    else:
        fetched = (each for each in chain[sent:] if each != anchor)
        path = Path(chain[:sent], (anchor, *fetched), name)
        (answer,) = forecast([path], environment=environment, now=now, progress=progress)
    extra = (make_lint("clock-skew", _describe_skew(sight.skew)),) if sight.skew else ()
    inspections = tuple(
        _inspection(each, sight.origin, answer, extra if not number else (), host)
        for number, each in enumerate(certificates)
    )
    return replace(sight, inspections=inspections, missing=missing)


def make_path(der: bytes, pool: tuple[bytes, ...]) -> Path:
    """What to judge a certificate of a file by: the CAs above it in the same files."""
    chain = find_chain(Path((), (der, *(each for each in pool if each != der)), ""))
    if signs_others(der):
        return Path((), chain, "")
    top = chain[-1]
    anchors = (top,) if top != der or is_self_issued(der) else ()
    return Path(tuple(each for each in chain if each == der or each not in anchors), anchors, find_host(der))


def _inspection(
    certificate: Certificate, source: str, answer: Forecast, extra: Iterable[Lint], host: Host
) -> Inspection:
    own = [finding for link in answer.links if link.der == certificate.der for finding in link.findings]
    every = [finding for link in answer.links for finding in link.findings]
    findings = sorted((*own, *extra), key=lambda finding: _GRAVITY[finding.severity])
    options = find_options(every, answer.verdicts, platform=host.platform)
    return Inspection(certificate, source, tuple(findings), answer.verdicts, options)


def _unasked(links: tuple[Link, ...]) -> Forecast:
    """What is known of a path that nothing can be said to lead up to."""
    reason = "the CA that issued it was not sent, and is not known here"
    return Forecast(links, tuple(Verdict(name, "unknown", reason, "not tried") for name, _ in RUNTIMES))


def _means(host: Host, request: Request) -> Means:
    return find_means(request, read_installation(host).configuration, host)


def _known(host: Host, now: datetime) -> tuple[bytes, ...]:
    """The CAs that are trusted already."""
    public, _ = read_public_roots()
    known = [each.der for each in public]
    if host.layout.corporate.is_file():
        try:
            given = read_given((str(host.layout.corporate),), host=host, now=now)
        except ProxyenvError:  # `status` says what is wrong with it
            given = ()
        known += [found.value.der for found in given]
    return tuple(known)


def _issuer(certificates: Iterable[Certificate], der: bytes) -> str:
    return next(each.issuer for each in certificates if each.der == der)


def _skew(clock: datetime | None, now: datetime) -> timedelta | None:
    if clock is None or abs(clock - now) < _SKEW:
        return None
    return timedelta(seconds=round((clock - now).total_seconds()))


def _describe_skew(skew: timedelta) -> str:
    return f"the proxy's is {abs(skew)} {'ahead' if skew > timedelta() else 'behind'}"


def _fetch_issuers(
    chain: tuple[bytes, ...], means: Means, host: Host, progress: Callable[[str], None]
) -> tuple[bytes, ...]:
    """The CAs that certificates name as their issuers and the server did not send (RFC 5280, 4.2.2.1)."""
    fetched: list[bytes] = []
    for _ in range(_HOPS):
        top = find_chain(Path((*chain, *fetched), (), ""))[-1]
        url = None if is_self_issued(top) else _find_issuer_url(top)
        if url is None:
            break
        progress(f"fetching {url}")
        data = download(url, proxy=means.find_proxy(url), roots=(host.layout.bundle,))
        issuer = find_issuer(top, (each.der for each in parse_certificates(data, source=url)))
        if issuer is None or issuer in (*chain, *fetched):
            break
        fetched.append(issuer)
    return tuple(fetched)


def _find_issuer_url(der: bytes) -> str | None:
    from cryptography import x509
    from cryptography.x509.oid import AuthorityInformationAccessOID

    try:
        extensions = x509.load_der_x509_certificate(der).extensions
        access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (ValueError, x509.ExtensionNotFound):
        return None
    for entry in access:
        location = entry.access_location
        if entry.access_method == AuthorityInformationAccessOID.CA_ISSUERS and isinstance(
            location, x509.UniformResourceIdentifier
        ):
            return location.value if location.value.startswith("http://") else None
    return None
