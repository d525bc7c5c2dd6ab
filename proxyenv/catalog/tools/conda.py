"""conda: ``ssl_verify`` and ``proxy_servers`` in ``.condarc``; mamba and micromamba read it too.

Source: conda's user guide, "Using the .condarc configuration file", "Using non-standard certificates".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Client, Missing, Probe, Roots
from proxyenv.catalog.clients.libraries import REQUESTS_PROXY
from proxyenv.catalog.tools.tool import NULL, ConfigFile, Configured, Keys, Tool, config_home, given
from proxyenv.formats.format import require_single_line
from proxyenv.formats.truth import falsy
from proxyenv.model.tools import ToolFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.catalog.tools.tool import Wanted
    from proxyenv.model.machine import Machine

_REMOVE: Final = "conda config --file {path} --remove-key {name}"


def _files(machine: Machine, *directories: Path | None) -> Iterator[Path]:
    for directory in filter(None, directories):
        yield from (directory / ".condarc", directory / "condarc", *machine.files(directory / "condarc.d"))


def _weaker(machine: Machine) -> Iterator[Path | None]:
    """Those that ``~/.condarc`` wins over, and that file where a variable names another one."""
    yield from _files(
        machine, given(machine, "CONDA_ROOT"), config_home(machine) / "conda", machine.home / ".conda"
    )
    yield machine.home / ".condarc" if given(machine, "CONDARC") else None


def _stronger(machine: Machine) -> Iterator[Path | None]:
    prefix = given(machine, "CONDA_PREFIX")
    yield prefix and prefix / ".condarc"
    yield machine.home / ".mambarc"


def _configure(wanted: Wanted) -> Configured:
    """The bundle, and a proxy for each scheme, as quoted YAML."""
    settings = [(f"proxy_servers/{scheme}", _quote(proxy.reveal())) for scheme, proxy in wanted.proxies]
    if wanted.has_anchors:
        settings.insert(0, ("ssl_verify", _quote(str(wanted.layout.bundle))))
    file = ToolFile("conda", wanted.path("conda"), "condarc", tuple(settings), sensitive=wanted.sensitive)
    return Configured((file,))


def _quote(value: str) -> str:
    doubled = require_single_line(value, what="a setting of conda").replace("'", "''")
    return f"'{doubled}'"


TOOL: Final = Tool(
    name="conda",
    programs=("conda", "mamba", "micromamba"),
    files=(
        ConfigFile(
            lambda m: _files(m, m.root / "etc/conda", m.root / "var/lib/conda"),
            "condarc",
            _REMOVE,
            system=True,
        ),
        ConfigFile(_weaker, "condarc", _REMOVE),
        ConfigFile(
            lambda m: (given(m, "CONDARC") or m.home / ".condarc",),
            "condarc",
            _REMOVE,
            name="conda",
            says=("proxy", "roots"),
        ),
        ConfigFile(_stronger, "condarc", _REMOVE),
    ),
    keys=Keys(
        proxy=("proxy_servers.http*",),
        roots=("ssl_verify", "verify_ssl"),
        unverified=(("ssl_verify", falsy("conda")), ("verify_ssl", falsy("conda"))),
        schemes=(
            *(("proxy_servers.http", "http"), ("proxy_servers.https", "https")),
            ("proxy_servers.http*", ""),
        ),
        absent=NULL,
    ),
    variables=Keys(roots=("CONDA_SSL_VERIFY",), unverified=(("CONDA_SSL_VERIFY", falsy("conda")),)),
    configure=_configure,
    writes=(
        "`~/.condarc`",
        "`ssl_verify`, `proxy_servers`",
    ),
    family="Python tools",
    clients=(
        Client(
            "conda",
            "conda",
            (
                Roots("REQUESTS_CA_BUNDLE", missing=Missing.UNKNOWN),
                Roots("CONDA_SSL_VERIFY", missing=Missing.UNKNOWN),
            ),
            REQUESTS_PROXY,
            store=True,
            patched=True,
            probe=Probe(program="conda"),
            source="its user guide, on certificates that are not standard",
            note="`ssl_verify` in `.condarc` wins",
        ),
    ),
)
