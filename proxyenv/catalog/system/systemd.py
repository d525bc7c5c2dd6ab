r"""systemd: drop-ins for the services that are named, and ``environment.d`` for the sessions of users.

A service gets the variables from a file of its own, which the service manager reads as root each time the
service starts. `systemctl show` tells everybody what stands in `Environment=`, and of `EnvironmentFile=` the
path alone, so a password can lie in that file; and a change there needs no `systemctl daemon-reload`.

Source: ``systemd.exec(5)``, ``systemd.unit(5)``, ``environment.d(5)``; driven with systemd 252.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.env_formats.systemd import (
    render_environment_d,
    render_environment_file,
    render_unset,
)
from proxyenv.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.model.installation import Layout
    from proxyenv.model.target import Variable

ENVIRONMENT_D: Final = Path("/etc/environment.d/60-proxyenv.conf")
"""Read by the user manager of everybody, for user services and graphical sessions."""

UNITS: Final = tuple(
    Path(place, "systemd/system") for place in ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib")
)
"""Where systemd looks for units; our drop-ins are written below the first."""

ENDING: Final = "systemd"
"""Of the env file that services read."""

_WRITTEN: Final = "# Written by proxyenv; `proxyenv uninstall --system` takes it away.\n"
_NAME: Final = re.compile(r"[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\-]*)?")
_SUFFIX: Final = ".service"
_LONGEST: Final = 255
_LINUX: Final = "linux"


def parse_service(text: str) -> str:
    """The full name of a service, such as ``jupyterhub.service`` for ``jupyterhub``.

    Raises:
        UsageError: ``usage``: it cannot be the name of one.
    """
    name = text.removesuffix(_SUFFIX)
    if not _NAME.fullmatch(name) or len(name + _SUFFIX) > _LONGEST or not name.strip("."):
        raise UsageError(
            "usage",
            f"`--service {text}` is no name of a service",
            hint="`systemctl list-units --type=service` shows those that run",
        )
    return name + _SUFFIX


def find_drop_in(service: str) -> Path:
    """Where the settings of a service go, by its full name."""
    return UNITS[0] / f"{service}.d/proxyenv.conf"


def find_service(path: Path) -> str | None:
    """The service whose drop-in proxyenv writes at this path; ``None`` for any other path."""
    service = path.parent.name.removesuffix(".d")
    return service if service.endswith(_SUFFIX) and path == find_drop_in(service) else None


def find_unit_files(service: str) -> tuple[Path, ...]:
    """Where the unit of a service may lie; that of an instance is its template's."""
    name, at, _ = service.removesuffix(_SUFFIX).partition("@")
    names = dict.fromkeys((service, f"{name}{at}{_SUFFIX}"))
    return tuple(directory / each for directory in UNITS for each in names)


def render_drop_in(layout: Layout, variables: Iterable[Variable]) -> str:
    """The drop-in: a service whose file is gone starts as it did before."""
    path = str(layout.env_file(ENDING)).replace("%", "%%")
    return f"{_WRITTEN}[Service]\nEnvironmentFile=-{path}\n{render_unset(variables)}"


def render_service_file(variables: tuple[Variable, ...]) -> str:
    """What services read; a variable to unset is left to ``UnsetEnvironment=``.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    return render_environment_file(tuple(each for each in variables if each.value is not None), _LINUX)


def render_sessions(variables: tuple[Variable, ...]) -> str:
    """What user managers read.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    return _WRITTEN + render_environment_d(variables, _LINUX)
