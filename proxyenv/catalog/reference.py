"""The catalogue as the tables of ``docs/clients.md``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Role
from proxyenv.catalog.clients.table import FAMILIES, VARIABLES
from proxyenv.catalog.tools import configurable, load_tools
from proxyenv.catalog.tools.tool import Keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.catalog.clients.client import Client

_COLUMNS: Final = (
    *("Client", "`--client`", "Proxy from", "CA from", "The CA there", "With truststore"),
    *("NO_PROXY as", "Verified with", "Note"),
)
_ROLES: Final = {Role.REPLACES_ROOTS: "merged bundle", Role.ADDS_ROOTS: "corporate CAs"}

WITHHELD: Final[dict[str, str]] = {
    "ALL_PROXY": "half of the clients do not read it, and those that do need no more than the other two; "
    "unset when inherited",
    "SSL_CERT_DIR": "curl 7.88 then ignores `SSL_CERT_FILE`, and bun and httpx trust nothing in a directory "
    "without hashes; unset when inherited",
    "PGSSLROOTCERT": "it turns `sslmode=require` into a verification against the bundle: a connection to a "
    "database, which no HTTP proxy intercepts, that worked until then fails",
    "NODE_OPTIONS": "Node 20 ends with status 9 at `--use-env-proxy` and `--use-system-ca`",
    "NODE_TLS_REJECT_UNAUTHORIZED": "it would switch verification off",
    "PYTHONHTTPSVERIFY": "it would switch verification off",
    "GIT_SSL_NO_VERIFY": "it would switch verification off",
    "JAVA_TOOL_OPTIONS": "every JVM prints it on standard error, with the password of the proxy; "
    "`--configure java` sets it",
    "YARN_HTTPS_PROXY": "yarn 1 ignores NO_PROXY where it is set; `env --client yarn-berry` prints it",
    "npm_config_cafile": "it replaces the roots of npm and yarn 1, and hides `NODE_EXTRA_CA_CERTS`",
    "PREFECT_API_SSL_CERT_FILE": "Prefect takes `SSL_CERT_FILE`; the profile says it for what has no shell",
}
"""Variables that such lists often hold, and that the env files leave out → what each breaks, as measured."""


def _render(columns: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    lines = [columns, ("---",) * len(columns), *map(tuple, rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def render_clients() -> str:
    """Every client, a table for each family."""
    tables = (
        f"\n### {family}\n\n{_render(_COLUMNS, map(_cells, rows))}" for family, rows in FAMILIES.items()
    )
    return "".join(tables) + "\n"


def render_withheld() -> str:
    """What the env files leave out, and why."""
    return _render(("Variable", "Why not"), ((f"`{name}`", reason) for name, reason in WITHHELD.items()))


def render_configurable() -> str:
    """What ``--configure`` does for each tool."""
    rows = ((f"`{name}`", *tool.writes) for name, tool in configurable().items())
    return _render(("Name", "Written", "What it says"), rows)


def render_settings() -> str:
    """Which settings ``discover`` and ``status`` look for in the files of each tool."""
    rows = ((tool.name, *_names(tool.keys)) for tool in load_tools() if tool.keys != Keys())
    return _render(("Tool", "Names a proxy", "Names a CA file", "Switches verification off"), rows)


def render_variables() -> str:
    """Which variables of single clients they look for."""
    rows = ((name, *_names(keys)) for name, keys in VARIABLES.items() if keys != Keys())
    return _render(("Read by", "Names a proxy", "Names a CA file", "Switches verification off"), rows)


def _names(keys: Keys) -> Iterator[str]:
    for names in (keys.proxy, keys.roots, tuple(name for name, _ in keys.unverified)):
        yield ", ".join(f"`{name}`" for name in names) or "-"


def _cells(client: Client) -> Iterator[str]:
    """One row of the table."""
    roots = client.written
    yield client.title
    yield f"`{client.name}`"
    yield render_proxy(client)
    yield f"`{roots.variable}`" if roots else "the system's store" if client.store else "-"
    yield _ROLES[roots.role] if roots else "-"
    yield "the store" if client.store else "the same" if roots else "-"
    yield client.dialect or "-"
    yield ", ".join(client.verified) or client.source
    yield client.note


def render_proxy(client: Client) -> str:
    """Where a client takes its proxy from, as Markdown."""
    if client.proxy is None:
        return client.config or "-"
    if client.proxy.https:
        first = client.proxy.https[0]
        return " and ".join(f"`{name}`" for name in (first, *dict(client.switches)))
    return f"`{client.proxy.own[0][0]}`"
