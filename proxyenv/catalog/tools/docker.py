"""The Docker client: ``proxies.default`` becomes the variables of each container that it starts or builds.

Docker's Python library does the same, and so Prefect's worker: they win over the variables of the image.
Source: Docker's documentation, "Use a proxy server with the Docker CLI"; the Docker client 20.10.24, 28.2.2.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Client, Probe
from proxyenv.catalog.clients.libraries import GO_PROXY, GO_ROOTS
from proxyenv.catalog.tools.tool import (
    BY_HAND,
    NULL,
    ConfigFile,
    Configured,
    Keys,
    Tool,
    given,
    refuse_password,
)
from proxyenv.model.tools import ToolFile

if TYPE_CHECKING:
    from proxyenv.catalog.tools.tool import Wanted


def _configure(wanted: Wanted) -> Configured:
    """``httpProxy``, ``httpsProxy`` and ``noProxy`` in ``config.json``.

    Raises:
        PlanError: ``password-refused``: it would be in every container and in its build arguments.
            ``loopback-elsewhere``: a container has another loopback.
    """
    if not (wanted.http or wanted.https):
        return Configured()
    if wanted.sensitive:
        raise refuse_password("docker", "it would be in the environment of every container")
    if wanted.refusal is not None:
        raise wanted.refusal
    settings = [(f"{scheme}Proxy", str(proxy)) for scheme, proxy in wanted.proxies]
    settings.append(("noProxy", ",".join(wanted.no_proxy)))
    keys = tuple((f"proxies/default/{name}", json.dumps(value)) for name, value in settings)
    return Configured((ToolFile("docker", wanted.path("docker"), "json", keys),))


TOOL: Final = Tool(
    name="docker",
    programs=("docker",),
    files=(
        ConfigFile(
            lambda m: ((given(m, "DOCKER_CONFIG") or m.home / ".docker") / "config.json",),
            "json",
            BY_HAND,
            name="docker",
        ),
        ConfigFile(lambda m: (m.root / "etc/docker/daemon.json",), "json", BY_HAND, system=True),
    ),
    keys=Keys(
        proxy=("proxies/default.http*Proxy", "proxies.http-proxy", "proxies.https-proxy"),
        schemes=(
            *(("proxies/default.httpProxy", "http"), ("proxies/default.httpsProxy", "https")),
            *(("proxies.http-proxy", "http"), ("proxies.https-proxy", "https")),
        ),
        exceptions=("proxies/default.noProxy", "proxies.no-proxy"),
        absent=NULL,
    ),
    configure=_configure,
    for_containers=True,
    writes=(
        "`~/.docker/config.json`",
        "`proxies.default`: the variables of each container that the client starts or builds",
    ),
    family="Go",
    clients=(
        Client(
            "docker",
            "the Docker client",
            GO_ROOTS,
            GO_PROXY,
            "go",
            config="`proxies` in `~/.docker/config.json`, for what runs in containers",
            store=True,
            probe=Probe(program="docker"),
            verified=("20.10.24", "28.2.2"),
            note="for registries; the daemon does the pulls, and has settings of its own",
        ),
    ),
)
