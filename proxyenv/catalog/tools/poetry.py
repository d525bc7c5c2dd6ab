"""Poetry: ``certificates.NAME.cert`` for each repository, in ``config.toml`` and ``auth.toml``.

A repository has a certificate only where its name and URL are in ``config.toml``; PyPI has none.

Source: Poetry's documentation, "Repositories", on custom certificate authorities; Poetry 2.5.1.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Client, Probe
from proxyenv.catalog.clients.libraries import REQUESTS, REQUESTS_PROXY
from proxyenv.catalog.tools.tool import ConfigFile, Configured, Keys, Tool, application_data, given
from proxyenv.errors import PlanError
from proxyenv.formats.format import require_single_line
from proxyenv.formats.truth import falsy
from proxyenv.model.tools import ToolFile

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.catalog.tools.tool import Seen, Wanted
    from proxyenv.model.machine import Machine

_REMOVE: Final = "poetry config --unset {name}"


def _directory(machine: Machine) -> Path:
    return given(machine, "POETRY_CONFIG_DIR") or application_data(machine) / "pypoetry"


def _look(machine: Machine) -> Seen:
    """The repositories that have a name and a URL, as their file spells the name, and where to write.

    Poetry itself writes into ``auth.toml``, which wins. Where there is none yet it is left to Poetry, which
    makes it readable for the user alone, since it is to hold passwords.
    """
    from proxyenv.formats.settings import FORMATS

    text = machine.read(_directory(machine) / "config.toml")
    try:
        items = tuple(FORMATS["toml"].items(text or "", source="config.toml"))
    except PlanError:  # Poetry does not start with it either
        return ()
    names = (item.section.partition("repositories.")[2] for item in items if item.name == "url")
    file = "poetry auth" if machine.exists(_directory(machine) / "auth.toml") else "poetry"
    return tuple((file, name) for name in dict.fromkeys(filter(None, names)))


def _configure(wanted: Wanted) -> Configured:
    """``certificates.NAME.cert`` for each repository that exists; nothing without a corporate CA."""
    seen = wanted.seen("poetry")
    if not wanted.has_anchors or not seen:
        return Configured()
    value = json.dumps(
        require_single_line(str(wanted.layout.bundle), what="the bundle's path"), ensure_ascii=False
    )
    settings = tuple((f"certificates.{name}.cert", value) for _, name in seen)
    return Configured((ToolFile("poetry", wanted.path(seen[0][0]), "toml", settings),))


TOOL: Final = Tool(
    name="poetry",
    programs=("poetry",),
    files=(
        ConfigFile(lambda m: (_directory(m) / "config.toml",), "toml", _REMOVE, name="poetry"),
        ConfigFile(lambda m: (_directory(m) / "auth.toml",), "toml", _REMOVE, name="poetry auth"),
    ),
    keys=Keys(roots=("certificates.*.cert",), unverified=(("certificates.*.cert", falsy("poetry")),)),
    look=_look,
    configure=_configure,
    writes=(
        "`~/.config/pypoetry/auth.toml`, or `config.toml`",
        "`certificates.NAME.cert` for each repository in `config.toml`",
    ),
    family="Python tools",
    clients=(
        Client(
            "poetry",
            "Poetry",
            REQUESTS,
            REQUESTS_PROXY,
            store=True,
            patched=True,
            probe=Probe(program="poetry"),
            verified=("2.5.1",),
            note="with truststore: `--venv` with the environment that it lives in",
        ),
    ),
)
