"""Reads the machine once, into one value."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from proxyenv.certificates.pem import PrivateKeyError
from proxyenv.decide.intent import merge_intent
from proxyenv.decide.proxies import SCHEMES, is_usable, rank_proxies
from proxyenv.errors import DiscoveryError, TrustError
from proxyenv.formats.pth import HOOK_FILE
from proxyenv.machine.ca_sources import Given, Means, find_means, read_all, read_settings
from proxyenv.machine.certificates import find_anchors
from proxyenv.machine.container import find_container
from proxyenv.machine.content import find_text
from proxyenv.machine.distributions import find_integrations, find_python_version
from proxyenv.machine.installation import read_installation
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.prefect import find_prefect
from proxyenv.machine.pythons import find_pythons
from proxyenv.machine.resolver import find_network
from proxyenv.machine.roots import find_known, parse_system_roots, read_public_roots, read_system_roots
from proxyenv.machine.tools import read_tools
from proxyenv.model.configuration import PASSWORD_SOURCES, SETUP_OPTIONS
from proxyenv.model.findings import Findings, Rejection, SharedFindings, Surroundings, SystemStore
from proxyenv.model.intent import Rank
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from proxyenv.machine.ownership import Foreign
    from proxyenv.machine.policy import Fetch
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.findings import Found, PrefectFindings, SourceSettings
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation, Layout
    from proxyenv.model.intent import Intent, Request
    from proxyenv.model.jobs import JobSources
    from proxyenv.model.receipt import AnchorRecord
    from proxyenv.model.tools import NamedRoots


_RESOLVE_SECONDS: Final = 2.0
_CERT: Final = "PREFECT_API_SSL_CERT_FILE"


def read_intent(host: Host, request: Request, fetch: Fetch | None = None) -> tuple[Intent, Installation]:
    """What is wanted, and what an earlier run left, which holds a part of it.

    Args:
        host: the machine.
        request: the command line.
        fetch: gets a fleet's policy from its URL.

    Raises:
        DiscoveryError: a file of an earlier run, or the policy, cannot be read or understood.
        TrustError: ``policy-mismatch``.
        UsageError: two options contradict each other.
    """
    installation = read_installation(host, _find_drop_ins(host, request))
    if installation.damage is not None:
        raise installation.damage
    saved = installation.configuration
    if not (request.policy or request.policy_digest or (saved and saved.policy)):
        return with_password(merge_intent(request, saved), host, saved), installation
    from proxyenv.machine.policy import read_policies

    now, earlier = read_policies(host, request, installation, fetch)
    intent = merge_intent(
        request,
        saved,
        policy=now.configuration if now else None,
        earlier=earlier.configuration if earlier else None,
    )
    source, pin = (now.source, now.digest if now.pinned else None) if now else (None, None)
    intent = intent._replace(fleet=now, policy=source, policy_digest=pin)
    return with_password(intent, host, saved), installation


def with_password(intent: Intent, host: Host, saved: Configuration | None) -> Intent:
    """Add the password of the proxy's user, where something says where it is.

    Raises:
        UsageError: see :func:`proxyenv.machine.proxy_password.settle_password`.
        DiscoveryError: ``proxy-password``.
    """
    if intent.proxy_password is None and not any(getattr(intent, name) for name in PASSWORD_SOURCES):
        return intent
    from proxyenv.machine.proxy_password import settle_password

    return settle_password(intent, host, saved)


def read_findings(  # noqa: PLR0913 - what is read, and how much
    host: Host,
    intent: Intent,
    installation: Installation,
    *,
    now: datetime,
    fetched: Mapping[str, bytes | DiscoveryError] = MappingProxyType({}),
    every: bool = False,
) -> Findings:
    """Read everything that a decision may depend on.

    Args:
        host: the machine.
        intent: names the files and the API to look at.
        installation: what an earlier run left.
        now: aware, UTC; certificates are judged at this moment.
        fetched: what the URLs among the CAs hold.
        every: whether all sources are looked at, those too that nothing depends on.

    Raises:
        DiscoveryError: something that was named cannot be read, or is not valid.
        TrustError: a CA that was named is refused.
    """
    prefect = find_prefect(host)
    public_roots, certifi_version = read_public_roots()
    anchors, rejections = find_anchors(host=host, public_roots=public_roots, now=now)
    paths = intent.ca if intent.is_ordered("ca") else ()
    known = find_known(public_roots)
    means = find_means(intent, host, connects=False)._replace(fetched=fetched)
    read = partial(read_all, host=host, now=now, known=known)
    given, refusal = _read_given(paths, host, intent, installation, partial(read, means=means))
    foreign = _find_foreign(host, intent, paths)
    unread: dict[Path, str] = {}
    machine = LocalMachine(host, unread=unread)
    sources = read_settings(machine, intent, every=every)
    meant = _meant_anchors(given.anchors, () if intent.replace_ca else _find_known(installation), anchors)
    python = find_pythons(host, (), intent.venvs).chosen[0].path
    findings = Findings(
        public_roots,
        certifi_version,
        prefect,
        sources=sources,
        given_anchors=given.anchors,
        given_lasts=given.lasts and foreign is None,
        given_foreign=str(foreign or "") if intent.rank("ca") is Rank.GIVEN else "",
        given_left_out=given.left_out,
        given_rejections=given.rejections,
        anchors=anchors,
        rejections=rejections,
        system=_find_system(intent, public_roots),
        api_addresses=find_addresses(_find_api_host(intent, prefect)),
        surroundings=read_surroundings(host.environment),
        tools=read_tools(
            machine,
            _find_meant(intent, sources),
            meant,
            truststore=intent.uses_truststore,
            asked=intent.configure,
        ),
        installation=installation,
        versions=_find_versions(python),
        roots=_read_named(host, prefect, meant),
        jobs=_find_job_sources(host, python),
        shared=_read_shared(intent) if host.for_all else SharedFindings(),
        unread=tuple(
            Rejection(f"`{path}`", f"{reason}, so what it says is not known", "file-unreadable")
            for path, reason in sorted(unread.items())
        ),
    )
    saved = installation.configuration
    pins = Means(
        fingerprints=saved.fingerprints if saved and not intent.replace_ca else (),
        where=f"`{SETUP_OPTIONS['ca'].key}` in `proxyenv.toml`",
    )
    findings = _with_saved(findings, host, intent, partial(read, means=pins))
    if refusal is not None:
        findings = findings._replace(saved_refusal=refusal)
    if not (anchors or paths or findings.saved_anchors or host.for_all or intent.refresh):
        from proxyenv.machine.named_cas import find_proposed

        proposed = find_proposed(host=host, public_roots=public_roots, now=now)
        findings = findings._replace(proposed_anchors=proposed)
    return _with_files(_with_timer(_with_truststore(findings, host, intent), host, intent), host)


def _read_given(
    paths: tuple[str, ...],
    host: Host,
    intent: Intent,
    installation: Installation,
    read: Callable[..., Given],
) -> tuple[Given, DiscoveryError | None]:
    """The CAs that are named for this run; and, where the copy of a policy's CAs had to do, the reason.

    Raises:
        DiscoveryError: one cannot be read; a ``refresh`` keeps what the policy's sources gave before.
        TrustError: one is refused.
    """
    try:
        return read(paths, confirmed=intent.confirmed, confirmed_from=intent.confirmed_from), None
    except DiscoveryError as error:
        copy, saved = _find_copy(installation, host.layout), installation.configuration
        known = {each.fingerprint for each in _find_known(installation)}
        if not (intent.refresh and intent.rank("ca") is Rank.POLICY and copy and known and saved):
            raise
        anchors = (each for each in read((str(copy),)).anchors if each.value.fingerprint in known)
        return Given(tuple(anchors), bool(saved.ca)), error


def _with_timer(findings: Findings, host: Host, intent: Intent) -> Findings:
    """Add what only a timer has to know."""
    if not intent.timer:
        return findings
    from proxyenv.machine.timers import read_timer

    return findings._replace(timer=read_timer(host))


def _with_truststore(findings: Findings, host: Host, intent: Intent) -> Findings:
    """Add what only truststore mode has to know."""
    if not intent.uses_truststore:
        return findings
    from proxyenv.machine.truststore import find_python_store, find_saved_sites, find_sites

    sites, gone = (
        (find_sites(intent.venvs, host=host), ())
        if intent.is_ordered("venvs")
        else find_saved_sites(intent.venvs, host=host)
    )
    return findings._replace(sites=sites, gone_venvs=gone, python_store=find_python_store())


def _with_files(findings: Findings, host: Host) -> Findings:
    """Add the files that only truststore mode and a timer have."""
    hooks = tuple(site.packages / HOOK_FILE for site in findings.sites)
    timers = findings.timer.files if findings.timer else ()
    if not (hooks or timers):
        return findings
    return findings._replace(installation=read_installation(host, (*hooks, *timers)))


def _find_foreign(host: Host, intent: Intent, paths: tuple[str, ...]) -> Foreign | None:
    """A file of CAs that others could write, before the next ``refresh`` reads it.

    Raises:
        DiscoveryError: ``foreign-policy``: a policy names it, which every ``refresh`` follows.
    """
    foreign = _look_at(paths, host)
    if foreign and intent.rank("ca") is Rank.POLICY and not intent.fingerprints:
        raise DiscoveryError(
            "foreign-policy",
            f"{foreign}, and the policy takes whatever CAs are in it",
            hint="name their SHA-256 in `trust.fingerprints` of the policy, or put the certificates into it",
        )
    return foreign


def _look_at(paths: tuple[str, ...], host: Host) -> Foreign | None:
    if not paths:
        return None
    from proxyenv.machine.ownership import find_foreign_ca

    return find_foreign_ca(paths, host)


def _find_drop_ins(host: Host, request: Request) -> tuple[Path, ...]:
    """What the services that are named now will read; the receipt names those of earlier runs."""
    if not (host.for_all and request.services):
        return ()
    from proxyenv.machine.shared import find_drop_ins

    return find_drop_ins(request.services)


def _read_shared(intent: Intent) -> SharedFindings:
    from proxyenv.machine.shared import read_shared

    return read_shared(intent.services)


def _find_job_sources(host: Host, python: str) -> JobSources | None:
    integrations = find_integrations(python)
    if not integrations:
        return None
    from proxyenv.machine.integrations import read_job_sources

    return read_job_sources(host, integrations)


def _find_versions(python: str) -> tuple[str, ...]:
    version = find_python_version(python)
    return (version,) if version else ()


def _find_system(intent: Intent, public_roots: tuple[Certificate, ...]) -> SystemStore | None:
    """The operating system's roots, which take a moment to read, if the bundle starts from them."""
    if intent.base in {None, "certifi"}:
        return None
    store = read_system_roots()
    return SystemStore(store.source, parse_system_roots(store, public_roots), store.digest)


