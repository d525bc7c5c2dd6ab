"""Cloud Run pools of the second version: a job of Google Cloud Run, whose image holds the files.

Source: prefect-gcp 0.6.22, whose code made a job of a patched template; not run against a cloud.
"""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.pools.pool_type import PoolType

POOL_TYPE: Final = PoolType(
    name="cloud-run-v2",
    title="a job of Google Cloud Run",
    place="job",
    files="image",
    lands="`env` of the first container in `job_body`, which is extended",
    secrets="`env_from_secrets` of the deployment: a secret and its version for each variable",
    tested="prefect-gcp 0.6.22, its worker's code",
)
