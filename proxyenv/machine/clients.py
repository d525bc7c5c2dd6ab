"""Which clients of the catalogue this machine has, and in which version.

Starting sixty programs takes seconds. What each said is kept in the user's cache directory, by the path, the
size and the time of change of the program, so that only new and changed ones are started again.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.bounded import read_content, run_program
from proxyenv.catalog.clients.client import split_version
from proxyenv.formats.parse import parse_json
from proxyenv.machine.config_directory import find_user_directory
from proxyenv.machine.distributions import find_version
from proxyenv.machine.local import find_program
from proxyenv.model.coverage import Installed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.catalog.clients.client import Client, Probe
    from proxyenv.model.host import Host

_SECONDS: Final = 10
_MOST_OUTPUT: Final = 64 * 1024
_AT_ONCE: Final = 8
_VERSION: Final = re.compile(r"(?<!\d)\d{1,9}(?:\.\d{1,9})+")

_STAY_LOCAL: Final = {
    "COREPACK_ENABLE_NETWORK": "0",
    "COREPACK_ENABLE_PROJECT_SPEC": "0",
    "GOTOOLCHAIN": "local",
    "RUSTUP_AUTO_INSTALL": "0",
    "CHECKPOINT_DISABLE": "1",
    "YARN_IGNORE_PATH": "1",
    "npm_config_update_notifier": "false",
}
"""Keeps what stands in for a client from downloading it, or from running what a project names in its place,
and a client from asking for a newer one."""

_AT_HOME: Final = {
    "HOME": "",
    "USERPROFILE": "",
    "APPDATA": "AppData/Roaming",
    "LOCALAPPDATA": "AppData/Local",
    "XDG_CACHE_HOME": ".cache",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "AZURE_CONFIG_DIR": ".azure",
    "CLOUDSDK_CONFIG": ".config/gcloud",
    "GRADLE_USER_HOME": ".gradle",
}
"""Where programs write as soon as they start: below a home that is thrown away. Some ask the password
database for it, and heed only a variable of their own."""

_VERSIONS: Final = {"RUSTUP_HOME": ".rustup/settings.toml", "COREPACK_HOME": ".cache/node/corepack/v1"}
"""What stands in for several versions of a client finds them below the user's home, where they are."""


class Stamp(NamedTuple):
    """A program as it was when it was asked, and how it was asked.

    Args:
        path: as it was found on ``PATH``.
        arguments: what it was given.
        size: of the file, in bytes.
        changed: when the file was changed, in nanoseconds.
    """

    path: str
    arguments: tuple[str, ...]
    size: int
    changed: int


Versions = Mapping[Stamp, "str | None"]
"""What programs said; ``None``: nothing like a version."""


def find_versions_file() -> Path:
    """Where the answers of programs are kept between runs."""
    return Path(find_user_directory("cache"), "versions.json")


def find_kept_versions(host: Host) -> Path | None:
    """The same file where this user may write and remove it; ``None`` where that is somebody else's affair.

    A link that somebody else has made would lead root to a file of root's.
    """
    from proxyenv.machine.ownership import is_own

    path = find_versions_file()
    return path if host.sudo_user is None and not host.for_all and is_own(path) else None


def read_versions(path: Path) -> dict[Stamp, str | None]:
    """The answers of earlier runs; none where the file is damaged, or others may read or write it."""
    try:
        status = path.lstat()
        if sys.platform != "win32" and (status.st_uid != os.geteuid() or status.st_mode & 0o077):
            return {}
        rows = parse_json(read_content(path).decode("utf-8"))
        found = {Stamp(name, tuple(words), *numbers): says for name, words, *numbers, says in rows}
    except (OSError, ValueError, TypeError):
        return {}
    return found if all(_is_answer(stamp, says) for stamp, says in found.items()) else {}


def _is_answer(stamp: Stamp, says: object) -> bool:
    words = (stamp.path, *stamp.arguments)
    is_stamp = all(isinstance(word, str) for word in words) and all(
        isinstance(number, int) for number in (stamp.size, stamp.changed)
    )
    return is_stamp and (says is None or (isinstance(says, str) and bool(_VERSION.fullmatch(says))))


def render_versions(versions: Versions) -> bytes:
    """The answers as :func:`read_versions` reads them."""
    rows = [[*stamp, says] for stamp, says in sorted(versions.items(), key=lambda item: item[0])]
    return json.dumps(rows, indent=0).encode("ascii")


