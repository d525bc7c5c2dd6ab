"""npm: ``cafile``, ``strict-ssl`` and proxies in the ``.npmrc`` of each level.

Source: npm's documentation, "config"; npm 11.19.1; which files it reads: ``loadDefaults``, ``loadEnv``,
``loadLocalPrefix`` and ``loadGlobalConfig`` of its @npmcli/config, compared with ``npm config list``.

What a project's file says of the other files is passed over: it may have been cloned. Workspaces, whose root
has the file that counts, are not looked for.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Answer, Client, Probe, Proxy
from proxyenv.catalog.clients.libraries import NODE_EXTRA, UPPER, UPPER_PLAIN
from proxyenv.catalog.tools.tool import BY_HAND, ConfigFile, Configured, Keys, Tool, find_broken_roots
from proxyenv.errors import PlanError
from proxyenv.formats.format import require_single_line
from proxyenv.formats.ini import expand_npm
from proxyenv.formats.truth import falsy
from proxyenv.model.tools import ToolFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.catalog.tools.tool import Wanted
    from proxyenv.model.machine import Machine

NPM_KEYS: Final = Keys(
    proxy=("proxy", "https-proxy"),
    roots=("cafile",),
    unverified=(("strict-ssl", falsy("npm")),),
    schemes=(("https-proxy", "https"),),
    exceptions=("noproxy",),
    absent=frozenset({"", "null", "undefined", "false"}),
)
"""What the keys mean to npm, and to the first yarn and pnpm, which took them over."""


_PREFIX: Final = "npm_config_"
_USUAL: Final = ("etc/npmrc", "usr/etc/npmrc", "usr/local/etc/npmrc")


def _find_builtin(machine: Machine) -> Iterator[Path]:
    """The file in npm's own directory, by which distributions say where the global one is."""
    npm = machine.which("npm")
    directory = machine.resolve(npm).parents[:2] if npm else ()
    if [each.name for each in directory] == ["bin", "npm"]:
        yield directory[1] / "npmrc"


def _find_user(machine: Machine) -> Path:
    """The user's file, which a variable or npm's own directory may put elsewhere."""
    layers = (_read_environment(machine), _read_all(_find_builtin(machine), machine))
    return _find_said(machine, "userconfig", *layers) or machine.home / ".npmrc"


def _find_global(machine: Machine) -> Iterator[Path]:
    """The global file; without a ``node`` that says which, each that is usual."""
    environment = _read_environment(machine)
    users = _read_all((_find_user(machine),), machine)
    layers = (environment, users, _read_all(_find_builtin(machine), machine))
    named = _find_said(machine, "globalconfig", *layers)
    prefix = _find_said(machine, "prefix", *layers) or _find_prefix(machine)
    if named is not None or prefix is not None:
        path = _below(machine.root, named or Path(prefix or "/", "etc/npmrc"))
        is_theirs = not {"globalconfig", "prefix"}.isdisjoint(users)
        if not is_theirs or machine.may_copy(path):
            yield path
    elif not any(layer.get("globalconfig") for layer in layers):
        yield from (machine.root / name for name in _USUAL)


def _find_project(machine: Machine) -> Path | None:
    """The file beside the next ``package.json`` or ``node_modules`` above, or here; never the user's."""
    here = machine.absolute(".")
    marks = ("package.json", "node_modules")
    above = (each for each in (here, *here.parents) if any(machine.exists(each / mark) for mark in marks))
    path = next(above, here) / ".npmrc"
    return None if path == _find_user(machine) else path


def _read_environment(machine: Machine) -> dict[str, str]:
    """What variables say, in any case; the last of several counts, an empty one never."""
    return {
        name[len(_PREFIX) :].lower().replace("_", "-"): value
        for name, value in machine.environment.items()
        if name.lower().startswith(_PREFIX) and value
    }


def _read_all(paths: Iterator[Path] | tuple[Path, ...], machine: Machine) -> dict[str, str]:
    """The settings of files, outside their sections."""
    from proxyenv.formats.settings import FORMATS

    found: dict[str, str] = {}
    for path in paths:
        text = machine.read(path)
        try:
            items = tuple(FORMATS["npmrc"].items(text, source=str(path))) if text else ()
        except PlanError:
            continue
        found |= {item.name: item.value for item in items if not item.section}
    return found


def _find_said(machine: Machine, name: str, *layers: Mapping[str, str]) -> Path | None:
    """The path in the strongest layer that has one.

    A relative one would mean another file in every directory, and does not count.
    """
    value = next((layer[name] for layer in layers if layer.get(name)), "")
    text = expand_npm(value, machine.nameable)
    path = machine.absolute(text) if text.startswith("~/") else Path(text)
    return path if path.is_absolute() else None


def _find_prefix(machine: Machine) -> Path | None:
    """What npm is installed below: two directories above ``node``, links followed."""
    if prefix := machine.environment.get("PREFIX", ""):
        return Path(prefix) if Path(prefix).is_absolute() else None
    node = machine.which("node")
    if node is None:
        return None
    directory = machine.resolve(node).parent
    return directory if machine.platform == "win32" else directory.parent


def _below(root: Path, path: Path) -> Path:
    """A file of the system where this machine has those."""
    return path if path.is_relative_to(root) else root / path.relative_to(path.anchor)


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
        ConfigFile(_find_builtin, "npmrc", BY_HAND, system=True),
        ConfigFile(
            _find_global,
            "npmrc",
            "npm config delete {name} --location=global --globalconfig={path}",
            system=True,
        ),
        ConfigFile(
            lambda m: (_find_user(m),),
            "npmrc",
            "npm config delete {name}",
            name="npm",
        ),
        ConfigFile(
            lambda m: (_find_project(m),),
            "npmrc",
            "npm config delete {name} --location=project",
            project=True,
        ),
    ),
    keys=NPM_KEYS,
    variables=Keys(
        proxy=(
            *("NPM_CONFIG_HTTPS_PROXY", "NPM_CONFIG_PROXY"),
            *("npm_config_https_proxy", "npm_config_proxy"),
        ),
        roots=("NPM_CONFIG_CAFILE", "npm_config_cafile"),
        unverified=(("NPM_CONFIG_STRICT_SSL", falsy("npm")), ("npm_config_strict_ssl", falsy("npm"))),
        absent=NPM_KEYS.absent,
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
