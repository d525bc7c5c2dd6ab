"""npm: ``cafile``, ``strict-ssl`` and proxies in the ``.npmrc`` of each level.

Source: npm's documentation, "config"; npm 11.19.1.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Answer, Client, Probe, Proxy
from proxyenv.catalog.clients.libraries import NODE_EXTRA, UPPER, UPPER_PLAIN
from proxyenv.catalog.tools.tool import ConfigFile, Configured, Keys, Tool, find_broken_roots, given
from proxyenv.errors import PlanError
from proxyenv.formats.format import require_single_line
from proxyenv.formats.ini import expand_npm
from proxyenv.formats.truth import falsy
from proxyenv.model.tools import ToolFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.catalog.tools.tool import Wanted
    from proxyenv.model.machine import Machine

NPM_KEYS: Final = Keys(
    proxy=("proxy", "https-proxy"),
    roots=("cafile",),
    unverified=(("strict-ssl", falsy("npm")),),
    schemes=(("https-proxy", "https"),),
    exceptions=("noproxy",),
)
"""What the keys mean to npm, and to the first yarn and pnpm, which took them over."""


def _system(machine: Machine) -> Iterator[Path]:
    """In ``etc`` beside the ``bin`` that npm is in; Debian's own has it in ``/etc``."""
    path = given(machine, "NPM_CONFIG_GLOBALCONFIG", "npm_config_globalconfig")
    if path is not None:
        yield path
        return
    npm = machine.which("npm")
    if npm is not None:
        yield npm.parent.parent / "etc/npmrc"
    yield from (machine.root / name for name in ("etc/npmrc", "usr/etc/npmrc", "usr/local/etc/npmrc"))


def _configure(wanted: Wanted) -> Configured:
    """Where the user's file names a CA file that is gone, it gets the bundle; else the variables do.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    if not wanted.has_anchors:
        return Configured()
    path = spell_path(str(wanted.layout.bundle), "npm")
    value = re.sub(r"([\\;#])", r"\\\1", path)  # they would begin a comment
    return Configured(
        tuple(
            ToolFile("npm", wanted.path(name), "npmrc", ((key, value),)) for name, key in wanted.seen("npm")
        )
    )


def spell_path(path: str, tool: str) -> str:
    """A path that npm and the later yarns take for no variable.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    if "${" in path:
        raise PlanError("value-unrepresentable", f"{tool} would take a part of `{path}` for a variable")
    return require_single_line(path, what="the bundle's path")


TOOL: Final[Tool] = Tool(
    name="npm",
    programs=("npm",),
    files=(
        ConfigFile(
            _system,
            "npmrc",
            "npm config delete {name} --location=global --globalconfig={path}",
            system=True,
        ),
        ConfigFile(
            lambda m: (given(m, "NPM_CONFIG_USERCONFIG", "npm_config_userconfig") or m.home / ".npmrc",),
            "npmrc",
            "npm config delete {name}",
            name="npm",
        ),
        ConfigFile(lambda m: (m.absolute(".npmrc"),), "npmrc", "npm config delete {name}", project=True),
    ),
    keys=NPM_KEYS,
    variables=Keys(
        proxy=(
            *("NPM_CONFIG_HTTPS_PROXY", "NPM_CONFIG_PROXY"),
            *("npm_config_https_proxy", "npm_config_proxy"),
        ),
        roots=("NPM_CONFIG_CAFILE", "npm_config_cafile"),
        unverified=(("NPM_CONFIG_STRICT_SSL", falsy("npm")), ("npm_config_strict_ssl", falsy("npm"))),
    ),
    expand=expand_npm,
    look=lambda machine: find_broken_roots(machine, TOOL),
    configure=_configure,
    writes=(
        "`~/.npmrc`",
        "only where `cafile` names a missing file: the bundle",
    ),
    reroute="npm",
    dialects=("npm",),
    family="JavaScript",
    clients=(
        Client(
            "npm",
            "npm",
            (NODE_EXTRA,),
            Proxy(
                UPPER,
                UPPER_PLAIN,
                schemeless=Answer.NO,
                socks5h=Answer.YES,
                tls=Answer.YES,
                tls_roots=("NODE_EXTRA_CA_CERTS",),
                exceptions=("npm_config_noproxy",),
            ),
            "npm",
            probe=Probe(program="npm"),
            verified=("11.19.1",),
            note="`cafile` in any `.npmrc` replaces it",
        ),
    ),
)
