"""Who in a work pool still lacks a corporate CA that is set up here, as while CAs are exchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.pools import has_workers
from proxyenv.decide.pool_finds import make_find

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from proxyenv.catalog.pools.pool_type import PoolType
    from proxyenv.decide.pool_finds import PoolFind
    from proxyenv.model.pool import PoolResult, WorkPool

_NAMED: Final = 8
_CURES: Final[Mapping[str, str]] = {
    "worker": "on its machine: `proxyenv setup` with the CAs, then start the worker from a new shell",
    "mounted": "on its machine: `proxyenv setup` with the CAs",
    "image": "write the files of its image again: `proxyenv image write DIR`, and build it",
}
_CLUSTER: Final = "`proxyenv kubernetes --part ca` prints the ConfigMap: apply it"


def find_lacking(result: PoolResult, anchors: Mapping[str, str]) -> tuple[str, ...]:
    """The corporate CAs that a worker did not trust at its last result.

    Args:
        result: of the worker.
        anchors: SHA-256 of each corporate CA that is set up here → its subject.

    Returns:
        Their subjects; none where it is not known what was trusted.
    """
    return tuple(subject for each, subject in anchors.items() if result.trusts(each) is False)


def judge_rotation(pool: WorkPool, kind: PoolType | None, anchors: Mapping[str, str]) -> Iterator[PoolFind]:
    """Which workers that are alive lacked a CA at their last result; a find for each set of CAs.

    Args:
        pool: with its workers and results.
        kind: its type; ``None`` where it is not known.
        anchors: SHA-256 of each corporate CA that is set up here → its subject.
    """
    alive = {worker.name for worker in pool.workers if worker.fresh}
    lacking: dict[tuple[str, ...], list[str]] = {}
    for result in pool.results:
        missing = find_lacking(result, anchors)
        if missing and (result.worker in alive or not has_workers(pool.type)):
            lacking.setdefault(missing, []).append(result.worker)
    for missing, names in lacking.items():
        held = [f"`{each}`" for each in anchors.values() if each not in missing]
        only = f" with {' and '.join(held)} alone" if held else ""
        absent = " and ".join(f"`{each}`" for each in missing)
        detail = f"{_list_names(names)} ran{only}, without {absent}, when last checked"
        yield make_find("worker-old-ca", detail, _find_cure(kind))


def _list_names(names: Iterable[str]) -> str:
    quoted = [f"`{each}`" for each in names]
    more = f" and {len(quoted) - _NAMED} more" if quoted[_NAMED:] else ""
    return ", ".join(quoted[:_NAMED]) + more


def _find_cure(kind: PoolType | None) -> str:
    if kind is None:
        return "give its jobs the bundle that is set up here"
    return _CLUSTER if kind.manifest else _CURES[kind.files]
