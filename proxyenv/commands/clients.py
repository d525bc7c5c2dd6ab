"""``proxyenv clients``: what each client reads, which are here, and whether each is covered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from proxyenv.catalog.clients.table import CLIENTS
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.terminal import printable
from proxyenv.decide.coverage import describe_measured, describe_too_old, judge_coverage, judge_measured
from proxyenv.machine.clients import (
    ask_versions,
    find_installed,
    find_kept_versions,
    find_versions_file,
    read_versions,
    render_versions,
)
from proxyenv.machine.installation import find_written, read_installation
from proxyenv.machine.set_up import read_set_up
from proxyenv.model.option import Option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from proxyenv.catalog.clients.client import Client
    from proxyenv.commands.command import Session
    from proxyenv.machine.clients import Versions
    from proxyenv.model.coverage import ClientCoverage, Installed
    from proxyenv.model.host import Host

_STYLES = {
    "covered": "ok",
    "source": "warning",
    "trust-install": "warning",
    "configure": "warning",
    "not-covered": "failed",
}


@dataclass(frozen=True, slots=True)
class ClientRoots:
    """A variable that names roots.

    Args:
        variable: its name.
        role: `replaces` or `adds`: whether the roots that it names replace the client's own or are added to
            them.
        holds: what it names: `file`, `file or hashed directory` or `hashed directory`.
        missing: what the client does when that is missing: `every connection fails`, `its usual roots` or
            `not measured`.
    """

    variable: str
    role: str
    holds: str
    missing: str


@dataclass(frozen=True, slots=True)
class ClientProxy:
    """How a client takes its proxy from variables.

    Args:
        https: the variables for `https://`, the first that is set wins.
        http: the variables for `http://`.
        schemeless: whether it takes `host:port`: `yes`, `no` or `not measured`.
        socks5h: whether it takes a `socks5h://` URL: `yes`, `no` or `not measured`.
        tls: whether it takes an `https://` proxy: `yes`, `no` or `not measured`.
        tls_roots: the variables that name the roots for such a proxy.
        credentials: how it reads a user name and a password: `decoded`, `decoded, ASCII alone`,
            `as written` or `none`.
        own: variables of its own that also say it.
    """

    https: tuple[str, ...]
    http: tuple[str, ...]
    schemeless: str
    socks5h: str
    tls: str
    tls_roots: tuple[str, ...]
    credentials: str
    own: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClientRow:
    """One client.

    Args:
        name: as `env --client` takes it.
        title: as people call it.
        installed: whether it is on this machine.
        place: the program or module, or null.
        version: as it says itself, or null.
        roots: the variables that name roots, the first wins.
        proxy: how it takes its proxy from variables; null where it takes none.
        switches: variables that it needs besides, and their values.
        dialect: the client whose rules for NO_PROXY it follows, or null.
        config: where no variable reaches: its own file or option, or null.
        since: the version from which this row is true, or null.
        verified: the versions that were driven.
        source: where the facts are from, or null.
        coverage: `covered`, `source`, `trust-install`, `configure` or `not-covered`; null while nothing is
            set up.
        reason: why; null while nothing is set up.
        note: what else is worth knowing, or null.
        measured: whether the version that is here is one of those or near one: `yes`, `newer` or `older`;
            null where it is not known, or none was driven. What is said of another is what those did.
    """

    name: str
    title: str
    installed: bool
    place: str | None
    version: str | None
    roots: tuple[ClientRoots, ...]
    proxy: ClientProxy | None
    switches: Mapping[str, str]
    dialect: str | None
    config: str | None
    since: str | None
    verified: tuple[str, ...]
    source: str | None
    coverage: str | None
    reason: str | None
    note: str | None
    measured: str | None


@dataclass(frozen=True, slots=True)
class ClientsResult:
    """The clients.

    Args:
        clients: in the order of the table.
    """

    clients: tuple[ClientRow, ...]


class JudgedClient(NamedTuple):
    """One client of the catalogue, on this machine.

    Args:
        client: its facts.
        installed: where it is, or ``None``.
        verdict: whether it gets the proxy and the CA; ``None`` while nothing is set up.
    """

    client: Client
    installed: Installed | None
    verdict: ClientCoverage | None


def run(session: Session) -> Reply:
    """Show every client, whether it is here, what it reads, and whether it is covered.

    Raises:
        DiscoveryError: a file of an earlier run cannot be read or understood.
    """
    judged = judge_clients(session.host, probe=session.options.probe_versions)
    if any(row.verdict is None for row in judged):
        session.terminal.remark("nothing is set up here: the table says what each client would need")
    shown = tuple(row for row in judged if row.installed or not session.options.installed)
    return Reply(ClientsResult(tuple(map(describe_client, shown))), _render(session, shown))


def _render(session: Session, rows: tuple[JudgedClient, ...]) -> Iterable[str]:
    terminal = session.terminal
    if not terminal.is_seen:
        return render_clients(rows, session.paint)
    from proxyenv.commands.client_rows import describe_clients, describe_every_client

    return terminal.lay_out(describe_every_client(rows) if terminal.verbose else describe_clients(rows))


def judge_clients(host: Host, *, probe: bool = False) -> tuple[JudgedClient, ...]:
    """Every client of the catalogue, in its order.

    Args:
        host: the machine.
        probe: whether to ask every program its version, those too that did not change since they were asked.

    Raises:
        DiscoveryError: a file of an earlier run cannot be read or understood.
    """
    installation = read_installation(host)
    written = find_written(installation, host.layout)
    here = None if written is None else read_set_up(host, installation, written)
    found = find_installed(CLIENTS, host.environment, _find_versions(host, probe=probe))
    return tuple(
        JudgedClient(client, place, judge_coverage(client, here, place) if here else None)
        for client in CLIENTS
        for place in (found.get(client.name),)
    )


def _find_versions(host: Host, *, probe: bool) -> Versions:
    """What the programs that are here say of their versions; it is kept for the next run."""
    known = read_versions(find_versions_file())
    versions = ask_versions(CLIENTS, host.environment, {} if probe else known)
    path = find_kept_versions(host) if versions != known else None
    if path is not None:
        from proxyenv.apply.atomic import keep_versions

        keep_versions(path, render_versions(versions))
    return versions


def describe_client(row: JudgedClient) -> ClientRow:
    """One client as a result."""
    client, installed, verdict = row
    return ClientRow(
        name=client.name,
        title=client.title,
        installed=installed is not None,
        place=installed.place if installed else None,
        version=installed.version if installed else None,
        roots=tuple(
            ClientRoots(each.variable, each.role.value, each.holds.value, each.missing.value)
            for each in client.roots
        ),
        proxy=_describe_proxy(client),
        switches=dict(client.switches),
        dialect=client.dialect,
        config=client.config or None,
        since=client.since or None,
        verified=tuple(client.verified),
        source=client.source or None,
        coverage=verdict.coverage if verdict else None,
        reason=verdict.reason if verdict else None,
        note=client.note or None,
        measured=judge_measured(client, installed),
    )


def _describe_proxy(client: Client) -> ClientProxy | None:
    proxy = client.proxy
    if proxy is None:
        return None
    return ClientProxy(
        https=tuple(proxy.https),
        http=tuple(proxy.http),
        schemeless=proxy.schemeless.value,
        socks5h=proxy.socks5h.value,
        tls=proxy.tls.value,
        tls_roots=tuple(proxy.tls_roots),
        credentials=proxy.credentials.value,
        own=tuple(name for name, _ in proxy.own),
    )


def render_clients(rows: tuple[JudgedClient, ...], paint: Callable[[str, str], str]) -> Iterator[str]:
    """A line for each client."""
    if not rows:
        return
    names = max(len(row.client.name) for row in rows)
    roots = max(len(_roots(row)) for row in rows)
    for row in rows:
        version = _version(row.installed) if row.installed else "-"
        verdict = row.verdict
        shown = f"{verdict.coverage:<14}" if verdict else ""
        line = f"{row.client.name:<{names}}  {version:<12}  {_roots(row):<{roots}}  "
        reason = printable(explain_client(row))
        yield f"{line}{paint(shown, _STYLES[verdict.coverage]) if verdict else ''}{reason}".rstrip()


def explain_client(row: JudgedClient) -> str:
    """Why it is covered or not, and what is to be known of its version."""
    why = row.verdict.reason if row.verdict else describe_too_old(row.client, row.installed)
    return "; ".join(filter(None, (why, describe_measured(row.client, row.installed))))


def _version(installed: Installed) -> str:
    return installed.version or ("is here" if installed.asked else "version not asked")


def _roots(row: JudgedClient) -> str:
    roots = row.client.written
    return roots.variable if roots else "-"


_OPTIONS = {
    "installed": Option(("--installed",), "only those that this machine has", takes="yes"),
    "probe_versions": Option(
        ("--probe-versions",),
        "ask every program its version, those too that did not change since they were asked",
        takes="yes",
    ),
}

COMMANDS = {"clients": Command(run, ClientsResult, _OPTIONS)}