def _meant_anchors(
    given: tuple[Found[Certificate], ...],
    kept: tuple[AnchorRecord, ...],
    found: tuple[Found[Certificate], ...],
) -> frozenset[str]:
    """The fingerprints of the corporate CAs that are meant: given and set up, or else those found."""
    meant = {*(each.value.fingerprint for each in given), *(each.fingerprint for each in kept)}
    return frozenset(meant or (each.value.fingerprint for each in found))


def _read_named(host: Host, prefect: PrefectFindings, anchors: frozenset[str]) -> dict[str, NamedRoots]:
    """What Prefect takes its roots from where that is not left to the profile that is written."""
    named = prefect.settings.get(_CERT) if prefect.shadows else None
    if named is None or not named.value:
        return {}
    from proxyenv.machine.named_roots import read_roots

    return {named.value: read_roots(host.absolute(named.value, expand=False), anchors)}


def _find_meant(intent: Intent, sources: tuple[SourceSettings, ...]) -> tuple[str, ...]:
    """The proxies that tools may name: those for this machine, and that for containers."""
    here = (each.value for scheme in SCHEMES for each in rank_proxies(intent, sources, scheme))
    usable = tuple(filter(is_usable, here))
    return (*usable, intent.proxy_there) if usable and intent.proxy_there else usable


