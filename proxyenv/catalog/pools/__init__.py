"""What proxyenv knows of each type of work pool: one module per type, which owns every fact.

To add a type, write its module with a value ``POOL_TYPE`` and add the module's name to the list below; then
run ``scripts/tables``.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from proxyenv.catalog.pools.pool_type import PoolType

MODULES: Final = (
    "process",
    "docker",
    "kubernetes",
    "ecs",
    "cloud_run",
    "cloud_run_v2",
    "vertex_ai",
    "container_instance",
)
"""The modules, in the order in which they are shown."""

_PUSH: Final = ":push"
"""What Prefect Cloud adds to the type of a pool to which it submits by itself."""


@cache
def load_pool_types() -> tuple[PoolType, ...]:
    """Every type, in the order of the list; the modules are imported at the first call."""
    types: tuple[PoolType, ...] = tuple(import_module(f"{__name__}.{name}").POOL_TYPE for name in MODULES)
    return types


def find_pool_type(name: str) -> PoolType | None:
    """The type of this name; a push pool has the template of the type that it is named after."""
    plain = name.removesuffix(_PUSH)
    return next((each for each in load_pool_types() if each.name == plain), None)


def has_workers(name: str) -> bool:
    """Whether a pool of this type has workers: push and managed pools of Prefect Cloud have none."""
    return ":" not in name
