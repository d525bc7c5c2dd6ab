"""The corporate CAs that ``--ca`` names: files, directories, URLs, standard input, the system's store.

The user named them, so one that holds nothing good is an error.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources import SOURCES, load_weaker_sources
from proxyenv.certificates.anchors import KnownRoots, sift
from proxyenv.certificates.bundle import normalise_fingerprint, select
from proxyenv.certificates.certificate import CertificateFile, make_refusal, parse_content
from proxyenv.decide.direct_routes import read_direct, read_found
from proxyenv.decide.proxies import is_usable, parse_ranked, rank_proxies, take_sources
from proxyenv.decide.trust import is_certificate
from proxyenv.errors import DiscoveryError, TrustError, UsageError
from proxyenv.machine.certificates import (
    LARGEST,
    files_in,
    joined,
    make_rejections,
    parse_ca,
    read_ca_file,
    read_file,
    unreadable,
)
from proxyenv.machine.content import read_standard_input, require_named_file
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.roots import find_known, parse_system_roots, read_public_roots, read_system_roots
from proxyenv.model.findings import Found
from proxyenv.model.host import require_local_path
from proxyenv.model.intent import Rank
from proxyenv.model.no_proxy import NoProxy, join
from proxyenv.model.url import is_web_url, show_location
from proxyenv.no_proxy.matcher import Matcher
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from proxyenv.model.certificate import Certificate, LeftOut
    from proxyenv.model.findings import Rejection, SourceSettings
    from proxyenv.model.host import Host
    from proxyenv.model.intent import Intent
    from proxyenv.model.proxy_url import ProxyURL

STANDARD_INPUT: Final = "-"
SYSTEM: Final = "system"

_WIRE: Final = "the wire, with its fingerprint confirmed"


class Means(NamedTuple):
    """What it takes to read some of the sources.

    Args:
        password: of a PKCS#12 file.
        proxy: to fetch a URL through.
        fingerprints: that the CAs must have, and those of the system's store that are meant; an ``http://``
            URL is not read without.
        direct: what is reached past that proxy.
        fetched: what URLs hold, by their text, or why that is not known; see :mod:`proxyenv.checks.download`.
        where: what names the CAs, for messages; empty for the command line.
    """

    password: str | None = None
    proxy: ProxyURL | None = None
    fingerprints: tuple[str, ...] = ()
    direct: NoProxy = NoProxy()
    fetched: Mapping[str, bytes | DiscoveryError] = MappingProxyType({})
    where: str = ""

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
        content: what it holds; nothing but what is left out for one file of several that cannot be read.
        lasts: whether it can be read again without being asked for anything.
    """

    name: str
    content: CertificateFile
    lasts: bool = True

    @property
    def provenance(self) -> str:
        """In words for a person."""
        return f"`--ca` ({self.name})"


class Given(NamedTuple):
    """The corporate CAs that were given.

    Args:
        anchors: each once, in the order in which they were given.
        lasts: whether all of them can be read again by ``refresh``.
        left_out: what else was given.
    """

    anchors: tuple[Found[Certificate], ...] = ()
    lasts: bool = True
    left_out: tuple[Found[LeftOut], ...] = ()

    @property
    def rejections(self) -> tuple[Rejection, ...]:
        """What was left out, in words for a person."""
        groups: dict[str, list[LeftOut]] = {}
        for each in self.left_out:
            groups.setdefault(each.provenance, []).append(each.value)
        return tuple(
            rejection
            for provenance, group in groups.items()
            for rejection in make_rejections(provenance, group)
        )


def find_means(intent: Intent, host: Host, *, connects: bool = True) -> Means:
    """What the intent and the machine say about reading CAs.

    Args:
        intent: what is wanted.
        host: the machine.
        connects: whether something may be fetched with them.

    Raises:
        UsageError: the variable with the password is not there, or the proxy's URL is wrong.
        DiscoveryError: the file with the password cannot be read, or the saved proxy's URL is wrong.
    """
    fingerprints = intent.fingerprints if intent.is_ordered("fingerprints") else ()
    means = Means(_find_password(intent, host), fingerprints=fingerprints, where=_where(intent, "ca"))
    if not connects:
        return means
    sources = read_settings(LocalMachine(host), intent)
    return means._replace(proxy=_find_proxy(intent, sources), direct=_find_direct(intent, sources))


def read_given(
    paths: tuple[str, ...],
    *,
    host: Host,
    now: datetime,
    means: Means | None = None,
    known: KnownRoots | None = None,
) -> tuple[Found[Certificate], ...]:
    """The corporate CAs that ``--ca`` names, each a CA and valid today. See :func:`read_all`."""
    return read_all(paths, host=host, now=now, means=means or Means(), known=known).anchors


