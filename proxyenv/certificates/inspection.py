"""Everything that is known about a certificate and about the chain of a connection, and what can be done.

Switching verification off is never an option.
"""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.certificate import find_denial, is_for_untrusted
from proxyenv.certificates.issuers import (
    find_issuer_name,
    find_named_issuer,
    find_subject,
    group_by_subject,
)
from proxyenv.certificates.lint import is_self_issued, signs_others
from proxyenv.certificates.path import find_chain, find_host, follow, lint_path
from proxyenv.certificates.rules import find_lint
from proxyenv.certificates.usual_roots import find_shape
from proxyenv.codes import read_family
from proxyenv.codes.lints import REISSUE
from proxyenv.model.inspection import RUNTIMES, CertificatePath, Inspection, RuntimeVerdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from proxyenv.certificates.path import LintedCertificate
    from proxyenv.certificates.usual_roots import Shape
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.inspection import Lint
    from proxyenv.model.proxy_url import ProxyURL

_SKEW: Final = timedelta(minutes=5)
_GRAVITY: Final = {"error": 0, "warning": 1, "info": 2}


_ANY_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)
_NEWEST_LENIENT: Final = "python3.12"
_STRICT: Final = "python3.13"


@dataclass(frozen=True, slots=True)
class Sight:
    """What a connection through the proxy shows.

    Args:
        origin: whose certificates these are.
        proxy: the proxy of the connection, or ``None``.
        intercepted: whether no public root issued them; ``None`` if that is unknown.
        inspections: of each certificate, the server's own first, downloaded ones last.
        missing: the name of the CA above the last of them, if it was not sent.
        refusal: why a client that trusts only the public roots refuses the connection.
        skew: how far the proxy's clock is ahead of this machine's, if it matters.
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
        """The CA that would have to be trusted: the root of the chain, in whatever order it was sent.

        An intermediate does not count: most clients need the root above it, which `missing` names.
        """
        if not self.intercepted or not self.inspections:
            return None
        known = {each.certificate.der: each.certificate for each in self.inspections}
        top = find_chain(CertificatePath(tuple(known), (), ""))[-1]
        is_root = find_denial(top) is None and is_self_issued(top)
        return known[top] if is_root and not is_for_untrusted(top) else None


def make_path(der: bytes, named: dict[bytes, tuple[bytes, ...]]) -> CertificatePath:
    """The path of a certificate from a file: with the CAs above it in the same files.

    Args:
        der: the certificate.
        named: those of the files, as :func:`group_by_subject` groups them.
    """
    name = find_subject(der)
    others = tuple(each for each in named.get(name, ()) if each != der)
    chain = follow(der, ChainMap({name: (der, *others)}, named))  # what may have issued itself has
    if signs_others(der):
        return CertificatePath((), (*chain, *_find_namesakes(chain[-1], named)), "")
    top = chain[-1]
    anchors = (top,) if top != der or is_self_issued(der) else ()
    return CertificatePath(
        tuple(each for each in chain if each == der or each not in anchors), anchors, find_host(der)
    )


def _find_namesakes(top: bytes, named: Mapping[bytes, tuple[bytes, ...]]) -> tuple[bytes, ...]:
    """What bears the name of the issuer of *top* and did not sign it: OpenSSL takes it for the issuer."""
    if is_self_issued(top) or find_named_issuer(top, named) is not None:
        return ()
    return named.get(find_issuer_name(top), ())


def judge_cas(ders: Sequence[bytes], versions: Iterable[str]) -> dict[bytes, tuple[tuple[str, str], ...]]:
    """What versions of Python say to CAs of one bundle, by rule, dates aside.

    Args:
        ders: the CAs; the path of each leads through the others.
        versions: such as ``3.13``.

    Returns:
        CA → version → the code of the lint for which it is refused, or nothing.
    """
    found: dict[bytes, tuple[tuple[str, str], ...]] = {}
    known: dict[Shape, tuple[tuple[str, str], ...]] = {}
    wanted, named = tuple(versions), group_by_subject(ders)
    for der in ders:
        shape = find_shape(der) if len(named[find_subject(der)]) == 1 else None
        if shape is not None and shape in known:
            found[der] = known[shape]
            continue
        links = lint_path(make_path(der, named), now=_ANY_DAY)
        found[der] = tuple((version, find_lint(version, links) or "") for version in wanted)
        if shape is not None:
            known[shape] = found[der]
    return found


def make_inspection(  # noqa: PLR0913 - the parts of one result
    certificate: Certificate,
    *,
    source: str,
    links: Sequence[LintedCertificate],
    verdicts: tuple[RuntimeVerdict, ...],
    extra: Iterable[Lint],
    platform: str,
) -> Inspection:
    """Everything that is known about one certificate.

    Args:
        certificate: the certificate.
        source: where it came from.
        links: the certificates of its path, with their lints.
        verdicts: what each runtime says about that path.
        extra: more lints of the certificate.
        platform: ``sys.platform`` of the machine, for the options.
    """
    own = [finding for link in links if link.der == certificate.der for finding in link.findings]
    every = [finding for link in links for finding in link.findings]
    findings = sorted((*own, *extra), key=lambda finding: _GRAVITY[finding.severity])
    options = find_options(every, verdicts, platform=platform)
    return Inspection(certificate, source, tuple(findings), verdicts, options)


def make_unknown_verdicts() -> tuple[RuntimeVerdict, ...]:
    """The verdicts on a path that leads to no known root: nothing is known."""
    reason = "the CA that issued it was not sent, and is not known here"
    return tuple(RuntimeVerdict(name, "unknown", reason, "not tried") for name, _ in RUNTIMES)


def find_skew(clock: datetime | None, now: datetime) -> timedelta | None:
    """How far *clock* is ahead of *now*, in whole seconds; ``None`` below five minutes."""
    if clock is None or abs(clock - now) < _SKEW:
        return None
    return timedelta(seconds=round((clock - now).total_seconds()))


def describe_skew(skew: timedelta) -> str:
    """The difference as a clause."""
    return f"the proxy's is {abs(skew)} {'ahead' if skew > timedelta() else 'behind'}"


def find_issuer_url(der: bytes) -> str | None:
    """The URL of its issuer in a certificate (RFC 5280, section 4.2.2.1), if it is plain HTTP."""
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


def find_options(
    findings: Iterable[Lint], verdicts: Iterable[RuntimeVerdict], *, platform: str
) -> tuple[str, ...]:
    """The options, the best first; none where no runtime refuses the path.

    Args:
        findings: the lints of the certificates of one path.
        verdicts: what the runtimes say about it.
        platform: ``sys.platform`` of the machine.
    """
    answers = {verdict.runtime: verdict.answer for verdict in verdicts}
    if "fail" not in answers.values():
        return ()
    return tuple(_options({finding.code for finding in findings}, answers, platform))


def _options(codes: set[str], answers: Mapping[str, str], platform: str) -> Iterator[str]:
    present = [code for name, code in read_family("lints").items() if name in codes]
    steps = [code.next_step for code in present if code.next_step.startswith(REISSUE)]
    if steps:
        yield REISSUE + "; ".join(dict.fromkeys(step.removeprefix(REISSUE) for step in steps))
    yield from (
        code.next_step
        for code in present
        if code.severity == "error" and not code.next_step.startswith(REISSUE)
    )
    if answers.get(_STRICT) == "fail" and answers.get(_NEWEST_LENIENT) == "ok":
        yield "until then use Python 3.12, which does not look at this: `uv python pin 3.12`"
        system = {"win32": "Windows", "darwin": "macOS"}.get(platform)
        where = f"let {system} verify" if system else "on Windows and macOS, let the system verify"
        yield f"{where}: `proxyenv setup --trust truststore`, with the CA in the system's store"
