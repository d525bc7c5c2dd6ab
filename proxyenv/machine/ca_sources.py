"""The corporate CAs that ``--ca`` names: files, directories, URLs, standard input, the system's store.

The user named them, so whatever is wrong with one is an error.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.catalog.sources import SOURCES
from proxyenv.certificates.bundle import normalise_fingerprint, select
from proxyenv.certificates.certificate import parse_certificates, parse_content, require_authority
from proxyenv.decide.direct_routes import read_direct
from proxyenv.decide.proxies import parse_ranked, rank_proxies
from proxyenv.errors import DiscoveryError, TrustError, UsageError
from proxyenv.machine.certificates import (
    DISTRIBUTION_ROOTS,
    files_in,
    joined,
    read_file,
    read_fingerprints,
    read_public_roots,
    unreadable,
)
from proxyenv.machine.content import LIMIT
from proxyenv.machine.local import LocalMachine
from proxyenv.model.intent import Rank
from proxyenv.model.no_proxy import NoProxy
from proxyenv.model.url import is_masked, mask_userinfo
from proxyenv.no_proxy.advice import read_no_proxy
from proxyenv.no_proxy.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from proxyenv.model.certificate import Certificate
    from proxyenv.model.findings import Found, SourceSettings
    from proxyenv.model.host import Host
    from proxyenv.model.intent import Intent
    from proxyenv.model.url import ProxyURL

STANDARD_INPUT: Final = "-"
SYSTEM: Final = "system"

_SCHEMES: Final = ("http://", "https://")
_CONTAINERS: Final = frozenset({".p7b", ".p7c", ".p12", ".pfx"})
_WIRE: Final = "the wire, with its fingerprint confirmed"


class Means(NamedTuple):
    """What it takes to read some of the sources.

    Args:
        password: of a PKCS#12 file.
        proxy: to fetch a URL through.
        fingerprints: that the CAs must have; an ``http://`` URL is not read without.
        direct: what is reached past that proxy.
    """

    password: str | None = None
    proxy: ProxyURL | None = None
    fingerprints: tuple[str, ...] = ()
    direct: NoProxy = NoProxy()

    def find_proxy(self, url: str) -> ProxyURL | None:
        """The proxy for a URL; ``None`` where it is reached directly.

        Raises:
            ValueError: the URL's authority is malformed.
        """
        return None if Matcher(self.direct).find_entry(url) else self.proxy


class CASource(NamedTuple):
    """One thing that was read.

    Args:
        name: for messages: a path or a URL.
        certificates: what it holds.
        has_key: whether it holds a private key too, which is not kept.
        lasts: whether it can be read again without being asked for anything.
    """

    name: str
    certificates: tuple[Certificate, ...]
    has_key: bool = False
    lasts: bool = True


class Given(NamedTuple):
    """The corporate CAs that were given.

    Args:
        anchors: each once, in the order in which they were given.
        lasts: whether all of them can be read again by ``refresh``.
    """

    anchors: tuple[Found[Certificate], ...] = ()
    lasts: bool = True


def find_means(intent: Intent, host: Host) -> Means:
    """What the intent and the machine say about reading CAs.

    Raises:
        UsageError: the variable with the password is not there, or the proxy's URL is wrong.
        DiscoveryError: the file with the password cannot be read, or the saved proxy's URL is wrong.
    """
    return Means(
        _find_password(intent, host),
        _find_proxy(intent, host),
        intent.fingerprints if intent.is_ordered("fingerprints") else (),
        _find_direct(intent, host),
    )


def read_given(
    paths: tuple[str, ...], *, host: Host, now: datetime, means: Means | None = None
) -> tuple[Found[Certificate], ...]:
    """The corporate CAs that ``--ca`` names, each a CA and valid today. See :func:`read_all`."""
    return read_all(paths, host=host, now=now, means=means or Means()).anchors


def read_all(
    paths: tuple[str, ...],
    *,
    host: Host,
    now: datetime,
    means: Means,
    confirmed: tuple[bytes, ...] = (),
) -> Given:
    """The corporate CAs that were given, each a CA and valid today.

    Args:
        paths: files, directories, URLs, ``-`` or ``system``; ``~`` is the user's home. Of a directory,
            every file directly in it with the suffix of a certificate or a container is read.
        host: says which home and which current directory.
        now: aware.
        means: what it takes to read some of them.
        confirmed: certificates (DER) that were seen on the wire, and whose fingerprint the user confirmed.

    Raises:
        DiscoveryError: ``ca-not-found``, ``ca-unreadable`` or ``ca-unreachable``.
        TrustError: a file is refused, or one of its certificates is not a CA or not valid today.
    """
    found: list[tuple[Certificate, str]] = []
    lasts = not confirmed
    for text in paths:
        for source in read_sources(text, host=host, now=now, means=means):
            lasts = lasts and source.lasts
            left_out = ", its private key left out" if source.has_key else ""
            for certificate in source.certificates:
                require_authority(certificate, source=source.name, now=now)
                found.append((certificate, f"`--ca` ({source.name}{left_out})"))
    for der in confirmed:
        for certificate in parse_certificates(der, source="wire"):
            require_authority(certificate, source="wire", now=now)
            found.append((certificate, _WIRE))
    return Given(joined(found), lasts)


def read_sources(text: str, *, host: Host, now: datetime, means: Means) -> Iterator[CASource]:
    """What one value of ``--ca`` stands for, not yet judged. Errors as :func:`read_all`."""
    if text == STANDARD_INPUT:
        yield _parse(_read_standard_input(), "standard input", means, lasts=False)
    elif text == SYSTEM:
        yield _read_system(now)
    elif text.lower().startswith(_SCHEMES):
        yield _fetch(text, host, means)
    else:
        for path in _given_files(host.absolute(text)):
            yield _parse(read_file(path), str(path), means)


def _parse(data: bytes, name: str, means: Means, *, lasts: bool = True) -> CASource:
    content = parse_content(data, source=name, password=means.password)
    certificates = content.certificates
    if content.has_key:  # a key's own certificate is not a trust anchor
        certificates = tuple(each for each in certificates if each.is_ca) or certificates
    return CASource(name, certificates, content.has_key, lasts and not means.password)


@functools.cache
def _read_standard_input() -> bytes:
    """It can be read once, and is asked for again when a question was answered."""
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("usage", "`--ca -` reads standard input, which is a terminal", hint="`< corp.pem`")
    data = sys.stdin.buffer.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise DiscoveryError("ca-unreadable", f"standard input is larger than {LIMIT // 1024**2} MiB")
    return data


def _read_system(now: datetime) -> CASource:
    """What the operating system trusts beyond the public roots: certifi's, and those that it ships itself."""
    from proxyenv.machine.system_roots import parse_system_roots, read_system_roots

    public, _ = read_public_roots()
    store = read_system_roots()
    known = {each.fingerprint for each in public} | read_fingerprints(DISTRIBUTION_ROOTS)
    beyond = tuple(
        each
        for each in parse_system_roots(store, public)
        if each.fingerprint not in known and each.is_ca and each.not_before <= now <= each.not_after
    )
    if not beyond:
        raise TrustError(
            "no-certificate",
            f"{store.source} holds no CA beside public roots",
            hint="ask IT for the CA as a file, and name it with `--ca`",
        )
    return CASource(store.source, beyond, lasts=False)


