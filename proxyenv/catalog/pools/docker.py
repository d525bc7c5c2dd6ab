"""Docker pools: a job is a container, and the files of the worker's machine can be mounted into it.

Each file is mounted by itself, since its directory may hold env files with a password. A ``volumes`` of a
deployment replaces that of the pool. The Docker client's ``proxies`` reach the containers too (docker-py's
``create_container(use_config_proxy=True)``), where the container's own variables of the same name win.

Source: prefect-docker 0.7.4, docker-py 7.2.0; driven on Docker 20.10.24 with Prefect 3.8.8 and 3.9.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.pools.pool_type import PoolType, PoolWanted
from proxyenv.model.pool import TemplateEdit

if TYPE_CHECKING:
    from collections.abc import Iterator

_VOLUMES: Final = ("variables", "properties", "volumes", "default", "-")


def _mount(wanted: PoolWanted) -> Iterator[TemplateEdit]:
    for here, there in wanted.mounted:
        yield TemplateEdit(_VOLUMES, f"{here}:{there}:ro")


POOL_TYPE: Final = PoolType(
    name="docker",
    title="a container of Docker",
    place="job",
    files="mounted",
    lands="the variables of the container, over those of the image",
    secrets="none: whoever may read the pool or inspect the container reads its variables",
    tested="prefect-docker 0.7.4, driven",
    more=_mount,
)
