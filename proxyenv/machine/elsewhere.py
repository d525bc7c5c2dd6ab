"""Where this process is, if loopback here is not that of the machine on which a person starts a proxy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.wsl import find_wsl
from proxyenv.decide.elsewhere import CODESPACE, DEVCONTAINER, DOCKER, POD, PODMAN, Elsewhere
from proxyenv.machine.container import find_container
from proxyenv.machine.local import LocalMachine

if TYPE_CHECKING:
    from proxyenv.model.host import Host

_ROOT: Final = Path("/")
_PODMAN: Final = "run/.containerenv"
_DEVELOPMENT: Final = ("REMOTE_CONTAINERS", "DEVCONTAINER")
"""What VS Code and DevPod set in a development container, and Envbuilder; GitHub sets ``CODESPACES``."""


def find_elsewhere(host: Host, *, root: Path = _ROOT) -> Elsewhere | None:
    """The machine around this one: of a container, a pod, a codespace, or WSL behind its own network."""
    place = find_container(host.environment, root=root)
    if place == "kubernetes":
        return POD
    if host.environment.get("CODESPACES"):
        return CODESPACE
    machine = LocalMachine(host, root)
    is_development = any(map(host.environment.get, _DEVELOPMENT))
    if place is not None or is_development:
        if machine.exists(root / _PODMAN):
            return PODMAN
        return DEVCONTAINER if is_development else DOCKER
    around = find_wsl(machine)
    if around is None or around.shares_loopback:
        return None
    more = "or set `networkingMode=mirrored` in `.wslconfig`, and it is reached as it is named now"
    return Elsewhere("this Linux", around.gateway or "ADDRESS-OF-WINDOWS", more)
