"""Who still has only the old CA, by literal results."""

from __future__ import annotations

from typing import Final

import pytest

from proxyenv.catalog.pools import find_pool_type
from proxyenv.decide.pool_rotation import find_lacking, judge_rotation
from proxyenv.model.pool import PoolResult, PoolWorker, WorkPool

OLD, NEW = "0a" * 32, "0b" * 32
ANCHORS: Final = {OLD: "CN=Old Root", NEW: "CN=New Root"}


def result(worker: str, *held: str) -> PoolResult:
    return PoolResult(worker, "2026-01-01T00:00:00+00:00", (), held=frozenset(each[:16] for each in held))


def pool(*results: PoolResult, kind: str = "process", age: float = 12.0) -> WorkPool:
    workers = tuple(PoolWorker(each.worker, "ONLINE", None, 30.0, age) for each in results)
    return WorkPool("etl", kind, {}, workers=() if ":" in kind else workers, results=results)


def judge(found: WorkPool, anchors: dict[str, str]) -> list[tuple[str, str, str]]:
    kind = find_pool_type(found.type)
    return [(each.severity, each.detail, each.hint) for each in judge_rotation(found, kind, anchors)]


def test_whoever_has_the_old_ca_alone_is_named() -> None:
    found = judge(pool(result("done", OLD, NEW), result("left", OLD), result("late", OLD)), ANCHORS)
    assert found == [
        (
            "warning",
            "`left`, `late` ran with `CN=Old Root` alone, without `CN=New Root`, when last checked",
            "on its machine: `proxyenv setup` with the CAs, then start the worker from a new shell",
        )
    ]


def test_the_old_ca_alone_is_too_little_once_it_is_replaced() -> None:
    ((_, detail, _),) = judge(pool(result("done", OLD, NEW), result("left", OLD)), {NEW: "CN=New Root"})
    assert detail == "`left` ran, without `CN=New Root`, when last checked"


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(pool(result("done", OLD, NEW)), id="both are trusted"),
        pytest.param(pool(result("gone", OLD), age=61.0), id="it is not alive"),
        pytest.param(pool(result("store", OLD)._replace(held=None)), id="the system's store decides"),
        pytest.param(pool(), id="no results"),
    ],
)
def test_nobody_is_named_of_whom_it_is_not_known(found: WorkPool) -> None:
    assert judge(found, ANCHORS) == []


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        pytest.param("docker", "on its machine: `proxyenv setup` with the CAs", id="mounted"),
        pytest.param(
            "kubernetes", "`proxyenv kubernetes --part ca` prints the ConfigMap: apply it", id="a cluster"
        ),
        pytest.param(
            "ecs:push",
            "write the files of its image again: `proxyenv image write DIR`, and build it",
            id="an image, and no workers",
        ),
        pytest.param("mine", "give its jobs the bundle that is set up here", id="nobody knows"),
    ],
)
def test_the_cure_is_where_the_files_are(kind: str, hint: str) -> None:
    ((_, _, said),) = judge(pool(result("w", OLD), kind=kind), ANCHORS)
    assert said == hint


def test_many_workers_are_counted() -> None:
    ((_, detail, _),) = judge(pool(*(result(f"w{number}", OLD) for number in range(10))), ANCHORS)
    assert detail.startswith("`w0`, `w1`, `w2`, `w3`, `w4`, `w5`, `w6`, `w7` and 2 more ran with")


def test_what_one_result_lacks() -> None:
    assert find_lacking(result("w", OLD), ANCHORS) == ("CN=New Root",)
    assert find_lacking(result("w", OLD)._replace(held=None), ANCHORS) == ()
