"""git: ``[http]`` in its configuration files; of a host too, as ``[http "https://host"]``.

Source: ``git-config(1)``; git 2.39.5. There ``http.proxy`` wins over the variables, and ``http.sslCAInfo``
loses to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Client, Probe
from proxyenv.catalog.clients.libraries import GIT_PROXY, GIT_ROOTS
from proxyenv.catalog.tools.tool import ConfigFile, Keys, Tool, any_value, config_home, given, is_empty
from proxyenv.formats.truth import falsy

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.machine import Machine

_REMOVE: Final = "git config --file {path} --unset-all {name}"


def _system(machine: Machine) -> tuple[Path, ...]:
    if "GIT_CONFIG_NOSYSTEM" in machine.environment:
        return ()
    return (given(machine, "GIT_CONFIG_SYSTEM") or machine.root / "etc/gitconfig",)


def _user(machine: Machine) -> tuple[Path, ...]:
    path = given(machine, "GIT_CONFIG_GLOBAL")
    return (path,) if path else (config_home(machine) / "git/config", machine.home / ".gitconfig")


TOOL: Final = Tool(
    name="git",
    programs=("git",),
    files=(
        ConfigFile(_system, "gitconfig", _REMOVE, system=True),
        ConfigFile(_user, "gitconfig", _REMOVE),
        ConfigFile(lambda m: (m.absolute(".git/config"),), "gitconfig", _REMOVE, project=True),
    ),
    keys=Keys(
        proxy=("http.proxy", "http.*.proxy"),
        roots=("http.sslCAInfo", "http.*.sslCAInfo", "http.sslCAPath"),
        unverified=(("http.sslVerify", falsy("git")), ("http.*.sslVerify", falsy("git"))),
        schemes=(("http.*.proxy", ""),),
        direct=(("http.proxy", is_empty), ("http.*.proxy", is_empty)),
    ),
    variables=Keys(unverified=(("GIT_SSL_NO_VERIFY", any_value),)),
    gnutls=True,
    beats_roots="GIT_SSL_CAINFO",
    reroute="git",
    dialects=("git",),
    family="System",
    clients=(
        Client(
            "git",
            "git (OpenSSL)",
            GIT_ROOTS,
            GIT_PROXY,
            "git",
            store=True,
            probe=Probe(program="git"),
            source="`git-config(1)`",
            note="`http.proxy` wins over the variables, `http.sslCAInfo` loses to them",
        ),
        Client(
            "git-gnutls",
            "git (GnuTLS, as Debian builds it)",
            GIT_ROOTS,
            GIT_PROXY,
            "git",
            store=True,
            verified=("2.39.5",),
            note="ignores `SSL_CERT_FILE`",
        ),
    ),
)
