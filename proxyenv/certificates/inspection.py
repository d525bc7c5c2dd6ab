"""What is known of a certificate and of the chain that a connection shows, put together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.advice import find_options
from proxyenv.certificates.lint import is_self_issued, signs_others
from proxyenv.certificates.path import find_chain, find_host
from proxyenv.model.inspection import RUNTIMES, Inspection, Path, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from proxyenv.certificates.path import Link
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.inspection import Lint
    from proxyenv.model.url import ProxyURL

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


def make_path(der: bytes, pool: tuple[bytes, ...]) -> Path:
    """What to judge a certificate of a file by: the CAs above it in the same files."""
    chain = find_chain(Path((), (der, *(each for each in pool if each != der)), ""))
    if signs_others(der):
        return Path((), chain, "")
    top = chain[-1]
    anchors = (top,) if top != der or is_self_issued(der) else ()
    return Path(tuple(each for each in chain if each == der or each not in anchors), anchors, find_host(der))


def make_inspection(  # noqa: PLR0913 - the parts of one answer
    certificate: Certificate,
    *,
    source: str,
    links: Sequence[Link],
    verdicts: tuple[Verdict, ...],
    extra: Iterable[Lint],
    platform: str,
) -> Inspection:
    """All that is known of one certificate.

    Args:
        certificate: the certificate.
        source: where it came from.
        links: what the linter says of each certificate of its path.
        verdicts: what each runtime says to that path.
        extra: what else is to be said of it.
        platform: decides what can be done about a failure.
    """
    own = [finding for link in links if link.der == certificate.der for finding in link.findings]
    every = [finding for link in links for finding in link.findings]
    findings = sorted((*own, *extra), key=lambda finding: _GRAVITY[finding.severity])
    options = find_options(every, verdicts, platform=platform)
    return Inspection(certificate, source, tuple(findings), verdicts, options)


def make_unknown_verdicts() -> tuple[Verdict, ...]:
    """What every runtime says to a path that leads up to no known root: nothing that we know."""
    reason = "the CA that issued it was not sent, and is not known here"
    return tuple(Verdict(name, "unknown", reason, "not tried") for name, _ in RUNTIMES)


def find_skew(clock: datetime | None, now: datetime) -> timedelta | None:
    """How far *clock* is ahead of *now*, in whole seconds; ``None`` below five minutes."""
    if clock is None or abs(clock - now) < _SKEW:
        return None
    return timedelta(seconds=round((clock - now).total_seconds()))


def describe_skew(skew: timedelta) -> str:
    """The difference as a clause."""
    return f"the proxy's is {abs(skew)} {'ahead' if skew > timedelta() else 'behind'}"


def find_issuer_url(der: bytes) -> str | None:
    """Where a certificate says that its issuer can be fetched (RFC 5280, 4.2.2.1), if that is plain HTTP."""
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
