"""Whether this process runs in a container, and which CA files that its environment names are missing."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from proxyenv.machine.content import find_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.decide.containers import Inside
    from proxyenv.model.host import Host

Contained = Literal["image", "kubernetes"]
"""The place that a container is: of an image that somebody runs, or in a pod."""

_ROOT: Final = Path("/")
_MARKS: Final = (".dockerenv", "run/.containerenv")
_GROUP: Final = re.compile(r"[/:](docker|kubepods|containerd|libpod|crio)[/.\-_]")
_CLUSTER: Final = "KUBERNETES_SERVICE_HOST"
_MORE: Final = ("PREFECT_API_SSL_CERT_FILE",)


def read_inside(host: Host) -> Inside | None:
    """The container that its image or its pod prepared.

    Returns:
        ``None`` outside of a container, where a person set it up, and where nobody prepared anything.
    """
    place = find_container(host.environment)
    if place is None:
        return None
    is_set_up = os.path.lexists(host.layout.receipt)
    prepared = is_of_image(host.layout.receipt, place) if is_set_up else is_prepared(host.environment)
    if not prepared:
        return None
    from proxyenv.decide.containers import Inside

    return Inside(place, is_set_up, dict(find_missing_files(host.environment)))


def find_container(environment: Mapping[str, str], *, root: Path = _ROOT) -> Contained | None:
    """Where this process is, if in a container: what Docker and podman leave there, or its control group.

    Args:
        environment: a pod finds its cluster's address there.
        root: where the system's files are.
    """
    if environment.get(_CLUSTER):
        return "kubernetes"
    marked = any(os.path.exists(root / mark) for mark in _MARKS)  # noqa: PTH110 - never raises
    return "image" if marked or _GROUP.search(find_text(root / "proc/1/cgroup") or "") else None


def is_of_image(receipt: Path, place: Contained, *, root: Path = _ROOT) -> bool:
    """Whether what is set up in a container is the affair of its image, and not of whoever uses it.

    A home on a volume stays, as that of a notebook server in a cluster does. What somebody set up in a
    running container is theirs; Docker and podman leave their mark when they make it. A pod forgets
    whatever is on no volume.

    Args:
        receipt: of what is set up.
        place: what :func:`find_container` said.
        root: where the system's files are.
    """
    try:
        if os.stat(receipt.parent).st_dev != os.stat(root).st_dev:  # noqa: PTH116 - as the others
            return False
        written = os.stat(receipt).st_mtime  # noqa: PTH116
        return place == "kubernetes" or written < _find_birth(root)
    except OSError:
        return False


def _find_birth(root: Path) -> float:
    """When a container was made; for ever after where nothing says it.

    Raises:
        OSError: a mark cannot be looked at.
    """
    marks = [root / mark for mark in _MARKS if os.path.exists(root / mark)]  # noqa: PTH110 - never raises
    return min((os.stat(mark).st_mtime for mark in marks), default=float("inf"))  # noqa: PTH116


def is_prepared(environment: Mapping[str, str]) -> bool:
    """Whether an image or a pod gave its processes a proxy or a CA."""
    from proxyenv.catalog.clients.table import PROXY_VARIABLES

    proxies = (*PROXY_VARIABLES["http"], *PROXY_VARIABLES["https"])
    return any(map(environment.get, proxies)) or any(_find_named(environment))


def find_missing_files(environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Each variable that names a CA file that is not there, with the file."""
    named = _find_named(environment)
    return tuple((name, path) for name, path in named if not os.path.exists(path))  # noqa: PTH110 - never raises


def _find_named(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    from proxyenv.catalog.clients.table import roots_variables

    for name in dict.fromkeys((*(name for name, _ in roots_variables()), *_MORE)):
        if os.path.isabs(value := environment.get(name, "")):  # noqa: PTH117 - as it is written
            yield name, value
