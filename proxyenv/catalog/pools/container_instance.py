"""Azure pools: a container group of Azure Container Instances, whose image holds the files.

The worker drops every ``null`` before it adds its own settings, so ``null`` removes none of them: each gets a
value that is true in any image. Of all variables only the API's key is hidden there.

Source: prefect-azure 0.4.13, whose code made a job of a patched template; not run against a cloud.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from proxyenv.catalog.pools.pool_type import PoolType

POOL_TYPE: Final = PoolType(
    name="azure-container-instance",
    title="a container of Azure",
    place="job",
    files="image",
    lands="`environmentVariables` of the first container in `arm_template`, which is replaced",
    secrets="none: only Prefect's own key is a `secureValue`",
    tested="prefect-azure 0.4.13, its worker's code",
    hidden=MappingProxyType({"PREFECT_HOME": "~/.prefect"}),
)
