"""Whether this process runs in a container, and which CA files that its environment names are missing."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from proxyenv.catalog.clients.table import PROXY_VARIABLES, roots_variables
from proxyenv.machine.content import find_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Contained = Literal["image", "kubernetes"]
"""The place that a container is: of an image that somebody runs, or in a pod."""

_ROOT: Final = Path("/")
_MARKS: Final = (".dockerenv", "run/.containerenv")
_GROUP: Final = re.compile(r"[/:](docker|kubepods|containerd|libpod|crio)[/.\-_]")
_CLUSTER: Final = "KUBERNETES_SERVICE_HOST"
_PROXIES: Final = (*PROXY_VARIABLES["http"], *PROXY_VARIABLES["https"])
_MORE: Final = ("PREFECT_API_SSL_CERT_FILE",)


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


def is_prepared(environment: Mapping[str, str]) -> bool:
    """Whether an image or a pod gave its processes a proxy or a CA."""
    return any(map(environment.get, _PROXIES)) or any(_find_named(environment))


def find_missing_files(environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Each variable that names a CA file that is not there, with the file."""
    named = _find_named(environment)
    return tuple((name, path) for name, path in named if not os.path.exists(path))  # noqa: PTH110 - never raises


def _find_named(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys((*(name for name, _ in roots_variables()), *_MORE)):
        if os.path.isabs(value := environment.get(name, "")):  # noqa: PTH117 - as it is written
            yield name, value