def _find_known(installation: Installation) -> tuple[AnchorRecord, ...]:
    return installation.receipt.anchors if installation.receipt else ()


def _find_api_host(intent: Intent, prefect: PrefectFindings) -> str | None:
    """The host of the API that may be used; whether the URL is a good one is decided elsewhere."""
    url = intent.api_url or (prefect.api_url.value if prefect.api_url else "")
    with contextlib.suppress(ValueError):
        return urlsplit(url).hostname
    return None


def _with_saved(
    findings: Findings, host: Host, intent: Intent, read: Callable[[tuple[str, ...]], Given]
) -> Findings:
    """Add the CAs that the saved configuration names, or those that were found when it was made.

    What it names may be gone: then the copies that were made of it still serve.
    """
    installation = findings.installation
    if installation.configuration is None:
        return findings
    named = installation.configuration.ca
    copy = _find_copy(installation, host.layout)
    foreign = _look_at(named, host)
    if not named or foreign:
        is_needed = intent.refresh and bool(_find_known(installation))
        found = _with_copy(findings, host.layout, read, is_needed=is_needed)
        note = f"{foreign}, so it is not read again; what was taken from it stays"
        return found._replace(saved_notes=(note,)) if foreign else found
    try:
        saved = read(named)
        notes = tuple(f"{each.provenance}: left out: {each.reason}" for each in saved.rejections)
        return findings._replace(saved_anchors=saved.anchors, saved_notes=notes)
    except DiscoveryError as error:
        if copy is None:
            return findings._replace(saved_refusal=error)
        note = f"{error.message}; the copy in `{copy}` is used"
    except TrustError as error:
        is_telling = isinstance(error, PrivateKeyError) or error.code == "fingerprint-mismatch"
        own = error.hint if is_telling else None
        hint = own or "set up with its successor: `proxyenv setup --ca FILE`"
        refusal = TrustError(error.code, error.message, hint=hint)
        with contextlib.suppress(DiscoveryError, TrustError):  # a refused file must not take a good CA along
            findings = _with_copy(findings, host.layout, read)
        return findings._replace(saved_refusal=refusal)
    return _with_copy(findings, host.layout, read)._replace(saved_notes=(note,))


