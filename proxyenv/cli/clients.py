"""``clients``: what each reads, and which are here. ``env --client``: what one of them needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from proxyenv import operations
from proxyenv.cli.env import DIALECTS
from proxyenv.cli.session import Result
from proxyenv.cli.text import printable
from proxyenv.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proxyenv.cli.session import Session
    from proxyenv.operations import ClientRow

_STYLES = {
    "covered": "ok",
    "source": "warning",
    "trust-install": "warning",
    "configure": "warning",
    "not-covered": "failed",
}


def run_clients(session: Session) -> Result:
    """Every client, whether it is here, what it reads, and whether it is covered."""
    answer = operations.clients(session.host)
    rows = tuple(row for row in answer.rows if row.installed or not session.options.installed)
    if not answer.is_set_up:
        session.terminal.remark("nothing is set up here: the table says what each client would need")
    return Result("ok", 0, clients_data(rows), render_clients(rows, session.paint))


def run_client_env(session: Session) -> Result:
    """What one client needs, in the language of a shell; status 1 where no variable reaches it."""
    from proxyenv.catalog.shells.env_files import RENDERERS

    dialect = DIALECTS.get(session.options.shell)
    if dialect is None or getattr(session.options, "format", None):
        wrong = f"--shell {session.options.shell}" if dialect is None else "--format"
        raise UsageError(
            "usage", f"`{wrong}` does not go with `--client`", hint=f"one of {', '.join(DIALECTS)}"
        )
    client, variables = operations.client_variables(session.host, session.options.client)
    if client.written is None or client.proxy is None:
        where = client.config or "the operating system's store"
        session.terminal.remark(f"note: no variable says all that {client.title} needs: {where}")
    if not variables:
        return Result("failed", 1, {"exports": ""})
    exports = RENDERERS[dialect](variables).removesuffix("\n")
    return Result("ok", 0, {"exports": exports}, (exports,))


def clients_data(rows: tuple[ClientRow, ...]) -> dict[str, Any]:
    """The rows, for scripts."""
    return {
        "clients": [
            {
                "name": row.client.name,
                "title": row.client.title,
                "installed": row.installed is not None,
                "place": row.installed.place if row.installed else None,
                "version": row.installed.version if row.installed else None,
                "roots": [
                    {
                        "variable": roots.variable,
                        "role": roots.role.value,
                        "holds": roots.holds.value,
                        "missing": roots.missing.value,
                    }
                    for roots in row.client.roots
                ],
                "proxy": _proxy_data(row),
                "switches": dict(row.client.switches),
                "dialect": row.client.dialect,
                "config": row.client.config or None,
                "since": row.client.since or None,
                "verified": list(row.client.verified),
                "source": row.client.source or None,
                "coverage": row.verdict.coverage if row.verdict else None,
                "reason": row.verdict.reason if row.verdict else None,
                "note": row.client.note or None,
            }
            for row in rows
        ]
    }


def _proxy_data(row: ClientRow) -> dict[str, Any] | None:
    proxy = row.client.proxy
    if proxy is None:
        return None
    return {
        "https": list(proxy.https),
        "http": list(proxy.http),
        "schemeless": proxy.schemeless.value,
        "socks5h": proxy.socks5h.value,
        "tls": proxy.tls.value,
        "tls_roots": list(proxy.tls_roots),
        "credentials": proxy.credentials.value,
        "own": [name for name, _ in proxy.own],
    }


def render_clients(rows: tuple[ClientRow, ...], paint: Callable[[str, str], str]) -> Iterator[str]:
    """A line for each client."""
    if not rows:
        return
    names = max(len(row.client.name) for row in rows)
    roots = max(len(_roots(row)) for row in rows)
    for row in rows:
        version = (row.installed.version or "is here") if row.installed else "-"
        verdict = row.verdict
        shown = f"{verdict.coverage:<14}" if verdict else ""
        line = f"{row.client.name:<{names}}  {version:<12}  {_roots(row):<{roots}}  "
        reason = printable(verdict.reason) if verdict else ""
        yield f"{line}{paint(shown, _STYLES[verdict.coverage]) if verdict else ''}{reason}".rstrip()


def _roots(row: ClientRow) -> str:
    roots = row.client.written
    return roots.variable if roots else "-"
