"""Vertex AI pools: a custom job of Google's Vertex AI, whose image holds the files.

Source: prefect-gcp 0.6.22, whose code made a job of a patched template; not run against a cloud.
"""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.pools.pool_type import PoolType

POOL_TYPE: Final = PoolType(
    name="vertex-ai",
    title="a job of Google Vertex AI",
    place="job",
    files="image",
    lands="`env` of `container_spec` in the first of `worker_pool_specs`, which is replaced",
    secrets="none",
    tested="prefect-gcp 0.6.22, its worker's code",
)
