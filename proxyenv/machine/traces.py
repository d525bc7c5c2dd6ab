"""Finds what an installation whose receipt is lost left behind, by what proxyenv writes into its files."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import find_below
from proxyenv.catalog.shells import list_files_for_all, rc_candidates
from proxyenv.catalog.shells.shell import Home
from proxyenv.catalog.stores import STORE_KINDS, get_trust_store, render_check
from proxyenv.catalog.timers import find_timer
from proxyenv.catalog.tools import configurable
from proxyenv.catalog.tools.tool import Wanted
from proxyenv.certificates.certificate import parse_certificates
from proxyenv.decide.direct_routes import read_direct
from proxyenv.decide.prefect import DEFAULT_PROFILE, EPHEMERAL, PLUGIN
from proxyenv.errors import DiscoveryError, PlanError, ProxyenvError
from proxyenv.formats.profile import find_profile
from proxyenv.formats.pth import HOOK_FILE, render_hook
from proxyenv.machine.installation import MARK, find_layout_files, find_written, read_installation
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.prefect import find_profiles_path
from proxyenv.machine.stores import find_stores, read_stored_certificates
from proxyenv.machine.tools import read_tools
from proxyenv.machine.truststore import find_saved_sites
from proxyenv.model.change import FileState, unpack_tree
from proxyenv.model.proxy_url import find_proxy_url
from proxyenv.model.receipt import AnchorRecord, Receipt
from proxyenv.model.store import StoredCertificate, StoreEntry
from proxyenv.model.tools import ALL_INSTALLED
from proxyenv.no_proxy.compiler import compile_no_proxy
from proxyenv.no_proxy.entries import parse_no_proxy
from proxyenv.plan.rebuilding import ProfileTrace, Traces, find_layout_then

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from proxyenv.model.change import Kind
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation, Layout
    from proxyenv.model.store import Check
    from proxyenv.model.tools import ToolFile

    Owned = tuple[Kind, Path]

_CERT: Final = "PREFECT_API_SSL_CERT_FILE"
_URL: Final = "PREFECT_API_URL"
_PLUGINS: Final = ("PREFECT_PLUGINS_ENABLED", "PREFECT_PLUGINS_ALLOW")
_TITLE: Final = re.compile(rb"# [^\n]*corporate CAs\n")
_HASHED: Final = re.compile(r"[0-9a-f]{8}\.\d+")
_PEM: Final = b"-----BEGIN CERTIFICATE-----"
_DER_SEQUENCE: Final = b"\x30"


def read_traces(host: Host, *, passes: Callable[[Check], bool], refused: Receipt | None = None) -> Traces:
    """What is there.

    Args:
        host: the machine.
        passes: asks a trust store's own tool.
        refused: a receipt that is not obeyed. All that is taken from it is where the bundle was that settings
            name.

    Raises:
        ProxyenvError: a trust store could not be asked.
    """
    saved = read_installation(host, without_receipt=True).configuration
    more = tuple(_find_others(host, saved))
    installation = read_installation(host, more, without_receipt=True)
    notes: list[str] = []
    then = find_layout_then(host.layout, refused)
    owned = tuple(_find_owned(host, installation, more, notes))
    certificates = _find_certificates(installation, host)
    return Traces(
        installation,
        owned,
        _find_rc_files(host),
        tuple(_find_tools(host, installation, saved, then)),
        _find_profile(host, installation, saved, then),
        anchors=tuple(map(_record, certificates)),
        stores=tuple(_find_stores(host, certificates, passes, notes)),
        notes=tuple(notes),
    )


def _find_others(host: Host, saved: Configuration | None) -> Iterator[Path]:
    """Files outside the installation that only proxyenv writes, where they may be."""
    with contextlib.suppress(DiscoveryError):
        sites, _ = find_saved_sites(saved.venvs if saved else (), host=host)
        yield from (site.packages / HOOK_FILE for site in sites)
    timer = find_timer(host.platform)
    if timer is not None and not host.for_all:
        yield from timer.places(host)
    if host.for_all:
        from proxyenv.catalog.system.systemd import UNITS

        yield from sorted(find_below(UNITS[0], "*.service.d/proxyenv.conf"))


def _find_owned(
    host: Host, installation: Installation, more: tuple[Path, ...], notes: list[str]
) -> Iterator[Owned]:
    shared: tuple[Path, ...] = ()
    if host.for_all:
        from proxyenv.machine.shared import find_shared_files

        shared = find_shared_files(host.layout)
    others: tuple[Owned, ...] = tuple(("owned", path) for path in dict.fromkeys((*more, *shared)))
    for kind, path in dict.fromkeys((*find_layout_files(host.layout), *others)):
        if path.is_symlink():
            notes.append(f"`{path}` is a link now, which proxyenv did not make; it stays")
            continue
        try:
            state = installation.state(path)
        except DiscoveryError as error:
            notes.append(f"{error.message}; it stays")
            continue
        if state is None:
            continue
        if _is_ours(host, installation, path, state):
            yield kind, path
        else:
            notes.append(f"`{path}` does not look like what proxyenv writes; it stays")


def _is_ours(host: Host, installation: Installation, path: Path, state: FileState) -> bool:
    layout, saved = host.layout, installation.configuration
    judges: dict[Path, Callable[[], bool]] = {
        layout.copies: lambda: _are_copies(state),
        layout.certs: lambda: _are_certificates(state),
        layout.bundle: lambda: _TITLE.match(state.content) is not None,
        layout.corporate: lambda: _TITLE.match(state.content) is not None,
        layout.pkcs12: lambda: state.content.startswith(_DER_SEQUENCE),
        layout.policy: lambda: saved is not None and saved.policy is not None,  # as IT published it
    }
    if path.name == HOOK_FILE:
        return state.text == render_hook()
    return judges.get(path, lambda: MARK in state.content)()


def _are_copies(state: FileState) -> bool:
    return all(FileState(leaf.content, 0).digest == leaf.name for leaf in unpack_tree(state.content))


def _are_certificates(state: FileState) -> bool:
    leaves = unpack_tree(state.content)
    return all(_HASHED.fullmatch(each.name) and each.content.startswith(_PEM) for each in leaves)


def _find_rc_files(host: Host) -> tuple[Path, ...]:
    if host.for_all:
        return list_files_for_all()
    return rc_candidates(Home(host.home, host.environment, host.platform))


def _find_profile(
    host: Host, installation: Installation, saved: Configuration | None, then: Layout
) -> ProfileTrace:
    """What proxyenv writes into a profile: all in its own, in another only what names proxyenv."""
    path, name = find_profiles_path(host), (saved and saved.profile) or DEFAULT_PROFILE
    values: dict[str, str | None] = {_CERT: str(then.bundle)}
    if name == DEFAULT_PROFILE:
        values |= dict.fromkeys((_URL, *EPHEMERAL, *_PLUGINS, _CERT))
    with contextlib.suppress(DiscoveryError):
        state = installation.state(path)
        found = find_profile(state.text, name) if state else None
        if found and found.get(_PLUGINS[1]) == PLUGIN:
            values |= dict.fromkeys(_PLUGINS)
    return ProfileTrace(path, name, name == DEFAULT_PROFILE, values)


def _find_tools(
    host: Host, installation: Installation, saved: Configuration | None, then: Layout
) -> Iterator[ToolFile]:
    """What ``--configure`` would write, for the tools that were asked for, or all where that is not known."""
    asked = saved.configure if saved else (ALL_INSTALLED, *configurable())
    if not asked:
        return
    names = tuple(configurable()) if ALL_INSTALLED in asked else asked
    wanted = _make_wanted(host, installation, saved, names)._replace(layout=then)
    for name in names:
        tool = configurable().get(name)
        if tool is None or tool.configure is None:
            continue
        there = saved.proxy_there if saved and tool.for_containers else None
        fitting = _with_proxy(wanted, there) if there else wanted
        with contextlib.suppress(PlanError, KeyError):  # then nothing was written either
            yield from tool.configure(fitting).files


def _make_wanted(
    host: Host, installation: Installation, saved: Configuration | None, names: tuple[str, ...]
) -> Wanted:
    """What was wanted, as the configuration says it, and the env file where that is gone."""
    written: Mapping[str, str] = {}
    with contextlib.suppress(DiscoveryError):
        written = find_written(installation, host.layout) or {}
    http = (saved and saved.http_proxy) or written.get("http_proxy")
    https = (saved and saved.https_proxy) or written.get("https_proxy")
    direct = (
        read_direct(saved, source=f"`{host.layout.configuration}`")
        if saved
        else parse_no_proxy(written.get("NO_PROXY", ""), source=f"`{host.layout.env_file('sh')}`")
    )
    compiled = compile_no_proxy(direct)
    return Wanted(
        http=find_proxy_url(http),
        https=find_proxy_url(https),
        no_proxy=tuple(filter(None, written.get("NO_PROXY", "").split(","))) or compiled.entries,
        java=compiled.java,
        has_anchors=True,
        layout=host.layout,
        platform=host.platform,
        environment=host.environment,
        found=read_tools(LocalMachine(host), filter(None, (http, https)), asked=names),
    )


def _with_proxy(wanted: Wanted, text: str) -> Wanted:
    proxy = find_proxy_url(text)
    return wanted._replace(http=proxy, https=proxy)


def _find_certificates(installation: Installation, host: Host) -> tuple[StoredCertificate, ...]:
    try:
        return read_stored_certificates(installation, host.layout)
    except ProxyenvError:
        return ()


def _record(certificate: StoredCertificate) -> AnchorRecord:
    (found,) = parse_certificates(certificate.pem.encode("ascii"), source="corporate-ca.pem")
    return AnchorRecord(found.fingerprint, found.subject, found.not_after.isoformat(), (), found.issuer)


def _find_stores(
    host: Host,
    certificates: tuple[StoredCertificate, ...],
    passes: Callable[[Check], bool],
    notes: list[str],
) -> Iterator[StoreEntry]:
    """The stores that hold a CA of this installation under proxyenv's name for it.

    Under another name anybody may have added it, and other CAs are those of other installations.
    """
    machine = LocalMachine(host)
    wanted = {each.fingerprint for each in certificates}
    for store in find_stores(host, STORE_KINDS):
        known = get_trust_store(store)
        if known.has_files:
            files = tuple(filter(machine.is_file, machine.glob(store.place, "proxyenv-*.crt")))
            stored = tuple(each for path in files if (each := _read_stored(machine.read(path), path)))
            ours = tuple(each for each in stored if each.fingerprint in wanted)
            notes.extend(
                f"`{each.path}` stays: no file of this installation has its CA"
                for each in stored
                if each not in ours
            )
        elif known.prove is None or store.tool is None:
            ours = ()
        else:
            ours = tuple(each for each in certificates if passes(known.prove(store, each)))
        if ours:
            yield StoreEntry(store, ours)
            notes.append(f"{store.title} loses the CA; its files do not get back the bytes that they had")
        elif store.tool is not None and any(passes(render_check(store, each)) for each in certificates):
            notes.append(
                f"{store.title} trusts the CA, not under our name; it stays, as it is not known who added it"
            )


def _read_stored(text: str | None, path: Path) -> StoredCertificate | None:
    """The certificate in a file that proxyenv added: its name is made of the fingerprint."""
    try:
        (found,) = parse_certificates((text or "").encode(), source=str(path))
    except (ProxyenvError, ValueError):
        return None
    stored = StoredCertificate(found.fingerprint, text or "", path)
    return stored if path.stem == stored.alias else None
