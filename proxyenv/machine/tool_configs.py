"""Reads the tools' own files: which tools are here, and which settings fight the variables."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.tools.places import find_places
from proxyenv.machine.content import find_text
from proxyenv.machine.stale_settings import find_stale
from proxyenv.model.tool_config import ToolFindings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from proxyenv.model.host import Host

_PROGRAMS: Final = {
    "apt": ("apt-get",),
    "conda": ("conda", "mamba", "micromamba"),
    "docker": ("docker",),
    "gcloud": ("gcloud",),
    "gradle": ("gradle",),
    "java": ("java",),
    "maven": ("mvn",),
    "npm": ("npm",),
    "snap": ("snap",),
    "vscode": ("code",),
    "wget": ("wget",),
    "yarn": ("yarn", "yarnpkg"),
}

_NAME: Final = re.compile(r"[a-z][-a-z0-9]*")


def read_tools(host: Host, proxies: Iterable[str], anchors: frozenset[str] = frozenset()) -> ToolFindings:
    """What this machine has of the tools.

    Args:
        host: the machine.
        proxies: the URLs of the proxies that are meant, in any spelling; empty means that none is known.
        anchors: the fingerprints of the corporate CAs that files of CAs shall have; empty means any will do.
    """
    path = host.environment.get("PATH", os.defpath)
    configuration = find_gcloud_configuration(host)
    stale = find_stale(host, tuple(proxies), anchors=anchors, gcloud_configuration=configuration)
    return ToolFindings(
        installed=tuple(
            tool
            for tool, programs in _PROGRAMS.items()
            if any(shutil.which(program, path=path) for program in programs)
        ),
        stale=stale.settings,
        stale_ca_files=stale.ca_files,
        gcloud_configuration=configuration,
        closed_directory=_find_closed(host.layout.bundle),
    )


def tool_files(host: Host) -> tuple[Path, ...]:
    """Every file of a tool that a plan may touch."""
    places = find_places(host, gcloud_configuration=find_gcloud_configuration(host))
    return tuple(places.values())


def find_gcloud_configuration(host: Host) -> str | None:
    """The configuration that gcloud uses (``gcloud topic configurations``); ``None`` before its first use."""
    marker = find_text(find_places(host)["gcloud"].parents[1] / "active_config")
    if marker is None:
        return None
    name = host.environment.get("CLOUDSDK_ACTIVE_CONFIG_NAME") or marker.strip()
    return name if _NAME.fullmatch(name) else "default"


def _find_closed(path: Path) -> Path | None:
    """The first directory on the way that only its owner may enter; what is missing we will make open."""
    for directory in reversed(path.parents):
        try:
            mode = directory.stat().st_mode
        except FileNotFoundError:
            return None
        except PermissionError:
            return directory.parent
        if not mode & 0o001:
            return directory
    return None
