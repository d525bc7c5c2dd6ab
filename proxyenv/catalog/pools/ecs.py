"""ECS pools: a job is a task of Amazon's container service, whose image holds the files.

``null`` also removes a variable of the task definition's container. Amazon limits what overrides a task to
8,192 characters, the JSON included.

Source: prefect-aws 0.7.12, whose code made a job of a patched template; not run against a cloud.
"""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.pools.pool_type import PoolType

POOL_TYPE: Final = PoolType(
    name="ecs",
    title="a task of Amazon ECS",
    place="job",
    files="image",
    lands="`task_run_request.overrides.containerOverrides[0].environment`",
    secrets="`secrets` of the task definition, each with the ARN of a secret",
    tested="prefect-aws 0.7.12, its worker's code",
)