def _fetch(url: str, host: Host, means: Means) -> CASource:
    from proxyenv.checks.download import download

    name = mask_userinfo(url)
    if is_masked(url):
        raise UsageError(
            "password-masked",
            f"`{name}` was copied from a place where its password is masked",
            hint="write the password itself in place of the mask",
        )
    if url.lower().startswith("http://") and not means.fingerprints:
        raise UsageError(
            "usage",
            f"`{name}` is not encrypted: whoever is on the way can put in another CA",
            hint="ask IT for the CA's SHA-256, and give it with `--ca-fingerprint`",
        )
    data = download(url, proxy=means.find_proxy(url), roots=(host.layout.bundle,))
    source = _parse(data, name, means, lasts=False)
    if means.fingerprints:  # other sources may hold the others
        wanted = {normalise_fingerprint(text) for text in means.fingerprints}
        found = [each for each in source.certificates if each.fingerprint in wanted]
        select(source.certificates, tuple(each.fingerprint for each in found) or means.fingerprints)
    return source


def _given_files(path: Path) -> tuple[Path, ...]:
    try:
        if not path.is_dir():
            return (path,)
        files = files_in(path, also=_CONTAINERS)
    except OSError as error:
        raise unreadable(path, error) from error
    if not files:
        raise TrustError(
            "no-certificate",
            f"`{path}` holds no file named `*.pem`, `*.crt`, `*.cer` or `*.der`",
            hint="name the file itself with `--ca`, or put the CA there under such a name",
        )
    return files


def _find_password(intent: Intent, host: Host) -> str | None:
    if intent.ca_password is not None:
        return intent.ca_password
    if intent.ca_password_file is not None:
        data = read_file(host.absolute(intent.ca_password_file))
        return data.decode("utf-8", "replace").splitlines()[0] if data else ""
    name = intent.ca_password_env
    if name is None:
        return None
    if name not in host.environment:
        raise UsageError(
            "usage", f"the variable `{name}` is not set", hint=f"`export {name}`, then run it again"
        )
    return host.environment[name]


def read_settings(host: Host) -> tuple[SourceSettings, ...]:
    """What each source of settings says about proxies, the strongest first."""
    return tuple(source.read(LocalMachine(host)) for source in SOURCES)


def _find_proxy(intent: Intent, host: Host) -> ProxyURL | None:
    """The proxy that a URL is fetched through; of several variables the one that most clients prefer."""
    sources = read_settings(host)
    for scheme in ("https", "http"):
        for text in rank_proxies(intent, sources, scheme):
            return parse_ranked(intent, f"{scheme}_proxy", text)
    return None


def _find_direct(intent: Intent, host: Host) -> NoProxy:
    """What is reached past the proxy; a proxy that is given serves all that is not excluded with it."""
    rank = intent.rank("no_proxy")
    is_proxy_given = Rank.GIVEN in {intent.rank("http_proxy"), intent.rank("https_proxy")}
    if is_proxy_given and rank is not Rank.GIVEN:
        return NoProxy()
    if rank is Rank.OPEN:
        return read_no_proxy(host.environment)
    return read_direct(intent, source=intent.where("no_proxy"))
