"""What a work pool's template becomes, and what it was before: a plan for one pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from proxyenv.errors import PlanError
from proxyenv.model.pool import ENV_DEFAULT, PoolEntry, TemplateEdit
from proxyenv.plan.templates import ShapeError, edit_template, find_foreign, undo_edits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.catalog.pools.pool_type import PoolType, PoolWanted
    from proxyenv.model.pool import WorkPool


class PoolPlan(NamedTuple):
    """What is to be done to one pool.

    Args:
        pool: as it was read.
        after: the template as it is to be.
        entry: what the receipt is to say of it then; ``None``: nothing.
        notes: what the user should know, a sentence each.
    """

    pool: WorkPool
    after: Mapping[str, Any]
    entry: PoolEntry | None
    notes: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether the template becomes another one; the order of keys is none of its values."""
        return dict(self.after) != dict(self.pool.template)


def plan_patch(
    pool: WorkPool, kind: PoolType, wanted: PoolWanted, *, api: str, entry: PoolEntry | None
) -> PoolPlan:
    """Write what jobs are to have into the template of a pool.

    Args:
        pool: as it is now.
        kind: its type.
        wanted: what jobs are to have.
        api: the URL of the API, without credentials, for the receipt.
        entry: what an earlier run wrote, which is taken back first.

    Raises:
        PlanError: ``pool-template``: the template is empty and the usual one of its type is not known, or it
            is built so that it cannot be edited.
    """
    known = entry.keys if entry else ()
    begun = tuple(each for each in known if not each.key)  # the usual template, which need not be known again
    start = undo_edits(pool.template, known[len(begun) :])
    edits = (*_begin(pool, start), *kind.make_edits(wanted))
    try:
        edited = edit_template(start, edits)
    except ShapeError as error:
        raise PlanError(
            "pool-template",
            f"the template of the work pool `{pool.name}` cannot be edited: something else is at `{error}`",
            hint=f"look at it: `prefect work-pool inspect {pool.typed}`",
        ) from error
    keys = (*begun, *edited.changes)
    written = PoolEntry(api, pool.name, pool.type, keys) if keys else None
    after = edited.template if edited.template != dict(pool.template) else pool.template
    return PoolPlan(pool, after, written, tuple(_note_foreign(pool, entry)))


def _begin(pool: WorkPool, start: Mapping[str, Any]) -> tuple[TemplateEdit, ...]:
    """The usual template of its type, for a pool whose first worker has not written it yet."""
    if start:
        return ()
    if pool.usual_template is None:
        raise PlanError(
            "pool-template",
            f"the work pool `{pool.name}` has no template yet, and what `{pool.type}` has is not known",
            hint=f"its first worker writes it: `prefect worker start --pool {pool.typed}`",
        )
    return (TemplateEdit((), dict(pool.usual_template)),)


def plan_restore(pool: WorkPool, entry: PoolEntry) -> PoolPlan:
    """Give the template back: exactly, or only what was written and nobody has changed since."""
    after = undo_edits(pool.template, entry.keys)
    return PoolPlan(pool, after, None, tuple(_note_foreign(pool, entry)))


def _note_foreign(pool: WorkPool, entry: PoolEntry | None) -> tuple[str, ...]:
    if entry is None:
        return ()
    foreign = find_foreign(pool.template, entry.keys)
    return tuple(f"{describe_place(each)} was changed by somebody else since, and stays" for each in foreign)


def describe_place(pointer: str) -> str:
    """A place in a template for people: the name of a variable, or the pointer."""
    start = "".join(f"/{key}" for key in ENV_DEFAULT) + "/"
    return f"`{pointer.removeprefix(start)}`"