def _find_copy(installation: Installation, layout: Layout) -> Path | None:
    """Which of the written files still has the CAs: of them alone, or else among public roots."""
    copies = (layout.corporate, layout.bundle)
    return next((path for path in copies if installation.state(path) is not None), None)


def _with_copy(
    findings: Findings,
    layout: Layout,
    read: Callable[[tuple[str, ...]], Given],
    *,
    is_needed: bool = False,
) -> Findings:
    """Add the CAs of a copy; where it has to be there and is not, they are refused."""
    copy = _find_copy(findings.installation, layout)
    if copy is not None:
        known = {each.fingerprint for each in _find_known(findings.installation)}
        anchors = read((str(copy),)).anchors
        if copy != layout.corporate:
            anchors = tuple(each for each in anchors if each.value.fingerprint in known)
        return findings._replace(saved_anchors=anchors)
    refusal = DiscoveryError(
        "ca-not-found",
        "the files with the CA that was found when this was set up are gone",
        hint="name it: `proxyenv setup --ca FILE`",
    )
    return findings._replace(saved_refusal=refusal) if is_needed else findings


def find_addresses(host: str | None) -> tuple[str, ...]:
    """What a name resolves to on this machine, sorted; nothing when it does not, or not in time.

    A proxy often resolves names that this machine cannot, so an unknown name is not an error.
    """
    if not host:
        return ()
    from threading import Thread

    found: list[tuple[str, ...]] = []
    # A daemon, since nothing can interrupt a resolver that waits for a network that is not there.
    thread = Thread(target=lambda: found.append(_lookup(host)), daemon=True)
    thread.start()
    thread.join(_RESOLVE_SECONDS)
    return found[0] if found else ()


def _lookup(host: str) -> tuple[str, ...]:
    name = host.encode("ascii") if host.isascii() else host  # Python imports its IDNA for any text
    try:
        entries = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(sorted({str(entry[4][0]) for entry in entries}))


_ROOT: Final = Path("/")
_DMI: Final = ("sys_vendor", "product_name", "board_vendor", "bios_vendor", "chassis_asset_tag")
_CLOUD_MARKS: Final = (
    ("Amazon", "Amazon Web Services"),
    ("Google", "Google Cloud"),
    ("7783-7084-3265-9085-8269-3286-77", "Microsoft Azure"),  # the asset tag of every Azure machine
    ("OracleCloud", "Oracle Cloud"),
    ("Alibaba", "Alibaba Cloud"),
    ("DigitalOcean", "DigitalOcean"),
    ("Hetzner", "Hetzner"),
    ("OpenStack", "OpenStack"),
)


def read_surroundings(environment: Mapping[str, str], *, root: Path = _ROOT) -> Surroundings:
    """Read the hosts file, the firmware's tables and a cluster's variables; no network is asked.

    Args:
        environment: a pod finds its cluster's address there, a container of ECS its metadata's.
        root: where the system's files are.
    """
    cluster = environment.get("KUBERNETES_SERVICE_HOST") or None
    contained = find_container(environment, root=root) is not None
    hosts = tuple(_read_hosts(root))
    own = _find_own_names(root, hosts)
    return Surroundings(
        names=() if contained else own,
        cluster_address=cluster,
        cloud=_find_cloud(environment, root),
        known_hosts=tuple(
            (name, str(host.address))
            for host in hosts
            if not host.address.is_loopback and not set(own) & set(host.names)
            for name in host.names
        ),
        network=() if contained else find_network(root),
    )


class _Host(NamedTuple):
    """A line of the hosts file."""

    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    names: tuple[str, ...]


def _find_own_names(root: Path, hosts: tuple[_Host, ...]) -> tuple[str, ...]:
    """The host name, and what else the hosts file calls the same machine."""
    text = find_text(root / "proc/sys/kernel/hostname") or find_text(root / "etc/hostname") or ""
    own = text.strip().lower()
    aliases = (name for host in hosts if own in host.names for name in host.names)
    return tuple(name for name in dict.fromkeys((own, *aliases)) if name and "localhost" not in name)


def _read_hosts(root: Path) -> Iterator[_Host]:
    for line in (find_text(root / "etc/hosts") or "").splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            continue  # an empty line, or one that the resolver cannot read either
        if not parsed.is_multicast and not parsed.is_unspecified:
            yield _Host(parsed, tuple(name.lower() for name in names))


def _find_cloud(environment: Mapping[str, str], root: Path) -> str | None:
    if environment.get("AWS_EXECUTION_ENV") or environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        return "Amazon Web Services"
    tables = [find_text(root / "sys/class/dmi/id" / name) or "" for name in _DMI]
    return next((cloud for mark, cloud in _CLOUD_MARKS if any(mark in table for table in tables)), None)
