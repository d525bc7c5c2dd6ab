"""Cloud Run pools of the first version: a job of Google Cloud Run, whose image holds the files.

Source: prefect-gcp 0.6.22, whose code made a job of a patched template; not run against a cloud.
"""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.pools.pool_type import PoolType

POOL_TYPE: Final = PoolType(
    name="cloud-run",
    title="a job of Google Cloud Run, first version",
    place="job",
    files="image",
    lands="`env` of the first container in `job_body`, which is replaced",
    secrets="none",
    tested="prefect-gcp 0.6.22, its worker's code",
)