def read_all(  # noqa: PLR0913 - what is read, by what means, and how it is judged
    paths: tuple[str, ...],
    *,
    host: Host,
    now: datetime,
    means: Means,
    confirmed: tuple[bytes, ...] = (),
    confirmed_from: str = "",
    known: KnownRoots | None = None,
) -> Given:
    """The corporate CAs that were given, each a CA and valid today, and what is left out beside them.

    Args:
        paths: files, directories, URLs, ``-`` or ``system``; ``~`` is the user's home. Of a directory,
            every file directly in it with the suffix of a certificate or a container is read.
        host: says which home and which current directory.
        now: aware.
        means: what it takes to read some of them.
        confirmed: certificates (DER) that were seen on the wire, and whose fingerprint the user confirmed.
        confirmed_from: the store that holds them, where that is why they are good.
        known: the public roots; read where they are not handed in.

    Raises:
        DiscoveryError: ``ca-not-found`` or ``ca-unreadable``.
        TrustError: one of *paths* has a private key, or nothing that is a CA, valid today and no public root.
    """
    if not (paths or confirmed):
        return Given()
    known = known or find_known(read_public_roots()[0])
    anchors: list[tuple[Certificate, str]] = []
    left_out: list[Found[LeftOut]] = []
    lasts = not confirmed
    for text in paths:
        found = _read_one(tuple(read_sources(text, host=host, means=means)), text, known, now)
        anchors += ((each.value, each.provenance) for each in found.anchors)
        left_out += found.left_out
        lasts = lasts and found.lasts
    for der in confirmed:
        source = CASource("wire", parse_content(der, source="wire"), lasts=False)
        found = _read_one((source,), "wire", KnownRoots(), now)
        anchors += ((each.value, confirmed_from or _WIRE) for each in found.anchors)
    return Given(joined(anchors), lasts, tuple(left_out))


def _read_one(sources: tuple[CASource, ...], text: str, known: KnownRoots, now: datetime) -> Given:
    """What one value of ``--ca``, *text*, stands for.

    Raises:
        TrustError: nothing in it is good.
    """
    sifted = [(source, sift(source.content, source=source.name, known=known, now=now)) for source in sources]
    anchors = [Found(each, source.provenance) for source, found in sifted for each in found.certificates]
    named = sources[0].provenance if len(sources) == 1 else f"`--ca` ({text})"
    left_out = [Found(each, named) for _, found in sifted for each in found.left_out]
    if not anchors:
        raise make_refusal([each.value for each in left_out])
    return Given(tuple(anchors), all(source.lasts for source in sources), tuple(left_out))


def read_sources(text: str, *, host: Host, means: Means) -> Iterator[CASource]:
    """What one value of ``--ca`` stands for, not yet judged.

    Raises:
        DiscoveryError: ``ca-not-found`` or ``ca-unreadable``.
        TrustError: there is a private key, or a single file has no certificate.
    """
    if text == STANDARD_INPUT:
        yield _parse(_read_standard_input(), "standard input", means, lasts=False)
    elif text == SYSTEM:
        yield _read_system(means.fingerprints)
    elif is_web_url(text):
        yield _parse_fetched(text, means)
    elif is_certificate(text):
        yield _parse(text.encode("utf-8", "replace"), "the certificate itself", means, lasts=False)
    else:
        path = require_local_path(text, host, code="ca-unreadable", what="the CA", where=means.where)
        files = _find_files(path)
        if files is None:
            yield _parse(read_file(path), str(path), means)
        for real in files or ():
            yield CASource(real, read_ca_file(Path(real), password=means.password), not means.password)


def _parse(data: bytes, name: str, means: Means, *, lasts: bool = True) -> CASource:
    content = parse_ca(data, source=name, password=means.password)
    return CASource(name, content, lasts and not means.password)


@functools.cache
def _read_standard_input() -> bytes:
    """It can be read once, and is asked for again when a question was answered."""
    return read_standard_input("--ca -", limit=LARGEST, code="ca-unreadable")


def _read_system(fingerprints: tuple[str, ...]) -> CASource:
    """What the operating system trusts beside the public roots; of that, what has one of the fingerprints.

    Raises:
        TrustError: there is nothing, or nothing with such a fingerprint.
    """
    public, _ = read_public_roots()
    store = read_system_roots()
    known = find_known(public)
    beyond = tuple(
        each
        for each in parse_system_roots(store, public)
        if each.fingerprint not in known.certifi and each.fingerprint not in known.shipped()
    )
    if not beyond:
        raise TrustError(
            "no-certificate",
            f"{store.source} holds no CA beside public roots",
            hint="ask IT for the CA as a file, and name it with `--ca`",
        )
    wanted = {normalise_fingerprint(text) for text in fingerprints}
    chosen = tuple(each for each in beyond if each.fingerprint in wanted) if wanted else beyond
    if not chosen:
        raise TrustError(
            "fingerprint-mismatch",
            f"{store.source} holds no CA with the fingerprint `{min(wanted)}`",
            hint="`proxyenv setup --replace-ca` picks the one that signs what the proxy shows now",
        )
    return CASource(store.source, CertificateFile(chosen))


