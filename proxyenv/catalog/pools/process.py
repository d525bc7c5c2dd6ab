"""Process pools: a job is a child of its worker, and has the worker's machine, files and variables.

Source: `prefect/workers/process.py` and `prefect/workers/base.py` of Prefect 3.9.1; driven with it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from proxyenv.catalog.pools.pool_type import PoolType

POOL_TYPE: Final = PoolType(
    name="process",
    title="a process of the worker's machine",
    place="host",
    files="worker",
    lands="the environment of the process, over all variables of the worker; `null` removes none of those",
    secrets="set up the worker's machine: its jobs inherit what the worker has",
    tested="driven: 3.9.1, a worker and its runs",
    hidden=MappingProxyType({}),
    is_inherited=True,
)
