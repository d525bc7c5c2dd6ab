"""The environment variables for every client, and the shells that get them by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.catalog.clients.table import (
    OWN_LISTS,
    PROXY_VARIABLES,
    UNSET_WITH_PROXY,
    UNSET_WITH_ROOTS,
    UNSET_WITH_STORE,
    WEBSOCKET_VARIABLES,
    Role,
    roots_variables,
    store_switches,
    switches,
    tls_proxy_variables,
)
from proxyenv.catalog.shells import find_shell, names_with_rc_files
from proxyenv.catalog.shells.shell import Home
from proxyenv.errors import UsageError
from proxyenv.model.proxy_url import find_websocket_url
from proxyenv.model.target import Variable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.decide.direct_routes import DirectRoutes
    from proxyenv.decide.proxies import Proxies
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.findings import Findings
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.model.intent import Intent
    from proxyenv.model.place import RootFiles


def make_variables(
    files: RootFiles, proxies: Proxies, routes: DirectRoutes, *, has_anchors: bool, truststore: bool = False
) -> tuple[Variable, ...]:
    """Every variable to set or to unset, in the order of the env files.

    Args:
        files: where the roots lie, in the place that the variables are for.
        proxies: for each scheme.
        routes: what goes direct.
        has_anchors: whether there is a corporate CA, and so the files that hold it.
        truststore: whether clients that can use the operating system's store take their roots from there.
    """
    proxy_variables = _proxy_variables(proxies, routes) if proxies.any else ()
    roots = tuple(_roots_variables(files, truststore=truststore)) if has_anchors else ()
    roots += tuple(_tls_proxy_variables(files, proxies)) if has_anchors else ()
    store = tuple(_store_variables()) if truststore else ()
    return (*proxy_variables, *roots, *store, *(Variable(name, value) for name, value in switches()))


def _proxy_variables(proxies: Proxies, routes: DirectRoutes) -> Iterator[Variable]:
    for scheme, proxy in (("http", proxies.http), ("https", proxies.https)):
        if proxy is not None:
            for name in PROXY_VARIABLES[scheme]:
                yield Variable(name, proxy.reveal(), sensitive=proxy.sensitive)
    yield from (Variable(name, ",".join(routes.written)) for name in PROXY_VARIABLES["no"])
    own = dict(routes.own)
    yield from (Variable(name, own.get(name)) for name in OWN_LISTS)
    yield from _websocket_variables(proxies)
    yield from (Variable(name, None) for name in UNSET_WITH_PROXY)


def _websocket_variables(proxies: Proxies) -> Iterator[Variable]:
    """For credentials that websockets would send undecoded; ws and wss both prefer the https proxy."""
    proxy = proxies.https or proxies.http
    url = find_websocket_url(proxy) if proxy else None
    if proxy is not None and url is not None and url != proxy.reveal():
        yield from (Variable(name, url, sensitive=proxy.sensitive) for name in WEBSOCKET_VARIABLES)


def _roots_variables(files: RootFiles, *, truststore: bool) -> Iterator[Variable]:
    """Set while the file is there, and nothing of the user's own is unset unless it is."""
    paths = {Role.REPLACES_ROOTS: str(files.bundle), Role.ADDS_ROOTS: str(files.corporate)}
    for name, role in roots_variables(truststore=truststore):
        yield Variable(name, paths[role], file=paths[role])
    if not truststore:
        yield from (Variable(name, None, file=paths[Role.REPLACES_ROOTS]) for name in UNSET_WITH_ROOTS)


def _tls_proxy_variables(files: RootFiles, proxies: Proxies) -> Iterator[Variable]:
    """What names the roots for a proxy that itself speaks TLS, where one does."""
    bundle = str(files.bundle)
    if any(proxy is not None and proxy.scheme == "https" for proxy in proxies):
        yield from (Variable(name, bundle, file=bundle) for name in tls_proxy_variables())


def _store_variables() -> Iterator[Variable]:
    """What would hide the store goes; what points a client to it is set."""
    yield from (Variable(name, None) for name in UNSET_WITH_STORE)
    yield from (Variable(name, value) for name, value in store_switches())


def choose_shells(intent: Intent) -> tuple[str, ...]:
    """The shells that were asked for, sorted; empty means those that the user has.

    Raises:
        UsageError: ``usage``, for a shell whose rc files are not known.
        DiscoveryError: ``configuration-invalid``: a file holds it.
    """
    chosen = set()
    for name in intent.shells:
        shell = find_shell(name)
        if shell is None or not shell.reads_rc_files:
            from proxyenv.decide.refusal import refuse_name

            raise refuse_name(intent, "shells", name, names_with_rc_files())
        chosen.add(shell.name)
    return tuple(sorted(chosen))


def choose_rc_files(
    host: Host, findings: Findings, configuration: Configuration
) -> tuple[tuple[Path, str], ...]:
    """Each rc file to edit, symlinks resolved, with the shell that reads it.

    Raises:
        UsageError: ``usage``: a shell reads no file for all users.
    """
    if not (configuration.rc and configuration.uses_shell):
        return ()
    installation = findings.installation
    if host.shared is not None:
        return _choose_for_all(host, configuration, installation)
    existing = frozenset(path for path, real in installation.links.items() if installation.exists(real))
    home = Home(host.home, host.environment, host.platform)
    chosen: dict[Path, str] = {}
    for shell in filter(None, map(find_shell, configuration.shells or host.shells)):
        for path in shell.choose_rc_files(home, existing):
            chosen.setdefault(installation.links.get(path, path), shell.name)
    return tuple(chosen.items())


def _choose_for_all(
    host: Host, configuration: Configuration, installation: Installation
) -> tuple[tuple[Path, str], ...]:
    """Each file that a shell reads for every user; several shells read the same one."""
    shared = host.shared.rc_files if host.shared else ()
    wanted = configuration.shells or tuple(name for name, _ in shared)
    for name in wanted:
        if name not in {each for each, _ in shared}:
            raise UsageError(
                "usage",
                f"the shell `{name}` reads no file here that is for all users",
                hint=f"those that do are {', '.join(each for each, _ in shared) or 'none'}",
            )
    chosen: dict[Path, str] = {}
    for name, path in shared:
        if name in wanted:
            chosen.setdefault(installation.links.get(path, path), name)
    return tuple(chosen.items())