def _parse_fetched(url: str, means: Means) -> CASource:
    content = means.fetched.get(url)
    if content is None:  # somebody wrote it into the saved configuration, which names what can be read again
        message = f"{means.where} names `{show_location(url)}`, and a URL is fetched only when it is given"
        raise DiscoveryError("ca-unreachable", message, hint="give it once with `--ca`")
    if not isinstance(content, bytes):
        raise content
    source = _parse(content, show_location(url), means, lasts=False)
    if means.fingerprints:  # other sources may hold the others
        wanted = {normalise_fingerprint(text) for text in means.fingerprints}
        certificates = source.content.certificates
        found = [each for each in certificates if each.fingerprint in wanted]
        select(certificates, tuple(each.fingerprint for each in found) or means.fingerprints)
    return source


def _find_files(path: Path) -> tuple[str, ...] | None:
    """The files of a directory, each once; ``None`` for anything else."""
    try:
        if not path.is_dir():
            return None
        files = files_in(path)
    except OSError as error:
        raise unreadable(path, error) from error
    if not files:
        raise TrustError(
            "no-certificate",
            f"`{path}` holds no file named `*.pem`, `*.crt`, `*.cer` or `*.der`",
            hint="name the file itself with `--ca`, or put the CA there under such a name",
        )
    return tuple(dict.fromkeys(os.path.realpath(file) for file in files))


def _where(intent: Intent, name: str) -> str:
    return intent.where(name) if intent.rank(name) in {Rank.POLICY, Rank.SAVED} else ""


def _find_password(intent: Intent, host: Host) -> str | None:
    if intent.ca_password is not None:
        return intent.ca_password
    if intent.ca_password_file is not None:
        where = _where(intent, "ca_password_file")
        what = "the password file"
        named = require_local_path(
            intent.ca_password_file, host, code="ca-unreadable", what=what, where=where
        )
        require_named_file(
            named, intent.ca_password_file, intent.where("ca_password_file"), code="ca-not-found"
        )
        data = read_file(named)
        return data.decode("utf-8", "surrogateescape").splitlines()[0] if data else ""
    name = intent.ca_password_env
    if name is None:
        return None
    if name not in host.environment:
        from proxyenv.model.shown import hint_export, name_variable

        raise UsageError("usage", f"{name_variable(name)} is not set", hint=hint_export(name))
    return host.environment[name]


def read_settings(
    machine: LocalMachine, intent: Intent | None = None, *, every: bool = False
) -> tuple[SourceSettings, ...]:
    """What each source of settings says about proxies, the strongest first.

    Args:
        machine: this one.
        intent: what is wanted: where it, or the environment, leaves the proxy open, the weaker sources are
            read too; without one they are not.
        every: whether they are read all the same.
    """
    found = tuple(source.read(machine) for source in SOURCES)
    is_decided = intent is None or machine.host.for_all or not intent.leaves_proxy_open
    if not every and (
        is_decided or any(is_usable(each.value) for source in found for _, each in source.proxies)
    ):
        return found
    return (*found, *(source.read(machine) for source in load_weaker_sources(machine)))


def _find_proxy(intent: Intent, sources: tuple[SourceSettings, ...]) -> ProxyURL | None:
    """The proxy that a URL is fetched through; of several variables the one that most clients prefer."""
    ranked = [
        (f"{scheme}_proxy", each)
        for scheme in ("https", "http")
        for each in rank_proxies(intent, sources, scheme)
    ]
    usable = (pair for pair in ranked if intent.rank(pair[0]) is not Rank.OPEN or is_usable(pair[1].value))
    named = next(usable, None) or next(iter(ranked), None)
    return parse_ranked(intent, *named) if named else None


def _find_direct(intent: Intent, sources: tuple[SourceSettings, ...]) -> NoProxy:
    """What is reached past the proxy; a proxy that is given serves all that is not excluded with it."""
    rank = intent.rank("no_proxy")
    if intent.gives_proxy and rank is not Rank.GIVEN:
        return NoProxy()
    if rank is Rank.OPEN:
        lists, patterns = read_found(take_sources(intent, sources))
        return join(lists, patterns)
    return read_direct(intent, source=intent.where("no_proxy"))