def ask_versions(
    clients: Iterable[Client], environment: Mapping[str, str], known: Versions = MappingProxyType({})
) -> dict[Stamp, str | None]:
    """What the programs that are here say of their versions; each is started once, for that alone.

    Args:
        clients: rows.
        environment: of the machine: where programs are looked for, and what they get.
        known: what need not be asked again.
    """
    found = (_find_stamp(client.probe, environment) for client in clients)
    stamps = tuple(dict.fromkeys(stamp for stamp in found if stamp))
    asked = [stamp for stamp in stamps if stamp not in known]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        said = pool.map(lambda stamp: _ask_version((stamp.path, *stamp.arguments), environment), asked)
        answers = dict(zip(asked, said, strict=True))
    return {stamp: answers[stamp] if stamp in answers else known[stamp] for stamp in stamps}


def _find_stamp(probe: Probe, environment: Mapping[str, str]) -> Stamp | None:
    """The program as it is now; nothing for one below the current directory, which may be anyone's."""
    path = _place(probe, environment)
    if path is None or not Path(path).is_absolute():
        return None
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return Stamp(path, probe.arguments, status.st_size, status.st_mtime_ns)


def find_installed(
    clients: Iterable[Client], environment: Mapping[str, str], versions: Versions
) -> dict[str, Installed]:
    """Those of the clients that are here, by name; one in a version before that of every row is too old.

    Args:
        clients: rows.
        environment: of the machine: where programs are looked for.
        versions: what the programs say; those that have no answer here are found without a version.
    """
    rows = tuple(clients)
    looked = {client.name: _look(client.probe, environment, versions) for client in rows}
    fitting = {
        client.name: here
        for client in rows
        if (here := looked[client.name]) is not None and _fits(client.probe, here)
    }
    places = {here.place for here in fitting.values()}
    return {
        client.name: fitting.get(client.name) or replace(here, too_old=True)
        for client in rows
        if (here := looked[client.name]) is not None
        and (client.name in fitting or (here.place not in places and _is_too_old(client.probe, here)))
    }


def _look(probe: Probe, environment: Mapping[str, str], versions: Versions) -> Installed | None:
    """What a probe finds, in whatever version."""
    path = _place(probe, environment)
    return _describe_program(probe, path, environment, versions) if path else _find_module(probe)


def _fits(probe: Probe, here: Installed) -> bool:
    """Whether the version is one that the row is about."""
    if here.version is None:
        return not probe.below
    is_below = not probe.below or split_version(here.version) < probe.below
    return is_below and not _is_too_old(probe, here)


def _is_too_old(probe: Probe, here: Installed) -> bool:
    return here.version is not None and probe.find_remedy(here.version) is not None


def _place(probe: Probe, environment: Mapping[str, str]) -> str | None:
    found = find_program(probe.program, environment) if probe.program else None
    return str(found) if found else None


def _describe_program(
    probe: Probe, path: str, environment: Mapping[str, str], versions: Versions
) -> Installed:
    prefix = str(Path(os.path.realpath(path)).parents[1])
    stamp = _find_stamp(probe, environment)
    return Installed(path, versions.get(stamp) if stamp else None, prefix, asked=stamp in versions)


def _ask_version(command: tuple[str, ...], environment: Mapping[str, str]) -> str | None:
    """The first thing that looks like a version in what the program says."""
    try:
        with TemporaryDirectory(prefix="proxyenv-", ignore_cleanup_errors=True) as home:
            done = run_program(
                command,
                environment={**environment, **_STAY_LOCAL, **_live_in(Path(home), environment)},
                seconds=_SECONDS,
                most=_MOST_OUTPUT,
            )
    except OSError:  # it is there all the same
        return None
    said = (done.stdout + b"\n" + done.stderr).decode("utf-8", "replace")
    found = _VERSION.search(said) if done.status == 0 else None
    return found[0] if found else None


def _live_in(home: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that make programs take *home* for the user's."""
    mine = {name: str(home / place) for name, place in _AT_HOME.items()}
    users = environment.get("HOME") or environment.get("USERPROFILE")
    for name, place in _VERSIONS.items():
        kept = Path(users, place) if users else None
        if name not in environment and kept and kept.exists():
            mine[name] = str(kept.parent)
    return mine


def _find_module(probe: Probe) -> Installed | None:
    """A module of this interpreter, without importing more of it than its parent packages."""
    if probe.module is None:
        return None
    try:
        spec = importlib.util.find_spec(probe.module)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    prefix = os.path.realpath(sys.prefix)
    return Installed(f"module {probe.module}", _find_distribution(probe.distribution), prefix)


def _find_distribution(name: str | None) -> str | None:
    """The version of a distribution; of what comes with Python, Python's."""
    if name is None:
        return ".".join(map(str, sys.version_info[:3]))
    found = _VERSION.match(find_version(name) or "")
    return found[0] if found else None
