"""The Docker client: ``proxies.default`` becomes the variables of each container that it starts or builds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from proxyenv.catalog.tools.wanted import refuse_password
from proxyenv.model.tool_config import ToolFile

if TYPE_CHECKING:
    from proxyenv.catalog.tools.wanted import Wanted


def render_files(wanted: Wanted) -> tuple[ToolFile, ...]:
    """``httpProxy``, ``httpsProxy`` and ``noProxy`` in ``config.json``.

    Raises:
        PlanError: ``password-refused``: it would be in every container and in its build arguments.
    """
    if not (wanted.http or wanted.https):
        return ()
    if wanted.sensitive:
        raise refuse_password("docker", "it would be in the environment of every container")
    settings = [(f"{scheme}Proxy", str(proxy)) for scheme, proxy in wanted.proxies]
    settings.append(("noProxy", ",".join(wanted.no_proxy)))
    keys = tuple((f"proxies/default/{name}", json.dumps(value)) for name, value in settings)
    return (ToolFile("docker", wanted.places["docker"], "json", keys),)
